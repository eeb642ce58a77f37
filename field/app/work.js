/**
 * The work of the worker who is here: forms, records and drafts of the open device. Screens read these signals and call
 * these functions; they never touch the store. `session.js` hands the device in when it opens and takes it when it locks.
 * @module
 */

import { signal } from "@preact/signals";
import { hex } from "../bytes.js";
import { randomBytes } from "../crypto/primitives.js";
import { Shelf } from "../device/forms.js";
import { EVERY, localName, touch } from "../device/store.js";
import { Summaries } from "../device/summaries.js";
import { begin as beginBeside } from "./beside.js";
import { changesOf, draftOf, localOf, newDraft } from "./filling/draft.js";
import { Keeper } from "./filling/keeper.js";
import { newestFirst } from "./records/searching.js";

/** @typedef {import("../device/device.js").Device} Device */
/** @typedef {import("../forms/definition/document.js").Form} Form */
/** @typedef {import("./filling/draft.js").Draft} Draft */
/** @typedef {import("./records/summary.js").Summary} Summary */
/** @typedef {ReturnType<typeof beginBeside>} Beside */
/**
 * @typedef {object} Desk
 * @property {Device} device @property {Summaries} summaries @property {Keeper} keeper @property {BroadcastChannel | null} told
 * @property {Beside} beside the worker that works out what lists show; it ends with the lock
 * @property {boolean} isLaidDown it is about to lock, or to go on under another id
 * @property {() => void} saved
 * @property {string | null} drawn the stamp of the summaries that are shown
 * @property {Map<string, Promise<any>>} acts what is being written @property {Map<string, string>} done the records of the drafts that were saved
 */

/** The number of unsent entries that are read at a time: ten thousand at once keep the page waiting. */
const WAITING_BATCH = 250;
/** After how many records that were worked out the lists are drawn again. */
const DRAWN_EVERY = 500;

export const shelf = signal(new Shelf([], new Map()));
/** Newest first. */
export const records = signal(/** @type {Summary[]} */ ([]));
export const drafts = signal(/** @type {Draft[]} */ ([]));
/** The number of records that were worked out since the last sync, of how many, while that goes on; 0 of 0 otherwise. @type {import("@preact/signals").Signal<import("../device/summaries.js").Progress>} */
export const working = signal({ done: 0, of: 0 });
/** The records with entries that no server has yet, and since when. */
export const unsent = signal(/** @type {Map<string, number>} */ (new Map()));

/** The words that are searched for, and how many records are shown: kept while a record is looked at, forgotten with the lock; null where a search begins. @type {import("@preact/signals").Signal<{wanted: import("./records/searching.js").Wanted, shown: number} | null>} */
export const search = signal(/** @type {any} */ (null));

/** @type {Desk | null} */
let desk = null;

function here() {
  if (desk === null) throw new Error("nobody works here");
  return desk;
}

/** The server's time minus this device's, as the last answer taught it. */
export const offsetMs = signal(0);

/** Keeps what was typed last when the page is hidden, for it may never be shown again. */
globalThis.document?.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "hidden") void desk?.keeper.flush().catch(() => undefined);
});

/** The worker whose device this is. */
export function me() {
  return here().device.book.worker(here().device.id) ?? "";
}

/** A device was opened. @param {Device} device @param {() => void} saved what follows a save @param {Beside} [beside] */
export async function takeUp(device, saved, beside = beginBeside()) {
  const summaries = new Summaries(device.store), keeper = new Keeper(device.store);
  const told = typeof BroadcastChannel === "undefined" ? null : new BroadcastChannel(device.store.db.name);
  desk = { device, summaries, keeper, told, saved, beside, isLaidDown: false, drawn: null, acts: new Map(), done: new Map() };
  if (told !== null) told.onmessage = () => void refresh(); // another tab wrote
  await read(desk);
  void refresh(); // what was not worked out yet follows while the page is shown
}

/** The device locks: its worker ends at once, and what was typed last is kept before the keys go. */
export async function layDown() {
  const gone = desk;
  if (gone !== null) gone.isLaidDown = true; // before its worker ends: what waits for that is no fault
  gone?.beside.end();
  try {
    await gone?.keeper.flush();
  } finally {
    desk = null; // also where the disk takes nothing any more
    gone?.told?.close();
    records.value = [];
    drafts.value = [];
    unsent.value = new Map();
    search.value = null;
    shelf.value = new Shelf([], new Map());
  }
}

