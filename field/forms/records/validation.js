/**
 * Validation of answers by their form: the codes of forms/SPEC.md 8.1 over the kinds of 6.2. Nothing is refused for its
 * content; what does not fit is shown.
 * @module
 */

import { ITEM_ID, canonical, isObject } from "../answers.js";
import { read as readDate } from "../expressions/dates.js";
import * as paths from "../paths.js";
import { Pattern } from "../schema/patterns.js";
import { resolved } from "../schema/resolving.js";
import { compare, length } from "../texts.js";

/** @typedef {import("../definition/document.js").Form} Form */
/** @typedef {import("../definition/document.js").Question} Question */
/** @typedef {{code: string, path: string, limit?: number}} Finding */
/** @typedef {(value: any, path: string, found: Finding[]) => void} Judge */

/** One form version made ready once. */
export class Validator {
  /** @param {Form} form @param {import("./offering.js").Lists} [lists] codes of the municipality's lists at hand */
  constructor(form, lists = new Map()) {
    this.judge = judgeOf(form.document.schema, form.document.schema);
    this.place = new Map(form.questions.map((question, n) => [question.path, n]));
    this.listed = [...form.questions, ...form.local].filter((question) => lists.has(question.listed ?? ""));
    this.lists = lists;
  }

  /** Everything that does not fit, in the order of the form, `more` among it. @param {Record<string, any>} document @param {Finding[]} [more] @returns {Finding[]} */
  findings(document, more = []) {
    const found = [...more];
    this.judge(document, "", found);
    for (const question of this.listed) {
      const codes = /** @type {{has: (code: string) => boolean}} */ (this.lists.get(question.listed ?? ""));
      for (const [path, value] of answersTo(document, question)) {
        const chosen = Array.isArray(value) ? value : [value];
        if (chosen.some((code) => typeof code === "string" && !codes.has(code))) found.push({ code: "unknown-choice", path });
      }
    }
    return this.ordered(found);
  }

  /** Each finding once, in the order of the form. @param {Finding[]} found @returns {Finding[]} */
  ordered(found) {
    const once = new Map(found.map((one) => [`${one.code} ${one.path} ${one.limit ?? ""}`, one]));
    const rank = (/** @type {Finding} */ one) => this.place.get(paths.template(one.path)) ?? this.place.size;
    return [...once.values()].sort((a, b) => rank(a) - rank(b) || compare(a.path, b.path) || compare(a.code, b.code));
  }
}

/** The answers to one question with the path of each. @param {Record<string, any>} document @param {Question} question @returns {[string, any][]} */
export function answersTo(document, question) {
  const names = paths.parse(question.repeat ?? question.path);
  let found = /** @type {any} */ (document);
  for (const name of names) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : null;
  if (question.repeat === null) return [[question.path, found]];
  const items = Array.isArray(found) ? found.filter(isObject) : [];
  return items.map((item) => [`${question.repeat}/${item[ITEM_ID]}/${question.name}`, item[question.name] ?? null]);
}

/** A function that judges a value by its schema. @param {any} given @param {any} whole the schema that it may point into @returns {Judge} */
export function judgeOf(given, whole) {
  const schema = resolved(given, whole);
  if (schema.type === "object") return objectJudge(schema, whole);
  if (schema.type === "array") return arrayJudge(schema, whole);
  return valueJudge(schema);
}

/** @param {any} schema @param {any} whole @returns {Judge} */
function objectJudge(schema, whole) {
  const inside = new Map(Object.entries(schema.properties ?? {}).map(([name, one]) => [name, judgeOf(one, whole)]));
  return (value, path, found) => {
    if (!isObject(value)) return void found.push({ code: "wrong-kind", path });
    for (const name of schema.required ?? []) {
      if (!Object.hasOwn(value, name)) found.push({ code: "missing", path: path + paths.format([name]) });
    }
    for (const [name, member] of Object.entries(value)) {
      if (name === ITEM_ID) continue;
      const judge = inside.get(name);
      if (judge !== undefined) judge(member, path + paths.format([name]), found);
      else if (schema.additionalProperties === false) found.push({ code: "no-such-question", path: path + paths.format([name]) });
    }
  };
}

/** @param {any} schema @param {any} whole @returns {Judge} */
function arrayJudge(schema, whole) {
  const items = resolved(schema.items ?? {}, whole), isRepeat = items.type === "object", judge = judgeOf(items, whole);
  return (value, path, found) => {
    if (!Array.isArray(value)) return void found.push({ code: "wrong-kind", path });
    const { minItems = 0, maxItems = Infinity, uniqueItems = false } = schema;
    if (value.length < minItems) found.push({ code: "too-few", path, limit: minItems });
    if (value.length > maxItems) found.push({ code: "too-many", path, limit: maxItems });
    if (uniqueItems && new Set(value.map((one) => canonical(one))).size < value.length) found.push({ code: "chosen-twice", path });
    for (const one of value) judge(one, isRepeat ? `${path}/${one[ITEM_ID]}` : path, found);
  };
}

/** @type {Record<string, (value: unknown) => boolean>} */
const IS = {
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: (value) => typeof value === "number",
  integer: (value) => typeof value === "number" && Number.isInteger(value),
};

/** @param {any} schema @returns {Judge} */
function valueJudge(schema) {
  const pattern = schema.pattern === undefined ? null : new Pattern(schema.pattern);
  const codes = schema.enum === undefined ? null : new Set(schema.enum);
  return (value, path, found) => {
    const say = (/** @type {string} */ code, /** @type {number} */ limit) => found.push({ code, path, limit });
    if (schema.type !== undefined && !IS[schema.type](value)) found.push({ code: "wrong-kind", path });
    if (codes !== null && !codes.has(value)) found.push({ code: "unknown-choice", path });
    if (typeof value === "string") {
      if (schema.format === "date" && (value.length !== 10 || readDate(value) === null)) found.push({ code: "not-a-date", path });
      if (pattern !== null && !pattern.isIn(value)) found.push({ code: "wrong-pattern", path });
      if (length(value) < (schema.minLength ?? 0)) say("too-short", schema.minLength);
      if (length(value) > (schema.maxLength ?? Infinity)) say("too-long", schema.maxLength);
    } else if (typeof value === "number") judgeNumber(schema, value, say);
  };
}

/** @param {any} schema @param {number} value @param {(code: string, limit: number) => void} say */
function judgeNumber(schema, value, say) {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  if (value < minimum) say("too-low", minimum);
  if (value > maximum) say("too-high", maximum);
  if (value <= exclusiveMinimum) say("not-above", exclusiveMinimum);
  if (value >= exclusiveMaximum) say("not-below", exclusiveMaximum);
  if (multipleOf !== undefined && !isMultiple(value, multipleOf)) say("wrong-step", multipleOf);
}

/** True if a number is so many whole steps, by their shortest decimals. @param {number} value @param {number} step */
function isMultiple(value, step) {
  const [one, two] = [decimal(value), decimal(step)], places = Math.max(one.places, two.places);
  return (one.digits * 10n ** BigInt(places - one.places)) % (two.digits * 10n ** BigInt(places - two.places)) === 0n;
}

/** @param {number} value */
function decimal(value) {
  const [, whole, part = "", exponent = "0"] = /** @type {RegExpExecArray} */ (/^-?(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)));
  const places = part.length - Number(exponent), digits = BigInt(whole + part);
  return places >= 0 ? { digits, places } : { digits: digits * 10n ** BigInt(-places), places: 0 };
}
