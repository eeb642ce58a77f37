/**
 * The lock of a device's store: a random store key, wrapped in slots by a passphrase and, beside it, by passkeys. Nothing
 * that lies on the disk opens it by itself; wrong tries are slowed down, also over restarts.
 * @module
 */

import { utf8 } from "../bytes.js";
import { hkdf, openWith, randomBytes, sealWith } from "../crypto/primitives.js";
import { length } from "../forms/texts.js";
import { encode } from "../sync/messagepack.js";
import { stretched } from "./hardening.js";
import { NoRoom } from "./store.js";

export const PASSPHRASE_MIN = 12;
const WAIT_MS_MAX = 300_000;
const CLOCK_BACK_MS = 60_000; // a clock that is set right by the network moves less
/** Minutes without use after which a device locks, as a worker may choose; the first is not the default. */
export const LOCK_MINUTES = [2, 5, 10, 30];
export const LOCK_MINUTES_DEFAULT = 10;
/** The cost of trying a new slot: 19 MiB and two passes. What a slot says is used when it is opened, up to the bound. */
const COST = { memory: 19_456, passes: 2 };
const MEMORY_MAX = 262_144;
const PASSES_MAX = 8;
const PASSPHRASE = "passphrase";
const PASSKEY = "passkey";
const TRIES = "tries";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./hardening.js").Harden} Harden */
/** @typedef {{kind: string, salt: Uint8Array, memory: number, passes: number, nonce: Uint8Array, wrapped: Uint8Array, id: Uint8Array | null}} Slot */

/** An error at a lock, with a stable code. */
export class LockError extends Error {
  /** @param {"passphrase-short" | "wrong-secret" | "wait" | "no-slot" | "bad-slot"} code @param {{waitMs?: number}} [facts] */
  constructor(code, facts = {}) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}

/** A passphrase as it is tried: keyboards put a blank behind a word that they proposed. @param {string} text */
function plainOf(text) {
  return text.normalize("NFKC").trim().replace(/\s+/g, " ");
}

/** True if two texts are one passphrase. @param {string} one @param {string} other */
export function isSamePhrase(one, other) {
  return plainOf(one) === plainOf(other);
}

/**
 * The strength of a passphrase: how many characters are missing, and 0 (too short) to 3. Twelve characters pass; few different
 * ones, or figures alone, are the weakest of what passes, and long ones or four words the best.
 * @param {string} text
 */
export function strengthOf(text) {
  const plain = plainOf(text), missing = Math.max(0, PASSPHRASE_MIN - length(plain));
  if (missing > 0) return { missing, strength: 0 };
  const kinds = new Set(plain.toLowerCase()).size, words = new Set(plain.split(/\s+/).filter((word) => word.length > 2)).size;
  if (kinds < 6 || /^[0-9\s]+$/.test(plain)) return { missing, strength: 1 };
  return { missing, strength: words >= 4 || (length(plain) >= 20 && kinds >= 10) ? 3 : 2 };
}

/**
 * True if an open device locks: it was not used for so many minutes. A clock that was put back counts as use that nobody
 * knows of, so it locks too.
 * @param {number} usedMs @param {number} nowMs @param {number} minutes
 */
export function isLockDue(usedMs, nowMs, minutes) {
  return nowMs - usedMs >= minutes * 60_000 || nowMs < usedMs - CLOCK_BACK_MS;
}

/** The wait after so many wrong tries: 1, 2, 4 … up to 300 seconds. @param {number} tries */
export function waitAfter(tries) {
  return tries === 0 ? 0 : Math.min(WAIT_MS_MAX, 1_000 * 2 ** (tries - 1));
}

/** Put a passphrase on a store, in place of the one before. @param {Store} store @param {Uint8Array} storeKey @param {string} passphrase @param {Harden} [harden] where it is made a key */
export async function setPassphrase(store, storeKey, passphrase, harden = stretched) {
  const text = plainOf(passphrase);
  if (length(text) < PASSPHRASE_MIN) throw new LockError("passphrase-short");
  const salt = randomBytes(16), slot = { kind: PASSPHRASE, salt, ...COST, id: null };
  await keep(store, PASSPHRASE, await wrapped(slot, await harden(slot, text), storeKey));
}

/** Put a passkey on a store beside its passphrase. @param {Store} store @param {Uint8Array} storeKey @param {Uint8Array} id of the credential @param {Uint8Array} secret what its PRF gave */
export async function addPasskey(store, storeKey, id, secret) {
  const slot = { kind: PASSKEY, salt: randomBytes(16), memory: 0, passes: 0, id };
  await keep(store, PASSKEY, await wrapped(slot, await derived(slot, secret), storeKey));
}

