/**
 * The sync loop of the open device: on start, on coming back, after saving, by button, and again after failures. What is
 * shown of it comes from answers, never from what the browser says of the connection.
 * @module
 */

import { signal } from "@preact/signals";
import { fetchForms } from "../device/forms.js";
import { resume } from "../device/succession.js";
import { Sync } from "../device/syncing.js";
import { clockOff, daysLeft, faultOf } from "../device/telling.js";
import { ServerRefused } from "../device/transport.js";
import { holding, own } from "./holder.js";
import { refresh } from "./work.js";

/** @typedef {import("../device/telling.js").Known & {triedMs: number, refusedSeq: number, clockOff: number, daysLeft: number | null, isRestored: boolean, soFar: SoFar | null}} Sending */
/** @typedef {{sent: number, of: number, received: number}} SoFar what the exchange under way did: sent of how many, and received; how much there is to receive no answer says */

const PAUSE_MS = 1_000;
const PAUSE_MS_MAX = 300_000;
const TOLD = "told";
/** @type {Sending} */
const NOTHING = { unsent: 0, sinceMs: 0, running: false, sent: 0, received: 0, atMs: 0, fault: "", remedy: "", triedMs: 0, refusedSeq: 0, clockOff: 0, daysLeft: null, isRestored: false, soFar: null };

/** The state of sending, as far as it is known. `clockOff` and `daysLeft` as in `device/telling.js`; `refusedSeq`: the own entry that it does not take, 0 where there is none; `isRestored`: the server began a new life, and everything is handed in again; `soFar`: null where no exchange is under way. */
export const sync = signal(NOTHING);

let pauseMs = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let again;

/** Know again what was told when the app was last open. */
export async function recall() {
  sync.value = { ...NOTHING, ...(await own().device.store.db.get("pen", TOLD)) };
  await count();
}

/** Count what is only here. */
export async function count() {
  const { device } = own(), pen = await device.store.pen(), [oldest] = await device.store.ownAfter(device.id, pen.sendAfter, 1);
  const until = Number(device.book.certificates.get(device.id)?.until_ms ?? Infinity);
  const unsent = pen.head.seq - pen.sendAfter, known = { clockOff: clockOff(pen.offsetMs), daysLeft: daysLeft(until, Date.now() + pen.offsetMs) };
  sync.value = { ...sync.value, ...known, unsent, sinceMs: oldest?.writtenMs ?? 0 };
}

/** Try no more by itself. */
export function rest() {
  clearTimeout(again);
}

/** Hand in and take in. */
export async function synchronise() {
  clearTimeout(again);
  const held = holding();
  if (held === null || sync.value.running) return;
  sync.value = { ...sync.value, running: true, soFar: null };
  const told = await exchanged(held).catch((error) => ({ fault: faultOf(error), remedy: error instanceof ServerRefused ? error.remedy : "", error }));
  if ("error" in told && told.fault === "other") console.error(told.error);
  const { error: _error, ...known } = /** @type {any} */ (told);
  sync.value = { ...sync.value, ...known, running: false, soFar: null, triedMs: Date.now() };
  if (holding() !== held || ["ended", "gone"].includes(told.fault)) return;
  await settle(held).catch((error) => {
    sync.value = { ...sync.value, fault: faultOf(error) };
  });
  pauseMs = sync.value.fault === "" ? 0 : Math.min(PAUSE_MS_MAX, Math.max(PAUSE_MS, 2 * pauseMs));
  if (sync.value.fault !== "" && holding() === held) again = setTimeout(synchronise, pauseMs);
}

/** One exchange, as far as it comes; throws what broke it off. @param {import("./holder.js").Held} held @returns {Promise<Partial<Sending> & {fault: string}>} */
async function exchanged(held) {
  const { transport } = held;
  if (await resume(held.device, transport) || await held.device.hasGoneOn()) await held.again(); // its place was taken, in another tab or with an answer that was lost
  const { device } = held, before = (await device.store.pen()).life;
  const of = sync.value.unsent, tell = (/** @type {import("../device/syncing.js").Outcome} */ { sent, received }) => {
    sync.value = { ...sync.value, soFar: { sent, of: Math.max(of, sent), received } };
    if (received > 0) void meanwhile(held);
  };
  const { sent, received, refused, refusedSeq, forked, revoked, succeeded } = await new Sync(device, transport, tell).run();
  await showing;
  if (succeeded) return holding() === held ? exchanged(held) : { fault: "" }; // another took its place meanwhile
  if (revoked) return { fault: "ended", sent };
  const { life, handedThrough } = await device.store.pen();
  await fetchForms(device, transport);
  const fault = refused ?? (forked ? "forked" : "");
  const isRestored = handedThrough !== null || (before !== "" && before !== life);
  return fault === "" ? { fault, remedy: "", sent, received, atMs: Date.now(), refusedSeq, isRestored } : { fault, remedy: "", refusedSeq, isRestored };
}

/** Work that shows what came so far. @type {Promise<void> | null} */
let showing = null;

/** Show what came so far while more comes; what goes wrong with it is met again at the end. @param {import("./holder.js").Held} held */
function meanwhile({ device, transport }) {
  const show = async () => {
    await fetchForms(device, transport); // before records are opened, or each of them is opened twice
    await refresh();
  };
  showing ??= show().catch(() => undefined).finally(() => {
    showing = null;
  });
  return showing;
}

/** Show what came, and keep what was told. @param {import("./holder.js").Held} held */
async function settle({ device }) {
  await refresh();
  await count();
  const { sent, received, atMs, fault, remedy, triedMs, refusedSeq } = sync.value;
  await device.store.change(["pen"], (tx) => tx.objectStore("pen").put({ sent, received, atMs, fault, remedy, triedMs, refusedSeq }, TOLD));
}
