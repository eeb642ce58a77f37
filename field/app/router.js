/**
 * The place where the worker is: behind `#/` in the address, so that going back, reloading and a link lead there. It never
 * holds words or codes, only our own ids.
 * @module
 */

import { signal } from "@preact/signals";

/** The places that there are, with how many ids each needs; whatever else stands in an address leads to the first screen. */
const PLACES = new Map([["new", 0], ["find", 0], ["sync", 0], ["me", 0], ["renew", 0], ["saved", 1], ["d", 1], ["r", 1]]);
/** The places from which a record is opened, and to which one goes back. */
const LISTS = ["", "find"];

/** The parts behind `#/`: `["r", id]` for `#/r/<id>`; empty on the first screen. An invitation is no place. */
export const place = signal(partsOf(location.hash));

/** @param {string} hash @returns {string[]} */
export function partsOf(hash) {
  const parts = hash.startsWith("#/") ? hash.slice(2).split("/").filter(Boolean) : [];
  return parts.length > (PLACES.get(parts[0]) ?? Infinity) ? parts : [];
}

addEventListener("hashchange", () => {
  place.value = partsOf(location.hash);
});

/** Go to a place, to its top. @param {...(string | number)} parts */
export function go(...parts) {
  const hash = `#/${parts.join("/")}`;
  if (hash !== location.hash) history.pushState({ from: place.value[0] ?? "" }, "", hash);
  show(parts);
}

/** Go to a place from which going back does not come here again. @param {...(string | number)} parts */
export function instead(...parts) {
  history.replaceState({ from: null }, "", `#/${parts.join("/")}`);
  show(parts);
}

/** Go back to the list that one came from, as it was left; where that was none, to the first screen. */
export function back() {
  if (LISTS.includes(history.state?.from)) history.back();
  else go();
}

/** @param {(string | number)[]} parts */
function show(parts) {
  place.value = parts.map(String);
  scrollTo(0, 0);
}
