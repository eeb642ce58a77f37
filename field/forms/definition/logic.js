/**
 * The expressions of a form by what they decide, and the order in which they are worked out (forms/SPEC.md 10).
 * @module
 */

import * as paths from "../paths.js";
import { fieldsOf } from "../schema/fields.js";

const PER_ITEM = new Set(["count", "sum", "min", "max", "any", "all", "unique", "map", "filter"]);

/** @typedef {import("./document.js").Form} Form */
/**
 * @typedef {object} Source one expression
 * @property {string} at its place in the form document
 * @property {any} tree
 * @property {"hide" | "banner" | "withhold" | "computed" | "check" | "demand" | "offer"} use
 * @property {string | null} place the question that it belongs to
 * @property {string | null} repeat the group in whose items it stands
 * @property {string[]} hides what is left out unless it holds
 * @property {string[]} covers the questions that this settles
 * @property {number} section
 */

/** Every expression of a form. @param {Form} form @returns {Source[]} */
export function sourcesOf(form) {
  const { document, trees, sections } = form;
  const base = { place: null, repeat: null, hides: [], covers: [], section: -1 };
  /** @type {Source[]} */
  const sources = [];
  document.layout.forEach((/** @type {any} */ said, /** @type {number} */ section) => {
    const { questions, repeat } = sections[section], at = `/layout/${section}`;
    if ("show_if" in said) {
      const isWhole = repeat !== null && sections.filter((one) => one.repeat === repeat).length === 1;
      const hides = isWhole ? [/** @type {string} */ (repeat)] : questions;
      const covers = isWhole ? [/** @type {string} */ (repeat), ...questions] : questions;
      sources.push({ ...base, at: `${at}/show_if`, tree: trees[`${at}/show_if`], use: "hide", hides, covers, section });
    }
    if ("banner" in said) sources.push({ ...base, at: `${at}/banner/show_if`, tree: trees[`${at}/banner/show_if`], use: "banner", section });
  });
  for (const [path, field] of Object.entries(fieldsOf(document))) {
    const of = { ...base, place: path, repeat: paths.repeatOf(path) };
    for (const [name, use] of /** @type {[string, "demand" | "offer"][]} */ ([["required_if", "demand"], ["offer_if", "offer"]])) {
      const place = paths.format(["fields", path, name]);
      if (name in field) sources.push({ ...of, at: place, tree: trees[place], use });
    }
    const at = paths.format(["fields", path, "show_if"]), when = paths.format(["fields", path, "confidential_from", "if"]);
    if ("show_if" in field) sources.push({ ...of, at, tree: trees[at], use: "hide", hides: [path], covers: [path] });
    if (field.confidential_from !== undefined) sources.push({ ...of, at: when, tree: "if" in field.confidential_from ? trees[when] : true, use: "withhold" });
  }
  for (const path of Object.keys(document.computed ?? {})) {
    const at = paths.format(["computed", path]);
    sources.push({ ...base, at, tree: trees[at], use: "computed", place: path, repeat: paths.repeatOf(path) });
  }
  (document.checks ?? []).forEach((/** @type {any} */ check, /** @type {number} */ n) => {
    const at = `/checks/${n}/if_not`;
    sources.push({ ...base, at, tree: trees[at], use: "check", place: check.at, repeat: paths.repeatOf(check.at) });
  });
  return sources;
}

/** The templates that a tree reads; a name reads its item. @param {any} tree @param {string | null} repeat @returns {string[]} */
export function reads(tree, repeat) {
  if (!Array.isArray(tree)) return [];
  const [operation, ...parts] = tree;
  if (operation === "answer") return [parts[0]];
  if (operation === "name") return [named(parts[0], repeat)];
  if (!isEach(tree)) return parts.flatMap((part) => reads(part, repeat));
  return [...reads(parts[0], repeat), ...reads(parts[1], groupOf(parts[0]) ?? repeat)];
}

/** A filter of choices without what it reads of the choice: what is left reads answers alone. @param {any} tree @param {Set<string>} names @returns {any} */
export function masked(tree, names) {
  if (!Array.isArray(tree)) return tree;
  if (tree[0] === "name" && names.has(tree[1])) return "";
  if (isEach(tree)) return [tree[0], masked(tree[1], names), tree[2]];
  return [tree[0], ...tree.slice(1).map((part) => masked(part, names))];
}

/** True if a second argument is worked out for every item of the first. @param {any} tree */
export function isEach(tree) {
  return Array.isArray(tree) && PER_ITEM.has(tree[0]) && tree.length === 3;
}

/** @param {string} name @param {string | null} repeat */
function named(name, repeat) {
  return repeat === null ? `/${name}` : `${repeat}/${paths.ANY_ITEM}/${name}`;
}

/** The repeating group whose items a tree gives, or null. @param {any} tree @returns {string | null} */
export function groupOf(tree) {
  if (!Array.isArray(tree)) return null;
  const [operation, ...parts] = tree;
  if (operation === "answer") return parts[0];
  if (operation === "name") return named(parts[0], null);
  const chosen = { filter: parts.slice(0, 1), coalesce: parts, if: parts.slice(1) }[/** @type {"filter"} */ (operation)] ?? [];
  for (const part of chosen) {
    const group = groupOf(part);
    if (group !== null) return group;
  }
  return null;
}

/** The sources that hide and that compute, each after what it reads is settled. @param {Source[]} sources */
export function inOrder(sources) {
  const steps = sources.filter((source) => source.use === "hide" || source.use === "computed");
  /** @type {Map<string, Source[]>} */
  const settles = new Map();
  for (const step of steps) {
    for (const path of step.use === "hide" ? step.covers : [/** @type {string} */ (step.place)]) {
      settles.set(path, [...(settles.get(path) ?? []), step]);
    }
  }
  const needs = (/** @type {Source} */ step) => {
    const read = [...reads(step.tree, step.repeat), ...(step.repeat === null ? [] : [step.repeat]), ...(step.use === "computed" ? [/** @type {string} */ (step.place)] : [])];
    return read.flatMap((path) => settles.get(path) ?? []).filter((other) => other !== step);
  };
  /** @type {Set<Source>} */
  const done = new Set();
  const visit = (/** @type {Source} */ step) => {
    if (done.has(step)) return;
    needs(step).forEach(visit);
    done.add(step);
  };
  steps.forEach(visit);
  return [...done];
}
