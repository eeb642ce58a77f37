/**
 * Who works here now: no device, a locked one, or an open one with its forms, records and drafts. Screens read these
 * signals and call these functions; they never touch the store.
 * @module
 */

import { signal } from "@preact/signals";
import { hex } from "../bytes.js";
import { randomBytes } from "../crypto/primitives.js";
import { Device } from "../device/device.js";
import { Shelf, fetchForms } from "../device/forms.js";
import { LockError, setPassphrase, unlockByPassphrase } from "../device/lock.js";
import { rescueFile } from "../device/handing.js";
import { Store, living, nameOf, settle } from "../device/store.js";
import { Sync } from "../device/syncing.js";
import { ServerRefused, Transport, Unreachable } from "../device/transport.js";

/** @typedef {import("../device/store.js").Living} Living */
/** @typedef {{id: string, form: string, version: number, record: string | null, answers: Record<string, unknown>, begun: number, shown: any[], touched: string[]}} Draft */

/** `starting`, `welcome`, `locked` or `open` */
export const state = signal("starting");
export const workers = signal(/** @type {Living[]} */ ([]));
export const worker = signal(/** @type {Living | null} */ (null));
export const shelf = signal(new Shelf([], new Map()));
export const records = signal(/** @type {Record<string, any>[]} */ ([]));
export const drafts = signal(/** @type {Draft[]} */ ([]));
/** What is known of sending: how many entries are only here, and what the last try came to. */
export const sync = signal({ unsent: 0, running: false, atMs: 0, fault: "", remedy: "" });

/** @type {Device | null} */
let device = null;
/** @type {Transport | null} */
let transport = null;

/** The open device. */
function own() {
  if (device === null || transport === null) throw new Error("nobody works here");
  return { device, transport };
}

/** Look who lives in this browser. */
export async function start() {
  workers.value = await living();
  worker.value = workers.value[0] ?? null;
  state.value = worker.value === null ? "welcome" : "locked";
}

/** Make this browser a device of whoever holds the invitation. @param {import("../device/enrolling.js").Invitation} invitation @param {string} passphrase @param {string} label */
export async function enrol(invitation, passphrase, label) {
  const storeKey = randomBytes(32), road = new Transport("", invitation.municipality);
  const made = await Device.enrol(invitation, road, storeKey);
  await setPassphrase(made.store, storeKey, passphrase);
  const here = { name: nameOf(invitation.municipality, made.id), municipality: invitation.municipality, device: made.id, label };
  await settle(here);
  await navigator.storage?.persist?.();
  workers.value = [...workers.value, here];
  worker.value = here;
  await opened(made, road);
}

/** Open the device that is locked; throws `LockError`. @param {string} passphrase */
export async function unlock(passphrase) {
  const here = /** @type {Living} */ (worker.value), store = await Store.open(here.name);
  try {
    const storeKey = await unlockByPassphrase(store, passphrase, Date.now());
    store.close();
    await opened(await Device.load(await Store.open(here.name, storeKey)), new Transport("", here.municipality));
  } catch (error) {
    if (error instanceof LockError) store.close();
    throw error;
  }
}

/** Let the keys go. */
export function lock() {
  clearTimeout(again);
  device?.store.close();
  device = transport = null;
  records.value = [];
  drafts.value = [];
  state.value = "locked";
}

/** @param {Device} made @param {Transport} road */
async function opened(made, road) {
  device = made;
  transport = road;
  await refresh();
  state.value = "open";
  void synchronise();
}

/** Draw again what is shown. */
async function refresh() {
  const { device } = own();
  shelf.value = await Shelf.of(device);
  device.form = (slug, version) => shelf.value.form(slug, version);
  device.newest = (slug) => shelf.value.newest(slug);
  const found = await Promise.all((await device.store.records()).map((record) => device.picture(record)));
  records.value = found.filter((picture) => picture.form !== undefined).sort((a, b) => (b.changed_ms ?? 0) - (a.changed_ms ?? 0));
  drafts.value = await keptDrafts();
  const pen = await device.store.pen();
  sync.value = { ...sync.value, unsent: pen.head.seq - pen.sendAfter };
}

/** How long after a failure it is tried again: 1, 2, 4 … up to 300 s. */
let pauseMs = 0;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let again;

/** Hand in and take in; the truth about it comes from answers, and not from what the browser says of the connection. */
export async function synchronise() {
  clearTimeout(again);
  if (device === null || sync.value.running) return;
  const { transport } = own();
  sync.value = { ...sync.value, running: true };
  let fault = "", remedy = "";
  try {
    const outcome = await new Sync(device, transport).run();
    if (outcome.revoked) fault = "revoked";
    else {
      await fetchForms(device, transport);
      fault = outcome.refused ?? (outcome.forked ? "forked" : "");
    }
  } catch (error) {
    fault = error instanceof Unreachable ? "unreachable" : error instanceof ServerRefused ? error.code : String(error);
    remedy = error instanceof ServerRefused ? error.remedy : "";
  }
  sync.value = { ...sync.value, running: false, fault, remedy, atMs: fault === "" ? Date.now() : sync.value.atMs };
  if (device === null || fault === "revoked") return;
  await refresh();
  pauseMs = fault === "" ? 0 : Math.min(300_000, Math.max(1_000, 2 * pauseMs));
  if (fault !== "") again = setTimeout(synchronise, pauseMs);
}

// --- drafts ---

async function keptDrafts() {
  const { store } = own().device, ids = await store.db.getAllKeys("drafts");
  const found = await Promise.all(ids.map((id) => store.opened("drafts", String(id))));
  return found.map((one) => /** @type {Draft} */ (JSON.parse(one))).sort((a, b) => b.begun - a.begun);
}

/** Begin a form, or go on with a record that was opened. @param {import("../forms/document.js").Form} form @param {string | null} [record] @param {Record<string, unknown>} [answers] @returns {Promise<Draft>} */
export async function begin(form, record = null, answers = {}) {
  const shown = record === null ? [] : (await own().device.open(record)).shown;
  return { id: hex(randomBytes(16)), form: form.slug, version: form.version, record, answers, begun: Date.now(), shown, touched: [] };
}

/** @param {Draft} draft */
export async function keepDraft(draft) {
  const { store } = own().device, sealed = await store.sealed("drafts", draft.id, JSON.stringify(draft));
  await store.change(["drafts"], (tx) => tx.objectStore("drafts").put(sealed, draft.id));
}

/** @param {Draft} draft */
export async function dropDraft(draft) {
  await own().device.store.change(["drafts"], (tx) => tx.objectStore("drafts").delete(draft.id));
  drafts.value = drafts.value.filter((one) => one.id !== draft.id);
}

/** Save what a draft changed as an entry. @param {Draft} draft */
export async function saveDraft(draft) {
  const { device } = own(), form = /** @type {import("../forms/document.js").Form} */ (shelf.value.form(draft.form, draft.version));
  const changed = new Map(draft.touched.filter((path) => !form.stays(path)).map((path) => [path, draft.answers[path] ?? null]));
  if (draft.record === null) await device.create(draft.form, draft.version, changed);
  else if (changed.size > 0) await device.save({ record: draft.record, shown: draft.shown }, draft.form, draft.version, changed);
  await dropDraft(draft);
  await refresh();
  void synchronise();
}

/** A sealed file of all own entries. */
export async function rescue() {
  return new Blob([await rescueFile(own().device.store)], { type: "application/octet-stream" });
}

