/**
 * The field app: starts, shows who works here, and goes on without a connection.
 * @module
 */

import { effect, signal } from "@preact/signals";
import { render } from "preact";
import "./arriving.js";
import { canSeal } from "../crypto/primitives.js";
import { faultOf } from "../device/telling.js";
import { holding } from "./holder.js";
import { watchUse } from "./idle.js";
import { handInOutside } from "./leaving.js";
import { Welcome } from "./screens/entering.js";
import { Ended, Evicted, Locked, TooOld, Unplaced } from "./screens/locking.js";
import { start, state } from "./session.js";
import { wearThemes } from "./theme.js";
import { html, language, look, speak, wear } from "./ui.js";
import { keepAll, keepApp, lookForNewer } from "./updating.js";

const SCREENS = /** @type {Record<string, any>} */ ({ welcome: Welcome, made: Welcome, locked: Locked, ended: Ended, evicted: Evicted, unplaced: Unplaced, old: TooOld });
/** The screens around an open device, fetched when there is one. */
const frame = signal(/** @type {any} */ (null));

function App() {
  const now = state.value, Screen = now === "open" ? frame.value : SCREENS[now];
  return Screen ? html`<${Screen} key=${now === "made" ? "welcome" : now} />` : null;
}

/** Handles an error that nobody caught: a store that is full or gone is said above every screen. @param {PromiseRejectionEvent} event */
function meet(event) {
  const fault = faultOf(event.reason);
  if (!["full", "gone", "newer"].includes(fault)) return;
  event.preventDefault();
  holding()?.meet(fault);
}

wear(look.value);
wearThemes();
await speak(language.value);
addEventListener("unhandledrejection", meet);
const place = /** @type {HTMLElement} */ (document.getElementById("app"));
if (!("old" in place.dataset)) {
  if (await canSeal()) await start();
  else state.value = "old";
  place.replaceChildren();
  render(html`<${App} />`, place);
  effect(() => {
    if (state.value === "open" && frame.value === null) void import("./screens/frame.js").then(({ Frame }) => { frame.value = Frame; });
    if (state.value === "open" || state.value === "locked") void keepAll();
  });
  if (state.value === "locked") void handInOutside().catch(() => undefined); // a device that was ended learns it before anybody opens it
  watchUse();
  addEventListener("online", lookForNewer);
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && lookForNewer());
  await keepApp();
}
