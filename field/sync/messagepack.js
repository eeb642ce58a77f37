/**
 * MessagePack as the wire has it: no extensions, no name twice in a map, nothing behind the value.
 *
 * Whole numbers beyond 2^53 are BigInt. What was written as a float is `Float` when `exact` is asked for (a header must
 * tell 1.0 from 1), and a plain number otherwise (answers do not).
 * @module
 */

import { hex } from "../bytes.js";
import { NotMessagePack } from "./errors.js";

const DEPTH_MAX = 64;
const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** A number that was written as a float. */
export class Float {
  /** @param {number} value */
  constructor(value) {
    this.value = value;
  }
}

/** A raw extension, which no message has; headers name it by its member. */
class Reader {
  /** @param {Uint8Array} bytes @param {boolean} exact */
  constructor(bytes, exact) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.exact = exact;
    this.at = 0;
  }

  /** @param {number} size */
  skip(size) {
    const from = this.at;
    if (from + size > this.bytes.length) throw new NotMessagePack("it is cut off");
    this.at += size;
    return from;
  }

  /** @param {number} size */
  unsigned(size) {
    const from = this.skip(size);
    if (size === 1) return this.view.getUint8(from);
    if (size === 2) return this.view.getUint16(from);
    if (size === 4) return this.view.getUint32(from);
    return narrow(this.view.getBigUint64(from));
  }

  /** @param {number} size */
  signed(size) {
    const from = this.skip(size);
    if (size === 1) return this.view.getInt8(from);
    if (size === 2) return this.view.getInt16(from);
    if (size === 4) return this.view.getInt32(from);
    return narrow(this.view.getBigInt64(from));
  }

  /** @param {number} size */
  float(size) {
    const from = this.skip(size);
    const value = size === 4 ? this.view.getFloat32(from) : this.view.getFloat64(from);
    return this.exact ? new Float(value) : value;
  }

  /** @param {number} size */
  binary(size) {
    const from = this.skip(size);
    return this.bytes.slice(from, from + size);
  }

  /** @param {number} size */
  text(size) {
    const from = this.skip(size);
    try {
      return text.decode(this.bytes.subarray(from, from + size));
    } catch {
      throw new NotMessagePack("a text is not UTF-8");
    }
  }

  /** @param {number} count @param {number} depth @returns {unknown[]} */
  array(count, depth) {
    if (count > this.bytes.length - this.at) throw new NotMessagePack("it is cut off");
    const items = [];
    for (let n = 0; n < count; n += 1) items.push(this.value(depth + 1));
    return items;
  }

  /** @param {number} count @param {number} depth */
  map(count, depth) {
    if (count > this.bytes.length - this.at) throw new NotMessagePack("it is cut off");
    /** @type {Map<string, unknown>} */
    const members = new Map();
    for (let n = 0; n < count; n += 1) {
      const name = this.value(depth + 1);
      if (typeof name !== "string") throw new NotMessagePack("a member has no name");
      if (members.has(name)) throw new NotMessagePack("a member stands twice");
      members.set(name, this.value(depth + 1));
    }
    return members;
  }

  /** @param {number} depth @returns {unknown} */
  value(depth) {
    if (depth > DEPTH_MAX) throw new NotMessagePack("it is nested too deeply");
    const first = this.unsigned(1);
    if (typeof first !== "number") throw new NotMessagePack("never");
    if (first <= 0x7f) return first;
    if (first <= 0x8f) return this.map(first & 0x0f, depth);
    if (first <= 0x9f) return this.array(first & 0x0f, depth);
    if (first <= 0xbf) return this.text(first & 0x1f);
    if (first >= 0xe0) return first - 0x100;
    return this.long(first, depth);
  }

  /** @param {number} first @param {number} depth @returns {unknown} */
  long(first, depth) {
    switch (first) {
      case 0xc0:
        return null;
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
      case 0xc5:
      case 0xc6:
        return this.binary(Number(this.unsigned(1 << (first - 0xc4))));
      case 0xca:
        return this.float(4);
      case 0xcb:
        return this.float(8);
      case 0xcc:
      case 0xcd:
      case 0xce:
      case 0xcf:
        return this.unsigned(1 << (first - 0xcc));
      case 0xd0:
      case 0xd1:
      case 0xd2:
      case 0xd3:
        return this.signed(1 << (first - 0xd0));
      case 0xd9:
      case 0xda:
      case 0xdb:
        return this.text(Number(this.unsigned(1 << (first - 0xd9))));
      case 0xdc:
      case 0xdd:
        return this.array(Number(this.unsigned(2 << (first - 0xdc))), depth);
      case 0xde:
      case 0xdf:
        return this.map(Number(this.unsigned(2 << (first - 0xde))), depth);
      default:
        throw new NotMessagePack("it has a sign that no message has");
    }
  }
}

