/**
 * Finding records among thousands: every word that was typed stands in the record, and what was chosen holds.
 * @module
 */

import { folded } from "./summary.js";

/** @typedef {import("./summary.js").Summary} Summary */
/** @typedef {{text: string, form: string, needs: boolean, mine: boolean, isNew: boolean, sinceMs: number}} Wanted */

/** @type {Wanted} */
export const ALL = { text: "", form: "", needs: false, mine: false, isNew: false, sinceMs: 0 };

/** True if somebody else wrote in a record since the worker last looked. @param {Summary} one */
export function isNews(one) {
  return one.cameOther > one.looked;
}

/** The words that are looked for. @param {string} text @returns {string[]} */
export function wordsOf(text) {
  return folded(text).split(/\s+/).filter(Boolean);
}

/** The records that fit, in the order given. @param {Summary[]} all @param {Wanted} wanted */
export function found(all, wanted) {
  const words = wordsOf(wanted.text);
  return all.filter((one) => words.every((word) => one.text.includes(word)) && (wanted.form === "" || one.form === wanted.form) && (!wanted.needs || one.needs.length > 0)
    && (!wanted.mine || one.mine) && (!wanted.isNew || isNews(one)) && one.changedMs >= wanted.sinceMs);
}

/** A text in parts, those that were looked for apart. @param {string} text @param {string[]} words @returns {{text: string, hit: boolean}[]} */
export function marked(text, words) {
  const plain = folded(text);
  if (plain.length !== text.length || words.length === 0) return [{ text, hit: false }];
  const hits = words.flatMap((word) => {
    const found = [];
    for (let at = plain.indexOf(word); at >= 0; at = plain.indexOf(word, at + word.length)) found.push({ start: at, end: at + word.length });
    return found;
  }).sort((a, b) => a.start - b.start);
  const parts = [];
  let at = 0;
  for (const { start, end } of hits) {
    if (start < at) continue;
    if (start > at) parts.push({ text: text.slice(at, start), hit: false });
    parts.push({ text: text.slice(start, end), hit: true });
    at = end;
  }
  return at < text.length ? [...parts, { text: text.slice(at), hit: false }] : parts;
}

/** Newest first; of one time by id, so that lists do not jump. @param {Iterable<Summary>} all */
export function newestFirst(all) {
  return [...all].sort((a, b) => b.changedMs - a.changedMs || (a.record < b.record ? -1 : 1));
}
