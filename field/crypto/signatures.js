/**
 * The bytes that a signature covers: its purpose, then each field with its length (crypto/SPEC.md 3).
 * @module
 */

import { bigEndian, join, utf8 } from "../bytes.js";

/** @typedef {string | number | bigint | Uint8Array | null} Field */

/** @param {string} purpose @param {Field[]} fields */
export function signedBytes(purpose, fields) {
  return join(utf8(`veldpost/1/${purpose}`), withLengths(fields));
}

/** Each field behind its length. @param {Field[]} fields */
export function withLengths(fields) {
  return join(...fields.flatMap((field) => {
    const bytes = fieldBytes(field);
    return [bigEndian(bytes.length, 4), bytes];
  }));
}

/** @param {Field} field */
function fieldBytes(field) {
  if (field === null) return new Uint8Array(0);
  if (typeof field === "string") return utf8(field);
  return typeof field === "number" || typeof field === "bigint" ? bigEndian(field, 8) : field;
}