/** Show what is in the store now, and work out what changed. */
export async function refresh() {
  const now = desk;
  if (now === null) return;
  try {
    await read(now);
    if ([...now.summaries.all.values()].some((one) => one.day === undefined)) await now.device.store.change(["pages"], (tx) => touch(tx, EVERY)); // an older app's
    const { store, id } = now.device, opened = { name: store.db.name, key: /** @type {CryptoKey} */ (store.key), device: id };
    await now.beside.door.ask("workOut", opened, (progress) => {
      working.value = progress;
      if (progress.done % DRAWN_EVERY === 0) void readRecords(now).catch(() => undefined); // it is read again at the end
    });
    await readRecords(now);
  } catch (error) {
    if (!now.isLaidDown) throw error; // otherwise it was locked meanwhile
  } finally {
    working.value = { done: 0, of: 0 };
  }
}

/** Show the summaries that were worked out since. @param {Desk} now */
async function readRecords(now) {
  await now.summaries.read();
  draw(now);
}

/** The summaries that were worked out already. @param {Desk} now */
async function read(now) {
  const { device, summaries, keeper } = now;
  shelf.value = await Shelf.of(device, shelf.value);
  await summaries.read();
  const [kept, waiting, pen] = await Promise.all([keeper.all(), waitingRecords(device), device.store.pen()]);
  if (desk !== now) return;
  offsetMs.value = pen.offsetMs;
  tell(drafts, kept);
  tell(unsent, waiting, (one) => [...one]);
  draw(now);
}

/** Show the summaries where they changed: what is drawn from them is drawn again. @param {Desk} now */
function draw(now) {
  if (desk !== now || now.drawn === now.summaries.stamp) return;
  now.drawn = now.summaries.stamp;
  records.value = newestFirst(/** @type {Summary[]} */ ([...now.summaries.all.values()]));
}

/** Set a signal where it differs. @template T @param {import("@preact/signals").Signal<T>} known @param {T} value @param {(value: T) => unknown} [plain] as JSON can say it */
function tell(known, value, plain = (one) => one) {
  if (JSON.stringify(plain(known.peek())) !== JSON.stringify(plain(value))) known.value = value;
}

/** @param {Device} device @returns {Promise<Map<string, number>>} */
async function waitingRecords({ store, id }) {
  const found = new Map();
  for (let after = (await store.pen()).sendAfter; ; ) {
    const rows = await store.ownAfter(id, after, WAITING_BATCH);
    for (const row of rows) if (!found.has(row.record)) found.set(row.record, row.writtenMs);
    if (rows.length < WAITING_BATCH) return found;
    after = rows[rows.length - 1].seq;
  }
}

// --- records ---

/** The title of a record, for lists of entries; nothing where it is not known. @param {string} record @returns {Record<string, string> | undefined} */
export function titleOf(record) {
  const summary = records.value.find((one) => one.record === record), form = summary === undefined ? null : shelf.value.form(summary.form, summary.columns);
  return form?.document.title;
}

/** A record as it is shown now, with what came since the worker last looked; from here on that counts as looked at. @param {string} record */
export async function lookAt(record) {
  const { device, summaries } = here(), look = await device.look(record), known = /** @type {Summary | undefined} */ (summaries.all.get(record));
  const since = known?.looked ?? 0, fresh = new Set([...look.came].filter(([, one]) => one.device !== device.id && one.number > since).map(([hash]) => hash));
  const last = Math.max(0, ...[...look.came.values()].map((one) => one.number));
  if (known !== undefined && known.looked < last) {
    await summaries.revise(record, (summary) => ({ ...summary, looked: Math.max(summary.looked, last) }));
    draw(here());
  }
  return { ...look, fresh, isFirst: since === 0, local: await localAnswers(record) };
}

/** A record as it is shown, without counting as looked at. @param {string} record */
export function glance(record) {
  return here().device.look(record);
}

/** The answers to a record that never leave this device. @param {string} record @returns {Promise<Record<string, unknown>>} */
async function localAnswers(record) {
  const kept = await here().device.store.opened("pictures", localName(record));
  return kept === null ? {} : JSON.parse(kept);
}

/** Write once, however often a button was pressed: who comes while it is being written gets the same. @template T @param {string} name @param {() => Promise<T>} write @returns {Promise<T>} */
function once(name, write) {
  const { acts } = here(), running = acts.get(name);
  if (running !== undefined) return running;
  const act = write().finally(() => acts.delete(name));
  acts.set(name, act);
  return act;
}

