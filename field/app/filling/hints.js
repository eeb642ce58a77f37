/**
 * What a worker is told while writing free text: a number that could be a BSN, a word that the privacy lint refuses in
 * forms. It is worked out here and goes nowhere; it keeps nobody from saving.
 * @module
 */

import { folded } from "../records/summary.js";

const BSN_DIGITS = 9;
const ELEVEN = 11;
/** Words by group, in the notation of the lint (forms/lint/SPEC.md 3.2). @type {{words: Record<string, string[]>, friends: string[]}} */
let known = { words: {}, friends: [] };

/** Load the words; until then numbers alone are looked at. */
export async function readWords() {
  if (Object.keys(known.words).length === 0) known = (await import("./hint_words.js")).default;
}

/** What is to be said of a text: groups of words, `bsn` among them, and the word that struck. @param {string} text @returns {{group: string, word: string}[]} */
export function hintsOn(text) {
  const number = numbersIn(text).find(isBsn);
  return [...(number === undefined ? [] : [{ group: "bsn", word: number }]), ...groupsIn(text, known)];
}

/** The numbers of eight or nine digits in a text, however they are parted. @param {string} text @returns {string[]} */
export function numbersIn(text) {
  return [...text.matchAll(/(?<!\d)\d(?:[ .-]?\d){7,8}(?!\d)/g)].map(([found]) => found.replace(/\D/g, ""));
}

/** The test that every BSN passes: nine digits weighed 9 to 2 and -1, together a multiple of eleven. @param {string} digits */
export function isBsn(digits) {
  const nine = digits.padStart(BSN_DIGITS, "0");
  const weighed = [...nine].reduce((sum, digit, n) => sum + Number(digit) * (n === BSN_DIGITS - 1 ? -1 : BSN_DIGITS - n), 0);
  return nine.length === BSN_DIGITS && Number(nine) !== 0 && weighed % ELEVEN === 0;
}

/** What each word came to, so that a text is not looked at anew with every key. @type {WeakMap<typeof known, Map<string, string[]>>} */
const judged = new WeakMap();
const JUDGED_MAX = 5_000;

/** The groups that a word is of. @param {string} word @param {typeof known} said @returns {string[]} */
function groupsOf(word, said) {
  const memory = judged.get(said) ?? new Map(), plain = folded(word), before = memory.get(plain);
  if (before !== undefined) return before;
  const isFriend = said.friends.some((friend) => fits(plain, friend));
  const groups = isFriend ? [] : Object.entries(said.words).filter(([, entries]) => entries.some((entry) => fits(plain, entry))).map(([group]) => group);
  if (memory.size > JUDGED_MAX) memory.clear();
  judged.set(said, memory.set(plain, groups));
  return groups;
}

/** The first word of each group that a text has. @param {string} text @param {typeof known} said @returns {{group: string, word: string}[]} */
export function groupsIn(text, said) {
  const found = new Map();
  for (const [word] of text.matchAll(/\p{L}+/gu)) for (const group of groupsOf(word, said)) if (!found.has(group)) found.set(group, word);
  return Object.keys(said.words).filter((group) => found.has(group)).map((group) => ({ group, word: found.get(group) }));
}

/** @param {string} word @param {string} entry a whole word; `*` stands for anything before or behind it */
function fits(word, entry) {
  const text = entry.replaceAll("*", "");
  if (entry.startsWith("*") && entry.endsWith("*")) return word.includes(text);
  return entry.startsWith("*") ? word.endsWith(text) : entry.endsWith("*") ? word.startsWith(text) : word === text;
}
