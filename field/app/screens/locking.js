/**
 * Before the lock: whose device it is and why it is locked, what to do where both ways in are forgotten, and what is said
 * where a device was ended or a browser threw it away.
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import { LockError } from "../../device/lock.js";
import { arrived } from "../arriving.js";
import { handInOutside, rescueOutside, takeAway } from "../leaving.js";
import { remedyOf } from "../remedies.js";
import { choose, outside, state, unlock, unlockWithPasskey, why, worker, workers } from "../session.js";
import { Fault, FootLine, Heading, Mark, Notice, TextField, give, html, say, span } from "../ui.js";
import { when } from "../times.js";

/** @param {{label: string, municipality: string}} here */
function nameOf({ label, municipality }) {
  return label || municipality;
}

/** The milliseconds until a try is taken, counted down. @param {number} untilMs */
function useWait(untilMs) {
  const [left, setLeft] = useState(untilMs - Date.now());
  useEffect(() => {
    setLeft(untilMs - Date.now());
    const timer = setInterval(() => setLeft(untilMs - Date.now()), 250);
    return () => clearInterval(timer);
  }, [untilMs]);
  return Math.max(0, left);
}

export function Locked() {
  const [phrase, setPhrase] = useState(""), [fault, setFault] = useState(""), [busy, setBusy] = useState(false), [isForgotten, setForgotten] = useState(false), [untilMs, setUntil] = useState(0);
  const seen = outside.value, left = useWait(Math.max(untilMs, 0)), here = /** @type {any} */ (worker.value);
  useEffect(() => setUntil(Date.now() + (seen?.waitMs ?? 0)), [here, seen]);
  useEffect(() => setFault(""), [here]);
  const open = async (/** @type {() => Promise<void>} */ how) => {
    setBusy(true);
    setFault("");
    try {
      await how();
    } catch (error) {
      if (error instanceof LockError && error.facts.waitMs !== undefined) setUntil(Date.now() + error.facts.waitMs);
      setFault(error instanceof LockError ? say(`locked.${error.code}`) : /** @type {any} */ (error).name === "Error" && knownPasskey(error) ? say(`passkey.${/** @type {any} */ (error).code}`) : remedyOf(error));
    }
    setPhrase("");
    setBusy(false);
  };
  if (isForgotten) return html`<${Forgotten} back=${() => setForgotten(false)} />`;
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    if (left === 0 && !busy) void open(() => unlock(phrase));
  };
  const others = workers.value.filter(({ name }) => name !== here.name);
  return html`<main class="calm"><${Mark} /><${Heading}>${here.label ? say("locked.title", { label: here.label }) : say("locked.nobody")}<//>
    <p>${seen?.isBegun ? say("locked.begun") : say(`locked.why.${why.value.reason}`, { when: when(why.value.atMs) })}</p>
    ${arrived.value !== "" && html`<${Notice} title=${say("locked.arrived")}><p>${say("locked.arrived.text")}</p><button onClick=${() => { state.value = "welcome"; }}>${say("locked.arrived.other")}</button><//>`}
    <form onSubmit=${send}><${TextField} id="phrase" label=${say("lock.phrase")} type="password" value=${phrase} set=${setPhrase} autocomplete="current-password" autocapitalize="none" />
    <${Fault} text=${fault} />${left > 0 && html`<p class="hint">${say("locked.wait", { span: span(left) })}</p>`}
    <button class="main" disabled=${busy || left > 0}>${busy ? say("locked.busy") : say("locked.go")}</button></form>
    <div class="stack">${seen?.passkey && html`<button class="wide" disabled=${busy || left > 0} onClick=${() => open(unlockWithPasskey)}>${say("locked.passkey")}</button>`}
    ${seen?.isBegun ? html`<button class="plain" disabled=${busy} onClick=${takeAway}>${say("locked.begun.anew")}</button>` : html`<button class="plain" onClick=${() => setForgotten(true)}>${say("locked.forgotten")}</button>`}</div>
    <${HandIn} />
    <h2>${say("locked.others")}</h2><ul class="people">${others.map((one) => html`<li key=${one.name}><button onClick=${() => choose(one)}>${nameOf(one)}</button></li>`)}<li><button onClick=${() => { state.value = "welcome"; }}>${say("locked.new")}</button></li></ul>
    <${FootLine} /></main>`;
}

/** @param {unknown} error */
function knownPasskey(error) {
  return ["cancelled", "no-prf"].includes(/** @type {any} */ (error).code);
}

/** The entries that wait in a locked device, and the ways to bring it in without opening it. */
function HandIn() {
  const [told, setTold] = useState(""), [busy, setBusy] = useState(false), seen = outside.value;
  if (seen === null || (!seen.isWaiting && told === "")) return null;
  const send = async () => {
    setBusy(true);
    try {
      const { complete } = await handInOutside();
      setTold(say(complete ? "handin.done" : "handin.part"));
    } catch (error) {
      setTold(remedyOf(error));
    }
    setBusy(false);
  };
  return html`<div class="notice">${seen.isWaiting && html`<p>${say("handin.waits")}</p>`}<p role="status">${told}</p>
    <div class="stack"><button class="wide" disabled=${busy} onClick=${send}>${say("handin.go")}</button><button class="plain" onClick=${saveRescue}>${say("me.rescue")}</button></div></div>`;
}

async function saveRescue() {
  give(await rescueOutside(), "veldpost.rescue");
}

/** @param {{back: () => void}} props */
function Forgotten({ back }) {
  const seen = outside.value, [isSure, setSure] = useState(false), waits = seen?.isWaiting ?? false;
  return html`<main class="calm"><${Heading}>${say("forgotten.title")}<//><p>${say("forgotten.text")}</p>
    <${Notice} tone="positive" title=${say("forgotten.kept")}><p>${say("forgotten.kept.text")}</p><//><${Notice} tone="warning" title=${say("forgotten.lost")}><p>${say("forgotten.lost.text")}</p><//>
    <${HandIn} /><h2>${say("forgotten.anew")}</h2><p>${say(waits ? "forgotten.anew.waits" : "forgotten.anew.text")}</p>
    <div class="stack">${isSure ? html`<p>${say(waits ? "forgotten.sure.waits" : "forgotten.sure")}</p><button class="danger" onClick=${takeAway}>${say("forgotten.yes")}</button>` : html`<button class="wide" onClick=${() => setSure(true)}>${say("forgotten.go")}</button>`}
    <button class="plain" onClick=${back}>${say("back")}</button></div></main>`;
}

/** The office ended this device. */
export function Ended() {
  const seen = outside.value, isGone = seen?.isWiped ?? false, [fault, setFault] = useState(""), [busy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    setFault("");
    try {
      await handInOutside();
    } catch (error) {
      setFault(remedyOf(error));
    }
    setBusy(false);
  };
  useEffect(() => {
    if (!isGone) void send();
  }, []);
  const stolen = seen?.ended?.stolen ?? false, lost = seen?.lost ?? 0, gone = lost > 0 ? "ended.lost" : "ended.gone";
  return html`<main class="calm"><${Mark} /><${Heading}>${say("ended.title")}<//><p>${say(isGone ? gone : stolen ? "ended.stolen" : "ended.text", { count: lost })}</p><${Fault} text=${fault} />
    <div class="stack">${isGone ? html`<button class="main" onClick=${takeAway}>${say("ended.anew")}</button>` : html`<button class="main" disabled=${busy} onClick=${send}>${say("handin.go")}</button><button class="wide" onClick=${saveRescue}>${say("me.rescue")}</button>`}</div>
    ${workers.value.length > 1 && html`<h2>${say("locked.others")}</h2><ul class="people">${workers.value.filter(({ name }) => name !== worker.value?.name).map((one) => html`<li key=${one.name}><button onClick=${() => choose(one)}>${nameOf(one)}</button></li>`)}</ul>`}<${FootLine} /></main>`;
}

/** The browser threw the store away. */
export function Evicted() {
  return html`<main class="calm"><${Mark} /><${Heading}>${say("evicted.title")}<//><p>${say("evicted.text")}</p>
    <${Notice} tone="positive" title=${say("forgotten.kept")}><p>${say("evicted.kept")}</p><//><${Notice} tone="warning" title=${say("forgotten.lost")}><p>${say("evicted.lost")}</p><//><p>${say("evicted.do")}</p>
    <div class="stack"><button class="main" onClick=${() => (worker.value === null ? (state.value = "welcome") : takeAway())}>${say("ended.anew")}</button></div><${FootLine} /></main>`;
}

/** No store can be opened, as in a private window. */
export function Unplaced() {
  return html`<main class="calm"><${Mark} /><${Heading}>${say("unplaced.title")}<//><p>${say("unplaced.text")}</p><${FootLine} /></main>`;
}

/** The browser cannot do what sealing needs. */
export function TooOld() {
  return html`<main class="calm"><${Mark} /><${Heading}>${say("old.title")}<//><p>${say("browser.old")}</p><${FootLine} /></main>`;
}