/** Delete a record, or bring it back, having seen just this. @param {import("../device/looking.js").Editing} editing @param {"delete" | "restore"} act @param {{form: string, version?: number, columns?: number}} picture */
export function mark(editing, act, picture) {
  const { device, summaries } = here(), known = /** @type {Summary | undefined} */ (summaries.all.get(editing.record));
  return once(`mark ${editing.record}`, async () => {
    if (known?.deleted === (act === "delete")) return; // so it is already
    await device.mark(editing, act, picture.form, picture.columns || picture.version || 0);
    await wrote();
  });
}

/** Write answers having seen just this. @param {import("../device/looking.js").Editing} editing @param {{form: string, version?: number, columns?: number}} picture @param {Map<string, unknown>} answers */
export function answer(editing, picture, answers) {
  const { device } = here();
  return once(`answer ${editing.record} ${[...answers.keys()].join()}`, async () => {
    await device.save(editing, picture.form, picture.columns || picture.version || 0, answers);
    await wrote();
  });
}

async function wrote() {
  const { told, saved } = here();
  told?.postMessage("wrote");
  await refresh();
  saved();
}

// --- drafts ---

/** Begin a form. @param {Form} form @returns {Promise<Draft>} */
export async function begin(form) {
  const draft = newDraft(hex(randomBytes(16)), form, Date.now());
  drafts.value = [draft, ...drafts.value];
  return draft;
}

/** Edit a record as it is shown; where a draft of it waits, that one. @param {string} record @returns {Promise<Draft | null>} null where its form is not here */
export function edit(record) {
  return once(`edit ${record}`, () => draftFor(record));
}

/** @param {string} record @returns {Promise<Draft | null>} */
async function draftFor(record) {
  const waiting = drafts.value.find((draft) => draft.record === record && draft.dropped === null);
  if (waiting !== undefined) return waiting;
  const look = await here().device.look(record), form = shelf.value.form(look.picture.form ?? "", look.picture.columns ?? 0);
  if (form === null) return null;
  const came = Math.max(0, ...[...look.came.values()].filter((one) => one.device !== here().device.id).map((one) => one.number));
  const draft = { ...draftOf(hex(randomBytes(16)), form, look, await localAnswers(record), Date.now()), came };
  drafts.value = [draft, ...drafts.value];
  return draft;
}

/** Keep a draft soon; resolves when it is on the disk. One that was saved is none any more. @param {Draft} draft */
export async function keep(draft) {
  const { keeper, done } = here();
  if (!done.has(draft.id)) await keeper.soon(draft);
}

/** Show drafts as they are kept. */
export async function readDrafts() {
  await desk?.keeper.flush();
  if (desk !== null) drafts.value = await desk.keeper.all();
}

/** Throw a draft away; it can be taken back until it goes. @param {Draft} draft */
export async function drop(draft) {
  const dropped = { ...draft, dropped: Date.now() };
  await here().keeper.now(dropped);
  await readDrafts();
}

/** @param {Draft} draft */
export async function takeBack(draft) {
  await here().keeper.now({ ...draft, dropped: null });
  await readDrafts();
}

/** Save what a draft changed, once: with the entry the draft goes and what stays on this device is kept, or nothing happens. @param {Draft} draft @returns {Promise<string>} the record */
export function save(draft) {
  return once(`save ${draft.id}`, async () => here().done.get(draft.id) ?? (await write(draft)));
}

/** @param {Draft} draft @returns {Promise<string>} */
async function write(draft) {
  const { device, keeper, done } = here(), form = /** @type {Form} */ (shelf.value.form(draft.form, draft.version));
  await keeper.flush();
  const changed = changesOf(form, draft), local = localOf(form, draft), editing = { record: draft.record ?? "", shown: draft.shown };
  const beside = { stores: ["drafts", "pictures"], ready: (/** @type {string} */ record) => sealedLocal(device, record, local), work: async (/** @type {any} */ tx, /** @type {string} */ record, /** @type {any} */ sealed) => {
    await tx.objectStore("drafts").delete(draft.id);
    await (sealed === null ? tx.objectStore("pictures").delete(localName(record)) : tx.objectStore("pictures").put(sealed, localName(record)));
  } };
  let { record } = editing;
  if (draft.record === null) record = await device.create(draft.form, draft.version, changed, beside);
  else if (changed.size > 0) await device.save(editing, draft.form, draft.version, changed, beside);
  else {
    const sealed = await beside.ready(record);
    await device.store.change(beside.stores, (tx) => beside.work(tx, record, sealed));
  }
  keeper.forget(draft.id);
  done.set(draft.id, record);
  await wrote();
  return record;
}

/** @param {Device} device @param {string} record @param {Record<string, unknown>} local */
async function sealedLocal({ store }, record, local) {
  return Object.keys(local).length === 0 ? null : store.sealed("pictures", localName(record), JSON.stringify(local));
}
