/**
 * The choices that a question offers in a record, and answers that are demanded there (forms/SPEC.md 10.10). Nothing is
 * taken from an answer: a choice that is no longer offered stays, and is said.
 * @module
 */

import { ITEM_ID, isObject } from "../answers.js";
import { compile } from "../expressions/evaluation.js";
import { sourcesOf } from "../definition/logic.js";
import * as paths from "../paths.js";

/** @typedef {import("../definition/document.js").Form} Form */
/** @typedef {import("../schema/fields.js").Field} Field */
/** @typedef {import("./validation.js").Finding} Finding */
/** @typedef {Record<string, any>} Attributes */
/** @typedef {Map<string, Map<string, Attributes> | Set<string>>} Lists codes of the municipality's lists; in a map with their attributes, otherwise nobody can filter */

/** The filters and demands of one form version, made ready once. */
export class Offering {
  /** @param {Form} form @param {Lists} lists */
  constructor(form, lists) {
    const sources = sourcesOf(form);
    this.demands = sources.filter(({ use }) => use === "demand").map(({ tree, place }) => ({ path: /** @type {string} */ (place), run: compile(tree) }));
    /** @type {Map<string, Filter>} */
    this.filters = new Map();
    for (const { use, tree, place } of sources) {
      const path = /** @type {string} */ (place), attributes = use === "offer" ? attributesOf(form, path, lists) : null;
      if (attributes !== null) this.filters.set(path, new Filter(tree, form.fields[path], attributes));
    }
  }

  /** Answers that are lacking while they are demanded, hidden ones too, and choices that are not offered. @param {any} document without what is hidden, with what is computed @param {string} today @returns {Finding[]} */
  findings(document, today) {
    /** @type {Finding[]} */
    const found = [];
    for (const { path: template, run } of this.demands) {
      for (const { path, answer, item } of placesOf(document, template)) {
        if (answer === null && run(document, item, today) === true) found.push({ code: "missing", path });
      }
    }
    for (const [template, filter] of this.filters) {
      for (const { path, answer, item } of placesOf(document, template)) {
        const codes = Array.isArray(answer) ? answer : [answer];
        if (codes.some((code) => filter.choices.has(code) && !filter.offers(code, document, item, today))) found.push({ code: "not-offered", path });
      }
    }
    return found;
  }

  /** The codes that a question offers at a path; null where it has no filter, or nobody can tell. @param {string} path @param {any} document @param {string} today @returns {Set<string> | null} */
  offered(path, document, today) {
    const template = paths.template(path), filter = this.filters.get(template);
    const at = filter === undefined ? undefined : placesOf(document, template).find((one) => one.path === path);
    if (filter === undefined || at === undefined) return null;
    return new Set([...filter.choices.keys()].filter((code) => filter.offers(code, document, at.item, today)));
  }
}

/** One filter with the attributes of its choices. */
class Filter {
  /** @param {any} tree @param {Field} field @param {Map<string, Attributes>} attributes */
  constructor(tree, field, attributes) {
    const bare = Object.fromEntries(attributeNames(field).map((name) => [name, null]));
    this.run = compile(tree);
    /** @type {Map<any, Attributes>} */
    this.choices = new Map([...attributes].map(([code, own]) => [code, { ...bare, ...own, code }]));
  }

  /** True if a choice is offered; it stands where an item stands, before the answers of the item. @param {unknown} code @param {any} document @param {any} item @param {string} today */
  offers(code, document, item, today) {
    return this.run(document, { ...(item ?? {}), ...this.choices.get(code) }, today) === true;
  }
}

/** The attributes that the choices of a question have, the code among them. @param {Field} field @returns {string[]} */
export function attributeNames({ attributes = {} }) {
  return ["code", ...(Array.isArray(attributes) ? attributes : Object.values(attributes).flatMap(Object.keys))];
}

/** @param {Form} form @param {string} path @param {Lists} lists @returns {Map<string, Attributes> | null} */
function attributesOf(form, path, lists) {
  const field = form.fields[path];
  if (field.from !== undefined) {
    const found = lists.get(field.from);
    return found instanceof Map ? found : null;
  }
  const question = [...form.questions, ...form.local].find((one) => one.path === path);
  const own = new Map(Array.isArray(field.attributes) ? [] : Object.entries(field.attributes ?? {}));
  return new Map((question?.codes ?? []).map((code) => [code, own.get(code) ?? {}]));
}

/** Every place of a question: its path, its answer, and its item if it stands in one. @param {any} document @param {string} template @returns {{path: string, answer: any, item: any}[]} */
function placesOf(document, template) {
  const repeat = paths.repeatOf(template), names = paths.parse(repeat ?? template), name = /** @type {string} */ (paths.parse(template).at(-1));
  let found = document;
  for (const one of names) found = isObject(found) && Object.hasOwn(found, one) ? found[one] : null;
  if (repeat === null) return [{ path: template, answer: found, item: null }];
  const items = Array.isArray(found) ? found.filter((one) => isObject(one) && ITEM_ID in one) : [];
  return items.map((item) => ({ path: `${repeat}/${item[ITEM_ID]}/${name}`, answer: item[name] ?? null, item }));
}
