/**
 * Epoch keys, record keys wrapped under them, and record keys sealed to a device (crypto/SPEC.md 4, 5).
 * @module
 */

import { join, same, utf8 } from "../bytes.js";
import { CryptoError } from "./errors.js";
import { openFrom, sealTo } from "./hpke.js";
import { commitment, keyId } from "./keys.js";
import { hkdf, openWith, randomBytes, sealWith } from "./primitives.js";

export const EPOCH_AGE_MS_MAX = 24 * 3_600_000;
export const EPOCH_WRAPS_MAX = 256;

/** @typedef {import("../sync/entry.js").Wrap} Wrap */

/** @param {string} municipality @param {Uint8Array} device @param {Uint8Array} id */
function epochInfo(municipality, device, id) {
  return join(utf8("veldpost/1/epoch"), utf8(municipality), device, id);
}

/** A new epoch: its key, and the array that travels. @param {string} municipality @param {Uint8Array} device @param {number} suite @param {Uint8Array} publicKey */
export async function newEpoch(municipality, device, suite, publicKey) {
  const id = randomBytes(8), key = randomBytes(32);
  const sealed = await sealTo(suite, publicKey, key, epochInfo(municipality, device, id));
  return { id, key, wire: [id, await keyId(publicKey), suite, sealed] };
}

/** @param {Uint8Array} seed @param {string} municipality @param {Uint8Array} device @param {Uint8Array} id @param {number} suite @param {Uint8Array} sealed @param {number} minimum */
export async function openEpoch(seed, municipality, device, id, suite, sealed, minimum) {
  const key = await openFrom(suite, seed, sealed, epochInfo(municipality, device, id), minimum);
  if (key === null || key.length !== 32) throw new CryptoError("epoch-does-not-open");
  return key;
}

/** @param {string} municipality @param {Uint8Array} record @param {Uint8Array} key @param {Uint8Array} epoch */
function wrapAad(municipality, record, key, epoch) {
  return join(utf8(municipality), record, key, epoch);
}

/** @param {Uint8Array} epochKey @param {string} municipality @param {Uint8Array} record @param {Uint8Array} epoch @param {Uint8Array} recordKey @returns {Promise<Wrap>} */
export async function wrap(epochKey, municipality, record, epoch, recordKey) {
  const key = await commitment(recordKey), nonce = randomBytes(12);
  const aad = wrapAad(municipality, record, key, epoch);
  return [record, key, epoch, nonce, await sealWith(await hkdf(epochKey, utf8("veldpost/1/wrap")), nonce, recordKey, aad)];
}

/** @param {Uint8Array} epochKey @param {string} municipality @param {Wrap} wrapped */
export async function unwrap(epochKey, municipality, [record, key, epoch, nonce, sealed]) {
  const wrapKey = await hkdf(epochKey, utf8("veldpost/1/wrap"));
  return committed(await openWith(wrapKey, nonce, sealed, wrapAad(municipality, record, key, epoch)), key, "wrap-does-not-open");
}

/** @param {string} municipality @param {Uint8Array} record @param {Uint8Array} key @param {Uint8Array} device */
function grantInfo(municipality, record, key, device) {
  return join(utf8("veldpost/1/grant"), utf8(municipality), record, key, device);
}

/** A record key sealed to a device. @param {number} suite @param {Uint8Array} publicKey @param {string} municipality @param {Uint8Array} record @param {Uint8Array} recordKey @param {Uint8Array} device */
export async function sealGrant(suite, publicKey, municipality, record, recordKey, device) {
  return sealTo(suite, publicKey, recordKey, grantInfo(municipality, record, await commitment(recordKey), device));
}

/** @param {Uint8Array} seed @param {string} municipality @param {Uint8Array} record @param {Uint8Array} key @param {Uint8Array} device @param {number} suite @param {Uint8Array} sealed @param {number} minimum */
export async function openGrant(seed, municipality, record, key, device, suite, sealed, minimum) {
  const opened = await openFrom(suite, seed, sealed, grantInfo(municipality, record, key, device), minimum);
  return committed(opened, key, "grant-does-not-open");
}

/** @param {Uint8Array | null} recordKey @param {Uint8Array} key @param {string} code */
async function committed(recordKey, key, code) {
  if (recordKey === null) throw new CryptoError(code);
  if (!same(await commitment(recordKey), key)) throw new CryptoError("key-mismatch");
  return recordKey;
}
