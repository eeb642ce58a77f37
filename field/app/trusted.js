/**
 * The two scripts that may run beside the page: the service worker, and the worker of this version. The policy of Trusted
 * Types passes their addresses and no other.
 * @module
 */

export const SERVICE = "/field/sw.js";
export const WORKER = new URL("../worker.js", import.meta.url).pathname;

/** @type {any} */
const policy = /** @type {any} */ (globalThis).trustedTypes?.createPolicy("veldpost", {
  createScriptURL(/** @type {string} */ asked) {
    if (asked !== SERVICE && asked !== WORKER) throw new TypeError("only our own workers run");
    return asked;
  },
});

/** One of the two, as browsers with Trusted Types want it. @param {typeof SERVICE | typeof WORKER} asked @returns {string} */
export function address(asked) {
  return policy === undefined ? asked : policy.createScriptURL(asked);
}
