/**
 * Rows of the tables of `tests/vectors/{forms,expressions}`.
 * @module
 */

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { assemble, canonical, disassemble } from "../forms/answers.js";
import { Beginner } from "../forms/records/beginning.js";
import { Deciders, hiddenAnswers } from "../forms/records/deciding.js";
import { Form } from "../forms/definition/document.js";
import { FormsError } from "../forms/errors.js";
import { evaluate } from "../forms/expressions/evaluation.js";
import { standing } from "../forms/records/items.js";
import * as paths from "../forms/paths.js";
import { Pattern } from "../forms/schema/patterns.js";
import { resolve } from "../forms/policies.js";
import { prefilled } from "../forms/records/references.js";
import { Examiner } from "../forms/records/relevance.js";
import { Speaking } from "../forms/records/speaking.js";
import { Validator } from "../forms/records/validation.js";
import { Mover } from "../forms/versions/moving.js";
import { written } from "../forms/wording.js";
import { firstDifference } from "./comparing.js";

/** @template T @param {() => T} work @returns {T | {error: string}} */
export function orError(work) {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof FormsError)) throw error;
    return { error: error.code };
  }
}

/** @param {any} row */
export function pathDifference(row) {
  const found = orError(() => ({
    names: paths.parse(row.path), template: paths.template(row.path), item: paths.itemOf(row.path),
    is_item: paths.isItem(row.path), policy: paths.reservedPolicy(row.path),
  }));
  return firstDifference("path", row.expected, found);
}

/** @param {any} row */
export function canonicalDifference(row) {
  return firstDifference("canonical", row.expected, orError(() => canonical(JSON.parse(row.json))));
}

/** @param {any} row */
export function answersDifference(row) {
  const document = orError(() => assemble(new Map(Object.entries(row.values)), new Set(row.hidden)));
  const found = firstDifference("document", row.document ?? row.expected, document);
  if (found !== null || !("back" in row)) return found;
  return firstDifference("back", row.back, Object.fromEntries(disassemble(row.document)));
}

/** @param {any} edit @returns {import("../forms/policies.js").Edit} */
export function editOf({ hash, order, author, at_ms: atMs, value, knows }) {
  return { hash, order, author, atMs, value, knows: new Set(knows) };
}

/** @param {any} row */
export function itemDifference(row) {
  const leaves = Object.values(row.leaves).map((edits) => /** @type {any[]} */ (edits).map(editOf));
  return firstDifference("standing", row.expected, standing(row.item.map(editOf), leaves));
}

/** @param {any} row */
export function policyDifference(row) {
  const found = orError(() => {
    const outcome = resolve(row.policy, row.edits.map(editOf), row.choices ?? undefined);
    return { ...outcome, parts: outcome.parts.map(({ hash, author, atMs, text }) => [hash, author, atMs, text]) };
  });
  return firstDifference("outcome", row.expected, found);
}

/** @param {any} row @param {any} document */
export function expressionDifference(row, document) {
  if (!("expect" in row)) return null;
  return firstDifference("value", row.expect, evaluate(row.tree, row.document ?? document.document, row.today ?? document.today, row.item ?? null));
}

/** @param {import("../forms/records/relevance.js").Seen} seen */
function seenOf({ document, hidden, computed, findings, banners }) {
  return { document, hidden, computed, findings: findings.map(({ code, path }) => [code, path]), banners };
}

/** @param {any} row @param {any} document */
export function seenDifference(row, document) {
  const examiner = new Examiner(new Form(document.form));
  return firstDifference("seen", row.seen, seenOf(examiner.examine(row.document, row.today)));
}

/** @param {any} row @param {any} document */
export function movesDifference(row, document) {
  const mover = new Mover(row.versions.map((/** @type {string} */ name) => new Form(document.forms[name])));
  return firstDifference("moved", row.moved, Object.fromEntries(mover.answers(new Map(Object.entries(row.answers)))));
}

/** @param {any} row @param {any} document */
export function prefilledDifference(row, document) {
  return firstDifference("filled", row.filled, Object.fromEntries(prefilled(new Form(document.form), row.path, row.answer, row.records)));
}

/** @param {any} row @param {any} document */
export function travellingDifference(row, document) {
  const found = new Form(document.form).travelling(new Map(Object.entries(row.answers)));
  return firstDifference("travelling", row.travelling, Object.fromEntries(found));
}

