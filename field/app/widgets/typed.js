/**
 * Fields that are typed into. What stands in them is the browser's while somebody types: nothing is drawn over a comma
 * that was just typed. An answer that changes by itself (taken over, taken back) is drawn.
 * @module
 */

import { useLayoutEffect, useRef } from "preact/hooks";
import { dateOf, numberOf, numberText, partsOf, timeOf } from "../filling/typed.js";
import { html, say } from "../ui.js";
import { today } from "../showing.js";

/** @typedef {{id: string, value: any, set: import("./question.js").Set, about?: string, isFaulty: boolean}} Shared */

/** A field that shows a text unless somebody is typing in it. @param {string} text */
function useText(text) {
  const field = useRef(/** @type {any} */ (null));
  useLayoutEffect(() => {
    if (field.current !== null && field.current !== document.activeElement && field.current.value !== text) field.current.value = text;
  });
  return field;
}

/** @param {{target: any}} event */
const typed = (event) => event.target.value;

/** @param {Shared & {isLong: boolean, isCode: boolean}} props */
export function TextField({ id, value, set, about, isFaulty, isLong, isCode }) {
  const text = value === null ? "" : String(value), field = useText(text);
  const shared = {
    id, ref: field, defaultValue: text, "aria-describedby": about, "aria-invalid": isFaulty, autocomplete: "off", dir: "auto",
    onInput: (/** @type {any} */ event) => set(typed(event) === "" ? null : typed(event), "typed"), onChange: (/** @type {any} */ event) => set(typed(event) === "" ? null : typed(event), "left"),
  };
  if (isLong) return html`<textarea rows="5" ...${shared}></textarea>`;
  return html`<input ...${shared} spellcheck=${!isCode} autocapitalize=${isCode ? "characters" : "sentences"} />`;
}

/** @param {Shared & {schema: any, isSlider: boolean, isWhole: boolean, label: string}} props */
export function NumberField({ id, value, set, about, isFaulty, schema, isSlider, isWhole, label }) {
  const field = useText(numberText(value)), { minimum, maximum, multipleOf } = schema;
  const box = html`<input id=${id} ref=${field} class="short" inputmode=${isWhole && !(minimum < 0) ? "numeric" : "decimal"} autocomplete="off" aria-describedby=${about} aria-invalid=${isFaulty} defaultValue=${numberText(value)}
    onInput=${(/** @type {any} */ event) => set(numberOf(typed(event)), "typed")} onChange=${(/** @type {any} */ event) => set(numberOf(typed(event)), "left")} />`;
  if (!isSlider) return box;
  return html`<div class="slider">${box}<input type="range" class=${typeof value === "number" ? "" : "unset"} aria-label=${label} min=${minimum} max=${maximum} step=${multipleOf ?? (isWhole ? 1 : "any")} value=${typeof value === "number" ? value : minimum}
    aria-valuetext=${typeof value === "number" ? numberText(value) : say("answer.none")} onInput=${(/** @type {any} */ event) => set(Number(typed(event)))}
    onClick=${(/** @type {any} */ event) => value === null && set(Number(typed(event)))} /></div>`;
}

/** A day in three fields, or a month in two: no browser's own calendar, which follows its language and not ours. @param {Shared & {isMonth: boolean}} props */
export function Day({ id, value, set, about, isFaulty, isMonth }) {
  const count = isMonth ? 2 : 3, parts = partsOf(value, count), fields = useRef(/** @type {any[]} */ ([]));
  useLayoutEffect(() => {
    if (fields.current.includes(document.activeElement)) return;
    parts.forEach((part, n) => {
      if (fields.current[n].value !== part) fields.current[n].value = part;
    });
  });
  const read = () => dateOf(fields.current.slice(0, count).map((field) => field.value));
  const part = (/** @type {number} */ n, /** @type {string} */ name, /** @type {number} */ size) => html`<label class="part" for=${`${id}-${name}`}><span>${say(`date.${name}`)}</span>
    <input id=${`${id}-${name}`} ref=${(/** @type {any} */ field) => { fields.current[n] = field ?? fields.current[n]; }} inputmode="numeric" autocomplete="off" maxlength=${size} size=${size} aria-describedby=${about} aria-invalid=${isFaulty} defaultValue=${parts[n]}
      onInput=${() => set(read(), "typed")} onChange=${() => set(read(), "left")} /></label>`;
  return html`<div class="day">${!isMonth && part(2, "day", 2)}${part(1, "month", 2)}${part(0, "year", 4)}
    ${!isMonth && html`<button type="button" class="small" onClick=${() => set(today())}>${say("date.now")}</button>`}</div>`;
}

/** @param {Shared} props */
export function TimeField({ id, value, set, about, isFaulty }) {
  const text = value === null ? "" : String(value), field = useText(text);
  return html`<input id=${id} ref=${field} class="short" inputmode="numeric" placeholder="14:30" autocomplete="off" aria-describedby=${about} aria-invalid=${isFaulty} defaultValue=${text}
    onInput=${(/** @type {any} */ event) => set(timeOf(typed(event)), "typed")} onChange=${(/** @type {any} */ event) => set(timeOf(typed(event)), "left")} />`;
}
