/**
 * From opened entries to the edits of every path, at the places of one version (picture/SPEC.md 4, 5).
 * @module
 */

import { check } from "../forms/answers.js";
import { standing } from "../forms/records/items.js";
import * as paths from "../forms/paths.js";
import { compare } from "../forms/texts.js";
import { beyondReach } from "../sync/admission.js";
import { isOff, msOf } from "../sync/clock.js";
import { knows } from "../sync/merge.js";
import { orderOf, timeOf } from "./reading.js";

const PATH_SHOWN_MAX = 80;

/** @typedef {import("./reading.js").Reading} Reading */
/** @typedef {import("./reading.js").Around} Around */
/** @typedef {import("./reading.js").Opened} Opened */
/** @typedef {import("../forms/definition/document.js").Form} Form */
/** @typedef {import("../forms/policies.js").Edit} Edit */
/** @typedef {{kind: string, name: string, facts: Record<string, unknown>}} Note */

/** Every edit of every path, sorted by path. @param {Reading} reading @param {Around} around @param {Form | null} form @param {Note[]} notes @returns {Map<string, Edit[]>} */
export function editsOf(reading, around, form, notes) {
  /** @type {Map<string, Edit[]>} */
  const edits = new Map();
  const known = knowing(reading, around);
  for (const entry of reading.opened) {
    noteTimes(reading.record, entry, around, notes);
    const { hash } = entry.arrival, knowledge = /** @type {Set<string>} */ (known.get(hash));
    const { author, atMs } = authorOf(entry, reading, around);
    for (const [path, value] of carried(entry, around, form, notes)) {
      const edit = { hash, order: orderOf(entry.arrival), author, atMs, value, knows: knowledge };
      edits.set(path, [...(edits.get(path) ?? []), edit]);
    }
  }
  return new Map([...edits].sort(([a], [b]) => compare(a, b)));
}

/** The opened entries that each opened entry knows. @param {Reading} reading @param {Around} around */
function knowing(reading, around) {
  const unreachable = beyondReach(around.book.facts()), arrivals = reading.opened.map((entry) => entry.arrival);
  return new Map(arrivals.map((one) => [one.hash, new Set(arrivals.filter((other) => other !== one && knows(one, other, unreachable)).map((other) => other.hash))]));
}

/** @param {string} record @param {Opened} entry @param {Around} around @param {Note[]} notes */
function noteTimes(record, entry, around, notes) {
  const { header, received, hash } = entry.arrival;
  if (received === null) return;
  if (isOff(header.clock, received)) notes.push({ kind: "clock-ahead", name: hash, facts: { seconds: Math.floor((msOf(header.clock) - received) / 1_000) } });
  const decided = around.book.decided.get(`${record} ${around.book.worker(header.device)}`);
  if (decided?.kind === "withdrawal" && received > decided.at_ms) {
    notes.push({ kind: "after-withdrawal", name: hash, facts: { author: around.worker(header.device) } });
  }
}

/** The answers of one entry at their places in a version. @param {Opened} entry @param {Around} around @param {Form | null} form @param {Note[]} notes @returns {[string, unknown][]} */
function carried(entry, around, form, notes) {
  const bad = new Map(check(entry.answers).map(([code, path]) => [path, code]));
  for (const [path, code] of bad) notes.push({ kind: code, name: entry.arrival.hash, facts: { path: [...path].slice(0, PATH_SHOWN_MAX).join("") } });
  const mover = form?.slug === entry.form ? around.mover(entry.form, entry.version, form.version) : null;
  const own = around.form(entry.form, entry.version);
  const stays = (/** @type {string} */ path) => (form?.stays(path) ?? false) || (own?.stays(path) ?? false);
  /** @type {[string, unknown][]} */
  const found = [];
  for (const [path, value] of entry.answers) {
    if (bad.has(path)) continue;
    const at = mover?.path(path) ?? path;
    if (stays(path) || stays(at)) notes.push({ kind: "local-only", name: at, facts: {} });
    else found.push([at, mover === null ? value : mover.value(path, value)]);
  }
  return found;
}

/** The author of an entry's words, and when they were said. @param {Opened} entry @param {Reading} reading @param {Around} around */
export function authorOf(entry, reading, around) {
  const source = sourceOf(entry, reading, around) ?? entry.arrival;
  return { author: around.worker(source.header.device), atMs: timeOf(source) };
}

/** The aside entry that an entry writes anew, if it may stand for it. @param {Opened} entry @param {Reading} reading @param {Around} around */
export function sourceOf(entry, reading, around) {
  const { from, device } = entry.arrival.header;
  const source = from === null ? undefined : reading.aside.find((aside) => aside.arrival.hash === from)?.arrival;
  return source !== undefined && around.takesIn(device, source.header.device) ? source : null;
}

/** The items that are gone, and those whose removal is contested, sorted. @param {Map<string, Edit[]>} edits */
export function removed(edits) {
  const gone = new Set(), contested = [];
  for (const [path, own] of edits) {
    if (!paths.isItem(path)) continue;
    const inside = [...edits].filter(([place]) => place.startsWith(`${path}/`)).map(([, leaf]) => leaf);
    const stands = standing(own, inside);
    if (stands.hidden) gone.add(path);
    if (stands.contested) contested.push(path);
  }
  return { gone: /** @type {Set<string>} */ (gone), contested };
}
