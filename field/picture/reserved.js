/**
 * The review of a record, and the questions and comments about it (picture/SPEC.md 9).
 * @module
 */

import { survivors } from "../forms/policies.js";
import { compare } from "../forms/texts.js";
import { sourceOf } from "./edits.js";

/** @typedef {import("./reading.js").Reading} Reading */
/** @typedef {import("./reading.js").Around} Around */
/** @typedef {import("./drawing.js").Shown} Shown */
/** @typedef {import("../forms/policies.js").Edit} Edit */

/** @param {Record<string, Shown>} reserved @param {Map<string, Edit[]>} edits */
export function reviewOf(reserved, edits) {
  const shown = reserved["/_review"];
  if (shown === undefined || shown.value === null) return null;
  const author = (edits.get("/_review") ?? []).find((edit) => edit.hash === shown.entry);
  const isUnread = (/** @type {Edit} */ edit) => edit.hash !== shown.entry && !author?.knows.has(edit.hash);
  const changed = [...edits].filter(([path, own]) => !path.startsWith("/_") && survivors(own).some(isUnread)).map(([path]) => path);
  return { state: shown.value, author: shown.author, at_ms: shown.at_ms, entry: shown.entry, changed: changed.sort(compare) };
}

/** The threads under a front, by path. @param {string} front @param {Record<string, Shown>} reserved @param {(path: string) => boolean} isOpen */
function threads(front, reserved, isOpen) {
  const found = Object.keys(reserved).filter((path) => path.startsWith(front)).sort(compare);
  return found.map((path) => ({ path, open: isOpen(path), texts: reserved[path].texts ?? [] }));
}

/** A question is open while a text of the office survives that nobody answered. @param {Record<string, Shown>} reserved @param {Map<string, Edit[]>} edits @param {Reading} reading @param {Around} around */
export function questionsOf(reserved, edits, reading, around) {
  const office = officeOf(reading, around);
  return threads("/_question/", reserved, (path) => survivors(edits.get(path) ?? []).some((edit) => edit.value !== null && office.has(edit.hash)));
}

/** The entries that are the office's: written by its devices, those that it took in for a worker apart. @param {Reading} reading @param {Around} around */
export function officeOf(reading, around) {
  return new Set(reading.opened.filter((entry) => around.book.isDesk((sourceOf(entry, reading, around) ?? entry.arrival).header.device)).map((entry) => entry.arrival.hash));
}

/** True while only the office wrote in the record: its worker has not written in it yet. @param {Reading} reading @param {Around} around */
export function isBegun(reading, around) {
  return reading.opened.length > 0 && officeOf(reading, around).size === reading.opened.length;
}

/** @param {Record<string, Shown>} reserved */
export function commentsOf(reserved) {
  return threads("/_comment/", reserved, () => false);
}
