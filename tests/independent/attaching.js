/**
 * Sealed attachments (crypto/SPEC.md 8): a stream is made whole and opened whole, or refused by the first check that fails.
 * @module
 */

import { hex, unhex, utf8 } from "../../field/bytes.js";
import { CryptoError } from "../../field/crypto/errors.js";
import { aesKey, hkdf, openWith, sealWith, sha256 } from "../../field/crypto/primitives.js";
import { firstDifference } from "../../field/vectors/comparing.js";

const VERSION = 1, RECORD_END = 17, HEAD = 49, SEGMENT = 65_536, TAG = 16, PLAIN_MAX = 26_214_400;
const STREAM_MIN = HEAD + TAG, STREAM_MAX = HEAD + PLAIN_MAX + (PLAIN_MAX / SEGMENT) * TAG;
const INFO = utf8("veldpost/1/attachment");

/** @param {Uint8Array[]} parts */
function joined(parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {number} index @param {boolean} isLast */
function nonceOf(index, isLast) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setBigUint64(3, BigInt(index));
  nonce[11] = isLast ? 1 : 0;
  return nonce;
}

/** @param {Uint8Array} recordKey @param {Uint8Array} head */
export async function attachmentKey(recordKey, head) {
  return hkdf(recordKey, INFO, head);
}

/** @param {Uint8Array} recordKey @param {Uint8Array} head @param {Uint8Array} plain */
export async function sealAttachment(recordKey, head, plain) {
  const key = await aesKey(await attachmentKey(recordKey, head)), parts = [head], count = Math.max(1, Math.ceil(plain.length / SEGMENT));
  for (let n = 0; n < count; n += 1) parts.push(await sealWith(key, nonceOf(n, n === count - 1), plain.subarray(n * SEGMENT, (n + 1) * SEGMENT), INFO));
  return joined(parts);
}

/** @param {Uint8Array} recordKey @param {Uint8Array} record @param {Uint8Array} name @param {Uint8Array} stream */
export async function openAttachment(recordKey, record, name, stream) {
  if (stream.length > STREAM_MAX) throw new CryptoError("attachment-too-large");
  if (hex(await sha256(stream)) !== hex(name)) throw new CryptoError("attachment-hash");
  if (stream.length < RECORD_END || stream[0] !== VERSION) throw new CryptoError("attachment-version");
  if (hex(stream.subarray(1, RECORD_END)) !== hex(record)) throw new CryptoError("attachment-foreign");
  if (stream.length < STREAM_MIN) throw new CryptoError("attachment-does-not-open", null, { segment: 0 });
  const key = await aesKey(await attachmentKey(recordKey, stream.subarray(0, HEAD))), parts = [];
  for (let at = HEAD, n = 0; at < stream.length; at += SEGMENT + TAG, n += 1) {
    const isLast = at + SEGMENT + TAG >= stream.length, sealed = stream.subarray(at, at + SEGMENT + TAG);
    const part = await openWith(key, nonceOf(n, isLast), sealed, INFO);
    if (part === null || (part.length === 0 && n > 0)) throw new CryptoError("attachment-does-not-open", null, { segment: n });
    parts.push(part);
  }
  return joined(parts);
}

/** @param {number} size */
const pattern = (size) => Uint8Array.from({ length: size }, (_, n) => n % 251);

/** A stream after one planted fault. @param {Uint8Array} stream @param {[string, any]} change @param {Uint8Array} plain @param {Uint8Array} key */
async function changed(stream, [act, place], plain, key) {
  const head = stream.subarray(0, HEAD);
  if (act === "flip") return stream.map((byte, n) => (n === place ? byte ^ 1 : byte));
  if (act === "cut") return stream.slice(0, place);
  if (act === "append") return joined([stream, unhex(place)]);
  if (act === "head") return joined([unhex(place), stream.subarray(HEAD)]);
  if (act === "segments") return joined([head, ...place.map((/** @type {number} */ n) => stream.subarray(HEAD + n * (SEGMENT + TAG), HEAD + (n + 1) * (SEGMENT + TAG)))]);
  const parts = await Promise.all(place.map((/** @type {number[]} */ [start, end, n, last]) => sealWith(key, nonceOf(n, last === 1), plain.subarray(start, end), INFO)));
  return joined([head, ...parts]);
}

/** The first stream that is sealed or opened otherwise, and the first fault that is refused for another reason. @param {any} document */
export async function attachmentsDifference({ record_key: keyHex, record: recordHex, sealed, refused, limits }) {
  const ends = firstDifference("limits", limits, { plain_max: PLAIN_MAX, stream_min: STREAM_MIN, stream_max: STREAM_MAX });
  if (ends !== null) return ends;
  const streams = /** @type {Uint8Array[]} */ ([]);
  for (const [n, row] of sealed.entries()) {
    const head = joined([Uint8Array.of(VERSION), unhex(recordHex), unhex(row.random)]), plain = pattern(row.plain);
    const stream = await sealAttachment(unhex(keyHex), head, plain), ours = { head: hex(head), key: hex(await attachmentKey(unhex(keyHex), head)), size: stream.length, name: hex(await sha256(stream)) };
    streams.push(stream);
    const found = firstDifference(`sealed ${n}`, { head: row.head, key: row.key, size: row.size, name: row.name, stream: row.stream ?? hex(stream) }, { ...ours, stream: hex(stream) })
      ?? firstDifference(`sealed ${n} opened`, hex(plain), await openAttachment(unhex(keyHex), unhex(recordHex), unhex(row.name), stream).then(hex, (error) => error.code));
    if (found !== null) return found;
  }
  for (const [n, fault] of refused.entries()) {
    const row = sealed[fault.of], broken = await changed(streams[fault.of], fault.change, pattern(row.plain), unhex(row.key));
    const name = fault.name === undefined ? await sha256(broken) : unhex(fault.name);
    const found = await openAttachment(unhex(fault.record_key ?? keyHex), unhex(fault.record ?? recordHex), name, broken).then(() => ({}), ({ code, facts }) => ({ code, ...facts }));
    const { code, segment } = fault, difference = firstDifference(`refused ${n}`, segment === undefined ? { code } : { code, segment }, found);
    if (difference !== null) return difference;
  }
  return null;
}
