/**
 * What every screen shares: templates, words in the language that was chosen, times.
 * @module
 */

import { signal } from "@preact/signals";
import htm from "htm";
import { h } from "preact";
import en from "./words/en.js";
import nl from "./words/nl.js";

export const html = /** @type {any} */ (htm).bind(h);
const WORDS = /** @type {Record<string, Record<string, string>>} */ ({ nl, en });
export const language = signal(localStorage.getItem("language") ?? (navigator.language.startsWith("en") ? "en" : "nl"));

/** Choose a language, also for the next time. @param {string} chosen */
export function speak(chosen) {
  localStorage.setItem("language", chosen);
  language.value = chosen;
  document.documentElement.lang = chosen;
}

/** A sentence of ours. @param {string} name @param {Record<string, unknown>} [facts] */
export function say(name, facts = {}) {
  const text = WORDS[language.value][name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, fact) => String(facts[fact] ?? ""));
}

/** A text of a form, in Dutch where the language lacks. @param {Record<string, string> | undefined} words */
export function said(words) {
  return words?.[language.value] ?? words?.nl ?? "";
}

/** @param {number} ms */
export function when(ms) {
  const day = new Date(ms), isToday = day.toDateString() === new Date().toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const how = isToday ? { timeStyle: "short" } : { dateStyle: "medium", timeStyle: "short" };
  return new Intl.DateTimeFormat(language.value, { ...how, timeZone: "Europe/Amsterdam" }).format(day);
}
