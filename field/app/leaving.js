/**
 * Acts at a device that need no opening, and leaving this browser.
 * @module
 */

import { wasHandedIn, wipeWhatIsDue } from "../device/ending.js";
import { handIn, rescueFile } from "../device/handing.js";
import { noteHandedIn } from "../device/outside.js";
import { forget } from "../device/remembering.js";
import { Store, living, remove } from "../device/store.js";
import { choose, lookFromOutside, state, transportTo, worker, workers } from "./session.js";

/** @typedef {import("../device/store.js").Living} Living */

/** Work on the locked store of the worker who stands before it. @template T @param {(store: Store, here: Living) => Promise<T>} work */
async function outsideStore(work) {
  const here = /** @type {Living} */ (worker.value), store = await Store.open(here.name);
  try {
    return await work(store, here);
  } finally {
    store.close();
  }
}

/** Hand in what waits without opening it; where the office ended this device, what is due goes from it. Whether the server holds all. */
export async function handInOutside() {
  const handed = await outsideStore(async (store, { municipality }) => {
    const told = await handIn(store, transportTo(municipality)), isEnded = (await store.pen()).ended !== null;
    if (told.complete) await noteHandedIn(store);
    if (isEnded) {
      await wipeWhatIsDue(store, Date.now());
      await wasHandedIn(store, told);
      await wipeWhatIsDue(store, Date.now());
    }
    return { ...told, isEnded };
  });
  await lookFromOutside();
  if (handed.isEnded) await choose(/** @type {Living} */ (worker.value));
  return handed;
}

/** All own entries as a sealed file, from the locked store. */
export async function rescueOutside() {
  return outsideStore(async (store) => new Blob([await rescueFile(store)], { type: "application/octet-stream" }));
}

/** Take the worker's device from this browser, with all that it keeps. */
export async function takeAway() {
  await remove(/** @type {Living} */ (worker.value).name);
  workers.value = await living();
  if (workers.value.length > 0) await choose(workers.value[0]);
  else {
    forget();
    worker.value = null;
    state.value = "welcome";
  }
}
