/**
 * An invitation that came with the address. It is taken out of the address at once, so that it stays in no history.
 * @module
 */

import { signal } from "@preact/signals";
import { readInvitation } from "../device/enrolling.js";

/** @typedef {import("../device/enrolling.js").Invitation} Invitation */

const LONG = 40; // no place of ours is as long
/** An invitation in hexadecimal: four parts, a municipality, 16, 32 and 32 bytes (sync/SPEC.md 7.4). */
const SHAPE = /94a6474d[0-9a-f]{8}c410[0-9a-f]{32}c420[0-9a-f]{64}c420[0-9a-f]{64}/;

/** The text that came; empty where none did. */
export const arrived = signal("");

/** The invitation in a link or a code, as it was pasted or scanned, with whatever a message put before, behind and in between; throws where there is none. @param {string} text @returns {Invitation} */
export function invitationIn(text) {
  return readInvitation(SHAPE.exec(text.toLowerCase().replace(/[^0-9a-z]/g, ""))?.[0] ?? "");
}

function take() {
  if (location.hash.length < LONG || location.hash.startsWith("#/")) return;
  arrived.value = location.hash;
  history.replaceState(null, "", location.pathname);
}

take();
addEventListener("hashchange", take);
