/**
 * One record: its answers by section, who wrote what and when, what waits, and what can be done with it.
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import * as paths from "../../forms/paths.js";
import { isWaitingToGo } from "../records/deleting.js";
import { isOwn } from "../records/summary.js";
import { labelOf, speakingOf, titleOf, valueOf, waitsFor, whose } from "../showing.js";
import { moment } from "../times.js";
import { back, go } from "../router.js";
import { Heading, html, say } from "../ui.js";
import { answer, edit, lookAt, mark, me, records, shelf } from "../work.js";
import { Deleting } from "./deleting.js";

/** @typedef {Awaited<ReturnType<typeof lookAt>>} Look */
/** @typedef {import("../../forms/definition/document.js").Form} Form */

/** A record as it is shown, looked at again when something of it changed. @param {string} record @returns {[Look | null, "here" | "gone" | "failed" | "broken"]} and whether it is here */
export function useLook(record) {
  const [look, setLook] = useState(/** @type {Look | null} */ (null)), [hasFailed, setFailed] = useState(false), summary = records.value.find((one) => one.record === record);
  useEffect(() => {
    let isGone = false;
    void lookAt(record).then((found) => !isGone && setLook((before) => ({ ...found, fresh: new Set([...(before?.fresh ?? []), ...found.fresh]) })), () => setFailed(true));
    return () => {
      isGone = true;
    };
  }, [record, summary?.changedMs, summary?.cameOther, summary?.conflicts, summary?.deleted]);
  const isHere = look === null || (look.picture.form !== undefined && summary !== undefined);
  return [look, hasFailed ? "failed" : isHere ? "here" : look.broken > 0 ? "broken" : "gone"];
}

/** The screen where a record cannot be shown. @param {{why: "gone" | "failed" | "broken"}} props */
export function NoRecord({ why }) {
  return html`<main class="calm"><${Heading}>${say(`record.${why}`)}<//>${why === "broken" && html`<p>${say("record.broken.text")}</p><button class="main" onClick=${() => go("sync")}>${say("sending.title")}</button>`}<button class=${why === "broken" ? "wide" : "main"} onClick=${() => go()}>${say("today.title")}</button></main>`;
}

/** The screen until a record was read: a page is never without a heading. */
export function Opening() {
  return html`<main><${Heading}>${say("record.opening")}<//></main>`;
}

/** @param {{record: string}} props */
export function RecordScreen({ record }) {
  const [isAsking, setAsking] = useState(false), [look, where] = useLook(record), picture = /** @type {any} */ (look?.picture), form = picture === undefined ? null : shelf.value.form(picture.form ?? "", picture.columns ?? 0);
  if (where !== "here") return html`<${NoRecord} why=${where} />`;
  if (look === null) return html`<${Opening} />`;
  const change = async () => {
    const draft = await edit(record);
    if (draft !== null) go("d", draft.id, draft.section);
  };
  const shown = Object.entries(/** @type {Record<string, any>} */ (picture.shown ?? {})), earlier = shown.filter(([path, one]) => one.in_form === false && one.value !== null && !path.endsWith("/_order"));
  return html`<main class="record"><${Heading}>${titleOf(picture.form, picture.columns)}<//><p class="hint">${say("record.changed", { when: moment(picture.changed_ms ?? 0), count: look.history.length })}</p>
    ${look.broken > 0 && html`<p class="banner">${say("record.broken.text")}</p>`}${picture.deleted && html`<p class="banner">${say("record.is.deleted")}</p>`}
    <${Waiting} look=${look} form=${form} />
    ${form === null ? html`<p>${say("record.no.form")}</p>` : form.sections.map((_, n) => html`<${Section} key=${n} look=${look} form=${form} section=${n} />`)}
    ${earlier.length > 0 && html`<details class="more"><summary>${say("record.earlier")}</summary><dl>${earlier.map(([path, one]) => html`<${Answer} key=${path} look=${look} form=${shelf.value.form(picture.form, one.version)} path=${path} shown=${one} />`)}</dl></details>`}
    ${(picture.hidden ?? []).length > 0 && html`<details class="more"><summary>${say("record.hidden", { count: picture.hidden.length })}</summary><dl>${picture.hidden.map((/** @type {any} */ one) => html`<${Answer} key=${one.path} look=${look} form=${form} path=${one.path} shown=${one.shown} />`)}</dl></details>`}
    <${History} look=${look} form=${form} />
    ${!picture.deleted && !isWaitingToGo(picture) && html`<button class="small quiet" onClick=${() => setAsking(true)}>${say("record.delete")}</button>`}
    ${isAsking && html`<${Deleting} look=${look} form=${form} close=${() => setAsking(false)} />`}
    <div class="foot"><button onClick=${back}>${say("form.back")}</button>
      ${picture.deleted ? html`<button class="main" onClick=${() => mark(look.editing, "restore", /** @type {any} */ (picture))}>${say("record.restore")}</button>`
      : html`<button class="main" disabled=${form === null} onClick=${change}>${say("record.edit")}</button>`}</div></main>`;
}

