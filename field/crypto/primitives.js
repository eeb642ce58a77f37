/**
 * The only caller of WebCrypto and the only place where chance is drawn (crypto/SPEC.md 1).
 * @module
 */

import { join } from "../bytes.js";
import { CryptoError } from "./errors.js";

const NONCE = 12;
const subtle = globalThis.crypto.subtle;
/** The last byte of the object identifier of an algorithm, 1.3.101.n. */
const CURVES = { Ed25519: 0x70, X25519: 0x6e };

/** @typedef {Uint8Array<ArrayBuffer>} Bytes */

/** Bytes that no other view shares, as the library wants them. @param {Uint8Array} bytes @returns {Bytes} */
export function own(bytes) {
  return new Uint8Array(bytes);
}

/** @param {number} size */
export function randomBytes(size) {
  return globalThis.crypto.getRandomValues(new Uint8Array(size));
}

/** @param {Uint8Array} bytes */
export async function sha256(bytes) {
  return new Uint8Array(await subtle.digest("SHA-256", own(bytes)));
}

/** @param {Uint8Array} key @param {Uint8Array} message */
export async function hmac(key, message) {
  const imported = await subtle.importKey("raw", own(key), { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await subtle.sign("HMAC", imported, own(message)));
}

/** @param {Uint8Array} secret @param {Uint8Array} info @param {Uint8Array} [salt] @param {number} [size] */
export async function hkdf(secret, info, salt = new Uint8Array(0), size = 32) {
  const imported = await subtle.importKey("raw", own(secret), "HKDF", false, ["deriveBits"]);
  const how = { name: "HKDF", hash: "SHA-256", salt: own(salt), info: own(info) };
  return new Uint8Array(await subtle.deriveBits(how, imported, 8 * size));
}

/** A key for AES-256-GCM. @param {Uint8Array} key */
export function aesKey(key) {
  return subtle.importKey("raw", own(key), "AES-GCM", false, ["encrypt", "decrypt"]);
}

/** @param {CryptoKey | Uint8Array} key @param {Uint8Array} nonce @param {Uint8Array} plain @param {Uint8Array} aad */
export async function sealWith(key, nonce, plain, aad) {
  const imported = key instanceof Uint8Array ? await aesKey(key) : key;
  const how = { name: "AES-GCM", iv: own(nonce), additionalData: own(aad) };
  return new Uint8Array(await subtle.encrypt(how, imported, own(plain)));
}

/** Nothing where it does not open. @param {CryptoKey | Uint8Array} key @param {Uint8Array} nonce @param {Uint8Array} sealed @param {Uint8Array} aad */
export async function openWith(key, nonce, sealed, aad) {
  const imported = key instanceof Uint8Array ? await aesKey(key) : key;
  const how = { name: "AES-GCM", iv: own(nonce), additionalData: own(aad) };
  try {
    return new Uint8Array(await subtle.decrypt(how, imported, own(sealed)));
  } catch {
    return null;
  }
}

/** A random nonce before the sealed bytes. @param {Uint8Array} key @param {Uint8Array} plain @param {Uint8Array} aad */
export async function sealed(key, plain, aad) {
  const nonce = randomBytes(NONCE);
  return join(nonce, await sealWith(key, nonce, plain, aad));
}

/** @param {Uint8Array} key @param {Uint8Array} whole nonce and sealed bytes @param {Uint8Array} aad */
export async function opened(key, whole, aad) {
  return whole.length < NONCE + 16 ? null : openWith(key, whole.subarray(0, NONCE), whole.subarray(NONCE), aad);
}

/** A seed as PKCS#8, the only form in which every browser takes one. @param {keyof typeof CURVES} curve @param {Uint8Array} seed */
function pkcs8(curve, seed) {
  if (seed.length !== 32) throw new CryptoError("bad-key");
  const head = Uint8Array.of(0x30, 0x2e, 0x02, 0x01, 0x00, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, CURVES[curve], 0x04, 0x22, 0x04, 0x20);
  return own(join(head, seed));
}

/** The private key of an Ed25519 seed. @param {Uint8Array} seed */
export function signingKey(seed) {
  return subtle.importKey("pkcs8", pkcs8("Ed25519", seed), "Ed25519", false, ["sign"]);
}

/** The public key of a seed. @param {keyof typeof CURVES} curve @param {Uint8Array} seed */
export async function publicOfSeed(curve, seed) {
  const key = await subtle.importKey("pkcs8", pkcs8(curve, seed), curve, true, curve === "Ed25519" ? ["sign"] : ["deriveBits"]);
  const { x } = await subtle.exportKey("jwk", key);
  return fromBase64Url(/** @type {string} */ (x));
}

/** @param {CryptoKey} key @param {Uint8Array} message */
export async function signature(key, message) {
  return new Uint8Array(await subtle.sign("Ed25519", key, own(message)));
}

/** True if a signature is that of a public key. @param {Uint8Array} publicKey @param {Uint8Array} sig @param {Uint8Array} message */
export async function isSignature(publicKey, sig, message) {
  if (publicKey.length !== 32 || sig.length !== 64) return false;
  try {
    const key = await subtle.importKey("raw", own(publicKey), "Ed25519", false, ["verify"]);
    return await subtle.verify("Ed25519", key, own(sig), own(message));
  } catch {
    return false;
  }
}

/** @param {string} text */
function fromBase64Url(text) {
  return Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
}

/** True if this browser has what sealing and signing need. */
export async function canSeal() {
  try {
    const seed = randomBytes(32), message = new Uint8Array(1);
    return await isSignature(await publicOfSeed("Ed25519", seed), await signature(await signingKey(seed), message), message);
  } catch {
    return false;
  }
}
