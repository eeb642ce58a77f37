/**
 * The plaintext of an entry, sealed under its record's key, and the order in which a reader checks it (crypto/SPEC.md 6).
 * @module
 */

import { bigEndian, compare, hex, utf8 } from "../bytes.js";
import { decode, encode } from "../sync/messagepack.js";
import { CryptoError } from "./errors.js";
import { commitment } from "./keys.js";
import { hkdf, hmac, isSignature, opened, sealed } from "./primitives.js";
import { signedBytes } from "./signatures.js";

const BLOCK = 256;

/** @typedef {{form: string, version: number, answers: Map<string, unknown>}} Plaintext */
/** @typedef {{key: Uint8Array, body: Uint8Array, touch: Uint8Array}} RecordKeys a record's key and what is derived from it */

/** @param {Uint8Array} recordKey @returns {Promise<RecordKeys>} */
export async function recordKeys(recordKey) {
  const [key, body, touch] = await Promise.all([
    commitment(recordKey), hkdf(recordKey, utf8("veldpost/1/body")), hkdf(recordKey, utf8("veldpost/1/touch")),
  ]);
  return { key, body, touch };
}

/** The eight bytes that name a path to whoever has the record. @param {RecordKeys} keys @param {string} path */
export async function touchOf(keys, path) {
  return (await hmac(keys.touch, utf8(path))).slice(0, 8);
}

/** The touches of paths, sorted, as a header has them. @param {RecordKeys} keys @param {Iterable<string>} paths */
export async function touchesOf(keys, paths) {
  return (await Promise.all([...paths].map((path) => touchOf(keys, path)))).sort(compare);
}

/** @param {RecordKeys} keys @param {Plaintext} plain @param {Uint8Array} header */
export async function sealBody(keys, plain, header) {
  const bytes = encode([plain.form, plain.version, plain.answers]);
  const padded = new Uint8Array(Math.ceil((4 + bytes.length) / BLOCK) * BLOCK);
  padded.set(bigEndian(bytes.length, 4));
  padded.set(bytes, 4);
  return sealed(keys.body, padded, header);
}

/**
 * The plaintext of an entry, after every check in order; the first that fails is thrown with its reason.
 * @param {{header: Uint8Array, body: Uint8Array, hash: Uint8Array, sig: Uint8Array, key: string, act: string, touches: string[]}} entry
 * @param {Uint8Array} author public signing key @param {RecordKeys} keys
 * @returns {Promise<Plaintext>}
 */
export async function openEntry(entry, author, keys) {
  if (!(await isSignature(author, entry.sig, signedBytes("entry", [entry.hash])))) throw new CryptoError("bad-signature", "sig");
  if (entry.key !== hex(keys.key)) throw new CryptoError("key-mismatch", "key");
  const padded = await opened(keys.body, entry.body, entry.header);
  if (padded === null) throw new CryptoError("body-does-not-open", "open");
  const plain = readPlaintext(unpadded(padded));
  const touches = (await touchesOf(keys, plain.answers.keys())).map(hex);
  const same = touches.length === entry.touches.length && touches.every((touch, n) => touch === entry.touches[n]);
  if (!same || plain.answers.has("")) {
    throw new CryptoError("touches-mismatch", "touches");
  }
  return plain;
}

/** The plaintext of an own entry, to be sealed anew; null where it does not open. @param {RecordKeys} keys @param {Uint8Array} header @param {Uint8Array} body */
export async function openBody(keys, header, body) {
  const padded = await opened(keys.body, body, header);
  try {
    return padded === null ? null : readPlaintext(unpadded(padded));
  } catch {
    return null;
  }
}

/** @param {Uint8Array} padded */
function unpadded(padded) {
  const length = padded.length < 4 ? Infinity : new DataView(padded.buffer, padded.byteOffset).getUint32(0);
  const fits = padded.length % BLOCK === 0 && padded.length === Math.ceil((4 + length) / BLOCK) * BLOCK;
  if (!fits || padded.subarray(4 + length).some((byte) => byte !== 0)) throw new CryptoError("bad-padding", "open");
  return padded.subarray(4, 4 + length);
}

/** @param {Uint8Array} bytes @returns {Plaintext} */
function readPlaintext(bytes) {
  let found;
  try {
    found = decode(bytes);
  } catch {
    throw new CryptoError("bad-plaintext", "open");
  }
  const [form, version, answers] = Array.isArray(found) && found.length === 3 ? found : [];
  if (typeof form !== "string" || typeof version !== "number" || !Number.isInteger(version) || !(answers instanceof Map)) {
    throw new CryptoError("bad-plaintext", "open");
  }
  return { form, version, answers };
}

