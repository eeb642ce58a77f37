/**
 * The answer of a field that several people answered, and what a person must still decide (forms/SPEC.md 5).
 * @module
 */

import { canonical } from "./answers.js";
import { FormsError } from "./errors.js";
import { compare } from "./texts.js";

/**
 * @typedef {object} Edit one admitted entry as far as it touches one path
 * @property {string} hash
 * @property {[string | number, string, number]} order effective clock, device, seq
 * @property {string} author the worker
 * @property {number} atMs when it was typed
 * @property {unknown} value
 * @property {Set<string>} knows hashes of the record's entries that its entry knows
 */
/** @typedef {{hash: string, author: string, atMs: number, text: unknown}} Part */
/** @typedef {{value: unknown, shown: string, kind: string, conflict: boolean, asked: string[], parts: Part[]}} Outcome */

/** @param {Edit} a @param {Edit} b */
function older(a, b) {
  for (const n of [0, 1, 2]) {
    const [left, right] = [a.order[n], b.order[n]];
    if (left !== right) return left < right ? -1 : 1;
  }
  return compare(a.hash, b.hash);
}

/** Each once, the oldest first. @param {Iterable<Edit>} edits */
function eachOnce(edits) {
  return [...new Map([...edits].map((edit) => [edit.hash, edit])).values()].sort(older);
}

/** The edits that no other knows, the winner first; all of them where everybody claims to be known. @param {Iterable<Edit>} edits */
export function survivors(edits) {
  const all = eachOnce(edits);
  const alive = all.filter((one) => !all.some((other) => other.hash !== one.hash && other.knows.has(one.hash)));
  return (alive.length > 0 ? alive : all).reverse();
}

/** @type {Record<string, (edits: Edit[], alive: Edit[], choices: string[]) => Outcome>} */
const DECIDE = {
  ask: (_edits, alive) => asked("ask", alive, alive[0]),
  latest: (_edits, alive) => outcome(alive[0], "latest"),
  "first-listed": firstListed,
  append: (edits, alive) => ({ ...outcome(alive[0], "append"), parts: partsOf(edits) }),
  union: (edits, alive, choices) => ({ ...outcome(alive[0], "union"), value: union(edits, choices) }),
};
export const POLICIES = Object.keys(DECIDE);

/**
 * Decide one field from every admitted entry that touches it, in any order, repeated or not.
 * @param {string} policy @param {Iterable<Edit>} edits @param {string[]} [choices] codes in the form's order
 * @returns {Outcome}
 */
export function resolve(policy, edits, choices = []) {
  if (!Object.hasOwn(DECIDE, policy)) throw new FormsError("unknown-policy", { policy });
  const all = eachOnce(edits), alive = survivors(all);
  const first = canonical(alive[0].value);
  if (alive.every((edit) => canonical(edit.value) === first)) {
    return { ...outcome(alive[0], "settled"), parts: policy === "append" ? partsOf(all) : [] };
  }
  return DECIDE[policy](all, alive, choices);
}

/** @param {Edit} edit @param {string} kind @returns {Outcome} */
function outcome(edit, kind) {
  return { value: edit.value, shown: edit.hash, kind, conflict: false, asked: [], parts: [] };
}

/** @param {string} kind @param {Edit[]} alive @param {Edit} first */
function asked(kind, alive, first) {
  const others = alive.filter((edit) => edit !== first).map((edit) => edit.hash);
  return { ...outcome(first, kind), conflict: true, asked: [first.hash, ...others] };
}

/** @param {Edit[]} _edits @param {Edit[]} alive @param {string[]} choices */
function firstListed(_edits, alive, choices) {
  const last = choices.length - 1, codes = choices.map((code) => canonical(code));
  const rank = (/** @type {unknown} */ value) => {
    const place = typeof value === "string" ? codes.indexOf(canonical(value)) : -1;
    if (place >= 0) return place === last ? [last, 2] : [place, 0];
    return [last, value === null ? 1 : 0];
  };
  const first = alive.reduce((best, edit) => {
    const [a, b] = [rank(edit.value), rank(best.value)];
    return a[0] - b[0] < 0 || (a[0] === b[0] && a[1] < b[1]) ? edit : best;
  });
  return asked("first-listed", alive, first);
}

/** Every text of every edit, the oldest first; one writing that was re-issued stands once. @param {Edit[]} edits */
function partsOf(edits) {
  /** @type {Map<string, Part>} */
  const parts = new Map();
  for (const { hash, author, atMs, value } of edits) {
    const name = JSON.stringify([author, atMs, canonical(value)]);
    if (value !== null && !parts.has(name)) parts.set(name, { hash, author, atMs, text: value });
  }
  return [...parts.values()];
}

/** @param {Edit[]} edits @param {string[]} choices */
function union(edits, choices) {
  /** @type {Map<string, unknown>} */
  const words = new Map();
  const chosen = base(edits, words);
  const place = new Map(choices.map((code, n) => [canonical(code), n]));
  const rank = (/** @type {string} */ word) => place.get(word) ?? choices.length;
  return [...chosen].sort((a, b) => rank(a) - rank(b) || compare(a, b)).map((word) => words.get(word));
}

/**
 * The set that some edits come to: what all their survivors had seen, with what these added and without what they removed.
 * The levels are walked from the newest to the oldest, so that no recursion can run out.
 * @param {Edit[]} edits @param {Map<string, unknown>} words
 */
function base(edits, words) {
  /** @type {Edit[][]} */
  const levels = [];
  for (let among = edits; among.length > 0; ) {
    const alive = survivors(among);
    levels.push(alive);
    if (alive.length === 1) break;
    among = among.filter((edit) => alive.every((one) => one.knows.has(edit.hash) && one.hash !== edit.hash));
  }
  let found = new Set();
  for (const level of levels.reverse()) {
    const answers = level.map((edit) => membersOf(edit.value, words));
    const before = found;
    found = new Set([...before, ...answers.flatMap((answer) => [...answer])]);
    for (const word of before) if (answers.some((answer) => !answer.has(word))) found.delete(word);
  }
  return /** @type {Set<string>} */ (found);
}

/** @param {unknown} value @param {Map<string, unknown>} words */
function membersOf(value, words) {
  const chosen = Array.isArray(value) ? value : [value];
  const named = new Map(value === null ? [] : chosen.map((word) => [canonical(word), word]));
  for (const [name, word] of named) words.set(name, word);
  return new Set(named.keys());
}
