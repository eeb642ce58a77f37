/**
 * Carries answers of one version to a later one; none is ever dropped (forms/SPEC.md 12.2).
 * @module
 */

import * as paths from "../paths.js";
import { length } from "../texts.js";

/** @typedef {import("../definition/document.js").Form} Form */

/** Carries answers of the first of these versions to the last; they are all versions from there on, in order. */
export class Mover {
  /** @param {Form[]} versions */
  constructor(versions) {
    this.versions = versions;
  }

  /** The path of an answer in the last version. @param {string} path */
  path(path) {
    return this.versions.slice(1).reduce((found, form) => renamed(found, form), path);
  }

  /** The value in the last version of the answer at this path of the first. @param {string} path @param {unknown} value @returns {unknown} */
  value(path, value) {
    let at = path;
    this.versions.slice(1).forEach((form, n) => {
      const old = this.versions[n].leaf(at);
      at = renamed(at, form);
      const leaf = form.leaf(at);
      if (leaf === null) return;
      if (old?.kind === "choice" && leaf.kind === "choices" && typeof value === "string") value = [value];
      value = mapped(value, form.moves.mapped[leaf.path] ?? {});
    });
    return value;
  }

  /** All answers of one entry, carried over. @param {Map<string, unknown>} answers */
  answers(answers) {
    return new Map([...answers].map(([path, value]) => [this.path(path), this.value(path, value)]));
  }
}

/** @param {string} path @param {Form} form */
function renamed(path, form) {
  const moves = form.moves.renamed;
  if (path.startsWith("/_") || Object.keys(moves).length === 0) return path;
  const names = paths.parse(path);
  for (let end = names.length; end > 0; end -= 1) {
    const front = names.slice(0, end), from = paths.template(paths.format(front));
    if (!Object.hasOwn(moves, from)) continue;
    const ids = front.filter((name) => paths.isItemId(name) || name === paths.ANY_ITEM);
    const filled = paths.parse(moves[from]).map((name) => (name === paths.ANY_ITEM ? (ids.shift() ?? name) : name));
    const there = [...filled, ...names.slice(end)], to = paths.format(there);
    return there.length <= paths.DEPTH_MAX && length(to) <= paths.LENGTH_MAX ? to : path;
  }
  return path;
}

/** @param {unknown} value @param {Record<string, string | null>} codes */
function mapped(value, codes) {
  const one = (/** @type {unknown} */ code) => (typeof code === "string" && Object.hasOwn(codes, code) ? (codes[code] ?? code) : code);
  if (!Array.isArray(value)) return one(value);
  if (Object.keys(codes).length === 0) return value;
  return [...new Set(value.map(one))];
}
