/**
 * The answers that a text of a form mentions: `Hoe oud is ${roepnaam}?` (forms/SPEC.md 13.1).
 * @module
 */

import * as paths from "../paths.js";

/** The sign for an answer that is not there, or not for whoever reads the text. */
export const BLANK = "…";
export const MENTION = /\$\{([a-z][a-z0-9_]{0,62}|(?:\/[a-z][a-z0-9_]{0,62}){1,8})\}/g;

/** @typedef {import("../schema/fields.js").Field} Field */
/** @typedef {import("../schema/fields.js").Words} Words */

/** The words with a blank for every mention. @template {Words | null | undefined} T @param {T} words @returns {T} */
export function bare(words) {
  if (!words || !Object.values(words).some((text) => text.includes("${"))) return words;
  return /** @type {T} */ (Object.fromEntries(Object.entries(words).map(([language, text]) => [language, text.replace(MENTION, BLANK)])));
}

/** A field with bare words. @param {Field} field @returns {Field} */
export function bareField(field) {
  const made = { ...field, label: bare(field.label) };
  if (field.hint !== undefined) made.hint = bare(field.hint);
  if (field.choices !== undefined) made.choices = Object.fromEntries(Object.entries(field.choices).map(([code, words]) => [code, bare(words)]));
  return made;
}

/** The last names of all that texts of a form mention, whatever they mean. @param {any} document @returns {Set<string>} */
export function mentionedIn({ fields, layout, checks }) {
  const found = JSON.stringify([fields, layout, checks]).matchAll(MENTION);
  return new Set([...found].map(([, name]) => name.slice(name.lastIndexOf("/") + 1)));
}

/** The template of what a mention means; null for none. @param {string} name @param {string | null} repeat @param {Map<string, unknown>} known @returns {string | null} */
export function meant(name, repeat, known) {
  if (name.startsWith("/")) return known.has(name) ? name : null;
  const own = `${repeat}/${paths.ANY_ITEM}/${name}`;
  if (repeat !== null && known.has(own)) return own;
  return [...known.keys()].find((path) => paths.repeatOf(path) === null && path.endsWith(`/${name}`)) ?? null;
}
