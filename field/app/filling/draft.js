/**
 * A draft: answers over what a record said when it was opened, what was seen then, and where the worker is. Plain data,
 * so that it can be sealed and read by a later version of this app.
 * @module
 */

import { canonical } from "../../forms/answers.js";
import * as paths from "../../forms/paths.js";
import { Mover } from "../../forms/versions/moving.js";

/** @typedef {import("../../forms/definition/document.js").Form} Form */
/** @typedef {Record<string, unknown>} Answers by path */
/** @typedef {{author: string, at_ms: number, value: unknown, entry?: string}} Word */
/**
 * @typedef {object} Draft
 * @property {string} id
 * @property {string} form @property {number} version
 * @property {string | null} record null for a new one
 * @property {import("../../device/looking.js").Editing["shown"]} shown what was on screen when it began
 * @property {Answers} base what the record said then
 * @property {Answers} answers what is answered now
 * @property {Answers} [first] what the app answered at the beginning and nobody touched since (forms/SPEC.md 14)
 * @property {string[]} touched the paths that the worker was at
 * @property {Record<string, Word[]>} beside other people's answers that were shown beside a question
 * @property {Answers} earlier answers that its version has no place for
 * @property {number} section where the worker is
 * @property {number} begun @property {number} kept times
 * @property {number} came of a record: the place of the last entry of others that was shown, in the order of coming
 * @property {number | null} dropped when the worker threw it away; it can be taken back for ten seconds
 */

/** A draft that nothing was written in yet. @param {string} id @param {Form} form @param {number} nowMs @returns {Draft} */
export function newDraft(id, form, nowMs) {
  return { id, form: form.slug, version: form.version, record: null, shown: [], base: {}, answers: {}, first: {}, touched: [], beside: {}, earlier: {}, section: 0, begun: nowMs, kept: nowMs, came: 0, dropped: null };
}

/**
 * A draft over a record as it is shown. What a condition hides is in it too: it comes back when the condition holds.
 * @param {string} id @param {Form} form of the picture's columns @param {{picture: Record<string, any>, editing: import("../../device/looking.js").Editing}} look @param {Answers} local @param {number} nowMs
 * @returns {Draft}
 */
export function draftOf(id, form, { picture, editing }, local, nowMs) {
  const base = /** @type {Answers} */ ({}), items = itemsIn(form, picture.document ?? {}), gone = (/** @type {string} */ path) => paths.itemsAlong(path).some((item) => !items.has(item));
  const hidden = (picture.hidden ?? []).map((/** @type {any} */ one) => [one.path, one.shown]).filter((/** @type {any} */ [path]) => !gone(path));
  const shown = /** @type {[string, any][]} */ ([...Object.entries(picture.shown ?? {}), ...hidden]);
  for (const item of items) base[item] = {};
  for (const [path, { value, in_form: fits }] of shown) if (fits !== false) base[path] = value;
  Object.assign(base, local);
  const beside = /** @type {Record<string, Word[]>} */ ({});
  for (const [path, { texts }] of shown) if (texts !== undefined) beside[path] = texts.map((/** @type {any} */ one) => ({ author: one.author, at_ms: one.at_ms, value: one.text }));
  for (const { path, survivors } of picture.conflicts ?? []) beside[path] = survivors.map((/** @type {any} */ one) => ({ author: one.author, at_ms: one.at_ms, value: one.value }));
  const earlier = Object.fromEntries(shown.filter(([, one]) => one.in_form === false).map(([path, one]) => [path, one.value]));
  return { ...newDraft(id, form, nowMs), record: editing.record, shown: editing.shown, base, answers: { ...base }, beside, earlier };
}

/** The items of a document that are there. @param {Form} form @param {any} document */
function itemsIn(form, document) {
  const found = /** @type {Set<string>} */ (new Set());
  for (const repeat of form.repeats) {
    let at = document;
    for (const name of paths.parse(repeat)) at = at?.[name];
    for (const item of Array.isArray(at) ? at : []) found.add(`${repeat}/${item._id}`);
  }
  return found;
}

/** The changes that a save writes: the answers that differ from what the record said. @param {Form} form @param {Draft} draft @returns {Map<string, unknown>} */
export function changesOf(form, { base, answers }) {
  const changed = new Map();
  for (const path of new Set([...Object.keys(base), ...Object.keys(answers)])) {
    if (form.stays(path)) continue;
    const was = base[path] ?? null, is = answers[path] ?? null;
    if (canonical(was) !== canonical(is) || (is === null && path in answers && isInRemoved(path, base, answers))) changed.set(path, is);
  }
  return changed;
}

/** True if a path is, or stands in, an item that the record has and the draft removed. @param {string} path @param {Answers} base @param {Answers} answers */
function isInRemoved(path, base, answers) {
  return paths.itemsAlong(path).some((item) => item in base && answers[item] === null);
}

/** The answers that never leave the device. @param {Form} form @param {Draft} draft @returns {Answers} */
export function localOf(form, { answers }) {
  return Object.fromEntries(Object.entries(answers).filter(([path, value]) => value !== null && form.stays(path)));
}

/** True if anything was written. @param {Form} form @param {Draft} draft */
export function isEmpty(form, draft) {
  const { first = {} } = draft, answers = Object.fromEntries(Object.entries(draft.answers).filter(([path]) => !(path in first)));
  return changesOf(form, { ...draft, answers }).size === 0 && Object.entries(answers).every(([path, value]) => canonical(value) === canonical(draft.base[path] ?? null));
}

/** A draft carried to a later version; what has no place there is kept apart. @param {Draft} draft @param {Form[]} versions from its own on, in order @returns {Draft} */
export function carried(draft, versions) {
  const mover = new Mover(versions), form = versions[versions.length - 1];
  const has = (/** @type {string} */ path) => form.has(path) || form.stays(path);
  const moved = (/** @type {Answers} */ answers) => [...mover.answers(new Map(Object.entries(answers)))];
  const fitting = (/** @type {Answers} */ answers) => Object.fromEntries(moved(answers).filter(([path]) => has(path)));
  const apart = Object.fromEntries(moved(draft.answers).filter(([path, value]) => !has(path) && value !== null));
  return {
    ...draft, version: form.version, base: fitting(draft.base), answers: fitting(draft.answers), first: fitting(draft.first ?? {}), touched: draft.touched.map((path) => mover.path(path)).filter(has),
    beside: Object.fromEntries(Object.entries(draft.beside).map(([path, words]) => [mover.path(path), words])), earlier: { ...draft.earlier, ...apart }, section: 0,
  };
}
