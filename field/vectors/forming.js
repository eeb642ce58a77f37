/**
 * Rows of the tables of `tests/vectors/{forms,expressions}`.
 * @module
 */

import { assemble, canonical, disassemble } from "../forms/answers.js";
import { FormsError } from "../forms/errors.js";
import { evaluate } from "../forms/expressions/evaluation.js";
import { standing } from "../forms/items.js";
import * as paths from "../forms/paths.js";
import { resolve } from "../forms/policies.js";
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
