/**
 * Makes a key of a passphrase at a cost (Argon2id): a second on a cheap phone, in which nothing else is done. The page
 * asks its worker for it.
 * @module
 */

import { utf8 } from "../bytes.js";

/** @typedef {{salt: Uint8Array, memory: number, passes: number}} Cost `memory` in KiB */
/** @typedef {(slot: Cost, text: string) => Promise<Uint8Array>} Harden */

/** The 32 bytes that a passphrase and a slot's salt come to. @type {Harden} */
export async function stretched({ salt, memory, passes }, text) {
  const { argon2id } = await import("hash-wasm"); // 11 KB that only a passphrase needs
  const how = { password: utf8(text), salt, memorySize: memory, iterations: passes, parallelism: 1, hashLength: 32, outputType: /** @type {const} */ ("binary") };
  return argon2id(how);
}
