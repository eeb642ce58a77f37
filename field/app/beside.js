/**
 * The worker beside the page. One is started for each passphrase and ended with its answer, so that nothing of what it
 * worked with stays; another works for an open device until it locks.
 * @module
 */

import { Door } from "../device/door.js";
import { WORKER, address } from "./trusted.js";

/** @typedef {import("../worker.js").Acts} Acts */

/** A worker with its door; `end` empties it at once. */
export function begin() {
  const worker = new Worker(address(WORKER), { type: "module" }), door = /** @type {Door<Acts>} */ (new Door(worker));
  worker.onerror = () => door.shut(new Error("the worker does not start"));
  return {
    door,
    end: () => {
      worker.terminate();
      door.shut();
    },
  };
}

/** The key that a passphrase comes to, worked out while the page goes on. @type {import("../device/hardening.js").Harden} */
export async function harden(slot, text) {
  const { door, end } = begin(), { salt, memory, passes } = slot;
  try {
    return await door.ask("harden", { slot: { salt, memory, passes }, text });
  } finally {
    end();
  }
}
