/**
 * The path of an answer: JSON Pointers whose items are named by their ids (forms/SPEC.md 2).
 * @module
 */

import { FormsError } from "./errors.js";
import { length } from "./texts.js";

export const LENGTH_MAX = 512;
export const DEPTH_MAX = 8;
export const ANY_ITEM = "*";
export const ORDER = "_order";
const ITEM = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/;
const RESERVED = /** @type {Record<string, string>} */ ({
  "/_review": "latest", "/_question/*": "append", "/_comment/*": "append", "/_same_as": "union",
});
/** @type {Map<string, string[]>} */
const read = new Map();

/** True if a name is the id of an item. @param {string} name */
export function isItemId(name) {
  return ITEM.test(name);
}

/** The names along a path. @param {string} path @returns {string[]} @throws {FormsError} `bad-path` */
export function parse(path) {
  const known = read.get(path);
  if (known !== undefined) return known;
  const names = parsed(path);
  if (read.size > 65_536) read.clear();
  read.set(path, names);
  return names;
}

/** @param {string} path */
function parsed(path) {
  if (!path.startsWith("/") || length(path) > LENGTH_MAX || /~(?![01])/.test(path)) throw new FormsError("bad-path", { path });
  const names = path.slice(1).split("/").map((name) => name.replaceAll("~1", "/").replaceAll("~0", "~"));
  const isStray = names.some((name, n) => isItemId(name) && (n === 0 || isItemId(names[n - 1])));
  const isUnknown = names.some((name) => name.startsWith("_")) && policyOf(names) === null;
  if (names.includes("") || names.length > DEPTH_MAX || isStray || isUnknown) throw new FormsError("bad-path", { path });
  return names;
}

/** The path with these names. @param {Iterable<string>} names */
export function format(names) {
  return [...names].map((name) => `/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

/** The path with `*` for every item: it names the question. @param {string} path */
export function template(path) {
  return format(templateOf(parse(path)));
}

/** @param {string[]} names */
function templateOf(names) {
  return names.map((name) => (isItemId(name) ? ANY_ITEM : name));
}

/** True if a path is an item as a whole. @param {string} path */
export function isItem(path) {
  const names = parse(path);
  return isItemId(names[names.length - 1]) && !names[0].startsWith("_");
}

/** The items on the way to an answer, the outermost first, the path itself included. @param {string} path */
export function itemsAlong(path) {
  const names = parse(path);
  if (names[0].startsWith("_")) return [];
  return names.flatMap((name, n) => (isItemId(name) ? [format(names.slice(0, n + 1))] : []));
}

/** The innermost item in which an answer stands, or null. @param {string} path */
export function itemOf(path) {
  return itemsAlong(path).filter((item) => item !== path).at(-1) ?? null;
}

/** The policy of a reserved path; null for an answer. @param {string} path */
export function reservedPolicy(path) {
  return policyOf(parse(path));
}

/** @param {string[]} names */
function policyOf(names) {
  if (names.length > 1 && names[names.length - 1] === ORDER) {
    const group = names.slice(0, -1);
    return isItemId(group[group.length - 1]) || group.some((name) => name.startsWith("_")) ? null : "latest";
  }
  const found = format(templateOf(names));
  return Object.hasOwn(RESERVED, found) ? RESERVED[found] : null;
}

/** The repeating group in whose items a template stands, or null. @param {string} path */
export function repeatOf(path) {
  const at = path.lastIndexOf(`/${ANY_ITEM}/`);
  return at < 0 ? null : path.slice(0, at);
}
