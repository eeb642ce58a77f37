/**
 * Works out what lists show of each record, in the worker beside the page: entries are opened, their signatures checked
 * and pictures drawn where nobody waits for it. It has the store key as a handle that gives no bytes away, keeps no
 * record's key longer than a run, and takes none of the seeds that sign or open grants out of the store.
 * @module
 */

import { Shelf } from "../device/forms.js";
import { Looking } from "../device/looking.js";
import { Store } from "../device/store.js";
import { Summaries } from "../device/summaries.js";
import { FactBook, decodeFact } from "../sync/facts.js";
import { aboutOf } from "./filling/starting.js";
import { summaryOf } from "./records/summary.js";

/** @typedef {{name: string, key: CryptoKey, device: string}} Opened a device's store by its name, with its key */
/** @typedef {import("./records/summary.js").Summary} Summary */
/** @typedef {{looking: Looking, summaries: Summaries, shelf: Shelf | null, facts: number}} Desk `facts` is the place of the last one that was read */

/** @type {Map<string, Desk>} */
const desks = new Map();
let running = /** @type {Promise<unknown>} */ (Promise.resolve());

/** Work out what changed, after what was asked for before; safe to repeat, to break off, and in several tabs. @param {Opened} opened @param {(progress: import("../device/summaries.js").Progress) => void} tell */
export function workOut(opened, tell) {
  const work = () => workedOut(opened, tell), done = running.then(work, work);
  running = done;
  return done;
}

/** @param {Opened} opened @param {(progress: import("../device/summaries.js").Progress) => void} tell */
async function workedOut(opened, tell) {
  const place = `${opened.name} ${opened.device}`, desk = desks.get(place) ?? (await deskOf(opened)), { looking } = desk;
  desks.set(place, desk);
  await learn(desk);
  const shelf = (desk.shelf = await Shelf.of(looking, desk.shelf)), referred = shelf.referred(), worker = looking.book.worker(looking.id) ?? "";
  /** @type {import("../device/summaries.js").Summarise} */
  const summarise = (look, before) => {
    const { picture } = look, form = shelf.form(picture.form ?? "", picture.columns ?? 0);
    const made = summaryOf(look, /** @type {Summary | undefined} */ (before), { worker, device: looking.id, form, isReferred: referred.has(picture.form ?? "") });
    return made === null ? null : { ...made, about: form === null ? null : (picture.shown?.[aboutOf(form)?.path ?? ""]?.value ?? null) };
  };
  try {
    await desk.summaries.renew(looking, summarise, tell);
  } finally {
    looking.keys.clear();
  }
}

/** @param {Opened} opened @returns {Promise<Desk>} */
async function deskOf({ name, key, device }) {
  const store = await Store.open(name, key);
  return { looking: new Looking(store, device, new FactBook()), summaries: new Summaries(store), shelf: null, facts: 0 };
}

/** Read the facts that came since. @param {Desk} desk */
async function learn(desk) {
  const { store, book } = desk.looking;
  for await (const { raw, number } of store.eachFact(desk.facts)) {
    book.add(decodeFact(raw));
    desk.facts = /** @type {number} */ (number);
  }
}
