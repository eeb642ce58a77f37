/**
 * The items of a repeating group that are shown (forms/SPEC.md 4).
 * @module
 */

import { survivors } from "../policies.js";

/** @typedef {import("../policies.js").Edit} Edit */

/**
 * @param {Edit[]} item edits of the item's own path @param {Iterable<Edit[]>} leaves those of each path inside it
 * @returns {{hidden: boolean, contested: boolean}}
 */
export function standing(item, leaves) {
  const alive = item.length > 0 ? survivors(item) : [];
  const removals = alive.filter((edit) => edit.value === null);
  if (removals.length === 0) return { hidden: false, contested: false };
  const isSeen = (/** @type {Edit} */ edit) => removals.some((removal) => removal.hash === edit.hash || removal.knows.has(edit.hash));
  const hidden = removals.length === alive.length && [...leaves].every((leaf) => leaf.length === 0 || survivors(leaf).every(isSeen));
  return { hidden, contested: !hidden };
}
