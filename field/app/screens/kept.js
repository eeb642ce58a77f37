/**
 * The line that says when a draft was kept.
 * @module
 */

import { html } from "../ui.js";

/** The line about keeping: the signal is the text, so that a key draws nothing else. @param {{kept: import("@preact/signals").Signal<string>}} props */
export function Kept({ kept }) {
  return html`<span class="kept" role="status">${kept}</span>`;
}
