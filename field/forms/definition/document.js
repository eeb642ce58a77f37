/**
 * One published version of a form, as a device reads it (forms/SPEC.md 6). It was judged when it was published, and its
 * digest says that it is that version; here nothing is judged again.
 * @module
 */

import * as paths from "../paths.js";
import { NOTHING, fieldsOf } from "../schema/fields.js";
import { resolved } from "../schema/resolving.js";
import { bare, bareField, mentionedIn } from "./mentions.js";

/** @typedef {import("../schema/fields.js").Words} Words */
/** @typedef {import("../schema/fields.js").Field} Field */
/** @typedef {any} Schema */
/**
 * @typedef {object} Question
 * @property {string} path a template
 * @property {string} name
 * @property {string} kind text, date, choice, choices, integer, decimal or boolean
 * @property {string[]} codes in the schema's order
 * @property {string} merge
 * @property {string | null} repeat
 * @property {string | null} listed the municipality's list that gives its choices
 * @property {boolean} localOnly
 * @property {Field} field what the form says of it beside the schema
 * @property {Schema} schema
 */
/** @typedef {{title: Words, questions: string[], repeat: string | null, banner: Words | null}} Section */

/**
 * A version of a form. `questions` travel; `local` never leave the device; both in the order of the layout. Its words have a blank for
 * each answer that they mention; as they were written they stand in `spoken`, by question, and in `spokenPages`.
 */
export class Form {
  /** @param {any} written */
  constructor(written) {
    const document = { ...written, fields: Object.fromEntries(Object.entries(written.fields).map(([path, field]) => [path, bareField(field)])) };
    this.spoken = /** @type {Record<string, any>} */ (written.fields);
    /** @type {{title: Words, banner: Words | null}[]} */
    this.spokenPages = written.layout.map((/** @type {any} */ section) => ({ title: section.section, banner: section.banner?.say ?? null }));
    this.mentioned = mentionedIn(written);
    this.document = document;
    this.slug = /** @type {string} */ (document.form);
    this.version = /** @type {number} */ (document.version);
    this.trees = /** @type {Record<string, any>} */ (document.trees ?? {});
    this.fields = fieldsOf(document);
    /** @type {Section[]} */
    this.sections = document.layout.map(sectionOf);
    const leaves = leavesOf(document);
    const asked = this.sections.flatMap((section) => section.questions).flatMap((path) => leaves.get(path) ?? []);
    /** @type {Question[]} */
    this.questions = asked.filter((question) => !question.localOnly);
    /** @type {Question[]} */
    this.local = asked.filter((question) => question.localOnly);
    /** @type {Map<string, Question>} */
    this.byPath = new Map(this.questions.map((question) => [question.path, question]));
    this.repeats = [...new Set(asked.flatMap((question) => question.repeat ?? []))];
    this.moves = { renamed: {}, dropped: [], mapped: {}, ...document.moves };
  }

  /** The question of an answer that travels, or null. @param {string} path */
  leaf(path) {
    return this.byPath.get(path) ?? this.byPath.get(paths.template(path)) ?? null;
  }

  /** The policy by which edits of a path are merged; null where the form has no place for it. @param {string} path */
  policy(path) {
    return this.leaf(path)?.merge ?? paths.reservedPolicy(path);
  }

  /** True if an answer has a place in this version's document. @param {string} path */
  has(path) {
    if (this.leaf(path) !== null) return true;
    const at = path.lastIndexOf("/"), last = path.slice(at + 1);
    return this.repeats.includes(path.slice(0, at)) && (last === paths.ORDER || paths.isItemId(last));
  }

  /** The question whose day tells a record from others of its form (forms/SPEC.md 6.9); null where none does. @returns {string | null} */
  get ownDay() {
    const own = (/** @type {string} */ path) => {
      const question = this.leaf(path);
      return question !== null && question.kind === "date" && question.repeat === null && question.field.widget !== "month";
    };
    return this.sections.flatMap((section) => section.questions).find((path) => !this.stays(path) && own(path)) ?? null;
  }

  /** True if an answer never leaves the device. @param {string} path */
  stays(path) {
    const question = paths.template(path);
    return this.local.some((one) => one.path === question);
  }

  /** The answers among some that may stand in an entry. @param {Map<string, unknown>} answers */
  travelling(answers) {
    return new Map([...answers].filter(([path]) => !this.stays(path)));
  }
}

/** @param {any} section @returns {Section} */
function sectionOf(section) {
  const repeat = section.repeat ?? null;
  const questions = repeat === null ? section.fields : section.fields.map((/** @type {string} */ name) => `${repeat}/*/${name}`);
  return { title: bare(section.section), questions, repeat, banner: bare(section.banner?.say ?? null) };
}

/** @param {any} document @returns {Map<string, Question>} */
function leavesOf(document) {
  /** @type {Map<string, Question>} */
  const leaves = new Map();
  walk(document, document.schema, [], null, leaves);
  return leaves;
}

/** @param {any} document @param {Schema} given @param {string[]} names @param {string | null} repeat @param {Map<string, Question>} leaves */
function walk(document, given, names, repeat, leaves) {
  const schema = resolved(given, document.schema);
  if (schema.type === "object") {
    for (const [name, inside] of Object.entries(schema.properties ?? {})) walk(document, inside, [...names, name], repeat, leaves);
    return;
  }
  const items = schema.type === "array" ? resolved(schema.items ?? {}, document.schema) : null;
  if (items?.type === "object") {
    walk(document, items, [...names, paths.ANY_ITEM], paths.format(names), leaves);
    return;
  }
  const path = paths.format(names), field = fieldsOf(document)[path] ?? NOTHING;
  leaves.set(path, {
    path, name: names[names.length - 1], kind: kindOf(schema, items, field), codes: (items ?? schema).enum ?? [],
    merge: field.merge ?? "ask", repeat, listed: field.from ?? null, localOnly: field.local_only === true, field, schema,
  });
}

/** @param {Schema} schema @param {Schema | null} items @param {Field} field */
function kindOf(schema, items, field) {
  if (items !== null) return "choices";
  if (schema.type === "string") {
    if (schema.enum !== undefined || field.from !== undefined) return "choice";
    return schema.format === "date" ? "date" : "text";
  }
  return schema.type === "number" ? "decimal" : schema.type;
}
