/**
 * Two answers to one question, written without knowledge of each other: the worker whose words they are decides, having
 * seen both.
 * @module
 */

import { useState } from "preact/hooks";
import { canonical } from "../../forms/answers.js";
import { isOwn } from "../records/summary.js";
import { labelOf, valueOf, whose } from "../showing.js";
import { moment } from "../times.js";
import { go, instead } from "../router.js";
import { Heading, html, said, say } from "../ui.js";
import { Question } from "../widgets/question.js";
import { answer, me, shelf } from "../work.js";
import { NoRecord, Opening, useLook } from "./record.js";

/** @param {{record: string, number: number}} props which of the record's conflicts */
export function BothScreen({ record, number }) {
  const [look, where] = useLook(record), [other, setOther] = useState(/** @type {unknown} */ (undefined)), [isOther, setIsOther] = useState(false), [busy, setBusy] = useState(false);
  const conflict = look?.picture.conflicts?.[number], picture = /** @type {any} */ (look?.picture), form = look === null ? null : shelf.value.form(picture.form ?? "", picture.columns ?? 0);
  if (where !== "here") return html`<${NoRecord} why=${where} />`;
  if (look === null) return html`<${Opening} />`;
  if (conflict === undefined || !isOwn(conflict, me())) return html`<main class="calm"><${Heading}>${say(conflict === undefined ? "both.done" : "both.office")}<//><button class="main" onClick=${() => instead("r", record)}>${say("both.record")}</button></main>`;
  const decide = async (/** @type {unknown} */ value) => {
    setBusy(true);
    try {
      await answer(look.editing, picture, new Map([[conflict.path, value]]));
      instead("r", record);
    } finally {
      setBusy(false); // what the store met is said above; it can be tried again
    }
  };
  const question = form?.leaf(conflict.path) ?? null, values = [...new Map(conflict.survivors.map((/** @type {any} */ word) => [canonical(word.value), word])).values()];
  return html`<main class="form"><${Heading}>${labelOf(form, conflict.path)}<//>${question !== null && said(question.field.hint) !== "" && html`<p class="hint">${said(question.field.hint)}</p>`}<p>${say("both.text")}</p>
    <div class="both">${values.map((/** @type {any} */ word, n) => html`<div class="side-card" key=${word.entry}><p class="value" dir="auto">${valueOf(form, conflict.path, word.value)}</p><p class="hint">${conflict.survivors.filter((/** @type {any} */ one) => canonical(one.value) === canonical(word.value)).map((/** @type {any} */ one) => `${whose(one.author)}, ${moment(one.at_ms)}`).join("; ")}</p>
      <button class="main" disabled=${busy} onClick=${() => decide(word.value)}>${say(n === 0 ? "both.this" : "both.that")}</button></div>`)}</div>
    ${question !== null && (isOther ? html`<${Question} question=${question} path=${conflict.path} value=${other ?? null} set=${setOther} findings=${[]} list=${shelf.value.lists.get(question.listed ?? "")} />
      <button class="main" disabled=${busy || other === undefined || other === null} onClick=${() => decide(other)}>${say("finish.save")}</button>` : html`<button onClick=${() => setIsOther(true)}>${say("both.other")}</button>`)}
    <div class="foot"><button onClick=${() => go("r", record)}>${say("both.later")}</button></div></main>`;
}
