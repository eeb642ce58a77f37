/**
 * What the worker who is here works on: forms, records and drafts of the open device.
 * @module
 */

import { signal } from "@preact/signals";
import { hex } from "../bytes.js";
import { randomBytes } from "../crypto/primitives.js";
import { Shelf } from "../device/forms.js";

/** @typedef {{id: string, form: string, version: number, record: string | null, answers: Record<string, unknown>, begun: number, shown: any[], touched: string[]}} Draft */
/** @typedef {import("../device/device.js").Device} Device */
/** @type {{device: Device, saved: () => void} | null} */
let desk = null;

function own() {
  if (desk === null) throw new Error("nobody works here");
  return desk;
}

/** A device was opened. @param {Device} device @param {() => void} saved what follows a save */
export async function takeUp(device, saved) {
  desk = { device, saved };
  await refresh();
}


export const shelf = signal(new Shelf([], new Map()));
export const records = signal(/** @type {Record<string, any>[]} */ ([]));
export const drafts = signal(/** @type {Draft[]} */ ([]));

/** Draw again what is shown. */
export async function refresh() {
  const { device } = own();
  shelf.value = await Shelf.of(device);
  device.form = (slug, version) => shelf.value.form(slug, version);
  device.newest = (slug) => shelf.value.newest(slug);
  const found = await Promise.all((await device.store.records()).map((record) => device.picture(record)));
  records.value = found.filter((picture) => picture.form !== undefined).sort((a, b) => (b.changed_ms ?? 0) - (a.changed_ms ?? 0));
  drafts.value = await keptDrafts();
}

/** The device locks. */
export async function layDown() {
  desk = null;
  records.value = [];
  drafts.value = [];
}

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
  own().saved();
}

/** What a record is called, for lists of entries; empty where it is not known. @param {string} record */
export function titleOf(record) {
  const picture = records.value.find((one) => one.record === record), form = picture && shelf.value.form(picture.form, picture.columns);
  return form?.document.title ?? null;
}
