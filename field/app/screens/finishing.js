/**
 * The end of a form: what is missing and what was warned, each a way there; keeping it always works, whatever lacks.
 * @module
 */

import { useState } from "preact/hooks";
import { isEmpty } from "../filling/draft.js";
import { placeOf, speakingOf, titleOf } from "../showing.js";
import { go, instead } from "../router.js";
import { Heading, html, say } from "../ui.js";
import { sentence } from "../widgets/question.js";
import { save } from "../work.js";
import { Kept } from "./kept.js";

/** @param {{desk: import("./filling.js").Desk}} props */
export function Finish({ desk }) {
  const { filling, turn } = desk, { form, draft } = filling, [fault, setFault] = useState(""), [busy, setBusy] = useState(false);
  const { findings } = filling.seen(), missing = findings.filter((one) => one.code === "missing"), look = findings.filter((one) => one.code !== "missing");
  const isNothing = isEmpty(form, draft) && (draft.record !== null || Object.entries(draft.answers).every(([path, value]) => value === null || filling.isFirst(path)));
  const write = async () => {
    setBusy(true);
    setFault("");
    try {
      instead("saved", await save(draft)); // going back leads to no form that could be saved again
    } catch (error) {
      const name = /** @type {any} */ (error).name;
      setFault(say(name === "QuotaExceededError" ? "finish.full" : /** @type {any} */ (error).code === "too-large" ? "finish.large" : "finish.failed"));
      setBusy(false);
    }
  };
  const lead = (/** @type {string} */ path) => {
    desk.sought.path = path;
    turn(Math.max(0, filling.sectionOf(path)));
  };
  const speaking = speakingOf(form, filling.seen());
  const listed = (/** @type {typeof findings} */ list) => html`<ul class="cards links">${list.map((one) => html`<li><button onClick=${() => lead(one.path)}><strong>${placeOf(filling, one.path)}</strong>${one.code !== "missing" && html`<span>${sentence(speaking.finding(one), filling.question(one.path))}</span>`}</button></li>`)}</ul>`;
  return html`<main class="form"><p class="part"><span>${titleOf(form.slug, form.version)}</span> <${Kept} kept=${desk.kept} /></p><${Heading}>${say("finish.title")}<//>
    ${findings.length === 0 && html`<p>${say(isNothing ? "finish.nothing" : "finish.fine")}</p>`}
    ${findings.length > 0 && !isNothing && html`<p class="hint">${say("finish.anyway")}</p>`}
    ${look.length > 0 && html`<h2>${say("finish.look")}</h2>${listed(look)}`}${missing.length > 0 && html`<h2>${say("finish.missing")}</h2>${listed(missing)}`}
    ${Object.keys(draft.earlier).length > 0 && html`<p class="hint">${say("finish.earlier", { count: Object.keys(draft.earlier).length })}</p>`}
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}
    <nav class="foot" aria-label=${say("form.pages")}><button onClick=${() => turn(draft.section)}>${say("form.back")}</button><button onClick=${() => turn("overview")}>${say("form.overview")}</button><button class="main" disabled=${busy || isNothing} onClick=${write}>${say("finish.save")}</button></nav></main>`;
}

/** The screen after a save. @param {{record: string}} props */
export function Saved({ record }) {
  return html`<main class="calm saved"><${Heading}>${say("finish.saved")}<//><button class="main" onClick=${() => instead()}>${say("today.title")}</button>
    <button onClick=${() => instead("r", record)}>${say("finish.see")}</button><button onClick=${() => go("new")}>${say("finish.another")}</button></main>`;
}
