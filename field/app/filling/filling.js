/**
 * A form being filled: what is asked now, what is answered, what does not fit, and how far each section is. No screen, no
 * store and no clock; setting an answer costs next to nothing, and looking works out what was set since.
 * @module
 */

import { assemble, ordered } from "../../forms/answers.js";
import { isLeftOut } from "../../forms/records/deciding.js";
import * as paths from "../../forms/paths.js";
import { Beginner } from "../../forms/records/beginning.js";
import { prefilled } from "../../forms/records/references.js";
import { Examiner } from "../../forms/records/relevance.js";
import { nodeAt } from "../../forms/schema/resolving.js";
import { Again } from "./again.js";

/** @typedef {import("../../forms/definition/document.js").Form} Form */
/** @typedef {import("../../forms/definition/document.js").Question} Question */
/** @typedef {import("../../forms/records/relevance.js").Seen} Seen */
/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {{section: number, state: "empty" | "begun" | "whole" | "look", missing: number, look: number}} State of a section */

export class Filling {
  /** @param {Form} form @param {Draft} draft @param {{today: string, lists?: import("../../forms/records/offering.js").Lists}} around the day in Amsterdam; the codes of the municipality's lists */
  constructor(form, draft, { today, lists }) {
    this.form = form;
    this.draft = draft;
    this.today = today;
    this.examiner = new Examiner(form, lists);
    this.again = new Again(form, this.examiner.validator);
    this.asked = new Map([...form.questions, ...form.local].map((question) => [question.path, question]));
    /** @type {Seen | null} */
    this.look = null;
    /** The last result of `face`, and what it was made of. @type {{seen: Seen, touched: number, text: string} | null} */
    this.shown = null;
    this.beginner = new Beginner(form, this.examiner);
    this.begin();
  }

  /** The day on which it is looked at. @param {string} today */
  at(today) {
    if (today !== this.today) this.look = null;
    this.today = today;
  }

  /** @param {string} path @returns {any} */
  get(path) {
    return this.draft.answers[path] ?? null;
  }

  /** @param {string} path @param {unknown} value */
  set(path, value) {
    const { draft } = this;
    draft.answers[path] = value;
    if (!draft.touched.includes(path)) draft.touched.push(path);
    delete draft.first?.[path];
    this.look = this.look && this.again.after(this.look, path, value);
    this.begin();
  }

  /** Fill in the first answers of what this draft begins, and withdraw those whose questions are not asked now (forms/SPEC.md 14). */
  begin() {
    if (this.beginner.firsts.length === 0) return;
    const { draft } = this, first = (draft.first ??= {}), { answers, base } = draft;
    const items = draft.record === null ? null : new Set(Object.keys(answers).filter((path) => paths.isItem(path) && !(path in base) && answers[path] !== null));
    if (items?.size === 0) return;
    const hidden = Object.keys(first).length === 0 ? new Set() : new Set(this.seen().hidden);
    for (const path of Object.keys(first)) {
      if (path in answers && !isLeftOut(path, hidden)) continue;
      delete answers[path];
      delete first[path];
    }
    const found = this.beginner.answers(new Map(Object.entries(answers)), this.today, items);
    for (const [path, value] of found) answers[path] = first[path] = value;
    if (found.size > 0) this.look = null;
  }

  /** True if the app answered this at the beginning and nobody touched it since. @param {string} path */
  isFirst(path) {
    return path in (this.draft.first ?? {});
  }

  /** Answer a reference, and take over what the records that it means all say; returns what was filled in. @param {string} path @param {unknown} value @param {any[]} documents of the form referred to */
  refer(path, value, documents) {
    this.set(path, value);
    const filled = value === null ? new Map() : prefilled(this.form, path, value, documents), taken = [];
    for (const [place, found] of filled) {
      if (this.get(place) !== null && !this.isFirst(place)) continue; // what somebody answered stays
      this.set(place, found);
      taken.push(place);
    }
    return taken;
  }

  /** The question at a path, or null. @param {string} path @returns {Question | null} */
  question(path) {
    return this.asked.get(paths.template(path)) ?? null;
  }

  // --- items ---

