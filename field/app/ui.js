/**
 * The parts that every screen shares: templates, words in the language that was chosen, the look, times, and small parts.
 * @module
 */

import { signal } from "@preact/signals";
import htm from "htm";
import { h } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";

export const html = /** @type {any} */ (htm).bind(h);
/** The sentences of the languages that were spoken; each is fetched when it is first. @type {Record<string, Record<string, string>>} */
const WORDS = {};
/** The languages of the app: its name in itself, the locale of its days and numbers, its words. Another one is a file and a row. @type {Record<string, {name: string, locale: string, words: () => Promise<{default: Record<string, string>}>}>} */
export const LANGUAGES = {
  nl: { name: "Nederlands", locale: "nl", words: () => import("./words/nl.js") },
  en: { name: "English", locale: "en-GB", words: () => import("./words/en.js") },
};
const SPOKEN = Object.keys(LANGUAGES);
export const language = signal(SPOKEN.find((one) => one === localStorage.getItem("language")) ?? SPOKEN.find((one) => navigator.language.startsWith(one)) ?? SPOKEN[0]);
/** `auto`, `light` or `dark` */
export const look = signal(localStorage.getItem("look") ?? "auto");
export const LOOKS = ["auto", "light", "dark"];

/** Choose a language, also for the next time. @param {string} chosen */
export async function speak(chosen) {
  WORDS[chosen] ??= (await LANGUAGES[chosen].words()).default;
  localStorage.setItem("language", chosen);
  language.value = chosen;
  document.documentElement.lang = chosen;
}

/** Choose light or dark, also for the next time. @param {string} chosen */
export function wear(chosen) {
  localStorage.setItem("look", chosen);
  look.value = chosen;
  if (chosen === "auto") delete document.documentElement.dataset.look;
  else document.documentElement.dataset.look = chosen;
}

/** True if there is a sentence of ours by this name. @param {string} name */
export function knows(name) {
  return name in WORDS[language.value];
}

/** A sentence of ours. Where it counts, one of its own says one: `name.one`. @param {string} name @param {Record<string, unknown>} [facts] */
export function say(name, facts = {}) {
  const words = WORDS[language.value], text = (facts.count === 1 ? words[`${name}.one`] : undefined) ?? words[name] ?? name;
  return text.replace(/\{(\w+)\}/g, (_, fact) => String(facts[fact] ?? ""));
}

/** A text of a form, in Dutch where the language lacks. @param {Record<string, string> | undefined} words */
export function said(words) {
  return words?.[language.value] ?? words?.nl ?? "";
}

/** A short time in words: seconds, or minutes from a hundred seconds on. @param {number} ms */
export function span(ms) {
  const seconds = Math.ceil(ms / 1_000);
  return seconds < 100 ? say("span.seconds", { count: seconds }) : say("span.minutes", { count: Math.ceil(seconds / 60) });
}

/** A page's heading; it takes the focus when its screen appears, so that a reader begins there. @param {{children?: any}} props */
export function Heading({ children }) {
  const place = useRef(/** @type {HTMLElement | null} */ (null));
  useLayoutEffect(() => {
    if (globalThis.frameElement == null || document.hasFocus()) place.current?.focus({ preventScroll: true }); // a preview takes it from no page around it
  }, []);
  return html`<h1 tabindex="-1" ref=${place}>${children}</h1>`;
}

/** A field with its label. @param {{id: string, label: string, value: string, set: (value: string) => void, type?: string, hint?: string, [more: string]: any}} props */
export function TextField({ id, label, value, set, type = "text", hint = "", ...more }) {
  return html`<div><label for=${id}>${label}</label>${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    <input id=${id} type=${type} value=${value} aria-describedby=${hint ? `${id}-hint` : undefined} onInput=${(/** @type {any} */ event) => set(event.target.value)} ...${more} /></div>`;
}

/** A fault, said as soon as it is there. @param {{text: string}} props */
export function Fault({ text }) {
  return html`<div role="alert">${text && html`<p class="fault">${text}</p>`}</div>`;
}

/** @param {{tone?: string, title?: string, children?: any, role?: string}} props */
export function Notice({ tone = "", title = "", children, role }) {
  return html`<div class=${`notice ${tone}`} role=${role}>${title && html`<strong>${title}</strong>`}${children}</div>`;
}

/** The sign of the app: an envelope that is sealed. */
export function Mark() {
  return html`<svg class="mark" viewBox="0 0 48 48" aria-hidden="true"><rect x="3" y="9" width="42" height="30" rx="6" fill="var(--basis-color-action-1-inverse-bg-default)"/><path d="M6 14l18 13 18-13" fill="none" stroke="var(--basis-color-action-1-inverse-color-default)" stroke-width="3" stroke-linecap="round" stroke-linejoin="round"/></svg>`;
}

const SHAPES = /** @type {Record<string, string>} */ ({
  check: "M4 12.5l5 5L20 6.5", wait: "M12 7v5l3 2M12 3a9 9 0 100 18 9 9 0 000-18z", stop: "M12 8v5M12 16.5v.5M12 3a9 9 0 100 18 9 9 0 000-18z",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.5 20a7.5 7.5 0 0115 0",
});

/** @param {{shape: string}} props */
export function Icon({ shape }) {
  return html`<svg width="24" height="24" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" stroke-linejoin="round" aria-hidden="true"><path d=${SHAPES[shape]} /></svg>`;
}

/** The line below a screen on which nobody works yet. */
export function FootLine() {
  const other = SPOKEN[(SPOKEN.indexOf(language.value) + 1) % SPOKEN.length];
  return html`<p class="foot-line"><button class="plain" lang=${other} onClick=${() => speak(other)}>${LANGUAGES[other].name}</button></p>`;
}

/** Give the worker a file. @param {Blob} blob @param {string} name */
export function give(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}