/** @param {{look: Look, form: Form, section: number}} props */
function Section({ look, form, section }) {
  const { picture, local } = look, { questions, repeat } = form.sections[section], { title } = form.spokenPages[section], speaking = speakingOf(form, picture), page = `/layout/${section}`, shown = /** @type {Record<string, any>} */ (picture.shown ?? {});
  const row = (/** @type {string} */ path) => {
    if (shown[path] !== undefined && shown[path].value !== null) return html`<${Answer} key=${path} look=${look} form=${form} path=${path} shown=${shown[path]} speaking=${speaking} />`;
    if (local[path] !== undefined) return html`<div key=${path} class="answer"><dt>${labelOf(form, path, speaking)}</dt><dd>${valueOf(form, path, local[path])}<span class="hint">${say("form.stays")}</span></dd></div>`;
    return null;
  };
  const groups = repeat === null ? [questions] : itemsOf(picture.document, repeat).map((item) => questions.map((path) => item + path.slice(path.lastIndexOf("/"))));
  const items = repeat === null ? [] : itemsOf(picture.document, repeat);
  const filled = groups.map((group) => group.map(row).filter((one) => one !== null));
  if (repeat === null ? filled[0].length === 0 : filled.length === 0) return null;
  return html`<section><h2>${speaking.said(title, page)}</h2>${filled.map((rows, n) => (repeat === null ? html`<dl>${rows}</dl>` : html`<div class="item"><h3 class="daymark">${say("form.item", { what: speaking.said(title, page, items[n]), n: n + 1 })}</h3><dl>${rows}</dl></div>`))}</section>`;
}

/** @param {any} document @param {string} repeat @returns {string[]} */
function itemsOf(document, repeat) {
  let at = document;
  for (const name of paths.parse(repeat)) at = at?.[name];
  return (Array.isArray(at) ? at : []).map((item) => `${repeat}/${item._id}`);
}

/** An answer; behind a tap its author and all that was written there. @param {{look: Look, form: Form | null, path: string, shown: any, speaking?: import("../../forms/records/speaking.js").Speaking}} props */
function Answer({ look, form, path, shown, speaking }) {
  const isFresh = look.fresh.has(shown.entry) && !look.isFirst, before = look.history.filter((one) => one.answers.has(path));
  const texts = shown.texts?.length > 1 ? shown.texts : null;
  return html`<div class=${isFresh ? "answer fresh" : "answer"}><dt>${labelOf(form, path, speaking)}${isFresh && html` <span class="news">${say("mark.changed")}</span>`}</dt>
    <dd>${texts === null ? html`<p dir="auto">${valueOf(form, path, shown.value)}</p>` : texts.map((/** @type {any} */ one) => html`<p><bdi>${one.text}</bdi> <span class="hint">${whose(one.author)}, ${moment(one.at_ms)}</span></p>`)}
      <details><summary>${say("record.by", { author: whose(shown.author), when: moment(shown.at_ms) })}</summary>
        ${before.map((one) => html`<p class="hint">${moment(one.atMs)}, ${whose(one.author)}: <bdi>${valueOf(form, path, one.answers.get(path))}</bdi></p>`)}</details></dd></div>`;
}

/** The matters that wait for somebody: questions of the office, answers that differ, what was removed in parallel. @param {{look: Look, form: Form | null}} props */
function Waiting({ look, form }) {
  const { picture, editing } = look, worker = me(), conflicts = /** @type {any[]} */ (picture.conflicts ?? []);
  const decided = new Set(decisionsOf(look).keys()); // whose reasons stand with what was decided
  const comments = (picture.comments ?? []).filter((/** @type {any} */ one) => !one.texts.every((/** @type {any} */ text) => decided.has(text.entry)));
  const threads = [...(picture.questions ?? []), ...comments];
  return html`${picture.review?.state === "returned" && html`<p class="banner">${say("record.returned", { author: whose(picture.review.author), when: moment(picture.review.at_ms) })}</p>`}
    ${threads.map((/** @type {any} */ one) => html`<${Thread} key=${one.path} thread=${one} send=${(/** @type {string} */ text) => answer(editing, /** @type {any} */ (picture), new Map([[one.path, text]]))} />`)}
    ${(picture.outcomes ?? []).map((/** @type {any} */ one) => html`<${Outcome} key=${one.path} look=${look} form=${form} outcome=${one} />`)}
    ${conflicts.map((one, n) => html`<section class="torn" key=${one.id}><h2>${labelOf(form, one.path)}</h2><${BothCards} form=${form} conflict=${one} />
      ${isOwn(one, worker) ? html`<button class="main" onClick=${() => go("r", picture.record, "both", n)}>${say("both.decide")}</button>` : html`<p>${say("both.office")}</p>`}</section>`)}
    ${(picture.waiting ?? []).map((/** @type {any} */ one) => html`<p class="note" key=${one.id}>${waitsFor(form, one)}</p>`)}`;
}