  /** The items of a repeating group, in the order that people gave them. @param {string} repeat @returns {string[]} */
  items(repeat) {
    const { answers } = this.draft;
    const ids = Object.keys(answers).filter((path) => path.startsWith(`${repeat}/`) && paths.isItem(path) && answers[path] !== null).map((path) => path.slice(repeat.length + 1));
    return ordered(ids, answers[`${repeat}/${paths.ORDER}`]).map((id) => `${repeat}/${id}`);
  }

  /** @param {string} repeat @param {string} id a fresh ULID */
  add(repeat, id) {
    const order = this.draft.answers[`${repeat}/${paths.ORDER}`];
    this.set(`${repeat}/${id}`, {});
    if (Array.isArray(order)) this.set(`${repeat}/${paths.ORDER}`, [...order, id]);
  }

  /** The number of items that a group may have. @param {string} repeat @returns {number} */
  room(repeat) {
    return (nodeAt(this.form.document.schema, repeat).maxItems ?? Infinity) - this.items(repeat).length;
  }

  /** Remove an item and all that was on screen of it; what this returns takes the removal back. @param {string} item @returns {() => void} */
  remove(item) {
    const { draft } = this, repeat = item.slice(0, item.lastIndexOf("/")), before = { ...draft.answers }, first = { ...draft.first }, touched = [...draft.touched];
    const onScreen = this.onSection(this.form.sections.findIndex((one) => one.repeat === repeat), item);
    const inside = new Set([item, ...Object.keys(draft.answers).filter((path) => path.startsWith(`${item}/`)), ...onScreen]);
    for (const path of inside) {
      if (item in draft.base) this.set(path, null);
      else delete draft.answers[path];
      delete draft.first?.[path];
    }
    this.look = null;
    return () => {
      for (const path of inside) {
        if (path in before) draft.answers[path] = before[path];
        else delete draft.answers[path];
      }
      draft.touched = touched;
      draft.first = first;
      this.look = null;
    };
  }

  /** Move an item up or down. @param {string} item @param {-1 | 1} by */
  move(item, by) {
    const repeat = item.slice(0, item.lastIndexOf("/")), ids = this.items(repeat).map((path) => path.slice(repeat.length + 1));
    const at = ids.indexOf(item.slice(repeat.length + 1)), to = at + by;
    if (at < 0 || to < 0 || to >= ids.length) return;
    [ids[at], ids[to]] = [ids[to], ids[at]];
    this.set(`${repeat}/${paths.ORDER}`, ids);
  }

  // --- looking ---

  /** The form as it is shown now. @returns {Seen} */
  seen() {
    if (this.look !== null) return this.look;
    const { answers } = this.draft, gone = new Set(Object.keys(answers).filter((path) => answers[path] === null && paths.isItem(path)));
    const fitting = new Map(Object.entries(answers).filter(([path]) => this.form.has(path) || this.form.stays(path)));
    const look = this.examiner.examine(assemble(fitting, gone), this.today);
    this.look = { ...look, findings: withoutNoise(look.findings) };
    return this.look;
  }

  /** The places of a section that are shown now, computed ones too; of one item if one is named. @param {number} section @param {string} [item] @returns {string[]} */
  onSection(section, item) {
    const { questions, repeat } = this.form.sections[section], hidden = new Set(this.seen().hidden);
    const items = repeat === null ? [] : item === undefined ? this.items(repeat) : [item];
    const all = repeat === null ? questions : items.flatMap((one) => questions.map((path) => one + path.slice(path.lastIndexOf("/"))));
    return all.filter((path) => (this.question(path) !== null || this.isComputed(path)) && !isLeftOut(path, hidden));
  }

  /** @param {string} path */
  isComputed(path) {
    return paths.template(path) in (this.form.document.computed ?? {});
  }

  /** The sections that are shown now. @returns {number[]} */
  sections() {
    const hidden = new Set(this.seen().hidden);
    return this.form.sections.flatMap(({ repeat, questions }, n) => {
      if (repeat === null) return this.onSection(n).length > 0 || (questions.length === 0 && this.seen().banners.includes(n)) ? [n] : [];
      const isOpen = !isLeftOut(repeat, hidden) && (!("show_if" in this.form.document.layout[n]) || !questions.every((path) => hidden.has(path)));
      return isOpen ? [n] : [];
    });
  }

