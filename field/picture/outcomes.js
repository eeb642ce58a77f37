/**
 * The outcomes of conflicts that the office decided: what stood beside each other, what stands now, and why (picture/SPEC.md 9).
 * @module
 */

import { canonical } from "../forms/answers.js";
import { survivors } from "../forms/policies.js";

const ASKING = ["ask", "first-listed"]; // the policies of which a person decides

/** @typedef {import("../forms/policies.js").Edit} Edit */
/** @typedef {{path: string, author: string, at_ms: number, entry: string, were: import("./waiting.js").Word[], reason?: string}} Outcome */

/** The decisions of the office about shown answers, by path. @param {Map<string, Edit[]>} edits @param {Set<string>} office @param {import("../forms/definition/document.js").Form | null} form @param {{texts: any[]}[]} comments @param {string[]} shown @returns {Outcome[]} */
export function outcomesOf(edits, office, form, comments, shown) {
  if (office.size === 0) return [];
  const reasons = new Map([...comments].reverse().flatMap((thread) => thread.texts.filter((text) => typeof text.text === "string").map((text) => [text.entry, text.text])));
  return shown.flatMap((path) => {
    const own = edits.get(path) ?? [], policy = form?.policy(path) ?? null;
    if (own.length < 3 || (policy !== null && !ASKING.includes(policy))) return [];
    const [last, ...others] = survivors(own);
    if (others.length > 0 || !office.has(last.hash)) return [];
    const known = own.filter((edit) => edit.hash !== last.hash && last.knows.has(edit.hash)), before = known.length > 0 ? survivors(known) : [];
    if (new Set(before.map((edit) => canonical(edit.value))).size < 2) return [];
    const were = before.map((one) => ({ entry: one.hash, author: one.author, at_ms: one.atMs, path, value: one.value })), reason = reasons.get(last.hash);
    return [{ path, author: last.author, at_ms: last.atMs, entry: last.hash, were, ...(reason ? { reason } : {}) }];
  });
}
