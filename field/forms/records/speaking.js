/**
 * The texts of a form with the answers that they mention, in words (forms/SPEC.md 13.2). What comes out is plain text.
 * @module
 */

import { ITEM_ID, isObject } from "../answers.js";
import { reads, sourcesOf } from "../definition/logic.js";
import { BLANK, MENTION, meant } from "../definition/mentions.js";
import { read } from "../expressions/dates.js";
import * as paths from "../paths.js";
import { SAID } from "../said.js";
import { written } from "../wording.js";

export const WORDS_MAX = 100;
const COMPUTED = "computed"; // a device does not work out what a computed field gives; its text may be a day
const PAGE_CLASS = "S3";
const LANGUAGE = "nl";
const WORDLESS = new Set(["photo", "sound", "position"]);
const SPACES = /[\t-\r \x85\xa0\u2028\u2029]+/g;
const UNSEEN = /[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]/g; // eslint-disable-line no-control-regex -- they are left out
const PAGE = /^\/layout\/([0-9]+)$/;

/** The questions and computed fields of each form, worked out once. @type {WeakMap<object, Map<string, Known>>} */
const KNOWN = new WeakMap();

/** @typedef {import("../schema/fields.js").Field} Field */
/** @typedef {import("../schema/fields.js").Words} Words */
/** @typedef {{path: string, name: string, kind: string, repeat: string | null, field: Field, localOnly: boolean}} Known a question or computed field */
/** @typedef {(list: string, code: string) => Words | undefined} Listed the words of a code of the municipality's list */

/** One record, as it is shown to one reader, for whom the texts of its form are said in one language. */
export class Speaking {
  /** @param {import("../definition/document.js").Form} form @param {Pick<import("./relevance.js").Seen, "document" | "computed">} seen @param {string} language @param {Listed} [listed] */
  constructor(form, seen, language, listed = () => undefined) {
    this.form = form;
    this.seen = seen;
    this.language = language;
    this.listed = listed;
    this.known = KNOWN.get(form) ?? knownOf(form);
    KNOWN.set(form, this.known);
  }

  /** The words of a question or computed field, where it stands. @param {string} path @param {"label" | "hint"} [member] */
  field(path, member = "label") {
    return this.said(this.form.spoken[paths.template(path)]?.[member] ?? {}, path);
  }

  /** A question as this record says it: its label, its hint and its own choices in the one language. @template {{field: any}} T @param {T} question @param {string} path @returns {T} */
  question(question, path) {
    const written = this.form.spoken[paths.template(path)];
    if (this.form.mentioned.size === 0 || !JSON.stringify([written.label, written.hint, written.choices]).includes("${")) return question;
    const said = (/** @type {Words} */ words) => ({ [LANGUAGE]: this.said(words, path), [this.language]: this.said(words, path) });
    const field = { ...question.field, label: said(written.label) };
    if (written.hint !== undefined) field.hint = said(written.hint);
    if (written.choices !== undefined) field.choices = Object.fromEntries(Object.entries(written.choices).map(([code, words]) => [code, said(words)]));
    return { ...question, field };
  }

  /** A check that does not hold as this record says it. @template {{path: string, say?: Words}} T @param {T} finding @returns {T} */
  finding(finding) {
    if (finding.say === undefined || this.form.mentioned.size === 0) return finding;
    const text = this.said(finding.say, finding.path);
    return { ...finding, say: { [LANGUAGE]: text, [this.language]: text } };
  }

  /** Words of this form with the answers that they mention. @param {Words} words @param {string} at whose they are: a field path, or `/layout/<n>` @param {string | null} [item] */
  said(words, at, item = null) {
    const language = words[this.language] ? this.language : LANGUAGE, text = words[language] ?? "";
    if (!text.includes("${")) return text;
    const page = PAGE.exec(at), section = page === null ? null : this.form.sections[Number(page[1])], inside = item ?? (page === null ? paths.itemOf(at) : null);
    const repeat = section === null ? paths.repeatOf(paths.template(at)) : section.repeat, own = section === null ? this.known.get(paths.template(at)) : undefined;
    const ceiling = section === null ? (own?.field.sensitivity ?? "") : highest(section.questions.flatMap((path) => this.known.get(path)?.field.sensitivity ?? []));
    return text.replace(MENTION, (written, name) => {
      const template = meant(name, repeat, this.known);
      if (template === null) return written;
      const question = /** @type {Known} */ (this.known.get(template));
      if (question.field.sensitivity > ceiling || (question.localOnly && own?.localOnly !== true)) return BLANK;
      return this.#answer(question, inside, language);
    });
  }

