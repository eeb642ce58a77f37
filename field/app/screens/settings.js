/**
 * Me: the lock, language and look, what this device keeps, the rescue file, and leaving.
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import { LOCK_MINUTES } from "../../device/lock.js";
import { asksPasskeys } from "../../device/passkey.js";
import { chooseLockMinutes, chosen } from "../choices.js";
import { changePassphrase, dropPasskey, putPasskey } from "../renewing.js";
import { remedyOf } from "../remedies.js";
import { kept } from "../keeping.js";
import { lock, worker } from "../session.js";
import { locale } from "../times.js";
import { Fault, Heading, LANGUAGES, LOOKS, Notice, html, language, look, say, speak, wear } from "../ui.js";
import { NewPhrase, phraseFault } from "./entering.js";

/** @typedef {{go: (...parts: string[]) => void}} Props */

/** @param {Props} props */
export function Me({ go }) {
  return html`<main><${Heading}>${worker.value?.label || say("me.title")}<//>
    <button class="main" onClick=${() => lock()}>${say("me.lock")}</button><p class="hint">${say("me.lock.hint")}</p>
    <${Choices} /><${Lock} /><${Kept} go=${go} />
    <h2>${say("me.leaves")}</h2><p>${say("me.leaves.text")}</p>
    <h2>${say("me.away")}</h2><p>${say("me.away.text")}</p></main>`;
}

/** A choice of a few, as buttons that say which one holds. @param {{name: string, legend: string, options: [any, string][], value: any, set: (value: any) => void}} props */
function Choice({ name, legend, options, value, set }) {
  return html`<fieldset class="choice"><legend>${legend}</legend><div class="options">${options.map(([one, label]) => html`<label class="option" key=${one}><input type="radio" name=${name} checked=${one === value} onChange=${() => set(one)} /><span>${label}</span></label>`)}</div></fieldset>`;
}

function Choices() {
  return html`<${Choice} name="minutes" legend=${say("me.minutes")} options=${LOCK_MINUTES.map((count) => [count, say("minutes", { count })])} value=${chosen.value.lockMinutes} set=${chooseLockMinutes} />
    <${Choice} name="language" legend=${say("me.language")} options=${Object.entries(LANGUAGES).map(([code, { name }]) => [code, name])} value=${language.value} set=${speak} />
    <${Choice} name="look" legend=${say("me.look")} options=${LOOKS.map((one) => [one, say(`look.${one}`)])} value=${look.value} set=${wear} />`;
}

function Lock() {
  const [isOpen, setOpen] = useState(false), [phrase, setPhrase] = useState(""), [again, setAgain] = useState(""), [fault, setFault] = useState(""), [told, setTold] = useState(""), [hasKey, setKey] = useState(/** @type {boolean | null} */ (null));
  useEffect(() => {
    void kept().then((found) => setKey(found.hasPasskey));
  }, [told]);
  const tried = async (/** @type {() => Promise<void>} */ work, /** @type {string} */ name) => {
    setFault("");
    setTold("");
    try {
      await work();
      setTold(say(name));
    } catch (error) {
      const { code } = /** @type {any} */ (error);
      setFault(["cancelled", "no-prf"].includes(code) ? say(`passkey.${code}`) : remedyOf(error));
    }
  };
  const change = async (/** @type {Event} */ event) => {
    event.preventDefault();
    const wrong = phraseFault(phrase, again);
    setFault(wrong);
    if (wrong !== "") return;
    await tried(() => changePassphrase(phrase), "me.phrase.changed");
    setOpen(false);
    setPhrase("");
    setAgain("");
  };
  return html`<h2>${say("me.ways")}</h2><${Fault} text=${fault} /><p role="status">${told}</p>
    ${isOpen ? html`<form onSubmit=${change}><${NewPhrase} ...${{ phrase, setPhrase, again, setAgain }} /><div class="stack"><button class="main">${say("me.phrase.go")}</button><button type="button" class="plain" onClick=${() => setOpen(false)}>${say("back")}</button></div></form>`
    : html`<div class="stack"><button class="wide" onClick=${() => setOpen(true)}>${say("me.phrase")}</button>
      ${asksPasskeys() && hasKey === false && html`<button class="wide" onClick=${() => tried(putPasskey, "passkey.made")}>${say("passkey.make")}</button>`}${hasKey && html`<button class="wide" onClick=${() => tried(dropPasskey, "passkey.gone")}>${say("passkey.drop")}</button>`}</div>`}`;
}

/** @param {Props} props */
function Kept({ go }) {
  const [found, setFound] = useState(/** @type {Awaited<ReturnType<typeof kept>> | null} */ (null));
  useEffect(() => {
    void kept().then(setFound);
  }, []);
  if (found === null) return null;
  const megabytes = (/** @type {number} */ bytes) => `${new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(bytes / 1_000_000)} MB`;
  return html`<h2>${say("me.device")}</h2><dl class="facts"><div><dt>${say("me.town")}</dt><dd>${found.municipality}</dd></div><div><dt>${say("me.number")}</dt><dd>${found.device.slice(0, 8)}</dd></div>
    <div><dt>${say("me.entries")}</dt><dd>${found.entries}</dd></div><div><dt>${say("me.drafts")}</dt><dd>${found.drafts}</dd></div><div><dt>${say("me.photos")}</dt><dd>${found.blobs}</dd></div><div><dt>${say("me.room")}</dt><dd>${say("me.room.of", { used: megabytes(found.usage), all: megabytes(found.quota) })}</dd></div></dl>
    ${found.isPersistent ? html`<p class="hint">${say("me.persistent")}</p>` : html`<${Notice} tone="warning" title=${say("me.fleeting")}><p>${say("me.fleeting.text")}</p><//>`}
    <div class="stack"><button class="wide" onClick=${() => go("sync")}>${say("sending.title")}</button><button class="wide" onClick=${() => go("renew")}>${say("renew.title")}</button></div>`;
}
