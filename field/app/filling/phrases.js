/**
 * Phrases of the privacy lint in a row of words (forms/lint/SPEC.md 2.5, 3.2): the twin of `Phrases` in
 * `forms/lint/lexicon.py`, for hints. The words of a phrase follow each other; articles between them do not count, unless
 * it is read strictly.
 * @module
 */

const KEY = 3; // letters by which phrases are looked up
const ARTICLES_MAX = 3; // that may stand between two words: `van al die hun`

/** @typedef {{whole: Set<string>, begun: string[]}} Alternatives the words that may stand at one place: whole, or as a beginning */
/** @typedef {{group: string, start: number, end: number}} Hit which words of the row, the end not included */
/** @typedef {Record<string, string[]>} Named */

/** The words that may stand at one place of a phrase. @param {string} written @param {Named} sets @returns {Alternatives} */
export function alternatives(written, sets) {
  const words = written.replace(/\{(\w+)\}/g, (_, name) => (sets[name] ?? []).join("|")).split("|");
  return { whole: new Set(words.filter((word) => !word.endsWith("*"))), begun: words.filter((word) => word.endsWith("*")).map((word) => word.slice(0, -1)) };
}

/** @param {Alternatives} place @param {string} word */
export function fitsAt({ whole, begun }, word) {
  return whole.has(word) || begun.some((start) => word.startsWith(start));
}

export class Phrases {
  /** @param {Named} phrases by group @param {Named} sets @param {string[]} [skipped] articles; none where phrases are read strictly */
  constructor(phrases, sets, skipped = []) {
    this.skipped = new Set(skipped);
    /** @type {Map<string, {group: string, places: Alternatives[]}[]>} */
    this.first = new Map();
    for (const [group, entries] of Object.entries(phrases)) {
      for (const entry of entries) {
        const places = entry.split(" ").map((word) => alternatives(word, sets)), phrase = { group, places };
        for (const key of new Set([...places[0].whole, ...places[0].begun].map((word) => word.slice(0, KEY)))) this.first.set(key, [...(this.first.get(key) ?? []), phrase]);
      }
    }
  }

  /** Every phrase in a row of folded words. @param {string[]} words @returns {Hit[]} */
  find(words) {
    return words.flatMap((word, start) => (this.first.get(word.slice(0, KEY)) ?? []).flatMap(({ group, places }) => {
      const end = this.#reach(places, words, start);
      return end === 0 ? [] : [{ group, start, end }];
    }));
  }

  /** The end of a phrase that begins at a word; 0 where it does not stand there. @param {Alternatives[]} places @param {string[]} words @param {number} at */
  #reach(places, words, at) {
    for (const [n, place] of places.entries()) {
      for (let skips = n === 0 ? 0 : ARTICLES_MAX; skips > 0 && at < words.length && this.skipped.has(words[at]) && !fitsAt(place, words[at]); skips -= 1) at += 1;
      if (at >= words.length || !fitsAt(place, words[at])) return 0;
      at += 1;
    }
    return at;
  }
}
