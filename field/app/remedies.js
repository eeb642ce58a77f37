/**
 * The words for a worker when something failed: a sentence of ours by its code, otherwise the server's own remedy.
 * @module
 */

import { faultOf } from "../device/telling.js";
import { ServerRefused } from "../device/transport.js";
import { knows, say } from "./ui.js";

/** @param {unknown} error */
export function remedyOf(error) {
  const code = /** @type {any} */ (error)?.code, fault = faultOf(error);
  if (fault === "newer") return say("why.newer");
  for (const name of [fault, code]) if (typeof name === "string" && knows(`remedy.${name}`)) return say(`remedy.${name}`);
  if (error instanceof ServerRefused && error.remedy !== "") return error.remedy;
  console.error(error);
  return say("remedy.other");
}
