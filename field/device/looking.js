/**
 * A device that is open for looking: what each record says now (sync/SPEC.md 8), without the keys that sign or that open
 * grants. Whoever only looks, as the worker beside the page does, has no others.
 * @module
 */

import { hmac as hmacNow } from "@noble/hashes/hmac.js";
import { sha256 as sha256Now } from "@noble/hashes/sha2.js";
import { hex, unhex, utf8 } from "../bytes.js";
import { openEntry, recordKeys } from "../crypto/entries.js";
import { draw } from "../picture/drawing.js";
import { Around, compareOrders, orderOf, timeOf } from "../picture/reading.js";
import { against, beyondReach, granted } from "../sync/admission.js";
import { fold } from "../sync/merge.js";

/** @typedef {import("./store.js").Row} Row */
/** @typedef {{record: string, shown: {device: string, seq: number, short: string, clock: string}[]}} Editing a record that was opened: what was on screen then */
/** @typedef {{entry: string, author: string, atMs: number, act: string, form: string, version: number, answers: Map<string, unknown>}} Written one entry as it was written */

/** One device, as far as it shows records. */
export class Looking {
  /** @param {import("./store.js").Store} store unlocked @param {string} id @param {import("../sync/facts.js").FactBook} book */
  constructor(store, id, book) {
    this.store = store;
    this.id = id;
    this.book = book;
    /** @type {Map<string, import("../crypto/entries.js").RecordKeys>} */
    this.keys = new Map();
    /** @type {(slug: string, version: number) => import("../forms/definition/document.js").Form | null} */
    this.form = () => null;
    /** @type {(slug: string) => number} */
    this.newest = () => 0;
  }

  /** @param {string} record */
  async keysOf(record) {
    const known = this.keys.get(record);
    if (known !== undefined) return known;
    const key = await this.store.recordKey(record);
    if (key === null) return null;
    const keys = await recordKeys(key);
    this.keys.set(record, keys);
    return keys;
  }

  /** Open a record for editing: what counts of it now is what the edit will say it had seen. @param {string} record @returns {Promise<Editing>} */
  async open(record) {
    return (await this.look(record)).editing;
  }

  /** All that is shown of a record, as on every other device and at the office. @param {string} record */
  async picture(record) {
    return (await this.look(record)).picture;
  }

  /**
   * A record as it is shown now, and what an edit of just that will say it had seen: both of one reading of the store, so
   * that nothing counts as seen which came in between, or which did not open. `came` says when each entry came, `history`
   * what each wrote, the first one first; `broken` when the last own entry was written of those that prove nothing any more,
   * as on a disk that lost a byte, 0 where all do.
   * @param {string} record @returns {Promise<{editing: Editing, picture: Record<string, any>, came: Map<string, {number: number, device: string}>, history: Written[], broken: number}>}
   */
  async look(record) {
    const { municipality } = await this.store.pen(), { counts, held } = await this.#admitted(record), keys = await this.keysOf(record);
    const plain = await Promise.all(counts.map((row) => this.#plain(row, keys)));
    const opened = counts.flatMap((row, n) => {
      const text = plain[n];
      return text === null ? [] : [{ arrival: arrivalOf(row), form: text.form, version: text.version, answers: text.answers }];
    });
    const state = fold(counts.map(arrivalOf), beyondReach(this.book.facts()));
    const named = keys === null ? null : (/** @type {string} */ path) => hex(hmacNow(sha256Now, keys.touch, utf8(path)).slice(0, 8));
    const reading = { record, touch: named, state, opened, failed: [], held, bodiless: [], aside: [] };
    const picture = draw(reading, new Around(municipality, this.book, this.form, this.newest));
    const seen = counts.filter((_, n) => plain[n] !== null).map(({ device, seq, hash, header }) => ({ device, seq, short: hash.slice(0, 16), clock: header.clock }));
    const came = new Map(counts.map(({ hash, number, device }) => [hash, { number, device }]));
    const history = opened.sort((a, b) => compareOrders(orderOf(a.arrival), orderOf(b.arrival))).map(({ arrival, form, version, answers }) => ({
      entry: arrival.hash, author: this.book.worker(arrival.header.device) ?? arrival.header.device, atMs: timeOf(arrival), act: arrival.header.act, form, version, answers,
    }));
    const broken = Math.max(0, ...counts.filter((row, n) => keys !== null && plain[n] === null && row.device === this.id && row.entry.body !== null).map((row) => row.writtenMs));
    return { editing: { record, shown: seen }, picture, came, history, broken };
  }

  /** @param {string} record */
  async #admitted(record) {
    const rows = await this.store.entriesOf(record), facts = this.book.facts(), holders = granted(facts, record);
    const arrivals = new Map(rows.map((row) => [`${row.device} ${row.seq}`, arrivalOf(row)]));
    const at = (/** @type {string} */ device, /** @type {number} */ seq) => arrivals.get(`${device} ${seq}`);
    const judged = rows.map((row) => ({ row, reason: against(arrivalOf(row), facts, at, holders) }));
    const held = judged.flatMap(({ row, reason }) => (reason === null ? [] : [{ hash: row.hash, device: row.device, reason }]));
    return { counts: judged.filter(({ reason }) => reason === null).map(({ row }) => row), held };
  }

  /** The plaintext of an entry; null where it does not open here. @param {Row} row @param {import("../crypto/entries.js").RecordKeys | null} keys */
  async #plain({ device, hash, header, entry }, keys) {
    const author = this.book.certificates.get(device)?.signing;
    if (keys === null || entry.body === null || author === undefined) return null;
    try {
      return await openEntry({ ...entry, body: entry.body, hash: unhex(hash), key: header.key, act: header.act, touches: header.touches }, author, keys);
    } catch {
      return null;
    }
  }
}

/** A kept entry as the merge sees it. @param {Row} row @returns {import("../sync/merge.js").Arrival} */
function arrivalOf({ header, hash, received }) {
  return { header, hash, received };
}
