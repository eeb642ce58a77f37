/**
 * An invitation that came with the address. It is taken out of the address at once, so that it stays in no history.
 * @module
 */

import { signal } from "@preact/signals";
import { readInvitation } from "../device/enrolling.js";

/** @typedef {import("../device/enrolling.js").Invitation} Invitation */

const LONG = 40; // no place of ours is as long

/** The text that came; empty where none did. */
export const arrived = signal("");

/** The invitation in a link or a code, as it was pasted or scanned; throws where there is none. @param {string} text @returns {Invitation} */
export function invitationIn(text) {
  return readInvitation(text.slice(text.lastIndexOf("#") + 1).replace(/\s/g, "").toLowerCase());
}

function take() {
  if (location.hash.length < LONG || location.hash.startsWith("#/")) return;
  arrived.value = location.hash;
  history.replaceState(null, "", location.pathname);
}

take();
addEventListener("hashchange", take);
