/**
 * Identifiers that follow from keys (crypto/SPEC.md 2).
 * @module
 */

import { join, utf8 } from "../bytes.js";
import { sha256 } from "./primitives.js";

/** @param {Uint8Array} publicKey */
export async function keyId(publicKey) {
  return (await sha256(publicKey)).slice(0, 8);
}

/** @param {Uint8Array} signing @param {Uint8Array} sealing public keys of a device */
export async function deviceId(signing, sealing) {
  return (await sha256(join(utf8("veldpost/1/device"), signing, sealing))).slice(0, 16);
}

/** The commitment to a record key: it tells one from another and not the key. @param {Uint8Array} recordKey */
export async function commitment(recordKey) {
  return (await sha256(join(utf8("veldpost/1/key"), recordKey))).slice(0, 16);
}
