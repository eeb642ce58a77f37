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

/** The first word of each group that a text has. @param {string} text @param {typeof known} said @returns {{group: string, word: string}[]} */
export function groupsIn(text, { words, friends }) {
  const typed = [...text.matchAll(/\p{L}+/gu)].map(([word]) => word), found = [];
  for (const [group, entries] of Object.entries(words)) {
    const word = typed.find((one) => !friends.some((friend) => fits(folded(one), friend)) && entries.some((entry) => fits(folded(one), entry)));
    if (word !== undefined) found.push({ group, word });
  }
  return found;
}

/** @param {string} word @param {string} entry a whole word; `*` stands for anything before or behind it */
function fits(word, entry) {
  const text = entry.replaceAll("*", "");
  if (entry.startsWith("*") && entry.endsWith("*")) return word.includes(text);
  return entry.startsWith("*") ? word.endsWith(text) : entry.endsWith("*") ? word.startsWith(text) : word === text;
}
