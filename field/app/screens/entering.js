/**
 * The way in: welcome, invitation, the municipality's key, and the lock that a worker chooses.
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import { hex } from "../../bytes.js";
import { PASSPHRASE_MIN, isSamePhrase, strengthOf } from "../../device/lock.js";
import { asksPasskeys } from "../../device/passkey.js";
import { arrived, invitationIn } from "../arriving.js";
import { mustInstall } from "../installing.js";
import { choose, enrol, ready, state, workers } from "../session.js";
import { Fault, FootLine, Heading, Mark, TextField, html, say } from "../ui.js";
import { remedyOf } from "../remedies.js";
import { useSteps } from "../steps.js";
import { Install } from "./installing.js";
import { Scan } from "./scanning.js";

/** @typedef {import("../../device/enrolling.js").Invitation} Invitation */

/** The invitation that came with the address, read; or null. */
function fromAddress() {
  try {
    return arrived.value === "" ? null : invitationIn(arrived.value);
  } catch {
    return null;
  }
}

/** The way in, where what it begins will stay. */
export function Welcome() {
  return mustInstall() ? html`<${Install} back=${workers.value.length > 0 ? () => choose(workers.value[0]) : null} />` : html`<${WayIn} />`;
}

function WayIn() {
  const [invitation, setInvitation] = useState(/** @type {Invitation | null} */ (fromAddress()));
  const [step, turn] = useSteps(invitation !== null ? "town" : arrived.value !== "" ? "link" : "welcome");
  const take = (/** @type {Invitation} */ read) => {
    arrived.value = "";
    setInvitation(read);
    if (step !== "town") turn("town");
  };
  useEffect(() => {
    const read = fromAddress();
    if (read !== null) take(read);
  }, [arrived.value]);
  const back = () => (history.state?.step === undefined ? turn("welcome") : history.back());
  if (state.value === "made" && asksPasskeys()) return html`<${Passkey} />`;
  if (step === "scan") return html`<${Scan} go=${take} link=${() => turn("link")} back=${back} />`;
  if (step === "link") return html`<${Link} go=${take} back=${back} isBad=${arrived.value !== ""} />`;
  if (step === "town" && invitation !== null) return html`<${Town} invitation=${invitation} yes=${() => turn("lock")} no=${() => turn("welcome")} />`;
  if (step === "lock" && invitation !== null) return html`<${NewLock} invitation=${invitation} back=${back} />`;
  return html`<main class="calm"><${Mark} /><${Heading}>${say("welcome.title")}<//><p>${say("welcome.text")}</p>
    <div class="stack"><button class="main" onClick=${() => turn("scan")}>${say("welcome.scan")}</button><button class="wide" onClick=${() => turn("link")}>${say("welcome.link")}</button>
    ${workers.value.length > 0 && html`<button class="plain" onClick=${() => choose(workers.value[0])}>${say("back")}</button>`}</div><${FootLine} /></main>`;
}

/** @param {{go: (read: Invitation) => void, back: () => void, isBad?: boolean}} props */
export function Link({ go, back, isBad = false }) {
  const [text, setText] = useState(""), [fault, setFault] = useState(isBad ? say("enrol.bad") : "");
  const send = (/** @type {Event} */ event) => {
    event.preventDefault();
    try {
      go(invitationIn(text));
    } catch {
      setFault(say("enrol.bad"));
    }
  };
  return html`<main class="calm"><${Heading}>${say("enrol.title")}<//><p>${say("enrol.text")}</p><form onSubmit=${send}>
    <label for="invitation">${say("enrol.field")}</label><textarea id="invitation" rows="4" autocomplete="off" autocapitalize="none" spellcheck=${false} value=${text} onInput=${(/** @type {any} */ event) => setText(event.target.value)}></textarea>
    <${Fault} text=${fault} /><div class="stack"><button class="main">${say("enrol.go")}</button><button type="button" class="plain" onClick=${back}>${say("back")}</button></div></form></main>`;
}

