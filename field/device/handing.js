/**
 * Hands in what a device wrote without signing a request, and as a file (sync/SPEC.md 6.8, 8.6). Entries prove
 * themselves, so this needs no key: a locked, forgotten or revoked device can do it.
 * @module
 */

import { hex } from "../bytes.js";
import { isSignature } from "../crypto/primitives.js";
import { pushLength } from "../sync/device.js";
import { wireEntry } from "../sync/entry.js";
import { NotMessagePack } from "../sync/errors.js";
import { wireFact } from "../sync/facts.js";
import { receiptBytes } from "../sync/messages.js";
import { decode, encode } from "../sync/messagepack.js";
import { factsOf, learnRevocations } from "./ending.js";
import { weightOf } from "./store.js";

const BATCH = 500;
const THERE = new Set(["held", "known", "forked", "unproven"]);  // on the server's disk, counting or not
const KEY_NOT_KEPT = "key-not-kept";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Row} Row */
/** @typedef {{held: number, refused: [number, string][], complete: boolean}} Handed `complete`: a receipt covers the last entry ever written here, and all keys were kept */

/** The bytes of a hand-in, or of a rescue file. @param {Store} store @param {Row[]} rows own entries */
export async function handInBytes(store, rows) {
  const { device, receipts } = await store.pen(), facts = await factsOf(store, ["certificate", "erasure"]);
  const certificate = facts.filter((fact) => fact.kind === "certificate" && hex(fact.device) === device).at(-1);
  if (certificate === undefined) throw new Error("the certificate of this device is not here");
  const bare = new Set(rows.filter((row) => row.entry.body === null).map((row) => row.record));
  const ids = [...new Set(rows.flatMap((row) => row.entry.wraps.map((one) => hex(one[2]))))].sort();
  const epochs = (await Promise.all(ids.map((id) => store.db.get("epochs", id)))).filter((epoch) => epoch !== undefined);
  const erasures = facts.filter((fact) => fact.kind === "erasure" && bare.has(hex(fact.record))).map(wireFact);
  const last = receipts.reduce((/** @type {any} */ found, one) => (found !== null && found[3] >= one[3] ? found : one), null);
  const shown = last === null ? {} : { receipt: last };
  return encode({ protocol: 1, certificate: wireFact(certificate), entries: rows.map((row) => wireEntry(row.entry)), epochs, erasures, ...shown });
}

/** A file that `veldpost rescue` takes in: all own entries. @param {Store} store */
export async function rescueFile(store) {
  const { device } = await store.pen();
  return handInBytes(store, await store.ownAfter(device, 0));
}

/**
 * Hand in what the server lacks. What was never acknowledged goes first; without a receipt for the last entry then, all.
 * A revoked device begins with its newest entries: its end proves those before it.
 * @param {Store} store @param {import("./transport.js").Transport} transport @param {() => number} [now] @returns {Promise<Handed>}
 */
export async function handIn(store, transport, now = Date.now) {
  const { sendAfter, ended } = await store.pen(), way = { store, transport, now };
  if (ended !== null) return handInNewestFirst(way, sendAfter);
  const first = await handInAfter(way, sendAfter);
  return first.complete || sendAfter === 0 ? first : handInAfter(way, 0);
}

/** @typedef {{store: Store, transport: import("./transport.js").Transport, now: () => number}} Way */

/** The answers of one hand-in, taken together. */
class Told {
  constructor() {
    /** @type {Map<string, [number, string]>} `seq hash` -> seq and status */
    this.statuses = new Map();
    /** @type {any} */
    this.receipt = null;
  }

  /** Take in what an answer says of the entries that were asked about, and of no others. @param {Row[]} rows @param {Map<string, any>} answer */
  add(rows, answer) {
    const asked = new Set(rows.map((row) => `${row.seq} ${row.hash}`));
    for (const [seq, hash, status] of answer.get("entries") ?? []) {
      if (asked.has(`${seq} ${hex(hash)}`)) this.statuses.set(`${seq} ${hex(hash)}`, [seq, status]);
    }
    this.receipt = answer.get("receipt") ?? this.receipt;
  }

  /** @param {Store} store @returns {Promise<Handed>} */
  async outcome(store) {
    const all = [...this.statuses.values()], held = all.filter(([, status]) => THERE.has(status) || status === KEY_NOT_KEPT).length;
    const keptKeys = all.every(([, status]) => status !== KEY_NOT_KEPT), refused = all.filter(([, status]) => !THERE.has(status));
    return { held, refused, complete: keptKeys && (await covers(store, this.receipt)) };
  }
}

/** @param {Way} way @param {number} after @returns {Promise<Handed>} */
async function handInAfter({ store, transport, now }, after) {
  const { device, head } = await store.pen(), told = new Told();
  for (;;) {
    const waiting = await store.ownAfter(device, after, BATCH), rows = waiting.slice(0, pushLength(waiting.map(weightOf)));
    told.add(rows, await posted({ store, transport, now }, rows));
    const last = rows.at(-1)?.seq ?? Infinity;
    if (last >= head.seq) return told.outcome(store);
    after = last;
  }
}

/**
 * Down to what was acknowledged; without a receipt for the last entry then, down to the oldest. The receipt comes when the
 * journal has no gap any more: at the end the newest entries are asked about again.
 * @param {Way} way @param {number} sendAfter @returns {Promise<Handed>}
 */
async function handInNewestFirst(way, sendAfter) {
  const { store } = way, { head } = await store.pen(), told = new Told(), newest = await before(store, head.seq + 1, 0);
  let seq = head.seq + 1;
  for (const after of new Set([sendAfter, 0])) {
    for (let rows = await before(store, seq, after); rows.length > 0; rows = await before(store, seq, after)) {
      told.add(rows, await posted(way, rows));
      seq = rows[0].seq;
    }
    if (!(await covers(store, told.receipt))) told.add(newest, await posted(way, newest));
    if (await covers(store, told.receipt)) break;
  }
  return told.outcome(store);
}

/** The entries that one hand-in takes of those before a seq and after another, in order. @param {Store} store @param {number} seq @param {number} after */
async function before(store, seq, after) {
  const { device } = await store.pen(), waiting = await store.ownBefore(device, seq, after, BATCH);
  return waiting.slice(0, pushLength(waiting.map(weightOf))).reverse();
}

/** @param {Way} way @param {Row[]} rows @returns {Promise<Map<string, any>>} */
async function posted({ store, transport, now }, rows) {
  const answer = decode(await transport.post("/hand-ins", await handInBytes(store, rows)));
  if (!(answer instanceof Map)) throw new NotMessagePack("it is no answer to a hand-in");
  await learnRevocations(store, (answer.get("revocations") ?? []).map(encode), now());
  return answer;
}

/** True if a genuine receipt says that the last entry ever written here is on the server's disk. @param {Store} store @param {any} receipt */
async function covers(store, receipt) {
  const { municipality, device, head } = await store.pen();
  if (head.seq === 0) return true;
  if (!Array.isArray(receipt) || receipt[0] !== municipality || hex(receipt[2]) !== device) return false;
  const keys = (await factsOf(store, ["keys"])).at(-1);
  const isGenuine = keys !== undefined && (await isSignature(keys.receipt, receipt[6], receiptBytes(/** @type {any} */ (receipt))));
  return isGenuine && receipt[3] === head.seq && hex(receipt[4]) === head.hash;
}

