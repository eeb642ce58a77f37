/**
 * The day: what waits for this worker, drafts, and records by day, the newest first.
 * @module
 */

import { computed } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { draftName, labelOf, titleOf, valueOf, whose } from "../showing.js";
import { clock, dayIn, moment } from "../times.js";
import { TAKE_BACK_MS } from "../filling/keeper.js";
import { isNews } from "../records/searching.js";
import { numbersOf } from "../records/summary.js";
import { go } from "../router.js";
import { Heading, html, say } from "../ui.js";
import { drafts, drop, readDrafts, records, search, shelf, takeBack, unsent } from "../work.js";
import { Progress, underWay } from "./progress.js";

const WAITING_MAX = 3;
const RECORDS_MAX = 12;
const numbered = computed(() => numbersOf(records.value));

/** @typedef {import("../records/summary.js").Summary} Summary */

/** Begin a search. @param {...string} first */
function find(...first) {
  search.value = null;
  go("find", ...first);
}

export function TodayScreen() {
  const alive = records.value.filter((one) => !one.deleted), waiting = alive.filter((one) => one.needs.length > 0), news = alive.filter((one) => isNews(one) && one.needs.length === 0);
  const isEmpty = drafts.value.length === 0 && records.value.length === 0 && underWay().length === 0;
  return html`<main class="today"><${Heading}>${say("today.title")}<//>
    <${Progress} />
    ${waiting.length > 0 && html`<section aria-label=${say("today.waiting")}><h2>${say("today.waiting")}</h2><${Cards} records=${waiting.slice(0, WAITING_MAX)} />
      ${waiting.length > WAITING_MAX && html`<button class="small" onClick=${() => find("needs")}>${say("today.all", { count: waiting.length })}</button>`}</section>`}
    <${Drafts} />
    ${news.length > 0 && html`<section aria-label=${say("today.news")}><h2>${say("today.news")}</h2><${Cards} records=${news.slice(0, WAITING_MAX)} />
      ${news.length > WAITING_MAX && html`<button class="small" onClick=${() => find("news")}>${say("today.all", { count: news.length })}</button>`}</section>`}
    ${alive.length > 0 && html`<section aria-label=${say("today.records")}><h2>${say("today.records")}</h2><${ByDay} records=${alive.slice(0, RECORDS_MAX)} /></section>`}
    ${records.value.length > 0 && html`<button class="small" onClick=${() => find()}>${say("today.find", { count: records.value.length })}</button>`}
    ${isEmpty && html`<p class="empty">${say("today.none")}</p>`}
    <div class="foot"><button class="main" onClick=${() => go("new")}>${say("today.new")}</button></div></main>`;
}

/** @param {{records: Summary[]}} props */
function ByDay({ records: list }) {
  const days = /** @type {[string, Summary[]][]} */ ([]);
  for (const one of list) {
    const day = dayIn(one.changedMs);
    if (days.at(-1)?.[0] === day) days.at(-1)?.[1].push(one);
    else days.push([day, [one]]);
  }
  return days.map(([day, own]) => html`<h3 class="daymark">${day}</h3><${Cards} records=${own} isDay=${true} />`);
}

/** Records as cards. @param {{records: Summary[], isDay?: boolean, mark?: (text: string) => any}} props `isDay` where the day stands above them already */
export function Cards({ records: list, isDay = false, mark = (text) => text }) {
  const numbers = numbered.value;
  return html`<ul class="cards">${list.map((one) => html`<li key=${one.record}><button class=${one.deleted ? "gone" : ""} onClick=${() => go("r", one.record)}>
    <strong dir="auto">${mark(one.name.join(", ") || titleOf(one.form, one.columns))}</strong>
    <span>${one.name.length > 0 && html`${mark(titleOf(one.form, one.columns))}, `}${isDay ? clock(one.changedMs) : moment(one.changedMs)}${one.deleted ? `, ${say("record.deleted")}` : ""}</span>
    ${one.name.length > 0 && html`<span class="apart">${apartOf(one, numbers.get(one.record))}</span>`}<${Marks} one=${one} /></button></li>`)}</ul>`;
}

/** The words that tell a record from others of its name: its day, whose it is, its number among them. @param {Summary} one @param {[number, number] | undefined} number */
function apartOf(one, number) {
  const form = shelf.value.form(one.form, one.columns), path = form?.ownDay ?? null;
  return [...(path !== null && one.day ? [`${labelOf(form, path)}: ${valueOf(form, path, one.day)}`] : []), ...(one.by ? [whose(one.by)] : []), ...(number ? [say("record.number", { n: number[0], of: number[1] })] : [])].join(", ");
}

/** The marks of a record beside its name: in words, each with a sign of its own. @param {{one: Summary}} props */
function Marks({ one }) {
  const since = unsent.value.get(one.record), marks = one.needs.map((name) => ["need", say(`need.${name}`)]);
  if (one.conflicts > 0 && !one.needs.includes("conflict")) marks.push(["mark", say("today.conflict", { count: one.conflicts })]);
  if (isNews(one)) marks.push(["news", say(one.looked > 0 || one.mine ? "mark.changed" : one.office ? "mark.assigned" : "mark.new")]);
  if (since !== undefined) marks.push(["mark", say("mark.unsent", { when: moment(since) })]);
  return marks.length === 0 ? null : html`<span class="marks">${marks.map(([kind, text]) => html`<span class=${kind}>${text}</span>`)}</span>`;
}

function Drafts() {
  const all = drafts.value, alive = all.filter((draft) => draft.dropped === null && (draft.touched.length > 0 || draft.record !== null)), dropped = all.filter((draft) => draft.dropped !== null);
  useEffect(() => {
    if (dropped.length === 0) return undefined;
    const timer = setTimeout(() => void readDrafts(), TAKE_BACK_MS + 100);
    return () => clearTimeout(timer);
  }, [dropped.length]);
  if (alive.length + dropped.length === 0) return null;
  return html`<section aria-label=${say("today.drafts")}><h2>${say("today.drafts")}</h2><ul class="cards">
    ${alive.map((draft) => html`<li key=${draft.id} class="pair"><button onClick=${() => go("d", draft.id, draft.section)}><strong dir="auto">${draftName(draft)}</strong><span>${say(draft.record === null ? "draft.new" : "draft.edit", { when: moment(draft.kept) })}</span></button>
      <button class="side" aria-label=${say("draft.drop.of", { draft: draftName(draft) })} onClick=${() => drop(draft)}>${say("draft.drop")}</button></li>`)}
    ${dropped.map((draft) => html`<li key=${draft.id} class="pair"><p role="status">${say("draft.dropped", { draft: draftName(draft) })}</p><button class="side" onClick=${() => takeBack(draft)}>${say("undo")}</button></li>`)}</ul></section>`;
}
