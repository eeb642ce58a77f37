/**
 * Hints for a worker who writes free text: a number that could be a BSN, a word that the privacy lint refuses in
 * forms. It is worked out here and goes nowhere; it keeps nobody from saving.
 * @module
 */

import { folded } from "../records/summary.js";
import { Phrases, alternatives, fitsAt } from "./phrases.js";

const BSN_DIGITS = 9;
const ELEVEN = 11;
/**
 * @typedef {object} Known words and phrases by group, in the notation of the lint (forms/lint/SPEC.md 3.2)
 * @property {Record<string, string[]>} words @property {string[]} friends words that look like them and mean something else
 * @property {Record<string, string[]>} [phrases] @property {Record<string, string[]>} [excused] phrases that mean something else
 * @property {Record<string, string[]>} [names] excuse as well, where no word for people stands beside them
 * @property {Record<string, string[]>} [sets] what `{people}` and the like stand for @property {string[]} [articles]
 */
/** @type {Known} */
let known = { words: {}, friends: [] };

/** Load the words; until then numbers alone are looked at. */
export async function readWords() {
  if (Object.keys(known.words).length === 0) known = (await import("./hint_words.js")).default;
}

/** The hints on a text: groups of words, `bsn` among them, and the word that struck. @param {string} text @returns {{group: string, word: string}[]} */
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

/**
 * The known words, made ready; `judged` is what each word came to, so that a text is not looked at anew with every key.
 * @typedef {{phrases: Phrases, excused: Phrases, names: Phrases, people: import("./phrases.js").Alternatives, judged: Map<string, {plain: string, groups: string[]}>}} Book
 */
/** @type {WeakMap<Known, Book>} */
const books = new WeakMap();
const JUDGED_MAX = 5_000;

/** @param {Known} said @returns {Book} */
function bookOf(said) {
  const before = books.get(said);
  if (before !== undefined) return before;
  const { phrases = {}, excused = {}, names = {}, sets = {}, articles = [] } = said;
  const book = { phrases: new Phrases(phrases, sets, articles), excused: new Phrases(excused, sets), names: new Phrases(names, sets), people: alternatives("{people}", sets), judged: new Map() };
  books.set(said, book);
  return book;
}

/** A word folded, and the groups that it is of by itself. @param {string} word @param {Known} said @param {Book["judged"]} judged */
function judge(word, said, judged) {
  const before = judged.get(word);
  if (before !== undefined) return before;
  const plain = folded(word), isFriend = said.friends.some((friend) => fits(plain, friend));
  const groups = isFriend ? [] : Object.entries(said.words).filter(([, entries]) => entries.some((entry) => fits(plain, entry))).map(([group]) => group);
  if (judged.size > JUDGED_MAX) judged.clear();
  judged.set(word, { plain, groups });
  return { plain, groups };
}

/** The first word or phrase of each group that a text has, as it stands there. @param {string} text @param {Known} said @returns {{group: string, word: string}[]} */
export function groupsIn(text, said) {
  const { phrases, excused, names, people, judged } = bookOf(said), pieces = [...text.matchAll(/\p{L}[\p{L}\p{M}]*|\p{N}+/gu)];
  const words = pieces.map(([word]) => judge(word, said, judged)), plain = words.map((one) => one.plain);
  const isPerson = (/** @type {number} */ at) => at >= 0 && at < plain.length && fitsAt(people, plain[at]);
  const covers = [...excused.find(plain), ...names.find(plain).filter(({ start, end }) => !isPerson(start - 1) && !isPerson(end))];
  const strikes = [...words.flatMap(({ groups }, n) => groups.map((group) => ({ group, start: n, end: n + 1 }))), ...phrases.find(plain)];
  const found = new Map();
  for (const { group, start, end } of strikes) {
    if (found.has(group) || covers.some((one) => one.group === group && one.start <= start && end <= one.end)) continue;
    found.set(group, text.slice(pieces[start].index, /** @type {number} */ (pieces[end - 1].index) + pieces[end - 1][0].length));
  }
  return Object.keys(said.words).filter((group) => found.has(group)).map((group) => ({ group, word: found.get(group) }));
}

/** @param {string} word @param {string} entry a whole word; `*` stands for anything before or behind it */
function fits(word, entry) {
  const text = entry.replaceAll("*", "");
  if (entry.startsWith("*") && entry.endsWith("*")) return word.includes(text);
  return entry.startsWith("*") ? word.endsWith(text) : entry.endsWith("*") ? word.startsWith(text) : word === text;
}
