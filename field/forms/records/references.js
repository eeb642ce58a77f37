/**
 * The meaning of a reference to another record, and what a device takes over from it (forms/SPEC.md 6.6).
 * @module
 */

import { canonical, isObject } from "../answers.js";
import * as paths from "../paths.js";

/** @typedef {import("../definition/document.js").Form} Form */
/** @typedef {import("../definition/document.js").Question} Question */
/** @typedef {Record<string, any>} Document */

/** The answers that a shown record has at a template, with the item of each. @param {Document} record @param {string} template @returns {[Document | null, any][]} */
function at(record, template) {
  const group = paths.repeatOf(template), names = paths.parse(group ?? template);
  let found = /** @type {any} */ (record);
  for (const name of names) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : null;
  if (group === null) return [[null, found]];
  const last = /** @type {string} */ (template.split("/").at(-1));
  return (Array.isArray(found) ? found.filter(isObject) : []).map((item) => [item, item[last] ?? null]);
}

/** The question of another record whose answer a reference repeats. @param {Question} reference */
export function keyOf(reference) {
  return reference.field.key ?? `/${reference.name}`;
}

/** The records, and items of them, that a reference means. @param {Question} reference @param {unknown} answer @param {Document[]} records @returns {[Document, Document | null][]} */
export function meant(reference, answer, records) {
  const wanted = canonical(answer);
  return records.flatMap((record) => at(record, keyOf(reference)).filter(([, value]) => value !== null && canonical(value) === wanted).map(([item]) => /** @type {[Document, Document | null]} */ ([record, item])));
}

/**
 * The answers that are filled in when the reference at a path gets an answer, by path; only where all that is meant says the same.
 * @param {Form} form @param {string} path @param {unknown} answer @param {Document[]} records as they are shown
 * @returns {Map<string, unknown>}
 */
export function prefilled(form, path, answer, records) {
  const template = paths.template(path), asked = [...form.questions, ...form.local];
  const reference = asked.find((question) => question.path === template && question.field.form !== undefined);
  /** @type {Map<string, unknown>} */
  const filled = new Map();
  if (reference === undefined) return filled;
  const found = meant(reference, answer, records);
  for (const question of asked) {
    const prefill = question.field.prefill;
    if (prefill?.from !== template) continue;
    const values = found.flatMap(([record, item]) => taken(record, item, prefill.take));
    if (values.length === 0 || values[0] === null || new Set(values.map((value) => canonical(value))).size > 1) continue;
    filled.set(question.repeat === null ? question.path : `${path.slice(0, path.lastIndexOf("/"))}/${question.name}`, values[0]);
  }
  return filled;
}

/** @param {Document} record @param {Document | null} item @param {string} take */
function taken(record, item, take) {
  if (paths.repeatOf(take) !== null) return [item?.[/** @type {string} */ (take.split("/").at(-1))] ?? null];
  return at(record, take).map(([, value]) => value);
}