/** @param {bigint} value */
function narrow(value) {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/**
 * The one value that bytes hold. Maps come as `Map`.
 * @param {Uint8Array} bytes @param {{exact?: boolean}} [how]
 * @returns {unknown}
 * @throws {NotMessagePack}
 */
export function decode(bytes, how = {}) {
  const reader = new Reader(bytes, how.exact ?? false);
  const value = reader.value(0);
  if (reader.at !== bytes.length) throw new NotMessagePack("something stands behind the value");
  return value;
}

/** The bytes of a value, each number in the fewest that it needs. @param {unknown} value */
export function encode(value) {
  /** @type {number[]} */
  const out = [];
  write(value, out);
  return Uint8Array.from(out);
}

/** @param {unknown} value @param {number[]} out */
function write(value, out) {
  if (value === null || value === undefined) out.push(0xc0);
  else if (typeof value === "boolean") out.push(value ? 0xc3 : 0xc2);
  else if (typeof value === "bigint") writeWhole(value, out);
  else if (typeof value === "number") writeNumber(value, out);
  else if (typeof value === "string") writeText(value, out);
  else if (value instanceof Float) writeFloat(value.value, out);
  else if (value instanceof Uint8Array) writeBinary(value, out);
  else if (Array.isArray(value)) {
    head(value.length, 0x90, 15, 0xdc, out);
    for (const item of value) write(item, out);
  } else {
    const members = value instanceof Map ? [...value] : Object.entries(/** @type {object} */ (value));
    head(members.length, 0x80, 15, 0xde, out);
    for (const [name, member] of members) {
      writeText(name, out);
      write(member, out);
    }
  }
}

/** @param {number} length @param {number} short @param {number} shortMax @param {number} long @param {number[]} out */
function head(length, short, shortMax, long, out) {
  if (length <= shortMax) out.push(short | length);
  else if (length <= 0xffff) out.push(long, length >> 8, length & 255);
  else pushSized(long + 1, BigInt(length), 4, out);
}

/** @param {number} sign @param {bigint} value @param {number} size @param {number[]} out */
function pushSized(sign, value, size, out) {
  out.push(sign);
  for (let n = size - 1; n >= 0; n -= 1) out.push(Number((value >> BigInt(8 * n)) & 255n));
}

/** @param {string} value @param {number[]} out */
function writeText(value, out) {
  const bytes = encoder.encode(value);
  if (bytes.length <= 31) out.push(0xa0 | bytes.length);
  else if (bytes.length <= 0xff) out.push(0xd9, bytes.length);
  else if (bytes.length <= 0xffff) out.push(0xda, bytes.length >> 8, bytes.length & 255);
  else pushSized(0xdb, BigInt(bytes.length), 4, out);
  for (const byte of bytes) out.push(byte);
}

/** @param {Uint8Array} bytes @param {number[]} out */
function writeBinary(bytes, out) {
  if (bytes.length <= 0xff) out.push(0xc4, bytes.length);
  else if (bytes.length <= 0xffff) out.push(0xc5, bytes.length >> 8, bytes.length & 255);
  else pushSized(0xc6, BigInt(bytes.length), 4, out);
  for (const byte of bytes) out.push(byte);
}

/** @param {number} value @param {number[]} out */
function writeNumber(value, out) {
  if (Number.isSafeInteger(value)) writeWhole(BigInt(value), out);
  else writeFloat(value, out);
}

/** @param {number} value @param {number[]} out */
function writeFloat(value, out) {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  pushSized(0xcb, view.getBigUint64(0), 8, out);
}

/** @param {bigint} value @param {number[]} out */
function writeWhole(value, out) {
  if (value >= 0n) {
    if (value <= 0x7fn) out.push(Number(value));
    else if (value <= 0xffn) pushSized(0xcc, value, 1, out);
    else if (value <= 0xffffn) pushSized(0xcd, value, 2, out);
    else if (value <= 0xffff_ffffn) pushSized(0xce, value, 4, out);
    else pushSized(0xcf, value, 8, out);
  } else if (value >= -32n) out.push(Number(value & 0xffn));
  else if (value >= -0x80n) pushSized(0xd0, value, 1, out);
  else if (value >= -0x8000n) pushSized(0xd1, value, 2, out);
  else if (value >= -0x8000_0000n) pushSized(0xd2, value, 4, out);
  else pushSized(0xd3, value, 8, out);
}

/** Bytes of a value as text, for comparing and as keys of maps. @param {unknown} value */
export function packedHex(value) {
  return hex(encode(value));
}
