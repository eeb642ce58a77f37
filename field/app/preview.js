/**
 * A form as a worker would meet it, in a frame of a page of the desk: the same screens and rules, and nothing is sent,
 * sealed or kept. The page carries the document and the municipality's lists, and lets this frame reach no server.
 * @module
 */

import { signal } from "@preact/signals";
import { render } from "preact";
import { useMemo, useReducer, useState } from "preact/hooks";
import { Shelf } from "../device/forms.js";
import { newDraft } from "./filling/draft.js";
import { Filling } from "./filling/filling.js";
import { Overview } from "./screens/overview.js";
import { SectionPage } from "./screens/section.js";
import { today } from "./showing.js";
import { html, speak } from "./ui.js";
import { shelf } from "./work.js";

/** @param {{form: import("../forms/definition/document.js").Form}} props */
function Preview({ form }) {
  const [at, turn] = useState(/** @type {string | number} */ (0)), [, redraw] = useReducer((/** @type {number} */ n) => n + 1, 0);
  const filling = useMemo(() => new Filling(form, newDraft("preview", form, Date.now()), { today: today(), lists: shelf.value.codes() }), [form]), kept = useMemo(() => signal(""), []);
  const changed = () => redraw(0), set = (/** @type {string} */ path, /** @type {unknown} */ value) => {
    filling.set(path, value);
    redraw(0);
  };
  const desk = { filling, kept, changed, set, turn, sought: { path: "" } };
  if (at === "overview" || at === "finish") return html`<${Overview} desk=${desk} />`;
  return html`<${SectionPage} key=${at} desk=${desk} at=${Number(at) || 0} />`;
}

const place = /** @type {HTMLElement} */ (document.getElementById("app"));
const { form, lists } = JSON.parse(document.getElementById("form")?.textContent ?? "");
const kept = localStorage.getItem("language");
await speak(document.documentElement.lang === "en" ? "en" : "nl");
if (kept === null) localStorage.removeItem("language"); // the app of whoever works in this browser too speaks as before
else localStorage.setItem("language", kept);
const raw = (/** @type {unknown} */ one) => new TextEncoder().encode(JSON.stringify(one)), digest = new Uint8Array(32);
shelf.value = new Shelf([{ form: form.form, version: form.version, digest, raw: raw(form) }, ...lists.map((/** @type {any} */ one) => ({ form: `list/${one.list}`, version: one.version, digest, raw: raw(one) }))], new Map());
render(html`<${Preview} form=${shelf.value.form(form.form, form.version)} />`, place);
