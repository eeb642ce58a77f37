/**
 * The way in: welcome, invitation, the municipality's key, the lock, and the locked screen.
 * @module
 */

import { useState } from "preact/hooks";
import { hex } from "../../bytes.js";
import { PASSPHRASE_MIN, LockError } from "../../device/lock.js";
import { readInvitation } from "../../device/enrolling.js";
import { enrol, state, unlock, worker, workers } from "../session.js";
import { html, say } from "../ui.js";

/** The invitation in a pasted link or code. @param {string} text */
function invitationIn(text) {
  return readInvitation(text.slice(text.lastIndexOf("#") + 1).trim());
}

export function Welcome() {
  const [step, setStep] = useState(location.hash.length > 40 ? "enrol" : "welcome");
  const [invitation, setInvitation] = useState(/** @type {any} */ (null));
  if (step === "welcome") {
    return html`<main class="calm"><h1>${say("welcome.title")}</h1><p>${say("welcome.text")}</p><button class="main" onClick=${() => setStep("enrol")}>${say("welcome.link")}</button></main>`;
  }
  if (step === "enrol") return html`<${Invite} go=${(/** @type {any} */ read) => { setInvitation(read); setStep("town"); }} />`;
  if (step === "town") return html`<${Town} invitation=${invitation} yes=${() => setStep("lock")} no=${() => setStep("welcome")} />`;
  return html`<${NewLock} invitation=${invitation} />`;
}

/** @param {{go: (read: any) => void}} props */
function Invite({ go }) {
  const [text, setText] = useState(location.hash.length > 40 ? location.href : ""), [fault, setFault] = useState("");
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      const read = invitationIn(text);
      history.replaceState(null, "", "/field/"); // an invitation stays in no history
      go(read);
    } catch {
      setFault(say("enrol.bad"));
    }
  };
  return html`<main class="calm"><h1>${say("enrol.title")}</h1><p>${say("enrol.text")}</p><form onSubmit=${send}>
    <label for="invitation">${say("enrol.field")}</label><textarea id="invitation" rows="4" autocomplete="off" spellcheck=${false} onInput=${(/** @type {any} */ event) => setText(event.target.value)}>${text}</textarea>
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}<button class="main">${say("enrol.go")}</button></form></main>`;
}

/** @param {{invitation: any, yes: () => void, no: () => void}} props */
function Town({ invitation, yes, no }) {
  const print = (hex(invitation.bundleHash).slice(0, 24).match(/.{4}/g) ?? []).join(" ");
  return html`<main class="calm"><h1>${say("town.title")}</h1><p class="town">${invitation.municipality}</p><p class="print">${print}</p><p>${say("town.text")}</p>
    <button class="main" onClick=${yes}>${say("town.yes")}</button><button onClick=${no}>${say("town.no")}</button></main>`;
}

/** @param {{invitation: any}} props */
function NewLock({ invitation }) {
  const [phrase, setPhrase] = useState(""), [again, setAgain] = useState(""), [label, setLabel] = useState(""), [fault, setFault] = useState(""), [busy, setBusy] = useState(false);
  const short = PASSPHRASE_MIN - [...phrase.normalize("NFKC")].length;
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    if (short > 0) return setFault(say("lock.short", { count: short }));
    if (phrase !== again) return setFault(say("lock.differ"));
    setBusy(true);
    try {
      await enrol(invitation, phrase, label.trim());
    } catch (error) {
      setFault(/** @type {any} */ (error).remedy || String(/** @type {any} */ (error).message));
      setBusy(false);
    }
  };
  const field = (/** @type {string} */ id, /** @type {string} */ type, /** @type {string} */ value, /** @type {(value: string) => void} */ set) => html`
    <label for=${id}>${say(`lock.${id}`)}</label><input id=${id} type=${type} value=${value} autocomplete=${type === "password" ? "new-password" : "given-name"} onInput=${(/** @type {any} */ event) => set(event.target.value)} />`;
  return html`<main class="calm"><h1>${say("lock.title")}</h1><p>${say("lock.text")}</p><form onSubmit=${send}>
    ${field("name", "text", label, setLabel)}${field("phrase", "password", phrase, setPhrase)}<p class="hint">${short > 0 ? say("lock.short", { count: short }) : ""}</p>${field("again", "password", again, setAgain)}
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}<button class="main" disabled=${busy}>${say("lock.go")}</button></form></main>`;
}

export function Locked() {
  const [phrase, setPhrase] = useState(""), [fault, setFault] = useState(""), [busy, setBusy] = useState(false);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    setBusy(true);
    try {
      await unlock(phrase);
    } catch (error) {
      if (!(error instanceof LockError)) throw error;
      const seconds = Math.ceil((error.facts.waitMs ?? 0) / 1_000);
      setFault(say(error.code === "wait" ? "locked.wait" : "locked.wrong", { seconds }));
    } finally {
      setPhrase("");
      setBusy(false);
    }
  };
  return html`<main class="calm"><h1>${say("locked.title")}</h1><p>${say("locked.text", { label: worker.value?.label ?? "" })}</p><form onSubmit=${send}>
    <label for="phrase">${say("lock.phrase")}</label><input id="phrase" type="password" autocomplete="current-password" value=${phrase} onInput=${(/** @type {any} */ event) => setPhrase(event.target.value)} />
    ${fault && html`<p class="fault" role="alert">${fault}</p>`}<button class="main" disabled=${busy}>${say("locked.go")}</button></form>
    ${workers.value.filter((one) => one !== worker.value).map((one) => html`<button onClick=${() => { worker.value = one; setFault(""); }}>${one.label || one.municipality}</button>`)}
    <button onClick=${() => { state.value = "welcome"; }}>${say("locked.other")}</button></main>`;
}
