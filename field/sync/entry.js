/**
 * The entry on the wire: header, body, chain, signature (sync/SPEC.md 3).
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { compare, hex, join, same, unhex, utf8 } from "../bytes.js";
import { BodyHash, MalformedHeader, TooLarge } from "./errors.js";
import { decode, encode, Float } from "./messagepack.js";

export const VERSION = 1;
export const SEQ_MAX = Number.MAX_SAFE_INTEGER;
export const HEADER_BYTES_MAX = 32_768;
export const BODY_BYTES_MAX = 262_144;
export const TOUCHES_MAX = 1_024;
export const OBSERVED_MAX = 256;
export const WRAPS_MAX = 4;
const MEMBERS = ["version", "municipality", "device", "seq", "clock", "record", "key", "act", "observed", "touches", "from"];
const MUNICIPALITY = /^GM[0-9]{4}$/;
const ACTS = ["write", "delete", "restore"];

/** @typedef {{device: string, seq: number, short: string}} Seen what an entry had seen of a device: hexadecimal */
/**
 * @typedef {object} Header identifiers, clock, touches and hashes are hexadecimal
 * @property {string} municipality
 * @property {string} device
 * @property {number} seq
 * @property {string} clock
 * @property {string} record
 * @property {string} key
 * @property {"write" | "delete" | "restore"} act
 * @property {Seen[]} observed
 * @property {string[]} touches
 * @property {string | null} from
 */
/** @typedef {[Uint8Array, Uint8Array, Uint8Array, Uint8Array, Uint8Array]} Wrap record, key, epoch, nonce, wrapped */
/**
 * @typedef {object} Entry
 * @property {Uint8Array} prev
 * @property {Uint8Array} header
 * @property {Uint8Array | null} body
 * @property {Uint8Array | null} bodyHash
 * @property {Uint8Array} sig
 * @property {Wrap[]} wraps
 */

/** The bytes of a header. @param {Header} header */
export function encodeHeader(header) {
  const observed = header.observed.map((seen) => [unhex(seen.device), seen.seq, unhex(seen.short)]);
  return encode([
    VERSION, header.municipality, unhex(header.device), header.seq, unhex(header.clock), unhex(header.record),
    unhex(header.key), header.act, observed, header.touches.map(unhex), header.from === null ? null : unhex(header.from),
  ]);
}

/**
 * A header as it was received; `MalformedHeader` names the first member that is wrong, or `array`.
 * @param {Uint8Array} raw @returns {Header}
 */
export function parseHeader(raw) {
  if (raw.length > HEADER_BYTES_MAX) throw new TooLarge("header", raw.length, HEADER_BYTES_MAX);
  const members = read(raw);
  MEMBERS.forEach((name, place) => {
    if (!CHECKS[place](members[place], members)) throw new MalformedHeader(name);
  });
  const [, municipality, device, seq, clock, record, key, act, observed, touches, from] = /** @type {any[]} */ (members);
  if (observed.length > OBSERVED_MAX) throw new TooLarge("observed", observed.length, OBSERVED_MAX);
  if (touches.length > TOUCHES_MAX) throw new TooLarge("touches", touches.length, TOUCHES_MAX);
  const header = {
    municipality, device: hex(device), seq, clock: hex(clock), record: hex(record), key: hex(key), act,
    observed: observed.map((/** @type {any[]} */ seen) => ({ device: hex(seen[0]), seq: seen[1], short: hex(seen[2]) })),
    touches: touches.map(hex), from: from === null ? null : hex(from),
  };
  if (!same(encodeHeader(header), raw)) throw new MalformedHeader("array");
  return header;
}

/** @param {Uint8Array} raw @returns {unknown[]} */
function read(raw) {
  let found;
  try {
    found = decode(raw, { exact: true });
  } catch {
    throw new MalformedHeader("array");
  }
  if (!Array.isArray(found) || found.length !== MEMBERS.length) throw new MalformedHeader("array");
  return found;
}

/** @param {number} size @returns {(value: unknown) => boolean} */
const bytesOf = (size) => (value) => value instanceof Uint8Array && value.length === size;
/** @param {unknown} value */
const isSeq = (value) => typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= SEQ_MAX;

/** @type {((value: any, members: unknown[]) => boolean)[]} */
const CHECKS = [
  (value) => value === VERSION && !(value instanceof Float),
  (value) => typeof value === "string" && MUNICIPALITY.test(value),
  bytesOf(16), isSeq, bytesOf(8), bytesOf(16), bytesOf(16),
  (value) => ACTS.includes(value),
  (value) => Array.isArray(value) && value.every(isSeen) && rises(value.map((seen) => seen[0])),
  (value, members) => Array.isArray(value) && value.every(bytesOf(8)) && rises(value) && (members[7] === "write") === value.length > 0,
  (value) => value === null || bytesOf(32)(value),
];

/** @param {unknown} value */
function isSeen(value) {
  return Array.isArray(value) && value.length === 3 && bytesOf(16)(value[0]) && isSeq(value[1]) && bytesOf(8)(value[2]);
}

/** @param {Uint8Array[]} values */
function rises(values) {
  return values.every((value, n) => n === 0 || compare(values[n - 1], value) < 0);
}

/** An entry from its array on the wire. @param {unknown} value @returns {Entry} */
export function readEntry(value) {
  if (!Array.isArray(value) || value.length < 5) throw new MalformedHeader("array");
  const [prev, header, body, bodyHash, sig, wraps = []] = value;
  return { prev, header, body, bodyHash, sig, wraps };
}

/** An entry as the array that it is on the wire. @param {Entry} entry */
export function wireEntry(entry) {
  return [entry.prev, entry.header, entry.body, entry.bodyHash, entry.sig, entry.wraps];
}

/** The hash of an entry. @param {Uint8Array} prev @param {Uint8Array} header @param {Uint8Array} bodyHash */
export function entryHash(prev, header, bodyHash) {
  return sha256(join(utf8("veldpost/1/entry"), prev, sha256(header), bodyHash));
}

/** The hash of an entry's body, which stands beside it or alone; `BodyHash` or `TooLarge`. @param {Entry} entry */
export function bodyHashOf(entry) {
  if (entry.body === null) {
    if (entry.bodyHash === null || entry.bodyHash.length !== 32) throw new BodyHash();
    return entry.bodyHash;
  }
  if (entry.body.length > BODY_BYTES_MAX) throw new TooLarge("body", entry.body.length, BODY_BYTES_MAX);
  const found = sha256(entry.body);
  if (entry.bodyHash !== null && !same(entry.bodyHash, found)) throw new BodyHash();
  return found;
}

/** The id of the record that a device makes with a key. Hexadecimal. @param {string} device @param {string} key */
export function recordId(device, key) {
  return hex(sha256(join(utf8("veldpost/1/record"), unhex(device), unhex(key)))).slice(0, 32);
}
