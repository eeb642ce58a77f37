/**
 * Where the worker is: a place behind `#/` in the address, so that going back, reloading and a link lead there. It never
 * holds words or codes, only our own ids.
 * @module
 */

import { signal } from "@preact/signals";

/** The parts behind `#/`: `["r", id]` for `#/r/<id>`; empty on the first screen. An invitation is no place. */
export const place = signal(partsOf(location.hash));

/** @param {string} hash @returns {string[]} */
function partsOf(hash) {
  return hash.startsWith("#/") ? hash.slice(2).split("/").filter(Boolean) : [];
}

addEventListener("hashchange", () => {
  place.value = partsOf(location.hash);
});

/** Go to a place. @param {...(string | number)} parts */
export function go(...parts) {
  location.hash = `#/${parts.join("/")}`;
  place.value = parts.map(String);
}

/** Go to a place from which going back does not come here again. @param {...(string | number)} parts */
export function instead(...parts) {
  history.replaceState(null, "", `#/${parts.join("/")}`);
  place.value = parts.map(String);
}
