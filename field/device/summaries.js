/**
 * What lists show of each record: worked out anew where something of it changed, and kept sealed, many to a page, so that
 * ten thousand records open in a moment. What changed is noted in the transaction that changes it, so nothing is missed.
 * @module
 */

import { hex } from "../bytes.js";
import { randomBytes } from "../crypto/primitives.js";
import { alone } from "./locks.js";
import { EVERY, touch, touched, untouch } from "./store.js";

const PAGE = 250;
const BATCH = 50;
/** How long the page may be kept waiting at a time. */
const TURN_MS = 12;
const STAMP = "stamp";

/** @typedef {import("./device.js").Device} Device */
/** @typedef {import("./store.js").Store} Store */
/** @typedef {Record<string, any> & {record: string}} Summary */
/** @typedef {(look: Awaited<ReturnType<Device["look"]>>, before: Summary | undefined) => Summary | null} Summarise null where nothing of a record is shown */

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
  }

  /** Read what another tab wrote since. */
  async read() {
    const stamp = String((await this.store.db.get("pages", STAMP)) ?? "");
    if (stamp === this.stamp) return;
    this.all.clear();
    this.pageOf.clear();
    this.pages.clear();
    for (const number of await this.store.db.getAllKeys("pages", IDBKeyRange.bound(0, Infinity))) {
      const page = /** @type {Summary[]} */ (JSON.parse(await this.store.opened("pages", String(number), number)));
      for (const summary of page) this.#place(summary, Number(number));
    }
    this.stamp = stamp;
  }

  /**
   * Work out anew what changed; safe to repeat, to break off, and in several tabs.
   * @param {Device} device @param {Summarise} summarise @param {(done: number) => void} [progress] how many were worked out
   */
  renew(device, summarise, progress = () => undefined) {
    return alone(`pages:${this.store.db.name}`, async () => {
      await this.read();
      for (let done = 0; ; ) {
        const marks = await touched(this.store, BATCH);
        if (marks.size === 0) return;
        if (marks.has(EVERY)) await this.#touchAll(marks);
        else {
          await this.#renewed(device, summarise, marks);
          done += marks.size;
          progress(done);
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

  /** @param {Device} device @param {Summarise} summarise @param {Map<string, string>} marks */
  async #renewed(device, summarise, marks) {
    const changed = /** @type {Set<number>} */ (new Set());
    let turn = performance.now();
    for (const record of marks.keys()) {
      const summary = summarise(await device.look(record), this.all.get(record));
      const page = this.pageOf.get(record) ?? this.#roomy();
      if (summary !== null) this.#place(summary, page);
      else if (!this.#forget(record, page)) continue;
      changed.add(page);
      if (performance.now() - turn < TURN_MS) continue;
      await new Promise((resolve) => setTimeout(resolve));
      turn = performance.now();
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

  /** Whether it stood on a page. @param {string} record @param {number} page */
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
      for (const [page, bytes] of sealed) await tx.objectStore("pages").put(bytes, page);
      await tx.objectStore("pages").put(stamp, STAMP);
      await untouch(tx, marks);
    });
    this.stamp = stamp;
  }
}
