/**
 * Sending, in words: what is true now, what waits here since when and why, and what to do.
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import { truthOf } from "../../device/telling.js";
import { rescue, waiting } from "../sending.js";
import { sync, synchronise } from "../syncing.js";
import { Heading, Notice, give, html, knows, said as titled, say } from "../ui.js";
import { isToday, when } from "../times.js";
import { Progress } from "./progress.js";

/** The sentence that is true of sending, as text. */
export function truth() {
  const known = sync.value, { said, tone } = truthOf(known);
  const name = said.startsWith("all") ? (isToday(known.atMs) ? "truth.all" : "truth.all.day") : `truth.${said}`;
  return { text: say(name, { count: known.unsent, when: when(said === "here" || known.unsent > 0 ? known.sinceMs : known.atMs), at: when(known.atMs) }), tone, said };
}

/** @param {{go: (...parts: string[]) => void}} props */
export function Sending({ go }) {
  const known = sync.value, [rows, setRows] = useState(/** @type {Awaited<ReturnType<typeof waiting>>} */ ([])), { text, said, tone } = truth();
  useEffect(() => {
    void waiting().then(setRows);
  }, [known.unsent, known.running]);
  const why = known.fault === "" || known.fault === "ended" ? "" : knows(`why.${known.fault}`) ? say(`why.${known.fault}`) : known.remedy || say("why.other", { code: known.fault });
  const save = async () => give(await rescue(), "veldpost.rescue");
  return html`<main><${Heading}>${say("sending.title")}<//>
    <p class="truth-sentence" aria-live="polite">${text}</p>${why && html`<${Notice} tone=${tone}><p>${why}</p>${said === "forked" && html`<button onClick=${() => go("renew")}>${say("renew.title")}</button>`}<//>`}
    <${Progress} /><button class="main" disabled=${known.running} onClick=${() => synchronise()}>${say(known.running ? "truth.looking" : "sync.now")}</button>
    <${Notices} go=${go} />
    <h2>${say("sending.last")}</h2><dl class="facts"><div><dt>${say("sending.sent")}</dt><dd>${known.sent}</dd></div><div><dt>${say("sending.received")}</dt><dd>${known.received}</dd></div><div><dt>${say("sending.here")}</dt><dd>${known.unsent}</dd></div><div><dt>${say("sending.at")}</dt><dd>${known.atMs > 0 ? when(known.atMs) : say("never")}</dd></div></dl>
    ${rows.length > 0 && html`<h2>${say("sending.waits")}</h2><ul class="waiting">${rows.map((row) => html`<li key=${row.seq}>${titled(row.title) || say("sending.entry")}<span class="hint">${say("sending.since", { when: when(row.writtenMs) })}</span>${row.seq === known.refusedSeq && html`<span class="hint">${say("sending.refused")}</span>`}</li>`)}</ul>${known.unsent > rows.length && html`<p class="hint">${say("sending.more", { count: known.unsent - rows.length })}</p>`}`}
    <h2>${say("me.rescue")}</h2><p>${say("rescue.text")}</p><button class="wide" onClick=${save}>${say("rescue.save")}</button></main>`;
}

/** The notices that need the worker beside sending: a clock that is off, a certificate that ends, a server that was restored. @param {{go: (...parts: string[]) => void}} props */
export function Notices({ go }) {
  const { clockOff, daysLeft, isRestored } = sync.value, hours = Math.abs(Math.round(clockOff / 6) / 10);
  const off = Math.abs(clockOff) < 90 ? say("minutes", { count: Math.abs(clockOff) }) : hours < 48 ? say("hours", { count: hours }) : say("days", { count: Math.round(hours / 24) });
  return html`${clockOff !== 0 && html`<${Notice} tone="warning" title=${say(clockOff > 0 ? "clock.ahead" : "clock.behind", { off })}><p>${say("clock.text")}</p><//>`}
    ${daysLeft !== null && html`<${Notice} tone="warning" title=${daysLeft === 0 ? say("renew.ended") : say("renew.soon", { count: daysLeft })}><p>${say("renew.ask")}</p><button onClick=${() => go("renew")}>${say("renew.title")}</button><//>`}
    ${isRestored && html`<${Notice} title=${say("restored.title")}><p>${say("restored.text")}</p><//>`}`;
}
