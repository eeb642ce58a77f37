/**
 * Bytes: hexadecimal text, comparing, joining. Bytes are Uint8Array everywhere; as keys of maps they are hexadecimal.
 * @module
 */

const encoder = new TextEncoder();

/** The bytes of a text in UTF-8. @param {string} text */
export function utf8(text) {
  return encoder.encode(text);
}

/** Bytes as lower-case hexadecimal text. @param {Uint8Array} bytes */
export function hex(bytes) {
  let text = "";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of hexadecimal text. @param {string} text */
export function unhex(text) {
  if (text.length % 2 || /[^0-9a-f]/.test(text)) throw new TypeError("not hexadecimal");
  const bytes = new Uint8Array(text.length / 2);
  for (let n = 0; n < bytes.length; n += 1) bytes[n] = Number.parseInt(text.slice(2 * n, 2 * n + 2), 16);
  return bytes;
}

/** All parts behind each other. @param {...Uint8Array} parts */
export function join(...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** Less than 0, 0, or more, as the first bytes stand before, at or behind the second. @param {Uint8Array} a @param {Uint8Array} b */
export function compare(a, b) {
  const length = Math.min(a.length, b.length);
  for (let n = 0; n < length; n += 1) if (a[n] !== b[n]) return a[n] - b[n];
  return a.length - b.length;
}

/** True if two byte strings are the same; not for secrets. @param {Uint8Array} a @param {Uint8Array} b */
export function same(a, b) {
  return a.length === b.length && compare(a, b) === 0;
}

/** A whole number as big-endian bytes. @param {number | bigint} value @param {number} size */
export function bigEndian(value, size) {
  const bytes = new Uint8Array(size);
  let rest = BigInt(value);
  for (let n = size - 1; n >= 0; n -= 1) {
    bytes[n] = Number(rest & 255n);
    rest >>= 8n;
  }
  return bytes;
}
