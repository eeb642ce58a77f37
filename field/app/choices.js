/**
 * The choices of a worker for this device: after how many minutes it locks. Language and look are the browser's, for they are
 * needed before anybody is known.
 * @module
 */

import { signal } from "@preact/signals";
import { LOCK_MINUTES, LOCK_MINUTES_DEFAULT } from "../device/lock.js";
import { own } from "./holder.js";

const NAME = "choices";

export const chosen = signal({ lockMinutes: LOCK_MINUTES_DEFAULT });

/** @param {import("../device/store.js").Store} store */
export async function readChoices(store) {
  const kept = await store.db.get("pen", NAME);
  chosen.value = { lockMinutes: LOCK_MINUTES.includes(kept?.lockMinutes) ? kept.lockMinutes : LOCK_MINUTES_DEFAULT };
}

/** @param {number} lockMinutes */
export async function chooseLockMinutes(lockMinutes) {
  chosen.value = { ...chosen.value, lockMinutes };
  await own().device.store.change(["pen"], (tx) => tx.objectStore("pen").put(chosen.value, NAME));
}
