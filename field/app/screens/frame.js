/**
 * The frame around an open device: the bar with the truth about sending, and which screen stands below it.
 * @module
 */

import { useState } from "preact/hooks";
import { arrived } from "../arriving.js";
import { sync } from "../syncing.js";
import { Icon, Mark, Notice, html, say } from "../ui.js";
import { isWaiting, takeOver } from "../updating.js";
import { go, instead, place } from "../router.js";
import { Notices, truth } from "./syncing.js";
import { Place } from "./places.js";

/** The first screen of an open device; an invitation that came with the address is what it was opened for. */
export function Frame() {
  useState(() => arrived.value !== "" && instead("renew")); // once
  return html`<${Bar} go=${go} /><${Above} go=${go} isFirst=${place.value.length === 0} /><${Place} />`;
}

/** @param {{go: (...parts: string[]) => void}} props */
export function Bar({ go }) {
  const { text, tone } = truth(), shape = tone === "negative" ? "stop" : tone === "warning" || sync.value.running ? "wait" : "check";
  return html`<header><div><button class="name" onClick=${() => go()}><${Mark} /><span class="visually-hidden">${say("today.title")}</span></button>
    <button class=${`truth ${tone}`} onClick=${() => go("sync")}><${Icon} shape=${shape} /><span aria-live="polite">${text}</span></button>
    <button class="me" aria-label=${say("me.title")} onClick=${() => go("me")}><${Icon} shape="person" /></button></div></header>`;
}

/** The lines above a screen: a new version that waits, a device without room, and on the first screen what needs the worker. @param {{go: (...parts: string[]) => void, isFirst: boolean}} props */
export function Above({ go, isFirst }) {
  const { fault } = sync.value, isFull = fault === "full", isForked = fault === "forked";
  if (!isWaiting.value && !isFull && !isForked && !isFirst) return null;
  return html`<div class="above">${isWaiting.value && html`<${Notice} title=${say("update.title")}><p>${say("update.text")}</p><button onClick=${takeOver}>${say("update.now")}</button><//>`}
    ${isFull && html`<${Notice} tone="negative" role="alert" title=${say("truth.full")}><p>${say("why.full")}</p><//>`}
    ${isForked && html`<${Notice} tone="negative" title=${say("truth.forked")}><p>${say("why.forked")}</p><button onClick=${() => go("renew")}>${say("renew.title")}</button><//>`}
    ${isFirst && html`<${Notices} go=${go} />`}</div>`;
}
