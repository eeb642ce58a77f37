/**
 * One question as it is asked: a label, a hint, the field for its kind, and what does not fit once it was touched.
 * @module
 */

import { html, said, say } from "../ui.js";

/** @typedef {import("../../forms/document.js").Question} Question */
/** @typedef {{question: Question, path: string, value: any, set: (value: unknown) => void, findings: {code: string}[], list: any}} Props */

/** @param {Props} props */
export function Question({ question, path, value, set, findings, list }) {
  const { field } = question, id = `q${path.replaceAll("/", "-")}`, hint = said(field.hint), isGroup = ["choice", "choices", "boolean"].includes(question.kind);
  const about = [hint && `${id}-hint`, findings.length > 0 && `${id}-fault`].filter(Boolean).join(" ") || undefined;
  const inside = html`
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    <${Field} question=${question} id=${id} value=${value} set=${set} about=${about} list=${list} />
    ${findings.map(({ code }) => html`<p class="fault" id=${`${id}-fault`}>${say(code === "missing" ? "finding.missing" : "finding.other", { code })}</p>`)}`;
  if (isGroup) return html`<fieldset class="question" aria-describedby=${about}><legend>${said(field.label)}</legend>${inside}</fieldset>`;
  return html`<div class="question"><label for=${id}>${said(field.label)}</label>${inside}</div>`;
}

/** @param {any} props */
function Field({ question, id, value, set, about, list }) {
  const { kind, field } = question;
  if (kind === "boolean") return Options({ id, chosen: value, set, options: [[true, say("yes")], [false, say("no")]] });
  if (kind === "choice") return Options({ id, chosen: value, set, options: optionsOf(question, list) });
  if (kind === "choices") return Options({ id, chosen: value ?? [], set, options: optionsOf(question, list), isMany: true });
  const text = value === null || value === undefined ? "" : String(value).replace(".", kind === "decimal" ? "," : ".");
  if (kind === "integer" || kind === "decimal") {
    return html`<input id=${id} inputmode="decimal" autocomplete="off" aria-describedby=${about} value=${text} onInput=${(/** @type {any} */ event) => set(numberOf(event.target.value))} />`;
  }
  if (kind === "date") return html`<input id=${id} type="date" aria-describedby=${about} value=${text} onInput=${(/** @type {any} */ event) => set(event.target.value || null)} />`;
  const write = (/** @type {any} */ event) => set(event.target.value === "" ? null : event.target.value);
  if (field.widget === "multiline") return html`<textarea id=${id} rows="5" aria-describedby=${about} onInput=${write}>${text}</textarea>`;
  return html`<input id=${id} autocomplete="off" aria-describedby=${about} value=${text} onInput=${write} />`;
}

/** @param {import("../../forms/document.js").Question} question @param {any} list @returns {[string, string][]} */
function optionsOf(question, list) {
  if (question.listed !== null) return (list?.items ?? []).filter((/** @type {any} */ item) => !item.retired).map((/** @type {any} */ item) => [item.code, said(item.label)]);
  return question.codes.map((code) => [code, said(question.field.choices?.[code]) || code]);
}

/** @param {{id: string, chosen: any, set: (value: unknown) => void, options: [any, string][], isMany?: boolean}} props */
function Options({ id, chosen, set, options, isMany = false }) {
  const pick = (/** @type {any} */ code) => {
    if (!isMany) return set(chosen === code ? null : code);
    return set(chosen.includes(code) ? chosen.filter((/** @type {any} */ one) => one !== code) : [...chosen, code]);
  };
  return html`<div class="options">${options.map(([code, label]) => {
    const isChosen = isMany ? chosen.includes(code) : chosen === code;
    return html`<label class="option"><input type=${isMany ? "checkbox" : "radio"} name=${id} checked=${isChosen} onClick=${() => pick(code)} /> <span>${label}</span></label>`;
  })}</div>`;
}

/** A number as people type it, with a comma or a point; what is none stays as it was typed. @param {string} text */
function numberOf(text) {
  if (text.trim() === "") return null;
  const plain = text.trim().replace(",", ".");
  return /^-?\d+(\.\d+)?$/.test(plain) ? Number(plain) : text;
}