/** @param {{invitation: Invitation, yes: () => void, no: () => void}} props */
export function Town({ invitation, yes, no }) {
  const print = (hex(invitation.bundleHash).slice(0, 24).match(/.{4}/g) ?? []).join(" ");
  return html`<main class="calm"><${Heading}>${say("town.title")}<//><p class="town">${invitation.municipality}</p><p class="print">${print}</p><p>${say("town.text")}</p>
    <div class="stack"><button class="main" onClick=${yes}>${say("town.yes")}</button><button class="wide" onClick=${no}>${say("town.no")}</button></div></main>`;
}

/** Two fields for a new passphrase, with how good it is. @param {{phrase: string, setPhrase: (text: string) => void, again: string, setAgain: (text: string) => void}} props */
export function NewPhrase({ phrase, setPhrase, again, setAgain }) {
  const [isShown, show] = useState(false), type = isShown ? "text" : "password", { missing, strength } = strengthOf(phrase), word = say(missing > 0 ? "lock.short" : `lock.strength${strength}`, { count: missing });
  return html`<${TextField} id="phrase" label=${say("lock.phrase")} type=${type} value=${phrase} set=${setPhrase} autocomplete="new-password" autocapitalize="none" spellcheck=${false} />
    <div class="strength"><meter min="0" max="3" value=${phrase === "" ? 0 : strength} aria-label=${say("lock.strength")}></meter><span aria-live="polite">${phrase === "" ? say("lock.least", { count: PASSPHRASE_MIN }) : word}</span></div>
    <${TextField} id="again" label=${say("lock.again")} type=${type} value=${again} set=${setAgain} autocomplete="new-password" autocapitalize="none" spellcheck=${false} />
    <button type="button" class="plain" aria-pressed=${isShown} onClick=${() => show(!isShown)}>${say("lock.show")}</button>`;
}

/** The fault of a new passphrase; empty where nothing is. @param {string} phrase @param {string} again */
export function phraseFault(phrase, again) {
  const { missing } = strengthOf(phrase);
  if (missing > 0) return say("lock.short", { count: missing });
  return isSamePhrase(phrase, again) ? "" : say("lock.differ");
}

/** @param {{invitation: Invitation, back: () => void}} props */
function NewLock({ invitation, back }) {
  const [phrase, setPhrase] = useState(""), [again, setAgain] = useState(""), [label, setLabel] = useState(""), [fault, setFault] = useState(""), [busy, setBusy] = useState(false);
  const send = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const wrong = phraseFault(phrase, again);
    setFault(wrong);
    if (wrong !== "") return;
    setBusy(true);
    try {
      await enrol(invitation, phrase, label.trim());
      if (!asksPasskeys()) ready();
    } catch (error) {
      setFault(remedyOf(error));
    }
    setBusy(false);
  };
  return html`<main class="calm"><${Heading}>${say("lock.title")}<//><p>${say("lock.text")}</p><form onSubmit=${send}>
    <${TextField} id="name" label=${say("lock.name")} hint=${say("lock.name.hint")} value=${label} set=${setLabel} autocomplete="given-name" maxlength="40" />
    <${NewPhrase} ...${{ phrase, setPhrase, again, setAgain }} />
    <p class="hint">${say("lock.lost")}</p>
    <${Fault} text=${fault} /><div class="stack"><button class="main" disabled=${busy}>${busy ? say("lock.busy") : say("lock.go")}</button><button type="button" class="plain" onClick=${back}>${say("back")}</button></div></form></main>`;
}

/** A passkey beside the passphrase, for who wants one. */
function Passkey() {
  const [fault, setFault] = useState("");
  const make = async () => {
    try {
      await (await import("../renewing.js")).putPasskey();
      ready();
    } catch (error) {
      setFault(say(`passkey.${/** @type {any} */ (error).code ?? "cancelled"}`));
    }
  };
  return html`<main class="calm"><${Heading}>${say("passkey.title")}<//><p>${say("passkey.text")}</p><${Fault} text=${fault} />
    <div class="stack"><button class="main" onClick=${make}>${say("passkey.make")}</button><button class="wide" onClick=${ready}>${say("passkey.skip")}</button></div></main>`;
}
