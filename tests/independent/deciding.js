/**
 * What a server decides, written from sync/SPEC.md 6.4, 6.8, 5.3 and 7.2 alone: the half of the rules that `field/` has no
 * use for, so that every vector is held by two implementations.
 * @module
 */

import { hex } from "../../field/bytes.js";
import { bodyHashOf, entryHash, parseHeader, readEntry } from "../../field/sync/entry.js";
import { BrokenChain, ForeignEntry, GapInPush, Refused, SyncError, TooLarge } from "../../field/sync/errors.js";

const ENTRIES_MAX = 500;
const ASKED_AGAIN = 499;
const WRAPS_MAX = 4;

/** @typedef {{seq: number, prev: string, hash: string}} Link an entry as far as chains look at it */
/** @typedef {{seq: number, hash: string}} Place */

/** One entry as it stands by itself (6.4, in its order); raises the first fault. @param {any} entry @param {string} municipality */
export function readAlone(entry, municipality) {
  const header = parseHeader(entry.header);
  if (header.municipality !== municipality) throw new ForeignEntry();
  if (entry.prev.length !== 32 || entry.sig.length !== 64) throw new BrokenChain();
  const bodyHash = bodyHashOf(entry);
  if (entry.wraps.length > WRAPS_MAX) throw new TooLarge("wraps", entry.wraps.length, WRAPS_MAX);
  return { header, prev: hex(entry.prev), hash: hex(entryHash(entry.prev, entry.header, bodyHash)) };
}

/** Every entry of a push; raises `Refused` with the first fault. @param {unknown[]} wire @param {string} municipality @param {string} device */
export function readPush(wire, municipality, device) {
  /** @type {Link[]} */
  const read = [];
  for (const one of wire) {
    const before = read[read.length - 1];
    try {
      const { header, prev, hash } = readAlone(readEntry(one), municipality);
      if (header.device !== device) throw new ForeignEntry();
      if (before !== undefined && header.seq !== before.seq + 1) throw new GapInPush();
      if (before !== undefined && prev !== before.hash) throw new BrokenChain();
      read.push({ seq: header.seq, prev, hash });
    } catch (error) {
      if (!(error instanceof SyncError)) throw error;
      throw new Refused(before === undefined ? 0 : before.seq + 1, error);
    }
  }
  return read;
}

/**
 * What becomes of a push (6.4 a to d).
 * @param {Link[]} pushed @param {Place} tail @param {(seq: number) => string | undefined} held @param {Place | null} head
 * @param {Place | null} gone the receipt for the entry before the oldest, verified
 */
export function decidePush(pushed, tail, held, head, gone) {
  const found = { fresh: /** @type {Link[]} */ ([]), known: /** @type {Link[]} */ ([]), forked: /** @type {Link[]} */ ([]), tail, wanted: /** @type {number | null} */ (null), fork: /** @type {Place | null} */ (null), hole: /** @type {any} */ (null) };
  if (pushed.length === 0) {
    if (head !== null && head.seq > tail.seq) found.wanted = tail.seq + 1;
    else if (head !== null && head.seq > 0 && held(head.seq) !== head.hash) found.wanted = Math.max(1, head.seq - ASKED_AGAIN);
    return found;
  }
  const first = pushed[0], before = first.seq - 1;
  if (first.seq > tail.seq + 1) {
    if (gone === null || gone.seq !== before || gone.hash !== first.prev) return { ...found, wanted: tail.seq + 1 };
    found.hole = [tail.seq + 1, gone.seq, gone.hash];
  }
  const there = before === 0 ? "0".repeat(first.prev.length) : held(before);
  if (there !== undefined && there !== first.prev && found.hole === null) {
    if (gone === null || gone.seq < before) return { ...found, wanted: Math.max(1, first.seq - ENTRIES_MAX) };
    const at = held(first.seq);
    return { ...found, forked: pushed, fork: { seq: first.seq, hash: at ?? there } };
  }
  for (const [n, link] of pushed.entries()) {
    const at = held(link.seq);
    if (at !== undefined && at !== link.hash) {
      return { ...found, forked: pushed.slice(n), fork: { seq: link.seq, hash: at } };
    }
    (at === undefined ? found.fresh : found.known).push(link);
    if (link.seq > found.tail.seq) found.tail = { seq: link.seq, hash: link.hash };
  }
  return found;
}

/**
 * What becomes of a hand-in (6.8). Of each entry the fault that it has by itself is known: a code, or null.
 * @param {(Link & {fault: string | null})[]} entries @param {Place} tail @param {(seq: number) => string | undefined} held
 * @param {number} lastGood where a revoked device ends: what is new at or below it is kept apart until 5.7 proves it
 */
