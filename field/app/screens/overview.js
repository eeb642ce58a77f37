/**
 * Every section of a form with how far it is; a tap leads there.
 * @module
 */

import { titleOf } from "../showing.js";
import { go } from "../router.js";
import { Heading, html, said, say } from "../ui.js";
import { Kept } from "./kept.js";

/** @param {{desk: import("./filling.js").Desk}} props */
export function Overview({ desk }) {
  const { filling, turn } = desk, { form, draft } = filling;
  return html`<main class="form"><p class="part"><span>${titleOf(form.slug, form.version)}</span> <${Kept} kept=${desk.kept} /></p><${Heading}>${say("form.overview")}<//>
    <ol class="cards overview">${filling.states().map(({ section, state, missing, look }) => html`<li key=${section}><button aria-current=${section === draft.section ? "step" : undefined} onClick=${() => turn(section)}>
      <strong>${said(form.sections[section].title)}</strong><span class=${`state ${state}`}>${state === "look" ? say("state.look", { count: look }) : say(`state.${state}`)}${missing > 0 && state !== "empty" ? `, ${say("state.missing", { count: missing })}` : ""}</span></button></li>`)}</ol>
    <nav class="foot" aria-label=${say("form.pages")}><button onClick=${() => go()}>${say("form.leave")}</button><button onClick=${() => turn(draft.section)}>${say("form.back")}</button><button class="main" onClick=${() => turn("finish")}>${say("form.finish")}</button></nav></main>`;
}
