/**
 * The value of a tree for a document: total, without clock or chance (forms/SPEC.md 9.5).
 * @module
 */

import { isObject } from "../answers.js";
import * as paths from "../paths.js";
import { OVER_MEMBERS, PLAIN, equal, finite, given, has, known, ordered, remainder } from "./functions.js";

/** @typedef {import("./functions.js").Value} Value */
/** @typedef {any} Tree */
/** @typedef {Record<string, any>} Document */
/** @typedef {(document: Document, item: Document | null, today: string) => Value} Run a tree that is ready to run */

/** @param {Tree} tree @param {Document} document @param {string} today @param {Document | null} [item] */
export function evaluate(tree, document, today, item = null) {
  return given(compile(tree)(document, item, today));
}

/** A checked tree, ready to run for any number of documents. @param {Tree} tree @returns {Run} */
export function compile(tree) {
  if (!Array.isArray(tree)) return () => tree;
  const [operation, ...parts] = tree;
  if (operation === "name") return nameRun(parts[0]);
  if (operation === "answer") return answerRun(paths.parse(parts[0]));
  if (operation === "today") return (_document, _item, today) => today;
  const runs = parts.map(compile);
  if (operation in OVER_MEMBERS || operation === "count" || operation === "filter") return overMembers(operation, runs);
  if (operation in PLAIN) return ofValues(PLAIN[operation], runs);
  return BUILD[operation](runs);
}

/** @param {Document} around @param {string} name */
function member(around, name) {
  return Object.hasOwn(around, name) ? around[name] : null;
}

/** @param {string} name @returns {Run} */
function nameRun(name) {
  return (document, item) => known(member(item ?? document, name));
}

/** @param {string[]} names @returns {Run} */
function answerRun(names) {
  return (document) => {
    let found = /** @type {any} */ (document);
    for (const name of names) {
      if (!isObject(found)) return null;
      found = member(found, name);
    }
    return known(found);
  };
}

/** @param {(...values: Value[]) => Value} work @param {Run[]} runs @returns {Run} */
function ofValues(work, runs) {
  return (...at) => work(...runs.map((run) => run(...at)));
}

/** @param {string} operation @param {Run[]} runs @returns {Run} */
function overMembers(operation, [source, perItem]) {
  /** @param {Parameters<Run>} at @returns {[Value[], Value[]]} */
  const members = (...at) => {
    const found = source(...at), list = Array.isArray(found) ? found : [];
    if (perItem === undefined) return [list, list];
    return [list, list.map((one) => perItem(at[0], isObject(one) ? one : {}, at[2]))];
  };
  if (operation === "filter") {
    return (...at) => {
      const [list, wanted] = members(...at);
      return list.filter((_, n) => wanted[n] === true);
    };
  }
  if (operation === "count") {
    const counts = perItem === undefined ? (/** @type {Value} */ one) => one !== null : (/** @type {Value} */ one) => one === true;
    return (...at) => members(...at)[1].filter(counts).length;
  }
  return (...at) => OVER_MEMBERS[operation](members(...at)[1]);
}

/** @param {(sign: number) => boolean} holds @returns {(runs: Run[]) => Run} */
function ordering(holds) {
  return ([one, two]) => (...at) => {
    const left = one(...at), right = two(...at), kind = typeof left;
    return kind === typeof right && (kind === "number" || kind === "string") && holds(ordered(left, right));
  };
}

/** @param {(left: number, right: number) => number} work @param {boolean} [divides] @returns {(runs: Run[]) => Run} */
function arithmetic(work, divides = false) {
  return ([one, two]) => (...at) => {
    const left = one(...at), right = two(...at);
    if (typeof left !== "number" || typeof right !== "number" || (divides && right === 0)) return null;
    return finite(work(left, right));
  };
}

/** @param {Run[]} runs @returns {Run} */
function minus(runs) {
  if (runs.length === 2) return arithmetic((left, right) => left - right)(runs);
  return (...at) => {
    const value = runs[0](...at);
    return typeof value === "number" ? -value : null;
  };
}

/** @type {Record<string, (runs: Run[]) => Run>} */
const BUILD = {
  or: (runs) => (...at) => runs.some((run) => run(...at) === true),
  and: (runs) => (...at) => runs.every((run) => run(...at) === true),
  not: ([run]) => (...at) => run(...at) !== true,
  "==": (runs) => ofValues(equal, runs),
  "!=": (runs) => ofValues((left, right) => !equal(left, right), runs),
  in: (runs) => ofValues((value, members) => has(members, value), runs),
  list: (runs) => (...at) => runs.map((run) => run(...at)),
  if: ([condition, then, otherwise]) => (...at) => (condition(...at) === true ? then(...at) : otherwise(...at)),
  coalesce: (runs) => (...at) => {
    for (const run of runs) {
      const value = run(...at);
      if (value !== null) return value;
    }
    return null;
  },
  "<": ordering((sign) => sign < 0),
  "<=": ordering((sign) => sign <= 0),
  ">": ordering((sign) => sign > 0),
  ">=": ordering((sign) => sign >= 0),
  "+": arithmetic((left, right) => left + right),
  "-": minus,
  "*": arithmetic((left, right) => left * right),
  "/": arithmetic((left, right) => left / right, true),
  "%": arithmetic(remainder, true),
};
