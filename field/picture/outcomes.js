/**
 * The outcomes of conflicts that the office decided: what stood beside each other, what stands now, and why (picture/SPEC.md 9).
 * @module
 */

import { canonical } from "../forms/answers.js";
import { survivors } from "../forms/policies.js";

const ASKING = ["ask", "first-listed"]; // the policies of which a person decides

/** @typedef {import("../forms/policies.js").Edit} Edit */
/** @typedef {{path: string, author: string, at_ms: number, entry: string, were: import("./waiting.js").Word[], reason?: string, earlier?: import("./waiting.js").Word[]}} Outcome */

/** The decisions of the office about shown answers, by path. @param {Map<string, Edit[]>} edits @param {Set<string>} office @param {import("../forms/definition/document.js").Form | null} form @param {{texts: any[]}[]} comments @param {string[]} shown @returns {Outcome[]} */
export function outcomesOf(edits, office, form, comments, shown) {
  if (office.size === 0) return [];
  const reasons = new Map([...comments].reverse().flatMap((thread) => thread.texts.filter((text) => typeof text.text === "string").map((text) => [text.entry, text.text])));
  return shown.flatMap((path) => {
    const own = edits.get(path) ?? [], policy = form?.policy(path) ?? null;
    if (own.length < 3 || (policy !== null && !ASKING.includes(policy))) return [];
    const [last, ...others] = survivors(own);
    if (others.length > 0 || !office.has(last.hash)) return [];
    const earlier = /** @type {Edit[]} */ ([]);
    let before = beforeOf(own, last);
    while (before.length === 1 && office.has(before[0].hash)) {
      earlier.unshift(before[0]);
      before = beforeOf(own, before[0]);
    }
    if (new Set(before.map((edit) => canonical(edit.value))).size < 2) return [];
    const word = (/** @type {Edit} */ one) => ({ entry: one.hash, author: one.author, at_ms: one.atMs, path, value: one.value }), reason = reasons.get(last.hash);
    return [{ path, author: last.author, at_ms: last.atMs, entry: last.hash, were: before.map(word), ...(reason ? { reason } : {}), ...(earlier.length > 0 ? { earlier: earlier.map(word) } : {}) }];
  });
}

/** The answers that stood beside each other before one, of those that its author had read. @param {Edit[]} own @param {Edit} last */
function beforeOf(own, last) {
  const known = own.filter((edit) => edit.hash !== last.hash && last.knows.has(edit.hash));
  return known.length > 0 ? survivors(known) : [];
}
