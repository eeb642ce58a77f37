/**
 * A form that was published anew while a draft of it waits: what of the draft has a place there, and what has not.
 * @module
 */

import { carried } from "../filling/draft.js";
import { labelOf, valueOf } from "../showing.js";
import { Heading, html, say } from "../ui.js";
import { shelf } from "../work.js";

/** @param {{desk: import("./filling.js").Desk, carry: (draft: import("../filling/draft.js").Draft) => void}} props */
export function NewerVersion({ desk, carry }) {
  const { form, draft } = desk.filling, moved = carried(draft, shelf.value.from(form.slug, form.version)), apart = Object.entries(moved.earlier);
  return html`<main class="form"><${Heading}>${say("newer.title")}<//><p>${say(apart.length === 0 ? "newer.all" : "newer.some")}</p>
    <dl>${apart.map(([path, value]) => html`<dt>${labelOf(form, path)}</dt><dd>${valueOf(form, path, value)}</dd>`)}</dl>
    <div class="foot"><button onClick=${() => desk.turn(draft.section)}>${say("newer.stay")}</button><button class="main" onClick=${() => carry(moved)}>${say("newer.go")}</button></div></main>`;
}
