/**
 * A delete that one worker alone decided, of a record with an answer of the gravest class (picture/SPEC.md 8).
 * @module
 */

import { MARK as ACTS } from "../sync/merge.js";
import { officeOf } from "./reserved.js";

const GRAVEST = "S4";
const MARK = "/_"; // of what is no answer

/** @typedef {import("./reading.js").Reading} Reading */
/** @typedef {import("./reading.js").Around} Around */
/** @typedef {import("../forms/definition/document.js").Form} Form */
/** @typedef {import("../forms/policies.js").Edit} Edit */

/** True if a delete is a proposal: not each that stands is the office's, and somebody gave a grave answer. @param {Reading} reading @param {Around} around @param {Form | null} form @param {Map<string, Edit[]>} edits */
export function isProposed(reading, around, form, edits) {
  const office = officeOf(reading, around);
  return !(reading.state.fields.get(ACTS) ?? []).every(({ hash }) => office.has(hash)) && isGrave(reading, around, form, edits);
}

/** True if anybody ever gave an answer of the gravest class; the least protective one of a question is none. @param {Reading} reading @param {Around} around @param {Form | null} form @param {Map<string, Edit[]>} edits */
function isGrave(reading, around, form, edits) {
  const given = new Map(reading.opened.map((entry) => [entry.arrival.hash, around.form(entry.form, entry.version)]));
  return [...edits].some(([path, own]) => {
    const here = form?.leaf(path) ?? null;
    return own.some(({ hash, value }) => isGraveAnswer(path, value, here ?? given.get(hash)?.leaf(path) ?? null));
  });
}

/** True if one answer is of the gravest class. @param {string} path @param {any} value @param {import("../forms/definition/document.js").Question | null} question none where no version asks it */
export function isGraveAnswer(path, value, question) {
  if (path.includes(MARK) || value === null || (typeof value === "object" && !Array.isArray(value))) return false; // no answer, none, or an item itself
  if (question === null) return true;
  const isLeast = question.merge === "first-listed" && question.codes.length > 0 && value === question.codes.at(-1);
  return question.field.sensitivity === GRAVEST && !isLeast;
}
