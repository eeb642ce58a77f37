/**
 * The thread beside the page, for what would keep it waiting: passphrases are hardened here, and what lists show of each
 * record is worked out. What it does is fetched when it is first asked for. Its policy lets it reach no server.
 * @module
 */

import { serve } from "./device/door.js";

/** @typedef {import("./device/door.js").Tell} Tell */
/** @typedef {import("./app/working.js").Opened} Opened */

/** The acts that a page may ask for. */
const ACTS = {
  /** @param {{slot: import("./device/hardening.js").Cost, text: string}} asked */
  async harden({ slot, text }) {
    return (await import("./device/hardening.js")).stretched(slot, text);
  },
  /** @param {Opened} opened @param {Tell} tell */
  async workOut(opened, tell) {
    return (await import("./app/working.js")).workOut(opened, tell);
  },
};

/** @typedef {typeof ACTS} Acts */

serve(/** @type {any} */ (globalThis), ACTS);
