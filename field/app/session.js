/**
 * The worker who is here now: no device, a locked one, an open one, or one that is no more. Screens read these signals and call
 * these functions; they never touch the store.
 * @module
 */

import { signal } from "@preact/signals";
import { randomBytes } from "../crypto/primitives.js";
import { hex } from "../bytes.js";
import { LOCK_MINUTES_DEFAULT, setPassphrase, unlockByPassphrase, unlockByPasskey } from "../device/lock.js";
import { fromOutside } from "../device/outside.js";
import { askPasskey } from "../device/passkey.js";
import { remember, remembers } from "../device/remembering.js";
import { Store, living, nameOf, remove, settle } from "../device/store.js";
import { Transport } from "../device/transport.js";
import { harden } from "./beside.js";
import { hold, holding } from "./holder.js";
import { instead } from "./router.js";
import { language } from "./ui.js";

/** @typedef {import("../device/store.js").Living} Living */
/** @typedef {import("../device/outside.js").Outside} Outside */
/** @typedef {import("../device/enrolling.js").Invitation} Invitation */

const TRIES_MAX = 5;

/** `starting`, `old`, `unplaced` (no store can be opened), `welcome`, `made` (a device without a passkey yet), `evicted`, `locked`, `open` or `ended` */
export const state = signal("starting");
export const workers = signal(/** @type {Living[]} */ ([]));
export const worker = signal(/** @type {Living | null} */ (null));
/** The worker's device as it is seen from outside. */
export const outside = signal(/** @type {Outside | null} */ (null));
/** Why it is locked: `restart`, `idle`, `asked`, `gone`; and since when. */
export const why = signal({ reason: "restart", atMs: Date.now() });

/** Look who lives in this browser. */
export async function start() {
  try {
    workers.value = await living();
  } catch {
    state.value = "unplaced";
    return;
  }
  if (workers.value.length === 0) {
    state.value = remembers() ? "evicted" : "welcome";
    return;
  }
  remember();
  await choose(workers.value.find(({ name }) => name === localStorage.getItem("last")) ?? workers.value[0]);
}

/** Stand before the lock of one of the workers. @param {Living} here */
export async function choose(here) {
  if (worker.value !== null && worker.value.name !== here.name) instead(); // where one worker was is nothing to another
  worker.value = here;
  await lookFromOutside();
  const { isEmpty, isWiped, ended } = /** @type {Outside} */ (outside.value);
  state.value = isEmpty ? "evicted" : isWiped || ended !== null ? "ended" : "locked";
}

/** Look again at the locked device. */
export async function lookFromOutside() {
  outside.value = await withStore(/** @type {Living} */ (worker.value), (store) => fromOutside(store, Date.now()));
}

/** A transport to a worker's server. @param {string} municipality */
export function transportTo(municipality) {
  const transport = new Transport("", municipality);
  transport.language = language.value;
  return transport;
}

/** An enrolment that was begun in this page: the same invitation goes on with the same keys. @type {{token: string, storeKey: Uint8Array, device: string} | null} */
let begun = null;
/** Refusals after which these keys are nobody's, and another invitation finds fresh ones. */
const REFUSED = new Set(["invitation-invalid", "enrolment-refused"]);

/**
 * Make this browser a device of whoever holds the invitation. Its keys are behind their lock, and in the list of those who
 * live here, before they are sent: where the page ends before the answer, unlocking goes on.
 * @param {Invitation} invitation @param {string} passphrase @param {string} label
 */
export async function enrol(invitation, passphrase, label) {
  const { municipality } = invitation, token = hex(invitation.token), { begin, loaded } = await opening();
  if (begun?.token !== token) {
    const storeKey = randomBytes(32);
    begun = { token, storeKey, device: await begin(invitation, storeKey) };
  }
  const { storeKey, device } = begun, here = { name: nameOf(municipality, device), municipality, device, label };
  await withStore(here, (store) => setPassphrase(store, storeKey, passphrase, harden));
  await settle(here);
  workers.value = await living();
  const made = await loaded(here.name, storeKey, transportTo(municipality)).catch(async (error) => {
    if (REFUSED.has(error.code)) await letGo(here);
    throw error;
  });
  begun = null;
  worker.value = here;
  await stay();
  await opened(made, storeKey, "made");
}

