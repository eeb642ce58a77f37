/**
 * The meanings that a reference can have: the codes of the records that this device holds, with words to know them by, and what
 * choosing one fills in (forms/SPEC.md 6.6).
 * @module
 */

import { canonical, isObject } from "../../forms/answers.js";
import * as paths from "../../forms/paths.js";
import { keyOf, meant } from "../../forms/records/references.js";

/** @typedef {import("../../forms/definition/document.js").Question} Question */
/** @typedef {import("./filling.js").Filling} Filling */
/** @typedef {{form: string, document: any, changedMs: number}} Held a record as it is shown here */
/** @typedef {{value: string, words: string[], changedMs: number}} Offered */

/** The records that a reference is looked up in: of its form, and within the record that another answer names. @param {Filling} filling @param {Question} question @param {Held[]} records @returns {Held[]} */
export function lookedIn(filling, question, records) {
  const { form, within } = question.field, held = records.filter((one) => one.form === form && one.document !== null);
  if (within === undefined) return held;
  const around = filling.question(within), answer = filling.get(within);
  if (around === null || answer === null) return [];
  const inside = new Set(meant(around, answer, held.map((one) => one.document)).map(([document]) => document));
  return held.filter((one) => inside.has(one.document));
}

/** The codes that can be chosen, the record that changed last first. @param {Question} question @param {Held[]} records that it is looked up in @param {import("../../forms/definition/document.js").Form | null} form theirs @returns {Offered[]} */
export function offered(question, records, form) {
  const key = keyOf(question), group = paths.repeatOf(key), name = /** @type {string} */ (key.split("/").at(-1)), found = /** @type {Map<string, Offered>} */ (new Map());
  const short = (form?.questions ?? []).filter((one) => one.kind === "text" && one.repeat === group && one.name !== name && one.field.widget !== "multiline").map((one) => one.name);
  for (const { document, changedMs } of [...records].sort((a, b) => b.changedMs - a.changedMs)) {
    const around = inside(document, paths.parse(group ?? key).slice(0, group === null ? -1 : undefined));
    for (const one of group === null ? [around] : Array.isArray(around) ? around : []) {
      const value = isObject(one) ? one[name] : null;
      if (typeof value !== "string" || found.has(canonical(value))) continue;
      found.set(canonical(value), { value, words: wordsOf(one, short), changedMs });
    }
  }
  return [...found.values()];
}

/** @param {any} document @param {string[]} names */
function inside(document, names) {
  let at = document;
  for (const name of names) at = isObject(at) ? (at[name] ?? null) : null;
  return at;
}

/** Short texts that stand beside a key, to know it by. @param {any} around @param {string[]} names */
function wordsOf(around, names) {
  return names.map((name) => around[name]).filter((value) => typeof value === "string" && value.length <= 40).slice(0, 2);
}

/** The questions that answering a reference fills in. @param {Filling} filling @param {Question} question @returns {Question[]} */
export function fillsIn(filling, question) {
  return [...filling.asked.values()].filter((one) => one.field.prefill?.from === question.path);
}
