/**
 * Questions that are answered by choosing: yes or no, one of some, several of some. Short lists stand open with large
 * targets; long ones and those of the municipality are searched. Nothing is chosen beforehand, and a choice can be undone.
 * @module
 */

import { useState } from "preact/hooks";
import { folded } from "../records/summary.js";
import { html, said, say } from "../ui.js";

const OPEN_MAX = 14; // what can be looked over without searching
const SHOWN = 30;
const FILTER_MAX = 24; // an attribute of more values is none to filter by

/** @typedef {{value: any, label: string, attributes: Record<string, string>, isRetired: boolean, isStray?: boolean}} Option */

/** @param {import("../../forms/definition/document.js").Question} question @param {any} list @returns {Option[]} */
export function optionsOf(question, list) {
  if (question.kind === "boolean") return [true, false].map((value) => ({ value, label: say(value ? "yes" : "no"), attributes: {}, isRetired: false }));
  if (question.listed !== null) return (list?.items ?? []).map((/** @type {any} */ item) => ({ value: item.code, label: said(item.label) || item.code, attributes: item.attributes ?? {}, isRetired: item.retired === true }));
  return question.codes.map((code) => ({ value: code, label: said(question.field.choices?.[code]) || code, attributes: {}, isRetired: false }));
}

/** @param {{question: import("../../forms/definition/document.js").Question, id: string, value: any, set: (value: unknown) => void, list: any, offered?: Set<string> | null}} props */
export function Choices({ question, id, value, set, list, offered: fitting = null }) {
  const isMany = question.kind === "choices", chosen = isMany ? (Array.isArray(value) ? value : []) : value === null ? [] : [value];
  const fits = (/** @type {Option} */ one) => fitting === null || fitting.has(one.value);
  const options = optionsOf(question, list).map((one) => ({ ...one, isStray: !fits(one) })), offered = options.filter((one) => (!one.isRetired && !one.isStray) || chosen.includes(one.value));
  const strays = chosen.filter((/** @type {any} */ code) => !options.some((one) => one.value === code)).map((/** @type {any} */ code) => ({ value: code, label: String(code), attributes: {}, isRetired: true }));
  const pick = (/** @type {any} */ code) => {
    if (!isMany) return set(code);
    const left = chosen.filter((/** @type {any} */ one) => one !== code);
    if (left.length < chosen.length) return set(left.length === 0 ? null : left);
    return set([...offered, ...strays].map((one) => one.value).filter((one) => one === code || chosen.includes(one)));
  };
  const shared = { id, isMany, chosen, pick, options: [...offered, ...strays] }, clear = () => set(null);
  const widget = question.field.widget;
  if (question.listed !== null && options.length === 0) return html`<p class="hint">${say("list.lacking")}</p>`;
  if (offered.length + strays.length === 0) return html`<p class="hint" role="status">${say("list.nothing-fits")}</p>`;
  const isLong = offered.length > OPEN_MAX;
  if (widget === "dropdown" && !isMany && !isLong) return html`<${Dropdown} ...${shared} clear=${clear} />`;
  return html`${isLong ? html`<${Searched} ...${shared} />` : html`<div class=${`options ${widget === "likert" || widget === "compact" || question.kind === "boolean" ? "compact" : ""}`}>${shared.options.map((one) => html`<${Option_} key=${one.value} ...${shared} option=${one} />`)}</div>`}
    ${chosen.length > 0 && !isMany && html`<button type="button" class="small quiet" onClick=${clear}>${say("form.clear")}</button>`}`;
}

/** @param {any} props */
function Option_({ id, isMany, chosen, pick, option }) {
  const isChosen = chosen.includes(option.value);
  return html`<label class="option"><input type=${isMany ? "checkbox" : "radio"} name=${id} checked=${isChosen} onChange=${() => pick(option.value)} /> <span>${option.label}</span>${option.isStray && html` <span class="mind">${say("list.stray")}</span>`}</label>`;
}

/** @param {any} props */
function Dropdown({ id, chosen, pick, options, clear }) {
  return html`<select id=${`${id}-list`} aria-labelledby=${`${id}-name`} value=${chosen[0] ?? ""} onChange=${(/** @type {any} */ event) => (event.target.value === "" ? clear() : pick(event.target.value))}>
    <option value="">${say("form.none")}</option>${options.map((/** @type {Option} */ one) => html`<option value=${one.value} selected=${chosen.includes(one.value)}>${one.label}${one.isStray && ` (${say("list.stray")})`}</option>`)}</select>`;
}

/** Attributes with few enough values to choose by. @param {Option[]} options @returns {[string, string[]][]} */
export function filtersOf(options) {
  const names = [...new Set(options.flatMap((one) => Object.keys(one.attributes)))];
  const of = names.map((name) => /** @type {[string, string[]]} */ ([name, [...new Set(options.map((one) => one.attributes[name]).filter((value) => typeof value === "string" && value !== ""))].sort()]));
  return of.filter(([, values]) => values.length > 1 && values.length <= FILTER_MAX);
}

/** @param {any} props */
function Searched(props) {
  const { id, chosen, options } = props, [text, setText] = useState(""), [by, setBy] = useState(/** @type {Record<string, string>} */ ({})), [shown, setShown] = useState(SHOWN);
  const words = folded(text).split(/\s+/).filter(Boolean), filters = filtersOf(options);
  const found = options.filter((/** @type {Option} */ one) => words.every((word) => folded(one.label).includes(word)) && Object.entries(by).every(([name, value]) => value === "" || one.attributes[name] === value));
  const first = found.filter((/** @type {Option} */ one) => chosen.includes(one.value)), rest = found.filter((/** @type {Option} */ one) => !chosen.includes(one.value));
  return html`<div class="searched">
    <input type="search" aria-label=${say("list.search")} placeholder=${say("list.search")} autocomplete="off" onInput=${(/** @type {any} */ event) => { setText(event.target.value); setShown(SHOWN); }} />
    ${filters.map(([name, values]) => html`<label class="filter" for=${`${id}-${name}`}><span>${name}</span><select id=${`${id}-${name}`} onChange=${(/** @type {any} */ event) => setBy({ ...by, [name]: event.target.value })}><option value="">${say("list.all")}</option>${values.map((value) => html`<option value=${value}>${value}</option>`)}</select></label>`)}
    <p class="hint" role="status">${say("list.count", { count: found.length })}</p>
    <div class="options">${[...first, ...rest].slice(0, shown).map((one) => html`<${Option_} key=${one.value} ...${props} option=${one} />`)}</div>
    ${found.length > shown && html`<button type="button" class="small" onClick=${() => setShown(shown + SHOWN)}>${say("list.more", { count: found.length - shown })}</button>`}</div>`;
}
