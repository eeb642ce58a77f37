/**
 * Locks the open device when nobody used it for the minutes that its worker chose, also after the tablet slept.
 * @module
 */

import { isLockDue } from "../device/lock.js";
import { lock, lockMinutes, state } from "./session.js";

const LOOK_MS = 5_000;
const SAME_USE_MS = 500; // a key comes as several events
let usedMs = Date.now();

/** Begin to look. */
export function watchUse() {
  for (const kind of ["pointerdown", "keydown", "scroll", "input"]) {
    addEventListener(kind, () => {
      const nowMs = Date.now();
      if ((nowMs < usedMs || nowMs - usedMs > SAME_USE_MS) && !lockIfDue()) usedMs = nowMs;
    }, { capture: true, passive: true });
  }
  document.addEventListener("visibilitychange", lockIfDue);
  setInterval(lockIfDue, LOOK_MS);
}

/** @returns {boolean} whether it locked */
function lockIfDue() {
  if (state.value !== "open") {
    usedMs = Date.now();
    return false;
  }
  if (!isLockDue(usedMs, Date.now(), lockMinutes())) return false;
  state.value = "starting"; // covered at once; what was typed last is kept before the keys go
  void lock("idle");
  return true;
}