/** The store key, by a passphrase. @param {Store} store @param {string} passphrase @param {number} nowMs @param {Harden} [harden] */
export function unlockByPassphrase(store, passphrase, nowMs, harden = stretched) {
  return tried(store, PASSPHRASE, nowMs, (slot) => harden(slot, plainOf(passphrase)));
}

/** The store key, by what a passkey's PRF gave. @param {Store} store @param {Uint8Array} secret @param {number} nowMs */
export function unlockByPasskey(store, secret, nowMs) {
  return tried(store, PASSKEY, nowMs, (slot) => derived(slot, secret));
}

/** The ways in that a store has: their kinds, and the credential of a passkey. @param {Store} store @returns {Promise<{kind: string, id: Uint8Array | null}[]>} */
export async function waysIn(store) {
  const slots = await Promise.all([PASSPHRASE, PASSKEY].map((kind) => store.db.get("slots", kind)));
  return slots.filter((slot) => slot !== undefined).map(({ kind, id }) => ({ kind, id }));
}

/** The time for which no try is taken: 0 where one is taken now. @param {Store} store @param {number} nowMs */
export async function timeLeft(store, nowMs) {
  const known = await store.db.get("slots", TRIES);
  if (known === undefined) return 0;
  return nowMs < known.sinceMs ? waitAfter(known.count) : Math.max(0, known.notBeforeMs - nowMs);
}

/** Take the passkey off a store; the passphrase stays. @param {Store} store */
export async function removePasskey(store) {
  await store.change(["slots"], (tx) => tx.objectStore("slots").delete(PASSKEY));
}

/** @param {Store} store @param {string} kind @param {number} nowMs @param {(slot: Slot) => Promise<Uint8Array>} keyOf */
async function tried(store, kind, nowMs, keyOf) {
  const slot = /** @type {Slot | undefined} */ (await store.db.get("slots", kind));
  if (slot === undefined) throw new LockError("no-slot");
  if (slot.memory > MEMORY_MAX || slot.passes > PASSES_MAX) throw new LockError("bad-slot");
  const isCounted = await countTry(store, nowMs); // before the secret is tried: whoever cuts the power off has used the try up
  const storeKey = await openWith(await keyOf(slot), slot.nonce, slot.wrapped, aadOf(slot));
  if (storeKey === null) throw new LockError("wrong-secret", { waitMs: isCounted ? (await store.db.get("slots", TRIES)).notBeforeMs - nowMs : waitAfter(1) });
  if (isCounted) await store.change(["slots"], (tx) => tx.objectStore("slots").delete(TRIES));
  return storeKey;
}

/**
 * Use a try up, or say how long to wait. A clock that was put back makes the wait begin again. False where the disk is full:
 * then a try is taken all the same, or who has no room could not even save what is in there.
 * @param {Store} store @param {number} nowMs
 */
async function countTry(store, nowMs) {
  const waitMs = await counted(store, nowMs).catch((error) => {
    if (error instanceof NoRoom) return null;
    throw error;
  });
  if (waitMs !== null && waitMs > 0) throw new LockError("wait", { waitMs });
  return waitMs !== null;
}

/** @param {Store} store @param {number} nowMs @returns {Promise<number>} the milliseconds to wait; 0 where the try was counted */
function counted(store, nowMs) {
  return store.change(["slots"], async (tx) => {
    const slots = tx.objectStore("slots"), known = (await slots.get(TRIES)) ?? { count: 0, sinceMs: nowMs, notBeforeMs: 0 };
    const isEarly = known.count > 0 && nowMs < known.notBeforeMs, isClockBack = known.count > 0 && nowMs < known.sinceMs;
    if (isEarly && !isClockBack) return known.notBeforeMs - nowMs;
    const count = isClockBack ? known.count : known.count + 1;
    await slots.put({ count, sinceMs: nowMs, notBeforeMs: nowMs + waitAfter(count) }, TRIES);
    return isClockBack ? waitAfter(count) : 0;
  });
}

/** @param {Store} store @param {string} kind @param {Slot} slot */
async function keep(store, kind, slot) {
  await store.change(["slots"], (tx) => tx.objectStore("slots").put(slot, kind));
}

/** @param {Omit<Slot, "nonce" | "wrapped">} slot @param {Uint8Array} key @param {Uint8Array} storeKey @returns {Promise<Slot>} */
async function wrapped(slot, key, storeKey) {
  const nonce = randomBytes(12);
  return { ...slot, nonce, wrapped: await sealWith(key, nonce, storeKey, aadOf(slot)) };
}

/** @param {Omit<Slot, "nonce" | "wrapped">} slot */
function aadOf({ kind, salt, memory, passes }) {
  return encode(["veldpost/1/device-slot", kind, salt, memory, passes]);
}

/** @param {{salt: Uint8Array}} slot @param {Uint8Array} secret */
function derived({ salt }, secret) {
  return hkdf(secret, utf8("veldpost/1/device-slot/passkey"), salt);
}
