/**
 * The field app: starts, shows who works here, and goes on without a connection.
 * @module
 */

import { render } from "preact";
import { Locked, Welcome } from "./screens/entering.js";
import { Day } from "./screens/frame.js";
import { start, state, synchronise } from "./session.js";
import { html, language, speak } from "./ui.js";

/** @type {any} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("veldpost", {
  createScriptURL(/** @type {string} */ address) {
    if (address !== "/field/sw.js") throw new TypeError("only our own worker runs");
    return address;
  },
}) ?? { createScriptURL: (/** @type {string} */ address) => address };

function App() {
  if (state.value === "open") return html`<${Day} />`;
  if (state.value === "locked") return html`<${Locked} />`;
  return state.value === "welcome" ? html`<${Welcome} />` : null;
}

speak(language.value);
await start();
const place = /** @type {HTMLElement} */ (document.getElementById("app"));
place.replaceChildren();
render(html`<${App} />`, place);
addEventListener("online", () => synchronise());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && synchronise());
if ("serviceWorker" in navigator) await navigator.serviceWorker.register(policy.createScriptURL("/field/sw.js"), { scope: "/field/" });
