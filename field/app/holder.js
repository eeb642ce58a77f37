/**
 * The device that is open in this tab, for the modules that act with it; nobody's while it is locked.
 * @module
 */

/**
 * @typedef {object} Held
 * @property {import("../device/device.js").Device} device
 * @property {import("../device/transport.js").Transport} transport
 * @property {Uint8Array} storeKey while it is open, so that another lock can be put on it
 * @property {() => Promise<void>} close keep what was typed last, and try no more by itself
 * @property {(fault: string) => void} meet say above every screen what the store met
 * @property {() => number} lockMinutes after which it locks where nobody uses it
 * @property {() => Promise<void>} again load the device anew: it goes on under another id
 */

/** @type {Held | null} */
let held = null;

/** The open device, or null. */
export function holding() {
  return held;
}

/** The open device; an error where nobody works here. */
export function own() {
  if (held === null) throw new Error("nobody works here");
  return held;
}

/** @param {Held | null} opened null lets it go */
export function hold(opened) {
  held = opened;
}
