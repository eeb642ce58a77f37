/**
 * The summaries that lists show of each record: worked out anew where something of it changed, and kept sealed, many to a page, so that
 * ten thousand records open in a moment. What changed is noted in the transaction that changes it, so nothing is missed.
 * @module
 */

import { hex } from "../bytes.js";
import { randomBytes } from "../crypto/primitives.js";
import { alone } from "./locks.js";
import { EVERY, countTouched, touch, touched, untouch } from "./store.js";

const PAGE = 250;
const BATCH = 50;
const STAMP = "stamp";
const MARKS = "marks";

/** @typedef {import("./looking.js").Looking} Looking */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {Record<string, any> & {record: string}} Summary */
/** @typedef {{done: number, of: number}} Progress how many records were worked out, of how many; what changes meanwhile is added */
/** @typedef {(look: Awaited<ReturnType<Looking["look"]>>, before: Summary | undefined) => Summary | null} Summarise null where nothing of a record is shown */

/** The summaries of one device. */
export class Summaries {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    /** @type {Map<string, Summary>} */
    this.all = new Map();
    /** @type {Map<string, number>} */
    this.pageOf = new Map();
    /** @type {Map<number, Set<string>>} */
    this.pages = new Map();
    this.stamp = "";
    /** @type {Map<number, string>} the stamp with which each page was written that is read */
    this.marks = new Map();
    this.reading = /** @type {Promise<void>} */ (Promise.resolve());
  }

  /** Read what the worker beside the page, or another tab, wrote since: the pages that changed. */
  read() {
    const read = () => this.#read();
    this.reading = this.reading.then(read, read);
    return this.reading;
  }

  async #read() {
    const { db } = this.store, stamp = String((await db.get("pages", STAMP)) ?? "");
    if (stamp === this.stamp) return;
    const marks = await db.get("pages", MARKS), of = marks?.stamp === stamp ? marks.of : {}; // an older app writes no marks
    for (const number of /** @type {number[]} */ (await db.getAllKeys("pages", IDBKeyRange.bound(0, Infinity)))) {
      if (of[number] !== undefined && of[number] === this.marks.get(number)) continue;
      const page = /** @type {Summary[]} */ (JSON.parse(await this.store.opened("pages", String(number), number)));
      for (const record of this.pages.get(number) ?? []) if (this.pageOf.get(record) === number) this.#forget(record, number);
      for (const summary of page) this.#place(summary, number);
      this.marks.set(number, of[number] ?? "");
    }
    this.stamp = stamp;
  }

  /**
   * Work out anew what changed; safe to repeat, to break off, and in several tabs.
   * @param {Pick<Looking, "look">} device @param {Summarise} summarise @param {(progress: Progress) => void} [tell]
   */
  renew(device, summarise, tell = () => undefined) {
    return alone(`pages:${this.store.db.name}`, async () => {
      await this.read();
      for (let done = 0; ; ) {
        const marks = await touched(this.store, BATCH);
        if (marks.size === 0) return;
        if (marks.has(EVERY)) await this.#touchAll(marks);
        else {
          await this.#renewed(device, summarise, marks);
          done += marks.size;
          tell({ done, of: done + (await countTouched(this.store)) });
        }
      }
    });
  }

  /** Change what is kept of one record by itself. @param {string} record @param {(summary: Summary) => Summary} change */
  revise(record, change) {
    return alone(`pages:${this.store.db.name}`, async () => {
      await this.read();
      const known = this.all.get(record);
      if (known === undefined) return;
      this.#place(change(known), /** @type {number} */ (this.pageOf.get(record)));
      await this.#write([/** @type {number} */ (this.pageOf.get(record))], new Map());
    });
  }

  /** @param {Map<string, string>} marks */
  async #touchAll(marks) {
    const records = await this.store.records();
    await this.store.change(["pages"], async (tx) => {
      for (const record of records) await touch(tx, record);
      await untouch(tx, new Map([[EVERY, /** @type {string} */ (marks.get(EVERY))]]));
    });
  }

  /** @param {Pick<Looking, "look">} device @param {Summarise} summarise @param {Map<string, string>} marks */
  async #renewed(device, summarise, marks) {
    const changed = /** @type {Set<number>} */ (new Set()), records = [...marks.keys()];
    const looks = await Promise.all(records.map((record) => device.look(record)));
    for (const [n, record] of records.entries()) {
      const summary = summarise(looks[n], this.all.get(record));
      const page = this.pageOf.get(record) ?? this.#roomy();
      if (summary !== null) this.#place(summary, page);
      else if (!this.#forget(record, page)) continue;
      changed.add(page);
    }
    await this.#write(changed, marks);
  }

  /** A page with room for one more. */
  #roomy() {
    const last = Math.max(0, ...this.pages.keys());
    return (this.pages.get(last)?.size ?? 0) < PAGE ? last : last + 1;
  }

  /** @param {Summary} summary @param {number} page */
  #place(summary, page) {
    this.all.set(summary.record, summary);
    this.pageOf.set(summary.record, page);
    this.pages.set(page, (this.pages.get(page) ?? new Set()).add(summary.record));
  }

  /** True if it stood on a page. @param {string} record @param {number} page */
  #forget(record, page) {
    this.pageOf.delete(record);
    this.pages.get(page)?.delete(record);
    return this.all.delete(record);
  }

  /** @param {Iterable<number>} changed pages @param {Map<string, string>} marks */
  async #write(changed, marks) {
    const stamp = hex(randomBytes(8)), sealed = /** @type {[number, Uint8Array][]} */ ([]);
    for (const page of changed) {
      const summaries = [...(this.pages.get(page) ?? [])].map((record) => this.all.get(record));
      sealed.push([page, await this.store.sealed("pages", String(page), JSON.stringify(summaries))]);
    }
    await this.store.change(["pages"], async (tx) => {
      const pages = tx.objectStore("pages"), known = await pages.get(MARKS), isWhole = known !== undefined && known.stamp === (await pages.get(STAMP));
      for (const [page, bytes] of sealed) await pages.put(bytes, page);
      await pages.put(stamp, STAMP);
      await pages.put({ stamp, of: { ...(isWhole ? known.of : {}), ...Object.fromEntries(sealed.map(([page]) => [page, stamp])) } }, MARKS);
      await untouch(tx, marks);
    });
    for (const [page] of sealed) this.marks.set(page, stamp);
    this.stamp = stamp;
  }
}
