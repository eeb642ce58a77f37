/**
 * One question as it is asked: a label, a hint, the field for its kind, what colleagues answered, and what does not fit
 * once the worker was there.
 * @module
 */

import { html, said, say } from "../ui.js";
import { answerIn, whose } from "../showing.js";
import { moment } from "../times.js";
import { Choices } from "./choices.js";
import { Day, NumberField, TextField, TimeField } from "./typed.js";

/** @typedef {import("../../forms/definition/document.js").Question} Asked */
/** @typedef {(value: unknown, how?: "typed" | "left") => void} Set `typed` while keys are pressed, `left` when the field is: what follows is drawn a moment later */
/**
 * @typedef {object} Props
 * @property {Asked} question @property {string} path @property {any} value
 * @property {Set} set
 * @property {any[]} findings
 * @property {import("../filling/draft.js").Word[]} [beside] what others answered
 * @property {string[]} [hints] about what was typed
 * @property {any} [list] of the municipality
 * @property {ReadonlySet<string> | null} [offered] the choices that fit what was answered before; null: all of them
 * @property {import("../filling/draft.js").Draft["base"][string]} [before] of a text to which is only added
 * @property {boolean} [isFirst] the app answered it at the beginning
 * @property {any} [more] below the field
 */

/** The id of a field in the page. @param {string} path */
export function idOf(path) {
  return `q${path.replaceAll("/", "-")}`;
}

const GROUPED = new Set(["choice", "choices", "boolean", "date"]);
/** Kinds that this app has no field for yet. */
const LATER = new Set(["photo", "sound", "position"]);

/** @param {Props} props */
export function Question({ question, path, value, set, findings, beside = [], hints = [], list, isFirst = false, offered = null, more }) {
  const { field, kind } = question, id = idOf(path), hint = said(field.hint), isMonth = field.widget === "month";
  const isGroup = GROUPED.has(kind) || isMonth;
  const about = [hint && `${id}-hint`, findings.length > 0 && `${id}-fault`, hints.length > 0 && `${id}-mind`].filter(Boolean).join(" ") || undefined;
  const inside = html`
    ${hint && html`<p class="hint" id=${`${id}-hint`}>${hint}</p>`}
    ${question.localOnly && html`<p class="hint stays">${say("form.stays")}</p>`}
    <${Beside} question=${question} words=${beside} />
    ${LATER.has(field.widget ?? "") ? html`<p class="hint">${say("form.later")}</p>` : html`<${Field} question=${question} id=${id} path=${path} value=${value} set=${set} about=${about} list=${list} offered=${offered} isFaulty=${findings.length > 0} />`}
    ${isFirst && html`<p class="hint">${say("form.first")}</p>`}
    ${more}
    <div aria-live="polite">
      ${findings.length > 0 && html`<div id=${`${id}-fault`}>${findings.map((one) => html`<p class=${one.code === "check-error" || !one.code.startsWith("check-") ? "fault" : "mind"}>${sentence(one, question)}</p>`)}</div>`}
      ${hints.length > 0 && html`<div id=${`${id}-mind`}>${hints.map((text) => html`<p class="mind">${text}</p>`)}</div>`}
    </div>`;
  if (isGroup) return html`<fieldset class="question" id=${id} aria-describedby=${about}><legend id=${`${id}-name`}>${said(field.label)}</legend>${inside}</fieldset>`;
  return html`<div class="question"><label for=${id}>${said(field.label)}</label>${inside}</div>`;
}

/** The sentence of a finding. @param {any} finding @param {Asked | null} question */
export function sentence(finding, question) {
  if (finding.say !== undefined) return said(finding.say);
  const name = finding.code === "wrong-kind" && ["integer", "decimal"].includes(question?.kind ?? "") ? (question?.kind === "integer" ? "finding.not-whole" : "finding.not-a-number") : `finding.${finding.code}`;
  const text = say(name, { limit: String(finding.limit ?? "").replace(".", ",") });
  return text === name ? say("finding.other") : text;
}

/** The answers that others gave here, or wrote before, with author and time. @param {{question: Asked, words: import("../filling/draft.js").Word[]}} props */
function Beside({ question, words }) {
  if (words.length === 0) return null;
  const isAdded = question.merge === "append";
  return html`<div class="beside"><p class="hint">${say(isAdded ? "form.before" : "form.differs")}</p>
    ${words.map((word) => html`<p class="word"><bdi>${answerIn(question.field, question.kind, word.value)}</bdi> <span class="hint">${whose(word.author)}, ${moment(word.at_ms)}</span></p>`)}</div>`;
}

/** @param {any} props */
function Field(props) {
  const { question, id, value, set, about, list, offered, isFaulty, path } = props, { kind, field } = question;
  if (kind === "boolean" || kind === "choice" || kind === "choices") return html`<${Choices} question=${question} id=${id} value=${value} set=${set} list=${list} offered=${offered} />`;
  const shared = { id, value, set, about, isFaulty, path };
  if (kind === "integer" || kind === "decimal") return html`<${NumberField} ...${shared} schema=${question.schema} isSlider=${field.widget === "slider"} isWhole=${kind === "integer"} label=${said(field.label)} />`;
  if (kind === "date" || field.widget === "month") return html`<${Day} ...${shared} isMonth=${field.widget === "month"} />`;
  if (field.widget === "time") return html`<${TimeField} ...${shared} />`;
  return html`<${TextField} ...${shared} isLong=${field.widget === "multiline"} isCode=${question.schema.pattern !== undefined} />`;
}
