/**
 * An open device: what of the app is fetched when there is one. It holds the device, syncs, and says when it must lock.
 * @module
 */

import { effect } from "@preact/signals";
import { begin, goOn } from "../device/beginning.js";
import { Device } from "../device/device.js";
import { Store } from "../device/store.js";
import { chosen, readChoices } from "./choices.js";
import { hold, holding, own } from "./holder.js";
import { count, recall, rest, sync, synchronise } from "./syncing.js";
import { layDown, takeUp } from "./work.js";

/** @typedef {import("../device/transport.js").Transport} Transport */
/** @typedef {(reason: "idle" | "gone") => Promise<void>} Lock */

/** The time for which opening waits for the server to say that the device was ended. */
const FIRST_LOOK_MS = 3_000;
/** @type {Lock | null} */
let lockNow = null;

/** The device of an unlocked store; one whose keys wait to be certified is enrolled first. @param {string} name @param {Uint8Array} storeKey @param {Transport} transport */
export async function loaded(name, storeKey, transport) {
  const store = await Store.open(name, storeKey);
  try {
    await goOn(store, transport);
    return await Device.load(store);
  } catch (error) {
    store.close();
    throw error;
  }
}

export { begin };

/** Hold a device, and look first whether it was ended: whether it may be shown. @param {Device} device @param {Uint8Array} storeKey @param {Transport} transport @param {Lock} lock what is called where it must be let go */
export async function open(device, storeKey, transport, lock) {
  lockNow = lock;
  device.store.onGone = () => meet("gone");
  hold({ device, storeKey, transport, again, close, meet, lockMinutes: () => chosen.value.lockMinutes });
  await readChoices(device.store);
  await recall();
  await takeUp(device, saved);
  await Promise.race([synchronise(), new Promise((resolve) => setTimeout(resolve, FIRST_LOOK_MS))]);
  return holding()?.device.store === device.store && sync.value.fault !== "ended";
}

function saved() {
  void count().then(synchronise);
}

/** @type {Promise<void> | null} */
let loading = null;

/** The device goes on under another id, in the same store. Whoever asks meanwhile, or afterwards, gets the one that was loaded. */
function again() {
  loading ??= loadAgain().finally(() => {
    loading = null;
  });
  return loading;
}

async function loadAgain() {
  const held = own();
  if (!(await held.device.hasGoneOn())) return;
  const device = await Device.load(held.device.store);
  await layDown();
  held.device = device;
  await takeUp(device, saved);
  await count();
}

async function close() {
  rest();
  await layDown().catch(() => undefined); // a store that went keeps nothing any more
}

/** @param {string} fault */
function meet(fault) {
  sync.value = { ...sync.value, fault };
}

effect(() => {
  const { fault } = sync.value;
  if ((fault === "ended" || fault === "gone") && holding() !== null) setTimeout(() => lockNow?.(fault === "gone" ? "gone" : "idle"));
});
addEventListener("online", () => synchronise());
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && synchronise());
