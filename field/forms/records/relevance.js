/**
 * The questions of a record that are asked, computed and cross-checked (forms/SPEC.md 10). Nothing is erased: what is hidden is left out
 * of what is shown.
 * @module
 */

import { ITEM_ID, isObject } from "../answers.js";
import { compile } from "../expressions/evaluation.js";
import { given } from "../expressions/functions.js";
import { inOrder, sourcesOf } from "../definition/logic.js";
import * as paths from "../paths.js";
import { compare } from "../texts.js";
import { Offering } from "./offering.js";
import { Validator } from "./validation.js";

const CHECK_CODES = /** @type {Record<string, string>} */ ({ error: "check-error", warn: "check-warn", ask_reason: "check-ask-reason" });

/** @typedef {import("../definition/document.js").Form} Form */
/** @typedef {import("../definition/logic.js").Source} Source */
/** @typedef {import("./validation.js").Finding} Finding */
/** @typedef {Record<string, any>} Document */
/**
 * @typedef {object} Seen one record as its form shows it
 * @property {Document} document the answers that are shown
 * @property {string[]} hidden paths that are not, sorted
 * @property {Record<string, any>} computed
 * @property {(Finding & {say?: Record<string, string>})[]} findings what does not fit, then the checks that do not hold
 * @property {number[]} banners sections that warn
 */
/** @typedef {{document: Document, today: string, hidden: Set<string>, computed: Map<string, any>}} Sight */

/** The shown document with what its form computes, null too. @param {Seen} seen */
export function completed({ document, computed }) {
  const whole = structuredClone(document);
  for (const [path, value] of Object.entries(computed)) {
    const names = paths.parse(path), name = names[names.length - 1];
    let around = /** @type {any} */ (whole);
    for (const part of names.slice(0, -1)) around = Array.isArray(around) ? around.find((item) => item._id === part) : around?.[part];
    if (around !== undefined && around !== null) around[name] = value;
  }
  return whole;
}

/** One form version made ready once, to look at any number of its records. */
export class Examiner {
  /** @param {Form} form @param {import("./offering.js").Lists} [lists] */
  constructor(form, lists = new Map()) {
    const sources = sourcesOf(form);
    this.form = form;
    this.validator = new Validator(form, lists);
    this.offering = new Offering(form, lists);
    /** The record for which a filter was last asked, with what is computed of it. @type {{seen: Seen | null, document: Document}} */
    this.whole = { seen: null, document: {} };
    this.steps = inOrder(sources).map((step) => (step.use === "hide" ? hideStep(step) : computeStep(step)));
    this.checks = sources.filter((source) => source.use === "check").map((source, n) => checkStep(source, form.document.checks[n]));
    this.banners = sources.filter((source) => source.use === "banner").map((source) => ({
      section: source.section,
      runs: [source.tree, form.trees[`/layout/${source.section}/show_if`] ?? true].map(compile),
    }));
    this.groups = groupsOf(form);
  }

  /** @param {Document} document that `assemble` made @param {string} today @returns {Seen} */
  examine(document, today) {
    /** @type {Sight} */
    const sight = { document: /** @type {Document} */ (copied(document)), today, hidden: new Set(), computed: new Map() };
    for (const step of this.steps) step(sight);
    const failed = this.checks.flatMap((check) => check(sight));
    const banners = this.banners.filter(({ runs }) => runs.every((run) => run(sight.document, null, today) === true)).map(({ section }) => section);
    const more = this.offering.findings(sight.document, today);
    this.#takeOff(sight);
    const findings = this.validator.findings(sight.document, more).filter((one) => !this.#isNotAsked(one, sight.hidden));
    const computed = Object.fromEntries([...sight.computed].sort(([a], [b]) => compare(a, b)));
    return { document: sight.document, hidden: [...sight.hidden].sort(compare), computed, findings: [...findings, ...failed], banners };
  }

  /** The codes that a question offers at a path of a record; null where all of them are. @param {Seen} seen @param {string} path @param {string} today */
  offered(seen, path, today) {
    if (this.whole.seen !== seen) this.whole = { seen, document: completed(seen) };
    return this.offering.offered(path, this.whole.document, today);
  }

  /** Computed values are no answers: they stood in the document for other expressions to read. @param {Sight} sight */
  #takeOff(sight) {
    for (const path of Object.keys(this.form.document.computed ?? {})) {
      const repeat = paths.repeatOf(path), name = /** @type {string} */ (paths.parse(path).at(-1));
      for (const around of repeat === null ? [sight.document] : itemsOf(sight.document, repeat)) delete around[name];
    }
  }

