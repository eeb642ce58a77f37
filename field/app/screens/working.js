/**
 * The day: what waits and what there is, a form page by page, and a record with who wrote what.
 * @module
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as paths from "../../forms/paths.js";
import { Examiner } from "../../forms/relevance.js";
import { answered, askedOn, itemsOf, newItem, questionOf, seenNow } from "../asking.js";
import { html, said, say, when } from "../ui.js";
import { begin, drafts, keepDraft, records, saveDraft, shelf } from "../work.js";
import { Question } from "../widgets/question.js";

/** @typedef {import("../work.js").Draft} Draft */
/** @typedef {import("../../forms/document.js").Form} Form */

/** @param {string} slug @param {number} version */
function titleOf(slug, version) {
  return said((shelf.value.form(slug, version) ?? shelf.value.form(slug, shelf.value.newest(slug)))?.document.title) || slug;
}

/** @param {{go: any}} props */
export function Today({ go }) {
  const isEmpty = drafts.value.length === 0 && records.value.length === 0;
  return html`<main><h1>${say("today.title")}</h1>
    ${drafts.value.length > 0 && html`<h2>${say("today.drafts")}</h2><ul class="cards">${drafts.value.map((draft) => html`<li><button onClick=${() => go("form", { draft })}>${say("today.draft", { form: titleOf(draft.form, draft.version), when: when(draft.begun) })}</button></li>`)}</ul>`}
    ${records.value.length > 0 && html`<h2>${say("today.records")}</h2><ul class="cards">${records.value.map((one) => html`<li><button onClick=${() => go("record", { record: one.record })}><strong>${titleOf(one.form, one.version)}</strong><span>${when(one.changed_ms ?? 0)}</span>${one.conflicts && html`<span class="fault">${say("today.conflict", { count: one.conflicts.length })}</span>`}</button></li>`)}</ul>`}
    ${isEmpty && html`<p>${say("today.none")}</p>`}<button class="main foot" onClick=${() => go("new")}>${say("today.new")}</button></main>`;
}

/** @param {{go: any}} props */
export function NewForm({ go }) {
  const offered = shelf.value.offered();
  return html`<main><h1>${say("new.title")}</h1>${offered.length === 0 && html`<p>${say("new.none")}</p>`}
    <ul class="cards">${offered.map((form) => html`<li><button onClick=${async () => go("form", { draft: await begin(form) })}><strong>${said(form.document.title)}</strong><span>${form.document.purpose}</span></button></li>`)}</ul></main>`;
}

/** @param {{draft: Draft, go: any}} props */
export function FormPage({ draft: first, go }) {
  const [draft, setDraft] = useState(first), [page, setPage] = useState(0), [kept, setKept] = useState(false), latest = useRef(first), heading = useRef(/** @type {any} */ (null));
  const form = /** @type {Form} */ (shelf.value.form(draft.form, draft.version));
  const examiner = useMemo(() => new Examiner(form, shelf.value.codes()), [form]), seen = seenNow(form, examiner, draft), hidden = new Set(seen.hidden);
  const pages = form.sections.map((_, n) => n).filter((n) => form.sections[n].repeat !== null ? !hidden.has(/** @type {string} */ (form.sections[n].repeat)) : askedOn(form, draft, n, hidden).length > 0);
  const set = (/** @type {string} */ path, /** @type {unknown} */ value) => {
    latest.current = answered(latest.current, path, value); // always the latest draft: a field may report late
    setDraft(latest.current);
    setKept(false);
  };
  useEffect(() => {
    if (draft === first && draft.touched.length === 0) return undefined;
    const timer = setTimeout(() => keepDraft(draft).then(() => setKept(true)), 300);
    return () => clearTimeout(timer);
  }, [draft]);
  useEffect(() => heading.current?.focus(), [page]);
  if (page >= pages.length) return html`<${Finish} draft=${draft} form=${form} seen=${seen} back=${() => setPage(pages.length - 1)} go=${go} heading=${heading} />`;
  const section = form.sections[pages[page]], faults = new Map();
  for (const one of seen.findings) faults.set(one.path, [...(faults.get(one.path) ?? []), one]);
  const ask = (/** @type {string} */ path) => html`<${Question} key=${path} question=${questionOf(form, path)} path=${path} value=${draft.answers[path] ?? null} set=${(/** @type {unknown} */ value) => set(path, value)}
    findings=${draft.touched.includes(path) ? (faults.get(path) ?? []) : []} list=${shelf.value.lists.get(questionOf(form, path)?.listed ?? "")} />`;
  const asked = askedOn(form, draft, pages[page], hidden), { repeat } = section;
  return html`<main><p class="part">${said(form.document.title)}, ${say("form.part", { n: page + 1, all: pages.length })} <span class="kept" aria-live="polite">${kept ? say("form.kept") : ""}</span></p><h1 tabindex="-1" ref=${heading}>${said(section.title)}</h1>
    ${seen.banners.includes(pages[page]) && html`<p class="banner" role="note">${said(section.banner ?? {})}</p>`}
    ${repeat === null ? asked.map(ask) : itemsOf(draft, repeat).map((item, n) => html`<section class="item" key=${item}><h2>${say("form.item", { what: said(section.title), n: n + 1 })}</h2>${asked.filter((path) => path.startsWith(`${item}/`)).map(ask)}<button onClick=${() => set(item, null)}>${say("form.remove")}</button></section>`)}
    ${repeat !== null && html`<button onClick=${() => set(`${repeat}/${newItem(Date.now())}`, {})}>${say("form.add", { what: said(section.title) })}</button>`}
    <div class="foot">${page > 0 && html`<button onClick=${() => setPage(page - 1)}>${say("form.back")}</button>`}<button class="main" onClick=${() => setPage(page + 1)}>${say("form.next")}</button></div></main>`;
}

