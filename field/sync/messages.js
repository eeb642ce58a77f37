/**
 * The messages that a device sends and is answered (sync/SPEC.md 6): limits, the form of signed requests, receipts.
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { signedBytes } from "../crypto/signatures.js";
import { ClockOff, TooLarge, UnknownProtocol } from "./errors.js";
import { encode } from "./messagepack.js";

export const PROTOCOL = 1;
export const FRESH_MS_MAX = 600_000;
export const ENTRIES_MAX = 500;
export const CHANGES_MAX = 2_000;
export const PUSH_BYTES_MAX = 4 * 1024 * 1024;
export const PUSH_EPOCHS_MAX = 32;
/** The number of each member that a request may bring. */
export const LIMITS = /** @type {Record<string, number>} */ ({
  entries: ENTRIES_MAX, handed: 500, grants: 256, reports: 256, epochs: 64, facts: 1_000, erased: 256, lacking: 256, forms: 1_000,
});
const SIGNED_HEADERS = ["upload-offset", "upload-length", "upload-metadata", "content-type"];
const CONTENT_TYPE = "application/msgpack";

/** @typedef {{seq: number, hash: string}} Place an entry's place in its device's journal */
/** @typedef {[municipality: string, life: Uint8Array, device: Uint8Array, seq: number, hash: Uint8Array, atMs: number, sig: Uint8Array]} Receipt as it travels */

/**
 * The bytes that the signature of a request covers.
 * @param {string} method @param {string} target path with query @param {Uint8Array} body @param {number} timeMs
 * @param {Record<string, string>} headers by lower-case names
 */
export function requestBytes(method, target, body, timeMs, headers) {
  return signedBytes("request", [method, target, sha256(body), timeMs, ...SIGNED_HEADERS.map((name) => headers[name] ?? "")]);
}

/** Refuse a time that is more than ten minutes off. @param {number} timeMs @param {number} nowMs */
export function checkTime(timeMs, nowMs) {
  if (Math.abs(timeMs - nowMs) > FRESH_MS_MAX) throw new ClockOff();
}

/** Refuse a request of another protocol, or with too much of something. @param {Record<string, any>} request */
export function checkRequest(request) {
  if (request.protocol !== PROTOCOL) throw new UnknownProtocol();
  for (const [name, limit] of Object.entries(LIMITS)) {
    const value = request[name] ?? [], count = value instanceof Map ? value.size : value.length ?? Object.keys(value).length;
    if (count > limit) throw new TooLarge(name, count, limit);
  }
}

/** The bytes of a message: members with their values. @param {Record<string, unknown>} message */
export function write(message) {
  return encode(message);
}

/** The bytes that the signature of a receipt covers. @param {Receipt} receipt */
export function receiptBytes([municipality, life, device, seq, hash, atMs]) {
  return signedBytes("receipt", [municipality, life, device, seq, hash, atMs]);
}

/** The media type of every message. */
export { CONTENT_TYPE };
