/**
 * The merge of admitted entries of one record (sync/SPEC.md 4.2 to 4.5), from nothing each time: a device draws a
 * record again only when it was touched.
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { hex, join, unhex, utf8 } from "../bytes.js";
import { effective } from "./clock.js";

/** The reserved field that deletes and restores touch. */
export const MARK = "";

/** @typedef {import("./entry.js").Header} Header */
/**
 * @typedef {object} Arrival an entry as the merge sees it
 * @property {Header} header
 * @property {string} hash hexadecimal
 * @property {number | null} received its smallest known stamp in ms
 */
/** @typedef {import("./entry.js").Header["observed"][number]} Seen */
/**
 * @typedef {object} Unreachable what nobody can check any more (4.3)
 * @property {(device: string, seq: number) => boolean} place whether a place lies in a hole or above a last good seq
 * @property {(record: string, seen: Seen) => boolean} name whether an observation of another device names such a place, or
 *   an entry that lost its place
 */
/**
 * @typedef {object} RecordState
 * @property {Map<string, Arrival[]>} fields touch -> survivors, the winner first; deletes and restores under `MARK`
 * @property {boolean} deleted
 * @property {boolean} contested
 */

/** The fields that an entry touches. @param {Header} header */
export function touched(header) {
  return header.act === "write" ? header.touches : [MARK];
}

/**
 * True if an entry knows another one of the same record.
 * @param {Arrival} entry @param {Arrival} other @param {Unreachable} unreachable
 */
export function knows(entry, other, unreachable) {
  const { device, seq } = other.header;
  const seen = entry.header.observed.find((one) => one.device === device);
  if (seen === undefined || seen.seq < seq) return false;
  if (entry.header.device === device) return true;
  if (!unreachable.place(device, seq) && !unreachable.name(entry.header.record, seen)) return true;
  return seen.seq === seq && other.hash.startsWith(seen.short);
}

/** The order of what is shown: less than 0 where the first stands before the second. @param {Arrival} a @param {Arrival} b */
export function shownFirst(a, b) {
  return (
    -order(effective(a.header.clock, a.received), effective(b.header.clock, b.received)) ||
    -order(a.header.device, b.header.device) ||
    b.header.seq - a.header.seq ||
    -order(a.hash, b.hash)
  );
}

/** @param {string} a @param {string} b */
function order(a, b) {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** The entries that no other knows, the winner first. @param {Arrival[]} entries @param {Unreachable} unreachable */
export function survivors(entries, unreachable) {
  return entries.filter((one) => !entries.some((other) => other !== one && knows(other, one, unreachable))).sort(shownFirst);
}

/** A record from its admitted entries. @param {Iterable<Arrival>} entries @param {Unreachable} unreachable @returns {RecordState} */
export function fold(entries, unreachable) {
  /** @type {Map<string, Arrival[]>} */
  const touching = new Map();
  for (const entry of entries) {
    for (const touch of touched(entry.header)) {
      const there = touching.get(touch);
      if (there) there.push(entry);
      else touching.set(touch, [entry]);
    }
  }
  const fields = new Map([...touching].map(([touch, all]) => [touch, survivors(all, unreachable)]));
  return { fields, ...standing(fields, unreachable) };
}

/** True if a record is deleted, or its delete contested. @param {Map<string, Arrival[]>} fields @param {Unreachable} unreachable */
function standing(fields, unreachable) {
  const marks = fields.get(MARK) ?? [];
  const deletes = marks.filter((mark) => mark.header.act === "delete");
  if (deletes.length === 0) return { deleted: false, contested: false };
  const deleted = deletes.length === marks.length && [...fields].every(
    ([touch, all]) => touch === MARK || all.every((one) => deletes.some((mark) => knows(mark, one, unreachable))),
  );
  return { deleted, contested: !deleted };
}

/**
 * The id of a conflict: the same on every device that holds the same survivors. 32 hexadecimal digits.
 * @param {string} municipality @param {string} record @param {string} touch @param {string[]} hashes
 */
export function conflictId(municipality, record, touch, hashes) {
  const sorted = [...hashes].sort().map(unhex);
  const parts = [utf8("veldpost/1/conflict"), utf8(municipality), unhex(record), unhex(touch), ...sorted];
  return hex(sha256(join(...parts))).slice(0, 32);
}