/** The decision of the office about answers that differed; open until it was looked at. @param {{look: Look, form: Form | null, outcome: any}} props */
function Outcome({ look, form, outcome }) {
  const now = picture(look)[outcome.path], isFresh = look.fresh.has(outcome.entry);
  return html`<details class="more" open=${isFresh}><summary>${say("outcome.title", { what: labelOf(form, outcome.path) })}</summary>
    <p>${say("outcome.now")} <strong><bdi>${valueOf(form, outcome.path, now?.value)}</bdi></strong> <span class="hint">${whose(outcome.author)}, ${moment(outcome.at_ms)}</span></p>
    ${outcome.reason && html`<p>${say("outcome.reason")} <bdi>${outcome.reason}</bdi></p>`}
    ${(outcome.earlier ?? []).map((/** @type {any} */ word) => html`<p class="hint">${say("outcome.earlier", { who: whose(word.author), when: moment(word.at_ms) })} <bdi>${valueOf(form, outcome.path, word.value)}</bdi>${reasonIn(look, word.entry)}</p>`)}
    ${outcome.were.map((/** @type {any} */ word) => html`<p class="hint">${say("outcome.wrote", { who: whose(word.author), when: moment(word.at_ms) })} <bdi>${valueOf(form, outcome.path, word.value)}</bdi></p>`)}</details>`;
}

/** The questions that the office decided, by each entry that did it. @param {Look} look @returns {Map<string, string>} */
function decisionsOf(look) {
  return new Map((look.picture.outcomes ?? []).flatMap((/** @type {any} */ one) => [one, ...(one.earlier ?? [])].map(({ entry }) => [entry, one.path])));
}

/** The reason that stands beside an earlier decision, behind its words. @param {Look} look @param {string} entry */
function reasonIn(look, entry) {
  const text = (look.picture.comments ?? []).flatMap((/** @type {any} */ one) => one.texts).find((/** @type {any} */ one) => one.entry === entry && one.text);
  return text === undefined ? "" : html` ${say("outcome.reason")} <bdi>${text.text}</bdi>`;
}

/** The shown answers of a look. @param {Look} look @returns {Record<string, any>} */
function picture(look) {
  return /** @type {Record<string, any>} */ (look.picture.shown ?? {});
}

/** Answers that differ, beside each other. @param {{form: Form | null, conflict: any}} props */
export function BothCards({ form, conflict }) {
  return html`<div class="both">${conflict.survivors.map((/** @type {any} */ word) => html`<div class="side-card"><p dir="auto">${valueOf(form, conflict.path, word.value)}</p><p class="hint">${whose(word.author)}, ${moment(word.at_ms)}</p></div>`)}</div>`;
}

/** A question or remark about the record, with what was answered. @param {{thread: any, send: (text: string) => Promise<void>}} props */
function Thread({ thread, send }) {
  const [text, setText] = useState(""), [isEmpty, setEmpty] = useState(false), id = `t${thread.path.slice(-26)}`, isQuestion = thread.path.startsWith("/_question/");
  const submit = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setEmpty(text.trim() === "");
    if (text.trim() === "") return document.getElementById(id)?.focus();
    await send(text.trim());
    setText("");
    return undefined;
  };
  return html`<section class=${thread.open ? "thread open" : "thread"}><h2>${say(isQuestion ? (thread.open ? "thread.open" : "thread.question") : "thread.comment")}</h2>
    ${thread.texts.map((/** @type {any} */ one) => html`<p><bdi>${one.text}</bdi> <span class="hint">${whose(one.author)}, ${moment(one.at_ms)}</span></p>`)}
    ${thread.open && html`<form onSubmit=${submit}><label for=${id}>${say("thread.answer")}</label>${isEmpty && html`<p class="fault" role="alert" id=${`${id}-fault`}>${say("thread.empty")}</p>`}<textarea id=${id} rows="3" aria-invalid=${isEmpty} aria-describedby=${isEmpty ? `${id}-fault` : undefined} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)}></textarea><button class="main">${say("thread.send")}</button></form>`}</section>`;
}

/** The writers of a record and when they wrote, the last first. @param {{look: Look, form: Form | null}} props */
function History({ look, form }) {
  const decisions = decisionsOf(look), told = (/** @type {Look["history"][0]} */ one) => (decisions.has(one.entry) ? say("history.decided", { what: labelOf(form, /** @type {string} */ (decisions.get(one.entry))) }) : acted(one));
  return html`<details class="more"><summary>${say("record.history", { count: look.history.length })}</summary><ol class="history">${[...look.history].reverse().map((one) => html`<li key=${one.entry}>${moment(one.atMs)}, ${whose(one.author)}: ${told(one)}</li>`)}</ol></details>`;
}

/** The act of an entry, in words. @param {Look["history"][0]} one */
function acted({ act, answers }) {
  const count = [...answers.keys()].filter((path) => !path.includes("/_")).length;
  return act !== "write" ? say(`history.${act}`) : count === 0 ? say("history.note") : say("history.write", { count });
}