/** Nobody certified these keys. @param {Living} here */
async function letGo(here) {
  begun = null;
  await remove(here.name);
  workers.value = await living();
}

/** A device lives here from now on. */
async function stay() {
  instead();
  remember();
  await navigator.storage?.persist?.().catch(() => false);
}

/** The new device is ready to be worked on. */
export function ready() {
  state.value = "open";
}

/** Open the locked device; throws `LockError`. @param {string} passphrase */
export async function unlock(passphrase) {
  await unlocked((store) => unlockByPassphrase(store, passphrase, Date.now(), harden));
}

/** Open the locked device by its passkey; throws `LockError` or `PasskeyError`. */
export async function unlockWithPasskey() {
  const secret = await askPasskey(/** @type {Uint8Array} */ (outside.value?.passkey));
  await unlocked((store) => unlockByPasskey(store, secret, Date.now()));
}

/** @param {(store: Store) => Promise<Uint8Array>} keyOf */
async function unlocked(keyOf) {
  const here = /** @type {Living} */ (worker.value), storeKey = await withStore(here, keyOf), isBegun = outside.value?.isBegun;
  const device = await (await opening()).loaded(here.name, storeKey, transportTo(here.municipality));
  if (isBegun) await stay();
  await opened(device, storeKey);
}

/** @template T @param {Living} here @param {(store: Store) => Promise<T>} work */
async function withStore({ name }, work) {
  const store = await Store.open(name);
  try {
    return await work(store);
  } finally {
    store.close();
  }
}

/** The modules that an open device needs, fetched when there is one. */
function opening() {
  return import("./opening.js");
}

/** @param {import("../device/device.js").Device} device @param {Uint8Array} storeKey @param {string} [next] the state that it leads to */
async function opened(device, storeKey, next = "open") {
  const here = /** @type {Living} */ (worker.value), { open } = await opening();
  localStorage.setItem("last", here.name);
  if (await open(device, storeKey, transportTo(here.municipality), lock)) state.value = next;
}

/** Keep what was typed last, let the keys go, and stand before the lock. @param {"asked" | "idle" | "gone"} reason */
export async function lock(reason = "asked") {
  const held = holding();
  await held?.close();
  held?.device.store.close();
  held?.storeKey.fill(0);
  hold(null);
  why.value = { reason, atMs: Date.now() };
  if (reason === "asked") {
    instead();
    locks.postMessage("lock");
  }
  workers.value = await stillLiving();
  const here = workers.value.find(({ name }) => name === worker.value?.name);
  if (here === undefined) state.value = workers.value.length === 0 ? "evicted" : "locked";
  const next = here ?? workers.value[0];
  if (next !== undefined) await choose(next).catch(() => void (state.value = "unplaced"));
}

/** The device that lives here after a store went: while a browser clears it away, opening fails for a moment. */
async function stillLiving() {
  for (let tries = 0; ; tries += 1) {
    const found = await Promise.race([living().catch(() => null), pause(2_000)]);
    if (found) return found;
    if (tries === TRIES_MAX) return workers.value; // no answer is no empty store: whoever lived here is looked at
    await pause(300);
  }
}

/** @param {number} ms @returns {Promise<null>} */
function pause(ms) {
  return new Promise((resolve) => setTimeout(() => resolve(null), ms));
}

/** Locking in one tab locks all. */
const locks = new BroadcastChannel("veldpost-lock");
locks.onmessage = () => {
  if (holding() !== null) void lock("idle");
};

/** Minutes without use after which the open device locks. */
export function lockMinutes() {
  return holding()?.lockMinutes() ?? LOCK_MINUTES_DEFAULT;
}