  /** True if no answer can change how many sections there are. */
  isCountSure() {
    return this.form.sections.every(({ repeat, questions }, n) => !("show_if" in this.form.document.layout[n]) && (repeat !== null || questions.some((path) => !("show_if" in (this.form.fields[path] ?? {})))));
  }

  /** The findings at a path. @param {string} path @returns {Seen["findings"]} */
  findingsAt(path) {
    return this.seen().findings.filter((one) => one.path === path);
  }

  /** The findings that are said under a field: of a question that the worker was at. @param {string} path */
  saidAt(path) {
    return this.draft.touched.includes(path) ? this.findingsAt(path) : [];
  }

  /** The choices that a question offers at a path; null where all of them are. @param {string} path @returns {Set<string> | null} */
  offeredAt(path) {
    return this.examiner.offered(this.seen(), path, this.today);
  }

  /** The choices of every question that has a filter, where it is asked now. @returns {[string, string[]][]} */
  offers() {
    const filtered = [...this.examiner.offering.filters.keys()].map((path) => /** @type {Question} */ (this.asked.get(path)));
    const at = filtered.flatMap(({ path, repeat, name }) => (repeat === null ? [path] : this.items(repeat).map((item) => `${item}/${name}`)));
    return at.map((path) => [path, [...(this.offeredAt(path) ?? [])]]);
  }

  /** All that a screen shows of an answer beside itself, as one text: while it stays, typing on has nothing to draw. */
  face() {
    const seen = this.seen(), { hidden, banners, computed, findings } = seen, before = this.shown, count = this.draft.touched.length;
    const { mentioned } = this.form, { answers } = this.draft;
    const isPlain = mentioned.size === 0;
    if (isPlain && before !== null && before.seen.findings === findings && before.seen.hidden === hidden && before.touched === count) return before.text; // only an answer changed
    const touched = new Set(this.draft.touched);
    const said = findings.filter((one) => touched.has(one.path) || this.form.repeats.includes(one.path)).map(({ code, path, limit }) => [code, path, limit]);
    this.shown = { seen, touched: count, text: JSON.stringify([hidden, banners, computed, said, this.offers(), isPlain ? [] : Object.entries(answers).filter(([path]) => mentioned.has(path.slice(path.lastIndexOf("/") + 1)))]) };
    return this.shown.text;
  }

  /** The section in which a path is asked, or -1. @param {string} path */
  sectionOf(path) {
    const place = paths.template(path), at = this.form.sections.findIndex(({ questions }) => questions.includes(place));
    return at >= 0 ? at : this.form.sections.findIndex(({ repeat }) => repeat !== null && (path === repeat || path.startsWith(`${repeat}/`)));
  }

  /** The progress of each shown section. @returns {State[]} */
  states() {
    const { findings } = this.seen(), of = new Map(findings.map((one) => [one, this.sectionOf(one.path)]));
    return this.sections().map((section) => {
      const own = findings.filter((one) => of.get(one) === section), missing = own.filter((one) => one.code === "missing").length, look = own.length - missing;
      const { repeat } = this.form.sections[section];
      const isBegun = this.form.sections[section].questions.length === 0 || (repeat !== null ? this.items(repeat).length > 0 : this.onSection(section).some((path) => this.question(path) !== null && this.get(path) !== null && !this.isFirst(path)));
      const state = look > 0 ? "look" : !isBegun ? "empty" : missing > 0 ? "begun" : "whole";
      return { section, state, missing, look };
    });
  }
}

/** Findings without the checks of an answer that is none of its kind: a day that does not exist lies neither in the future nor too long ago. @param {Seen["findings"]} findings */
function withoutNoise(findings) {
  const isCheck = (/** @type {Seen["findings"][0]} */ one) => one.code.startsWith("check-"), unfit = new Set(findings.filter((one) => !isCheck(one)).map((one) => one.path));
  return findings.filter((one) => !isCheck(one) || !unfit.has(one.path));
}