export function decideHandIn(entries, tail, held, lastGood) {
  /** @type {Map<number, string>} */
  const taken = new Map();
  const at = (/** @type {number} */ seq) => held(seq) ?? taken.get(seq);
  const found = { fresh: /** @type {Link[]} */ ([]), known: /** @type {Link[]} */ ([]), forked: /** @type {Link[]} */ ([]), apart: /** @type {Link[]} */ ([]), bad: /** @type {Record<string, string>} */ ({}), tail, receipt: /** @type {Place | null} */ (null) };
  for (const link of entries.filter((one) => one.fault === null && one.seq <= lastGood)) {
    const list = held(link.seq) === link.hash ? found.known : found.apart;
    if (!list.some((one) => one.seq === link.seq && one.hash === link.hash)) list.push(link);
  }
  let end = 0;
  while (end < entries.length && entries[end].fault === null && (end === 0 || (entries[end].seq === entries[end - 1].seq + 1 && entries[end].prev === entries[end - 1].hash))) end += 1;
  const above = (/** @type {Link & {fault: string | null}} */ link) => link.fault !== null || link.seq > lastGood;
  const run = entries.slice(0, end).filter(above), rest = entries.slice(end).filter(above);
  const decided = run.length > 0 && run[0].seq <= tail.seq + 1 ? decidePush(run, tail, held, null, null) : null;
  const keepAll = (/** @type {(Link & {fault: string | null})[]} */ links) => {
    for (const link of links) {
      if (link.fault !== null) found.bad[link.seq] = link.fault;
      else if (at(link.seq) === undefined) {
        found.fresh.push(link);
        taken.set(link.seq, link.hash);
      } else if (at(link.seq) !== link.hash) found.forked.push(link);
      else if (held(link.seq) === link.hash && !found.known.some((one) => one.seq === link.seq)) found.known.push(link);
    }
  };
  if (decided === null) keepAll(run);
  else if (decided.wanted !== null) found.forked.push(...run);
  else {
    found.fresh.push(...decided.fresh);
    found.known.push(...decided.known);
    found.forked.push(...decided.forked);
    for (const link of decided.fresh) taken.set(link.seq, link.hash);
    found.tail = decided.tail;
  }
  keepAll(rest);
  const unbroken = [...found.fresh, ...found.known].filter((link) => link.seq <= found.tail.seq && at(link.seq) === link.hash);
  for (const link of unbroken) if (found.receipt === null || link.seq > found.receipt.seq) found.receipt = { seq: link.seq, hash: link.hash };
  return found;
}

/**
 * Whether a store was restored (7.2).
 * @param {string} life @param {number} tail seq @param {{life: string, position: number, place: string} | null} cursor genuine
 * @param {{life: string, seq: number} | null} receipt verified @param {(position: number) => string | undefined} placeAt
 */
export function wasRestored(life, tail, cursor, receipt, placeAt) {
  if (receipt !== null && receipt.life === life && receipt.seq > tail) return true;
  return cursor !== null && cursor.life === life && cursor.position > 0 && placeAt(cursor.position) !== cursor.place;
}

/**
 * Why a server does not take a device's grant now (5.3); null where it does.
 * @param {{record: string, key: string, by: string, to: string}} grant @param {boolean} mayWriteNow @param {import("../../field/sync/facts.js").FactBook} book
 */
export function againstGrant({ record, by, to }, mayWriteNow, book) {
  if (book.revocations.has(by)) return "device-revoked";  // on every signed route (6.0)
  if (book.worker(to) === null || book.revocations.has(to)) return "device-unknown";
  if (book.worker(to) === book.worker(by)) return "own-worker";
  if (book.decided.get(`${record} ${book.worker(by)}`)?.kind === "withdrawal") return "withdrawn";
  return !mayWriteNow || book.worker(by) === null ? "no-access" : null;
}

/**
 * Whether the municipality signs what a device granted (5.4).
 * @param {{record: string, by: string}} grant @param {boolean} mayWriteNow @param {import("../../field/sync/facts.js").FactBook} book
 * @param {boolean} promised it counted when its signer was taken away
 */
export function isSignedToo({ record, by }, mayWriteNow, book, promised) {
  const worker = book.worker(by);
  if (promised || !mayWriteNow) return mayWriteNow;
  return worker !== null && !book.revocations.has(by) && book.decided.get(`${record} ${worker}`)?.kind !== "withdrawal";
}
