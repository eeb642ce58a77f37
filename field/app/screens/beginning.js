/**
 * The choice of a form to begin: by title and purpose, the last used first; retired ones are not offered.
 * @module
 */

import { purposeIn } from "../purpose.js";
import { back, instead } from "../router.js";
import { Heading, html, language, said, say } from "../ui.js";
import { begin, drafts, records, shelf } from "../work.js";

export function NewScreen() {
  const used = [...drafts.value.map((one) => one.form), ...records.value.map((one) => one.form)];
  const rank = (/** @type {string} */ slug) => (used.includes(slug) ? used.indexOf(slug) : used.length);
  const offered = shelf.value.offered().sort((a, b) => rank(a.slug) - rank(b.slug) || said(a.document.title).localeCompare(said(b.document.title)));
  const start = async (/** @type {import("../../forms/definition/document.js").Form} */ form) => instead("d", (await begin(form)).id, 0);
  return html`<main><${Heading}>${say("new.title")}<//>${offered.length === 0 && html`<p>${say("new.none")}</p>`}
    <ul class="cards">${offered.map((form) => html`<li key=${form.slug}><button onClick=${() => start(form)}><strong>${said(form.document.title)}</strong><span>${purposeIn(form.document, language.value)}</span></button></li>`)}</ul>
    <div class="foot"><button onClick=${back}>${say("form.back")}</button></div></main>`;
}
