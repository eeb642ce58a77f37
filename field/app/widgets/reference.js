/**
 * Below a reference: the records of this device that it can mean, the last ones first, searched by code or words; said
 * before what choosing one fills in.
 * @module
 */

import { useState } from "preact/hooks";
import { fillsIn, lookedIn, offered } from "../filling/references.js";
import { folded } from "../records/summary.js";
import { html, said, say } from "../ui.js";
import { records, shelf } from "../work.js";
import { titleOf } from "../showing.js";

const SHOWN = 8;

/** @param {{desk: import("../screens/filling.js").Desk, question: import("../../forms/definition/document.js").Question, taken: string[], choose: (value: string) => void}} props */
export function Reference({ desk, question, taken, choose }) {
  const [isOpen, setOpen] = useState(false), [text, setText] = useState("");
  const { filling } = desk, fills = fillsIn(filling, question).map((one) => said(one.field.label)), filled = taken.map((path) => said(filling.question(path)?.field.label));
  const slug = question.field.form ?? "", form = titleOf(slug);
  const filledIn = filled.length > 0 && html`<p class="hint" role="status">${say("reference.filled", { what: filled.join(", ") })}</p>`;
  if (!isOpen) return html`${filledIn}<button type="button" class="small" aria-expanded="false" onClick=${() => setOpen(true)}>${say("reference.choose", { form })}</button>`;
  const all = offered(question, lookedIn(filling, question, records.value), shelf.value.form(slug, shelf.value.newest(slug))), words = folded(text).split(/\s+/).filter(Boolean);
  const found = all.filter((one) => words.every((word) => folded([one.value, ...one.words].join(" ")).includes(word)));
  return html`${filledIn}<div class="picker"><button type="button" class="small" aria-expanded="true" onClick=${() => setOpen(false)}>${say("reference.close")}</button>
    ${fills.length > 0 && html`<p class="hint">${say("reference.fills", { what: fills.join(", ") })}</p>`}
    ${all.length === 0 ? html`<p class="hint">${say("reference.nothing", { form })}</p>` : html`<input type="search" aria-label=${say("list.search")} placeholder=${say("list.search")} autocomplete="off" onInput=${(/** @type {any} */ event) => setText(event.target.value)} />`}
    <ul class="cards">${found.slice(0, SHOWN).map((one) => html`<li><button type="button" onClick=${() => { setOpen(false); choose(one.value); }}><strong>${one.value}</strong><span>${one.words.join(", ")}</span></button></li>`)}</ul>
    ${found.length > SHOWN && html`<p class="hint">${say("list.refine", { count: found.length - SHOWN })}</p>`}</div>`;
}