  /** True if an answer lacks that nobody was asked for. @param {Finding} one @param {Set<string>} hidden */
  #isNotAsked(one, hidden) {
    if (one.code !== "missing") return false;
    const inside = this.groups.get(one.path) ?? [];
    return hidden.has(one.path) || (inside.length > 0 && inside.every((path) => hidden.has(path)));
  }
}

/** @param {unknown} value @returns {unknown} */
function copied(value) {
  if (Array.isArray(value)) return value.map(copied);
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, member]) => [name, copied(member)])) : value;
}

/** The items of a repeating group. @param {Document} document @param {string} repeat @returns {Document[]} */
function itemsOf(document, repeat) {
  let found = /** @type {any} */ (document);
  for (const name of paths.parse(repeat)) found = isObject(found) && Object.hasOwn(found, name) ? found[name] : null;
  return Array.isArray(found) ? found : [];
}

/** The groups of a form that are no repeats, with the questions and repeats in them. @param {Form} form */
function groupsOf(form) {
  /** @type {Map<string, string[]>} */
  const groups = new Map();
  for (const path of [...form.questions.filter((one) => one.repeat === null).map((one) => one.path), ...form.repeats]) {
    const names = paths.parse(path);
    for (let end = 1; end < names.length; end += 1) {
      const group = paths.format(names.slice(0, end));
      groups.set(group, [...(groups.get(group) ?? []), path]);
    }
  }
  return groups;
}

/** @param {Source} step @returns {(sight: Sight) => void} */
function hideStep({ tree, hides, repeat }) {
  const run = compile(tree);
  if (repeat === null) {
    return (sight) => {
      if (run(sight.document, null, sight.today) !== true) hides.forEach((target) => leaveOut(sight, target));
    };
  }
  const name = /** @type {string} */ (paths.parse(hides[0]).at(-1));
  return (sight) => {
    for (const item of itemsOf(sight.document, repeat)) {
      if (run(sight.document, item, sight.today) !== true) leaveOutOfItem(sight, repeat, item, name);
    }
  };
}

/** @param {Sight} sight @param {string} repeat @param {Document} item @param {string} name */
function leaveOutOfItem(sight, repeat, item, name) {
  delete item[name];
  sight.hidden.add(`${repeat}/${item[ITEM_ID]}/${name}`);
}

/** @param {Sight} sight @param {string} target */
function leaveOut(sight, target) {
  const repeat = paths.repeatOf(target), names = paths.parse(target), name = names[names.length - 1];
  if (repeat !== null) {
    for (const item of itemsOf(sight.document, repeat)) leaveOutOfItem(sight, repeat, item, name);
    return;
  }
  let around = /** @type {any} */ (sight.document);
  for (const part of names.slice(0, -1)) around = isObject(around) && Object.hasOwn(around, part) ? around[part] : null;
  if (isObject(around)) delete around[name];
  sight.hidden.add(target);
}

/** @param {Source} step @returns {(sight: Sight) => void} */
function computeStep({ tree, place, repeat }) {
  const run = compile(tree), path = /** @type {string} */ (place), name = /** @type {string} */ (paths.parse(path).at(-1));
  return (sight) => {
    for (const item of repeat === null ? [null] : itemsOf(sight.document, repeat)) {
      const at = item === null ? path : `${repeat}/${item[ITEM_ID]}/${name}`;
      if (sight.hidden.has(at)) continue;
      const value = given(run(sight.document, item, sight.today));
      sight.computed.set(at, value);
      if (value !== null) (item ?? sight.document)[name] = value;
    }
  };
}

/** A check looks only where something was answered and is shown. @param {Source} source @param {any} check @returns {(sight: Sight) => any[]} */
function checkStep({ tree, repeat }, check) {
  const run = compile(tree), code = CHECK_CODES[check.level ?? "error"];
  const answered = compile(["answer", check.at]), name = /** @type {string} */ (paths.parse(check.at).at(-1));
  return (sight) => {
    const holds = (/** @type {Document | null} */ item) => run(sight.document, item, sight.today) === true;
    if (repeat === null) {
      const isShown = answered(sight.document, null, sight.today) !== null && !sight.hidden.has(check.at);
      return isShown && !holds(null) ? [{ code, path: check.at, say: check.say }] : [];
    }
    const failing = itemsOf(sight.document, repeat).filter((item) => (item[name] ?? null) !== null && !holds(item));
    return failing.map((item) => ({ code, path: `${repeat}/${item[ITEM_ID]}/${name}`, say: check.say }));
  };
}
