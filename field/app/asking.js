/**
 * A draft as its form shows it now: which questions stand on a page, what is answered, what does not fit.
 * @module
 */

import { assemble } from "../forms/answers.js";
import * as paths from "../forms/paths.js";
import { Examiner } from "../forms/relevance.js";
import { isLeftOut } from "../forms/deciding.js";

/** @typedef {import("../forms/document.js").Form} Form */
/** @typedef {import("./work.js").Draft} Draft */
const ULID = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** What a draft looks like today. @param {Form} form @param {Examiner} examiner @param {Draft} draft */
export function seenNow(form, examiner, draft) {
  const answers = new Map(Object.entries(draft.answers).filter(([path]) => form.has(path) || form.stays(path)));
  const gone = new Set([...answers].filter(([path, value]) => value === null && paths.isItem(path)).map(([path]) => path));
  return examiner.examine(assemble(answers, gone), today());
}

/** The day in Amsterdam. */
export function today() {
  return new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Amsterdam", year: "numeric", month: "2-digit", day: "2-digit" }).format(new Date());
}

/** The items of a repeating group that are there. @param {Draft} draft @param {string} repeat */
export function itemsOf(draft, repeat) {
  const found = Object.entries(draft.answers).filter(([path, value]) => value !== null && path.startsWith(`${repeat}/`) && paths.isItem(path));
  return found.map(([path]) => path).sort();
}

/** The places of a section's questions that are asked now. @param {Form} form @param {Draft} draft @param {number} section @param {Set<string>} hidden */
export function askedOn(form, draft, section, hidden) {
  const { questions, repeat } = form.sections[section];
  if (repeat === null) return questions.filter((path) => isAsked(form, path) && !isLeftOut(path, hidden));
  return itemsOf(draft, repeat).flatMap((item) => questions.map((path) => `${item}/${path.slice(path.lastIndexOf("/") + 1)}`)).filter((path) => isAsked(form, path) && !isLeftOut(path, hidden));
}

/** @param {Form} form @param {string} path */
function isAsked(form, path) {
  return questionOf(form, path) !== null;
}

/** @param {Form} form @param {string} path */
export function questionOf(form, path) {
  const template = paths.template(path);
  return form.leaf(path) ?? form.local.find((one) => one.path === template) ?? null;
}

/** A fresh id of an item: its time, then chance. @param {number} nowMs */
export function newItem(nowMs) {
  let time = "", rest = nowMs;
  for (let n = 0; n < 10; n += 1) {
    time = ULID[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  return time + [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => ULID[byte % 32]).join("");
}

/** A draft with one answer changed. @param {Draft} draft @param {string} path @param {unknown} value @returns {Draft} */
export function answered(draft, path, value) {
  return { ...draft, answers: { ...draft.answers, [path]: value }, touched: [...new Set([...draft.touched, path])] };
}