/** @param {any} props */
function Finish({ draft, form, seen, back, go, heading }) {
  const [saved, setSaved] = useState(false);
  const save = async () => {
    await saveDraft(draft);
    setSaved(true);
  };
  if (saved) return html`<main class="calm"><h1 tabindex="-1" ref=${heading}>${say("finish.saved")}</h1><button class="main" onClick=${() => go("today")}>${say("today.title")}</button></main>`;
  return html`<main><h1 tabindex="-1" ref=${heading}>${say("finish.title")}</h1>${seen.findings.length === 0 ? html`<p>${say("finish.fine")}</p>` : html`<p>${say("finish.missing")}</p><ul>${seen.findings.map((/** @type {any} */ one) => html`<li>${said(questionOf(form, one.path)?.field.label) || one.path}${one.say ? `: ${said(one.say)}` : ""}</li>`)}</ul>`}
    <div class="foot"><button onClick=${back}>${say("form.back")}</button><button class="main" onClick=${save}>${say("finish.save")}</button></div></main>`;
}

/** @param {{record: string, go: any}} props */
export function RecordPage({ record, go }) {
  const picture = records.value.find((one) => one.record === record), form = picture && shelf.value.form(picture.form, picture.columns);
  if (picture === undefined || form === null || form === undefined) return html`<main><p>${say("today.none")}</p></main>`;
  const shown = /** @type {Record<string, any>} */ (picture.shown ?? {});
  const edit = async () => {
    const items = Object.fromEntries(Object.keys(shown).flatMap(paths.itemsAlong).map((item) => [item, {}]));
    const answers = Object.fromEntries(Object.entries(shown).filter(([, one]) => one.in_form !== false).map(([path, one]) => [path, one.value]));
    go("form", { draft: await begin(/** @type {Form} */ (form), record, { ...items, ...answers }) });
  };
  return html`<main><h1>${said(form.document.title)}</h1>${picture.deleted && html`<p class="fault">${say("record.deleted")}</p>`}
    ${(picture.conflicts ?? []).map((/** @type {any} */ one) => html`<section class="item"><h2>${labelOf(form, one.path)}</h2><p>${say("record.conflict")}</p><div class="both">${one.survivors.map((/** @type {any} */ word) => html`<div><p>${valueOf(form, one.path, word.value)}</p><p class="hint">${say("record.by", { author: word.author, when: when(word.at_ms) })}</p></div>`)}</div></section>`)}
    <dl>${Object.entries(shown).filter(([, one]) => one.value !== null).map(([path, one]) => html`<dt>${labelOf(form, path)}</dt><dd>${valueOf(form, path, one.value)}<span class="hint">${say("record.by", { author: one.author, when: when(one.at_ms) })}</span></dd>`)}</dl>
    ${picture.hidden && html`<h2>${say("record.hidden")}</h2><dl>${picture.hidden.map((/** @type {any} */ one) => html`<dt>${labelOf(form, one.path)}</dt><dd>${valueOf(form, one.path, one.shown.value)}</dd>`)}</dl>`}
    <button class="main foot" onClick=${edit}>${say("record.edit")}</button></main>`;
}

/** @param {Form} form @param {string} path */
function labelOf(form, path) {
  return said(form.document.fields[paths.template(path)]?.label) || path;
}

/** An answer in words. @param {Form} form @param {string} path @param {any} value @returns {string} */
function valueOf(form, path, value) {
  const field = form.document.fields[paths.template(path)];
  if (Array.isArray(value)) return value.map((one) => valueOf(form, path, one)).join(", ");
  if (typeof value === "boolean") return say(value ? "yes" : "no");
  return said(field?.choices?.[value]) || String(value);
}
