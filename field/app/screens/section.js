/**
 * One section of a form: its questions, or its items as cards, with what is computed and what warns.
 * @module
 */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { namesIn, newItem } from "../filling/items.js";
import { hintsOn, readWords } from "../filling/hints.js";
import { lookedIn } from "../filling/references.js";
import { aboutOf, lastAbout } from "../filling/starting.js";
import { labelOf, speakingOf, titleOf, valueOf } from "../showing.js";
import { moment } from "../times.js";
import { go } from "../router.js";
import { Heading, html, language, said, say } from "../ui.js";
import { Question, idOf, sentence } from "../widgets/question.js";
import { Reference } from "../widgets/reference.js";
import { records, shelf } from "../work.js";
import { Kept } from "./kept.js";

/** @typedef {import("./filling.js").Desk} Desk */

const TAKE_BACK_MS = 10_000;

/** @param {{desk: Desk, at: number}} props */
export function SectionPage({ desk, at }) {
  const { filling, turn } = desk, { form, draft } = filling, sections = filling.sections(), n = Math.max(0, sections.indexOf(at)), section = sections[n];
  useEffect(() => {
    scrollTo(0, 0);
    void readWords();
    if (desk.sought.path !== "") focusOn(desk.sought.path);
    desk.sought.path = "";
  }, []);
  const { repeat } = form.sections[section], { title, banner } = form.spokenPages[section], speaking = speakingOf(form, filling.seen()), isLast = n === sections.length - 1, about = filling.get(aboutOf(form)?.path ?? "");
  const last = useMemo(() => (n === 0 ? lastAbout(filling, records.value) : null), [n, records.value, about]); // of ten thousand records not with every drawing
  const newest = draft.record === null ? shelf.value.newest(form.slug) : form.version;
  return html`<main class="form"><p class="part"><span>${titleOf(form.slug, form.version)}, ${filling.isCountSure() ? say("form.part", { n: n + 1, all: sections.length }) : say("form.part.only", { n: n + 1 })}</span> <${Kept} kept=${desk.kept} /></p>
    <${Heading}>${speaking.said(title, `/layout/${section}`)}<//>
    ${(records.value.find((one) => one.record === draft.record)?.cameOther ?? 0) > draft.came && html`<p class="note" role="status">${say("form.overtaken")}</p>`}
    ${newest > form.version && html`<p class="note">${say("form.newer")} <button class="small" onClick=${() => turn("newer")}>${say("form.newer.see")}</button></p>`}
    ${filling.seen().banners.includes(section) && html`<p class="banner" role="alert">${speaking.said(banner ?? {}, `/layout/${section}`)}</p>`}
    ${repeat === null ? filling.onSection(section).map((path) => html`<${Asked} key=${path} desk=${desk} path=${path} />`) : html`<${Items} desk=${desk} section=${section} repeat=${repeat} />`}
    ${n === 0 && last !== null && html`<p class="note">${say("last.offer", { when: moment(last.changedMs) })} <button class="small" onClick=${() => turn("last")}>${say("last.see")}</button></p>`}
    <nav class="foot" aria-label=${say("form.pages")}>${n > 0 ? html`<button onClick=${() => turn(sections[n - 1])}>${say("form.back")}</button>` : html`<button onClick=${() => go()}>${say("form.leave")}</button>`}
      <button onClick=${() => turn("overview")}>${say("form.overview")}</button><button class="main" onClick=${() => turn(isLast ? "finish" : sections[n + 1])}>${say("form.next")}</button></nav></main>`;
}

/** One place of a section: a question, or what the form computes. @param {{desk: Desk, path: string}} props */
function Asked({ desk, path }) {
  const { filling } = desk, { draft, form } = filling, asked = filling.question(path), speaking = speakingOf(form, filling.seen()), question = asked && speaking.question(asked, path), [taken, setTaken] = useState(/** @type {string[]} */ ([]));
  const drawn = useRef(/** @type {{face: string, filling: any, list: any, as: any} | null} */ (null));
  if (question === null) return html`<${Computed} desk=${desk} path=${path} />`;
  const isReference = question.field.form !== undefined, documents = () => lookedIn(filling, question, records.value).map((one) => one.document);
  const set = /** @type {import("../widgets/question.js").Set} */ ((value, how) => {
    if (how === "left") drawn.current = null; // what was typed is drawn as it was understood
    if (isReference && how !== "typed") {
      setTaken(filling.refer(path, value, documents()));
      desk.changed(how);
    } else desk.set(path, value, how);
  });
  const isAdded = question.merge === "append" && (draft.beside[path]?.length ?? 0) > 0, value = filling.get(path), isSame = isAdded && value === draft.base[path];
  const write = isAdded ? /** @type {typeof set} */ ((text, how) => set(text ?? draft.base[path] ?? null, how)) : set;
  const isFree = question.kind === "text" && question.schema.pattern === undefined && typeof value === "string" && !isSame;
  const findings = filling.saidAt(path).map((one) => speaking.finding(one)), hints = isFree ? hintsOn(value).map(({ group, word }) => say(`hint.${group}`, { word })) : [], list = question.listed === null ? null : shelf.value.lists.get(question.listed), offered = filling.offeredAt(path);
  const face = JSON.stringify([language.value, value, isSame, findings, hints, filling.isFirst(path), question === asked ? null : question.field, offered && [...offered]]), before = drawn.current;
  if (!isReference && before !== null && before.face === face && before.filling === filling && before.list === list) return before.as; // nothing of it changed
  const as = html`<${Question} question=${question} path=${path} value=${isSame ? null : value} set=${write} findings=${findings} isFirst=${filling.isFirst(path)} beside=${draft.beside[path]} hints=${hints} list=${list} offered=${offered}
    more=${isReference && html`<${Reference} desk=${desk} question=${question} taken=${taken} choose=${(/** @type {string} */ code) => set(code)} />`} />`;
  drawn.current = { face, filling, list, as };
  return as;
}

