/**
 * Answers by path and documents, and when two answers are the same (forms/SPEC.md 3).
 * @module
 */

import { FormsError } from "./errors.js";
import * as paths from "./paths.js";
import { compare, hasHalves } from "./texts.js";

export const VALUE_DEPTH_MAX = 8;
export const ITEM_ID = "_id";

/** @typedef {Record<string, any>} Document */

/**
 * One spelling for equal values, to compare and never to store. What is said of a record may have greater numbers than an answer.
 * @param {unknown} value @param {number} [depth] @param {number} [numberMax] @returns {string}
 */
export function canonical(value, depth = 0, numberMax = Number.MAX_SAFE_INTEGER) {
  if (value === null || typeof value === "boolean") return String(value);
  if (typeof value === "string") return quoted(value);
  if (typeof value === "number") return numberText(value, numberMax);
  if (typeof value === "bigint") return numberText(Number(value), numberMax);
  if (depth === VALUE_DEPTH_MAX || typeof value !== "object") throw new FormsError("not-an-answer");
  if (Array.isArray(value)) return `[${value.map((member) => canonical(member, depth + 1, numberMax)).join(",")}]`;
  if (value instanceof Uint8Array) throw new FormsError("not-an-answer");
  const members = [...membersOf(/** @type {object} */ (value))].map(([name, member]) => [name.normalize("NFC"), canonical(member, depth + 1, numberMax)]);
  members.sort((a, b) => compare(a[0], b[0]) || compare(a[1], b[1]));
  return `{${members.map(([name, member]) => `${quoted(name)}:${member}`).join(",")}}`;
}

/** @param {object} value @returns {Iterable<[string, unknown]>} */
function membersOf(value) {
  return value instanceof Map ? value : Object.entries(value);
}

/** @param {string} text */
function quoted(text) {
  if (hasHalves(text)) throw new FormsError("not-an-answer");
  return JSON.stringify(text.normalize("NFC")).replaceAll("\u007f", "\\u007f");
}

/** Plain decimal digits, the fewest that read back as the same double; a number beyond 2^53 - 1 is no answer. @param {number} value @param {number} numberMax */
export function numberText(value, numberMax) {
  if (!Number.isFinite(value) || Math.abs(value) > numberMax) throw new FormsError("not-an-answer");
  if (Number.isInteger(value)) return String(BigInt(value));
  const [, sign, whole, part = "", exponent = "0"] = /** @type {RegExpExecArray} */ (/^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)));
  const zeros = -Number(exponent) - whole.length;
  return zeros < 0 ? String(value) : `${sign}0.${"0".repeat(zeros)}${whole}${part}`;
}

/** The members of an opened entry that are no answer at all: `[code, path]`. @param {Iterable<[string, unknown]>} answers */
export function check(answers) {
  /** @type {[string, string][]} */
  const faults = [];
  for (const [path, value] of answers) {
    if (!canBePath(path)) faults.push(["bad-path", path]);
    else if (!isAnswer(value)) faults.push(["not-an-answer", path]);
  }
  return faults;
}

/** @param {string} path */
function canBePath(path) {
  try {
    return !paths.parse(path).includes(paths.ANY_ITEM);
  } catch {
    return false;
  }
}

/** @param {unknown} value */
function isAnswer(value) {
  try {
    canonical(value);
    return true;
  } catch {
    return false;
  }
}

/** A group, a group of items, or an item while a document grows; never an answer. */
class Growing {
  constructor() {
    /** @type {Map<string, any>} */
    this.members = new Map();
  }
}

/**
 * The document that answers make; what stands in `hidden` items is left out.
 * @param {Map<string, unknown>} answers @param {Set<string>} [hidden] @returns {Document}
 */
export function assemble(answers, hidden = new Set()) {
  const top = new Growing();
  for (const path of [...answers.keys()].sort(compare)) {
    const value = answers.get(path);
    if (paths.reservedPolicy(path) !== null || paths.itemsAlong(path).some((item) => hidden.has(item))) continue;
    if (paths.isItem(path)) inside(top, paths.parse(path), path);
    else if (value !== null) {
      const names = paths.parse(path), name = names[names.length - 1];
      const around = inside(top, names.slice(0, -1), path);
      if (around.members.has(name)) throw new FormsError("bad-path", { path });
      around.members.set(name, value);
    }
  }
  return /** @type {Document} */ (grown(top, "", answers));
}

/** @param {Growing} node @param {string[]} names @param {string} path */
function inside(node, names, path) {
  for (const name of names) {
    if (!node.members.has(name)) node.members.set(name, new Growing());
    node = node.members.get(name);
    if (!(node instanceof Growing)) throw new FormsError("bad-path", { path });
  }
  return node;
}

/** @param {Growing} node @param {string} at @param {Map<string, unknown>} answers @returns {unknown} */
function grown(node, at, answers) {
  /** @type {Document} */
  const members = {};
  for (const [name, member] of node.members) {
    members[name] = member instanceof Growing ? grown(member, at + paths.format([name]), answers) : member;
  }
  const ids = [...node.members.keys()].filter(paths.isItemId);
  if (ids.length === 0) return members;
  if (ids.length < node.members.size) throw new FormsError("bad-path", { path: at });
  return ordered(ids, answers.get(`${at}/${paths.ORDER}`)).map((id) => ({ [ITEM_ID]: id, ...members[id] }));
}

/** Item ids in the order that people gave them; others follow, the oldest first. @param {string[]} ids @param {unknown} wanted */
export function ordered(ids, wanted) {
  const isOrder = Array.isArray(wanted) && wanted.every((name) => typeof name === "string");
  const first = isOrder ? [...new Set(/** @type {string[]} */ (wanted))].filter((name) => ids.includes(name)) : [];
  return [...first, ...ids.filter((name) => !first.includes(name)).sort(compare)];
}

/** The answers of a document by path: the way back from `assemble`. @param {Document} document */
export function disassemble(document) {
  /** @type {Map<string, unknown>} */
  const answers = new Map();
  collect([], document, answers);
  return answers;
}

/** @param {string[]} names @param {unknown} value @param {Map<string, unknown>} answers */
function collect(names, value, answers) {
  if (isObject(value)) {
    for (const [name, member] of Object.entries(value)) if (name !== ITEM_ID) collect([...names, name], member, answers);
  } else if (isItems(value)) {
    const ids = value.map((item) => item[ITEM_ID]);
    for (const item of value) {
      answers.set(paths.format([...names, item[ITEM_ID]]), {});
      collect([...names, item[ITEM_ID]], item, answers);
    }
    if (ids.some((id, n) => n > 0 && compare(ids[n - 1], id) > 0)) answers.set(paths.format([...names, paths.ORDER]), ids);
  } else answers.set(paths.format(names), value);
}

/** @param {unknown} value @returns {value is Document} */
export function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {unknown} value @returns {value is Document[]} */
function isItems(value) {
  return Array.isArray(value) && value.length > 0 && value.every((item) => isObject(item) && Object.hasOwn(item, ITEM_ID));
}
