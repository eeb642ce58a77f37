/**
 * The form as it is shown after one more key, made of what was shown before it. An answer that no expression reads changes itself and
 * what does not fit at its own place, nothing else; every other change is looked at as a whole (`forms/relevance.js`),
 * which this must never differ from.
 * @module
 */

import { ITEM_ID, isObject } from "../../forms/answers.js";
import { masked, reads, sourcesOf } from "../../forms/definition/logic.js";
import * as paths from "../../forms/paths.js";
import { attributeNames } from "../../forms/records/offering.js";
import { judgeOf } from "../../forms/records/validation.js";
import { isRequired } from "../../forms/schema/resolving.js";

/** @typedef {import("../../forms/definition/document.js").Form} Form */
/** @typedef {import("../../forms/definition/document.js").Question} Question */
/** @typedef {import("../../forms/records/relevance.js").Seen} Seen */
/** @typedef {{judge: import("../../forms/records/validation.js").Judge, isRequired: boolean, isInGroup: boolean}} Place `isInGroup`: its first answer makes the group around it */

/** The rules that judge an answer at its own place, beside its kind. */
const JUDGED = new Set(["check", "demand", "offer"]);

/** One form version made ready once. */
export class Again {
  /** @param {Form} form @param {import("../../forms/records/validation.js").Validator} validator */
  constructor(form, validator) {
    const sources = sourcesOf(form).filter(({ use }) => use !== "withhold");
    // A group that is read whole is read as items that differ by their ids, whatever is answered in them.
    const read = new Set(sources.flatMap(({ tree, repeat, use, place }) => {
      const answers = use === "offer" ? masked(tree, new Set(attributeNames(form.fields[place ?? ""]))) : tree;
      return [...reads(answers, repeat), ...(JUDGED.has(use) ? [place] : [])];
    }));
    this.validator = validator;
    /** @type {Map<string, Place>} the questions that no expression reads */
    this.places = new Map();
    for (const question of [...form.questions, ...form.local]) {
      if (question.listed !== null || read.has(question.path)) continue;
      this.places.set(question.path, placeOf(form, question));
    }
  }

  /** The form as it is shown once an answer has this value; null where everything must be looked at. @param {Seen} seen before it @param {string} path @param {unknown} value @returns {Seen | null} */
  after(seen, path, value) {
    const place = this.places.get(paths.template(path));
    if (place === undefined || (typeof value === "object" && value !== null) || seen.hidden.includes(path)) return null;
    const document = changed(seen.document, paths.parse(path), value ?? null, place.isInGroup);
    if (document === null) return null;
    const found = /** @type {import("../../forms/records/validation.js").Finding[]} */ ([]);
    if (value !== null) place.judge(value, path, found);
    else if (place.isRequired) found.push({ code: "missing", path });
    return { ...seen, document, findings: this.#findings(seen.findings, path, found) };
  }

  /** The same list where nothing of it changed. @param {Seen["findings"]} before @param {string} path @param {Seen["findings"]} found */
  #findings(before, path, found) {
    const own = before.filter((one) => one.path === path);
    if (own.length === 0 && found.length === 0) return before;
    const isCheck = (/** @type {{code: string}} */ one) => one.code.startsWith("check-");
    const after = this.validator.ordered([...before.filter((one) => one.path !== path && !isCheck(one)), ...found]);
    const isSame = JSON.stringify(own) === JSON.stringify(after.filter((one) => one.path === path));
    return isSame ? before : [...after, ...before.filter(isCheck)];
  }
}

/** @param {Form} form @param {Question} question @returns {Place} */
function placeOf(form, { path, repeat, schema }) {
  const whole = form.document.schema, isInGroup = repeat === null && paths.parse(path).length > 1;
  return { judge: judgeOf(schema, whole), isRequired: isRequired(whole, path), isInGroup };
}

/** A document with one other answer, what did not change shared; null where its place is not shown. @param {any} around @param {string[]} names @param {unknown} value @param {boolean} isInGroup @returns {any} */
function changed(around, [name, ...rest], value, isInGroup) {
  if (Array.isArray(around)) {
    const n = around.findIndex((item) => item[ITEM_ID] === name), item = n < 0 ? null : changed(around[n], rest, value, isInGroup);
    return item === null ? null : around.map((one, at) => (at === n ? item : one));
  }
  if (!isObject(around)) return null;
  if (rest.length > 0) {
    const inside = Object.hasOwn(around, name) ? changed(around[name], rest, value, isInGroup) : null;
    return inside === null ? null : { ...around, [name]: inside };
  }
  if (isInGroup && (value === null || !Object.hasOwn(around, name))) return null;
  const after = { ...around, [name]: value };
  if (value === null) delete after[name];
  return after;
}
