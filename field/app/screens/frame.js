/**
 * The frame around an open device: the bar with the truth about sending, and which screen stands below it.
 * @module
 */

import { useState } from "preact/hooks";
import { lock, rescue, sync, synchronise } from "../session.js";
import { html, language, say, speak, when } from "../ui.js";
import { FormPage, NewForm, RecordPage, Today } from "./working.js";

export function Day() {
  const [screen, setScreen] = useState(/** @type {any} */ ({ name: "today" }));
  const go = (/** @type {string} */ name, /** @type {any} */ facts = {}) => setScreen({ name, ...facts });
  const Screen = /** @type {Record<string, any>} */ ({ today: Today, new: NewForm, form: FormPage, record: RecordPage })[screen.name];
  return html`<${Bar} go=${go} /><${Screen} key=${JSON.stringify(screen)} ...${screen} go=${go} />`;
}

/** @param {{go: (name: string) => void}} props */
function Bar({ go }) {
  const { unsent, running, fault, remedy, atMs } = sync.value;
  const truth = running ? say("sync.running") : fault === "revoked" ? say("sync.revoked") : fault === "unreachable" ? say("sync.unreachable", { count: unsent })
    : fault !== "" ? say("sync.refused", { count: unsent, remedy: remedy || fault }) : unsent > 0 ? say("sync.here", { count: unsent }) : atMs > 0 ? say("sync.all", { when: when(atMs) }) : say("sync.here", { count: unsent });
  const save = async () => {
    const link = document.createElement("a");
    link.href = URL.createObjectURL(await rescue());
    link.download = "veldpost.rescue";
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return html`<header><button class="name" onClick=${() => go("today")}>${say("app")}</button><button class=${`truth${fault ? " fault" : ""}`} aria-live="polite" onClick=${() => synchronise()}>${truth}</button>
    <nav><button onClick=${() => speak(language.value === "nl" ? "en" : "nl")}>${say("language")}</button><button onClick=${save}>${say("me.rescue")}</button><button onClick=${lock}>${say("me.lock")}</button></nav></header>`;
}
