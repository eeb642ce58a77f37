/**
 * The first answers of a record, or of an item, that is being begun (forms/SPEC.md 14): filled in once, where nothing was
 * answered, by the app of whoever begins.
 * @module
 */

import { ITEM_ID, assemble, isObject } from "../answers.js";
import { compile } from "../expressions/evaluation.js";
import { given } from "../expressions/functions.js";
import * as paths from "../paths.js";
import { isLeftOut } from "./deciding.js";

/** @typedef {import("../definition/document.js").Form} Form */
/** @typedef {import("./relevance.js").Examiner} Examiner */
/** @typedef {{path: string, repeat: string | null, run: (document: any, item: any, today: string) => any}} First */

/** One form version made ready to begin any number of its records. */
export class Beginner {
  /** @param {Form} form @param {Examiner} examiner of the same form */
  constructor(form, examiner) {
    this.examiner = examiner;
    /** @type {First[]} */
    this.firsts = form.sections.flatMap(({ questions }) => questions).flatMap((path) => {
      if (form.fields[path]?.first === undefined) return [];
      return [{ path, repeat: paths.repeatOf(path), run: compile(form.trees[paths.format(["fields", path, "first"])]) }];
    });
  }

  /** The answers that are filled in besides these, by path. `items` are the items that are begun; null: the whole record is. @param {Map<string, unknown>} answers @param {string} today @param {Set<string> | null} [items] @returns {Map<string, unknown>} */
  answers(answers, today, items = null) {
    const found = /** @type {Map<string, unknown>} */ (new Map());
    while (this.firsts.length > 0) {
      const all = new Map([...answers, ...found]), next = this.#next(all, today, items);
      if (next === null) break;
      found.set(next[0], next[1]);
    }
    return found;
  }

  /** @param {Map<string, unknown>} answers @param {string} today @param {Set<string> | null} items @returns {[string, unknown] | null} */
  #next(answers, today, items) {
    const gone = new Set([...answers.keys()].filter((path) => answers.get(path) === null && paths.isItem(path)));
    const seen = this.examiner.examine(assemble(answers, gone), today), hidden = new Set(seen.hidden), document = completed(seen);
    for (const first of this.firsts) {
      for (const [path, item] of placesOf(first, document, items)) {
        if (answers.has(path) || isLeftOut(path, hidden)) continue;
        const value = given(first.run(document, item, today));
        if (value !== null) return [path, value];
      }
    }
    return null;
  }
}

/** The shown document with its computed values in it. @param {import("./relevance.js").Seen} seen */
function completed({ document, computed }) {
  for (const [path, value] of Object.entries(computed)) {
    const group = paths.itemOf(path), around = group === null ? document : itemsOf(document, group.slice(0, group.lastIndexOf("/"))).find((item) => group.endsWith(`/${item[ITEM_ID]}`));
    if (value !== null && around !== undefined) around[path.slice(path.lastIndexOf("/") + 1)] = value;
  }
  return document;
}

/** @param {any} document @param {string} repeat @returns {any[]} */
function itemsOf(document, repeat) {
  let found = document;
  for (const name of paths.parse(repeat)) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : null;
  return Array.isArray(found) ? found : [];
}

/** The places of a question that are begun: once in the record, or in each item. @param {First} first @param {any} document @param {Set<string> | null} items @returns {[string, any][]} */
function placesOf({ path, repeat }, document, items) {
  if (repeat === null) return items === null ? [[path, null]] : [];
  const begun = itemsOf(document, repeat).filter((item) => items === null || items.has(`${repeat}/${item[ITEM_ID]}`));
  return begun.map((item) => [`${repeat}/${item[ITEM_ID]}${path.slice(path.lastIndexOf("/"))}`, item]);
}