/** @param {{desk: Desk, path: string}} props */
function Computed({ desk, path }) {
  const { form } = desk.filling, value = desk.filling.seen().computed[path] ?? null, speaking = speakingOf(form, desk.filling.seen()), hint = speaking.field(path, "hint");
  return html`<div class="question computed"><p class="label">${labelOf(form, path, speaking)}</p>${hint && html`<p class="hint">${hint}</p>`}<output>${value === null ? say("form.computed.none") : valueOf(form, path, value)}</output></div>`;
}

/** @param {{desk: Desk, section: number, repeat: string}} props */
function Items({ desk, section, repeat }) {
  const { filling, changed } = desk, { form } = filling, items = filling.items(repeat), what = said(form.sections[section].title);
  const [open, setOpen] = useState(() => new Set([...items.slice(-1), ...items.filter((item) => desk.sought.path.startsWith(`${item}/`))])), [undo, setUndo] = useState(/** @type {{back: () => void} | null} */ (null));
  useEffect(() => {
    if (undo === null) return undefined;
    const timer = setTimeout(() => setUndo(null), TAKE_BACK_MS);
    return () => clearTimeout(timer);
  }, [undo]);
  const toggle = (/** @type {string} */ item) => setOpen((now) => new Set(now.has(item) ? [...now].filter((one) => one !== item) : [...now, item]));
  const add = () => {
    const id = newItem(Date.now());
    filling.add(repeat, id);
    setOpen(new Set([`${repeat}/${id}`]));
    changed();
    requestAnimationFrame(() => document.getElementById(`i-${id}`)?.scrollIntoView({ block: "start" }));
  };
  const remove = (/** @type {string} */ item) => {
    const back = filling.remove(item);
    setUndo({ back });
    changed();
  };
  const takeBack = () => {
    undo?.back();
    setUndo(null);
    changed();
  };
  const room = filling.room(repeat), speaking = speakingOf(form, filling.seen());
  return html`${filling.findingsAt(repeat).filter((one) => one.code !== "missing").map((one) => html`<p class="fault" role="alert">${sentence(one, null)}</p>`)}
    ${items.length === 0 && html`<p class="empty">${say("item.none")}</p>`}
    ${items.map((item, n) => html`<${Item} key=${item} desk=${desk} section=${section} item=${item} name=${say("form.item", { what: speaking.said(form.spokenPages[section].title, `/layout/${section}`, item), n: n + 1 })} isOpen=${open.has(item)} toggle=${() => toggle(item)} remove=${() => remove(item)}
      up=${n > 0 && (() => { filling.move(item, -1); changed(); })} down=${n < items.length - 1 && (() => { filling.move(item, 1); changed(); })} />`)}
    ${undo !== null && html`<p class="note" role="status">${say("item.removed")} <button class="small" onClick=${takeBack}>${say("undo")}</button></p>`}
    ${room > 0 ? html`<button class="add" onClick=${add}>${say("form.add", { what })}</button>` : html`<p class="hint">${say("item.full")}</p>`}`;
}

/** @param {any} props */
function Item({ desk, section, item, name, isOpen, toggle, remove, up, down }) {
  const { filling } = desk, id = item.slice(item.lastIndexOf("/") + 1), asked = filling.onSection(section, item);
  const words = namesIn(filling, asked).map((/** @type {string} */ path) => valueOf(filling.form, path, filling.get(path)));
  const look = filling.seen().findings.filter((/** @type {any} */ one) => one.path.startsWith(`${item}/`) && one.code !== "missing").length;
  return html`<section class="item" id=${`i-${id}`} aria-label=${name}><h2><button class="fold" aria-expanded=${isOpen} onClick=${toggle}><span>${name}</span> <bdi class="hint">${words.join(", ")}</bdi>${look > 0 && html` <span class="fault">${say("state.look", { count: look })}</span>`}</button></h2>
    ${isOpen && html`${asked.map((/** @type {string} */ path) => html`<${Asked} key=${path} desk=${desk} path=${path} />`)}
      <div class="tools">${up && html`<button class="small" onClick=${up}>${say("item.up")}</button>`}${down && html`<button class="small" onClick=${down}>${say("item.down")}</button>`}<button class="small" onClick=${remove}>${say("form.remove")}</button></div>`}</section>`;
}

/** Put the focus on the field of a place. @param {string} path */
function focusOn(path) {
  const field = document.getElementById(idOf(path)), target = /** @type {HTMLElement | null} */ (field?.matches("fieldset") ? field.querySelector("input, select") : field);
  target?.focus();
  field?.scrollIntoView({ block: "center" });
}