/** @param {any} row @param {any} document */
export function beginningDifference(row, document) {
  const form = new Form(document.form), items = row.items === null ? null : new Set(row.items);
  const found = new Beginner(form, new Examiner(form)).answers(new Map(Object.entries(row.answers)), document.today, items);
  return firstDifference("filled", row.filled, Object.fromEntries(found));
}

/** @param {any} row @param {any} document */
export function saidDifference(row, document) {
  const form = new Form(document.form), seen = new Examiner(form).examine(row.document, document.today);
  const speaking = new Speaking(form, seen, row.language, (list, code) => document.lists[list]?.[code]);
  return firstDifference("said", row.said, speaking.said(row.words, row.at, row.item));
}

/** @param {any} row @param {any} _document @param {string} folder */
export async function validationDifference(row, _document, folder) {
  const form = JSON.parse(await readFile(join(folder, "forms", `${row.form}.json`), "utf8"));
  const found = new Validator(new Form(form)).findings(row.document);
  return firstDifference("findings", row.expected, found.map(({ code, path }) => [code, path]));
}

/** A form in which JSON Pointers get values; missing objects are made. @param {any} form @param {Record<string, any>} set */
function changed(form, set) {
  for (const [pointer, value] of Object.entries(set)) {
    const way = pointer.slice(1).split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~")), last = /** @type {string} */ (way.pop());
    way.reduce((inner, name) => (inner[name] ??= {}), form)[last] = value;
  }
  return form;
}

/** Rows of `offers.json`, with the lists that a row hands in. @param {any} row @param {any} document */
export function offersDifference(row, document) {
  const lists = new Map(Object.entries(row.lists ?? {}).map(([name, of]) => [name, new Map(Object.entries(/** @type {any} */ (of)))]));
  const examiner = new Examiner(new Form(document.form), lists), seen = examiner.examine(row.document, row.today);
  const offered = Object.keys(row.offered).map((path) => /** @type {[string, Set<string> | null]} */ ([path, examiner.offered(seen, path, row.today)]));
  const codes = Object.fromEntries(offered.map(([path, some]) => [path, some && [...some].sort()]));
  return firstDifference("seen", row.seen, seenOf(seen)) ?? firstDifference("offered", row.offered, codes);
}

/** Rows of `hidden.json`, of the form that `seen.json` beside it holds. @param {any} row @param {any} _document @param {string} folder */
export async function hiddenDifference(row, _document, folder) {
  const form = new Form(changed(JSON.parse(await readFile(join(folder, "seen.json"), "utf8")).form, row.set ?? {}));
  const edits = new Map(Object.entries(row.edits).map(([path, listed]) => [path, /** @type {any[]} */ (listed).map(([hash, at, value, knows]) => (
    { hash, order: /** @type {[number, string, number]} */ ([at, hash[0], at]), author: hash[0], atMs: at, value, knows: new Set(knows) }
  ))]));
  const inside = (/** @type {string} */ item) => [...edits].filter(([path]) => path.startsWith(`${item}/`)).map(([, own]) => own);
  const removed = new Set([...edits].filter(([path, own]) => paths.isItem(path) && standing(own, inside(path)).hidden).map(([path]) => path));
  const shown = new Map([...edits].map(([path, own]) => [path, paths.isItem(path) ? {} : resolve(form.policy(path) ?? "ask", own).value]));
  const seen = new Examiner(form).examine(assemble(shown, removed), row.today);
  const found = hiddenAnswers(new Deciders(form), edits, new Set(seen.hidden), removed);
  return firstDifference("hidden", row.expected, found.map((one) => [one.path, one.parallel, one.by, one.shown]));
}

/** The texts that fit; a pattern that is refused is never published. Rows by chance say of each of their `texts` whether it fits. @param {any} row */
export function patternDifference(row) {
  if ("refused" in row) return null;
  const pattern = new Pattern(row.pattern), isIn = (/** @type {string} */ text) => pattern.isIn(text);
  if ("misses" in row) return firstDifference(row.pattern, row.fits, [...row.fits, ...row.misses].filter(isIn));
  return firstDifference(row.pattern, row.fits, row.texts.map(isIn));
}

/** One expression with a document of its own. @param {any} row */
export function evaluationDifference(row) {
  return firstDifference(row.text, row.expect, evaluate(row.tree, row.document, row.today, row.item));
}

/** @param {any} row */
export function writtenDifference(row) {
  return firstDifference("written", row.expected, written(row.widget, row.value, row.language));
}

/** @param {any} row */
export function ownDayDifference(row) {
  return firstDifference("own_day", row.expected, new Form(row.form).ownDay);
}
