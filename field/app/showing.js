/**
 * Answers, questions, records and drafts in words, as every screen shows them.
 * @module
 */

import { read } from "../forms/expressions/dates.js";
import * as paths from "../forms/paths.js";
import { Speaking } from "../forms/records/speaking.js";
import { written } from "../forms/wording.js";
import { todayOfDraft } from "../picture/reading.js";
import { OFFICE } from "./records/summary.js";
import { formatOf, locale } from "./times.js";
import { language, said, say } from "./ui.js";
import { me, shelf } from "./work.js";

/** @typedef {import("../forms/definition/document.js").Form} Form */

/** The title of a form. @param {string} slug @param {number} [version] */
export function titleOf(slug, version = 0) {
  return said((shelf.value.form(slug, version) ?? shelf.value.form(slug, shelf.value.newest(slug)))?.document.title) || slug || say("sending.entry");
}

/** The voice of a form: its texts with the answers of one record, as it is shown. @param {Form} form @param {{document?: any, computed?: any}} seen */
export function speakingOf(form, seen) {
  const listed = (/** @type {string} */ list, /** @type {string} */ code) => shelf.value.lists.get(list)?.items.find((/** @type {any} */ one) => one.code === code)?.label;
  return new Speaking(form, { document: seen.document ?? {}, computed: seen.computed ?? {} }, language.value, listed);
}

/** The words of a question; with somebody who says them, with the answers that they mention. @param {Form | null} form @param {string} path @param {Speaking | null} [speaking] */
export function labelOf(form, path, speaking = null) {
  const spoken = speaking?.field(path);
  if (spoken) return spoken;
  const section = form?.sections.find((one) => one.repeat === path);
  return said(form?.fields[paths.template(path)]?.label) || said(section?.title) || path.slice(path.lastIndexOf("/") + 1).replaceAll("_", " ");
}

/** The words of what waits for the office: a question, an item, or the whole record, which has no name. @param {Form | null} form @param {{kind: string, name: string, facts: Record<string, unknown>}} waiting */
export function waitsFor(form, { kind, name, facts }) {
  return say(`waiting.${facts.proposed ? "proposed" : kind}`, { what: name === "" ? "" : labelOf(form, name) });
}

/** The words of a question of a form that is being filled, with the item that it stands in. @param {import("./filling/filling.js").Filling} filling @param {string} path */
export function placeOf(filling, path) {
  const { form } = filling, item = paths.itemOf(path), label = labelOf(form, path, speakingOf(form, filling.seen()));
  if (item === null) return label;
  const repeat = item.slice(0, item.lastIndexOf("/"));
  return `${say("form.item", { what: labelOf(form, repeat), n: filling.items(repeat).indexOf(item) + 1 })}: ${label}`;
}

/** An answer in words. @param {Form | null} form @param {string} path @param {any} value @returns {string} */
export function valueOf(form, path, value) {
  const asked = form?.leaf(path) ?? form?.local.find((one) => one.path === paths.template(path));
  return answerIn(form?.fields[paths.template(path)], asked?.kind, value, (code) => formerly(form, path, code));
}

/** An answer in words, by what its question says; of a question that nobody knows a text is a day where it is one. @param {any} field @param {string | undefined} kind @param {any} value @param {(code: string) => string} [otherwise] words of a code that the question has no more @returns {string} */
export function answerIn(field, kind, value, otherwise = () => "") {
  if (value === null || value === undefined || value === "") return say("answer.none");
  if (Array.isArray(value)) return value.length === 0 ? say("answer.none") : value.map((one) => answerIn(field, kind, one, otherwise)).join("; ");
  if (typeof value === "boolean") return say(value ? "yes" : "no");
  if (typeof value === "number" || (typeof value === "string" && field?.widget === "month")) return written(field?.widget ?? "", value, locale());
  if (typeof value === "object") return say("answer.other");
  const item = field?.from === undefined ? null : shelf.value.lists.get(field.from)?.items.find((/** @type {any} */ one) => one.code === value);
  const isDay = kind === undefined || kind === "date"; // a code may look like a month
  return said(field?.choices?.[value]) || (item && said(item.label)) || (isDay && dayOf(value)) || otherwise(value) || value;
}

/** The words of a choice that a form has no more, of the newest version that had it; empty where none did. @param {Form | null} form @param {string} path @param {string} code */
function formerly(form, path, code) {
  let words = "";
  for (let version = (form?.version ?? 0) - 1; version > 0 && !words; version -= 1) words = said(shelf.value.form(form?.slug ?? "", version)?.fields[paths.template(path)]?.choices?.[code]);
  return words;
}

/** A day or month as it is written; empty for what is none: a day that does not exist stays as it was typed. @param {string} text */
function dayOf(text) {
  if (read(text) === null) return "";
  const day = new Date(`${text.padEnd(10, "-01")}T12:00:00Z`);
  return formatOf(locale(), text.length === 7 ? { month: "long", year: "numeric", timeZone: "UTC" } : { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" }).format(day);
}

/** The author in words: the worker's own are "u", somebody of the office is said to be. @param {string} author */
export function whose(author) {
  if (author.startsWith(OFFICE)) return say("office", { who: author.slice(OFFICE.length) });
  return author === me() ? say("you") : author;
}

/** The day in Amsterdam, with what is known of how far this phone's clock is off. @param {number} [offsetMs] */
export function today(offsetMs = 0) {
  return todayOfDraft(Date.now(), offsetMs);
}

/** The name of a draft: its form, its first short answers, when and where the worker was. @param {import("./filling/draft.js").Draft} draft */
export function draftName(draft) {
  const form = shelf.value.form(draft.form, draft.version), first = form?.sections[0]?.questions ?? [];
  const words = first.flatMap((path) => {
    const value = draft.answers[path], question = form?.leaf(path);
    return question?.kind === "text" && typeof value === "string" && value.length <= 40 ? [value] : [];
  });
  return [titleOf(draft.form, draft.version), ...words.slice(0, 1)].join(", ");
}