  /** An answer in words, or a blank. @param {Known} question @param {string | null} item @param {string} language */
  #answer(question, item, language) {
    if (WORDLESS.has(question.field.widget ?? "") || (question.repeat !== null && item === null)) return BLANK;
    const value = this.#value(question, item), many = Array.isArray(value) ? value : [value];
    const text = many.map((one) => this.#one(question, one, language)).filter((one) => one !== "").join("; ");
    const points = text.length > WORDS_MAX ? [...text] : [];
    return (points.length > WORDS_MAX ? points.slice(0, WORDS_MAX - 1).join("") + BLANK : text) || BLANK;
  }

  /** @param {Known} question @param {string | null} item @returns {any} */
  #value(question, item) {
    const path = question.repeat === null ? question.path : `${item}/${question.name}`;
    if (Object.hasOwn(this.seen.computed, path)) return this.seen.computed[path];
    let around = /** @type {any} */ (this.seen.document);
    for (const name of paths.parse(path).slice(0, -1)) {
      if (Array.isArray(around)) around = around.find((one) => isObject(one) && one[ITEM_ID] === name) ?? null;
      else around = isObject(around) && Object.hasOwn(around, name) ? around[name] : null;
    }
    return isObject(around) && Object.hasOwn(around, question.name) ? around[question.name] : null;
  }

  /** One value in words; empty for what has none. @param {Known} question @param {any} value @param {string} language @returns {string} */
  #one(question, value, language) {
    const words = SAID[language] ?? SAID.en, { kind, field } = question;
    if (typeof value === "boolean") return value ? words.yes : words.no;
    if (typeof value === "number") return written("", value, language);
    if (typeof value !== "string") return "";
    let text = value;
    if (kind === "choice" || kind === "choices" || Object.hasOwn(field.choices ?? {}, value)) text = this.#choice(field, value, language);
    else if (field.widget === "month") text = written("month", value, language);
    else if (kind === "date" || kind === COMPUTED) text = dayOf(value, words.months.split(" "));
    return text.replace(SPACES, " ").replace(UNSEEN, "").replace(/^ +| +$/g, "");
  }

  /** @param {Field} field @param {string} code @param {string} language */
  #choice(field, code, language) {
    const words = field.from !== undefined ? this.listed(field.from, code) : new Map(Object.entries(field.choices ?? {})).get(code);
    return words?.[language] || words?.[LANGUAGE] || code;
  }
}

/** Every question and computed field by its template. @param {import("../definition/document.js").Form} form @returns {Map<string, Known>} */
function knownOf(form) {
  const known = /** @type {Map<string, Known>} */ (new Map([...form.questions, ...form.local].map((question) => [question.path, question])));
  for (const path of Object.keys(form.document.computed ?? {})) {
    known.set(path, { path, name: /** @type {string} */ (paths.parse(path).at(-1)), kind: COMPUTED, repeat: paths.repeatOf(path), field: form.fields[path], localOnly: false });
  }
  return lifted(form, known);
}

/** The same, each with the highest class of what it may show: a computed copy is no lower than its source (forms/SPEC.md 6.5). @param {import("../definition/document.js").Form} form @param {Map<string, Known>} known */
function lifted(form, known) {
  const firsts = [...known.keys()].map((place) => ({ place, tree: form.trees[paths.format(["fields", place, "first"])], repeat: paths.repeatOf(place) }));
  const made = [...sourcesOf(form).filter((one) => one.use === "computed"), ...firsts].filter((one) => one.tree !== undefined);
  const waiting = made.flatMap(({ place, tree, repeat }) => reads(tree, repeat).map((from) => ({ from, to: /** @type {string} */ (place) })));
  const given = new Map([...known].map(([path, one]) => [path, one.field.sensitivity]));
  for (let again = true; again; ) {
    const higher = waiting.filter(({ from, to }) => (given.get(from) ?? "") > (given.get(to) ?? ""));
    for (const { from, to } of higher) given.set(to, /** @type {string} */ (given.get(from)));
    again = higher.length > 0;
  }
  return new Map([...known].map(([path, one]) => [path, { ...one, field: { ...one.field, sensitivity: /** @type {string} */ (given.get(path)) } }]));
}

/** @param {string[]} classes */
function highest(classes) {
  return classes.reduce((one, other) => (other > one ? other : one), PAGE_CLASS);
}

/** A day as the language writes it; what is none stays as it is. @param {string} text @param {string[]} months */
function dayOf(text, months) {
  const day = read(text);
  if (day === null) return text;
  return text.length === 7 ? text : `${day[2]} ${months[day[1] - 1]} ${day[0]}`;
}
