/**
 * The words for a worker about sending, the device's clock and of its certificate: pure decisions; the words are in
 * `app/words/`. It rests on answers of the server, never on what a browser says of the connection.
 * @module
 */

import { NoRoom, StoreGone, StoreNewer, storeFault } from "./store.js";
import { ServerRefused, Unreachable } from "./transport.js";

export const CLOCK_OFF_MS = 10 * 60_000; // a server refuses at five minutes; below ten nobody needs to mend a clock
const DAY_MS = 86_400_000;
const RENEW_DAYS = 30;
const SERVER_FAULT = 500;

/**
 * @typedef {object} Known what is known of sending
 * @property {number} unsent entries that no server acknowledged
 * @property {number} sinceMs when the oldest of them was written; 0 where there is none
 * @property {boolean} running
 * @property {number} sent by the last exchange that went well
 * @property {number} received by it
 * @property {number} atMs when it went well; 0 never
 * @property {string} fault what the last try came to, `""` where it went well
 * @property {string} remedy the server's own words for it
 */
/** @typedef {{said: string, tone: "" | "warning" | "negative"}} Truth a name of words, and how loud they are */

/** The one sentence about sending that is true now. @param {Known} known @returns {Truth} */
export function truthOf({ unsent, running, atMs, fault }) {
  if (fault === "ended" || fault === "forked" || fault === "gone" || fault === "full" || fault === "newer") return { said: fault, tone: "negative" };
  if (running) return { said: unsent > 0 ? "sending" : "looking", tone: "" };
  if (unsent === 0 && fault === "") return { said: atMs > 0 ? "all" : "never", tone: "" };
  if (unsent === 0) return { said: atMs > 0 ? "all-then" : "never", tone: "" };
  if (fault === "") return { said: "here", tone: "warning" };
  return { said: fault === "offline" || fault === "silent" ? fault : "refused", tone: fault === "offline" ? "warning" : "negative" };
}

/** The name of a failed try: `offline`, `silent`, `full`, `gone`, `newer`, or the server's code. @param {unknown} error */
export function faultOf(error) {
  if (error instanceof Unreachable) return error.isSilent ? "silent" : "offline";
  if (error instanceof ServerRefused) return error.status >= SERVER_FAULT && error.code === "unknown" ? "silent" : error.code;
  const fault = storeFault(error);
  if (fault instanceof StoreNewer) return "newer";
  if (fault instanceof StoreGone) return "gone";
  return fault instanceof NoRoom ? "full" : "other";
}

/** The minutes by which the device's clock is off, where that is worth saying: minutes, more than 0 where it is ahead; otherwise 0. @param {number} offsetMs the server's time minus the device's */
export function clockOff(offsetMs) {
  return Math.abs(offsetMs) < CLOCK_OFF_MS ? 0 : Math.round(-offsetMs / 60_000);
}

/** The days until a certificate ends, where a new invitation should be asked for: 30 at most, 0 where it ended; otherwise null. @param {number} untilMs @param {number} nowMs by the server's clock */
export function daysLeft(untilMs, nowMs) {
  const days = Math.max(0, Math.floor((untilMs - nowMs) / DAY_MS));
  return days > RENEW_DAYS ? null : days;
}
