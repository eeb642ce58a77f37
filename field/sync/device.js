/**
 * The decisions of a device by itself (sync/SPEC.md 8): what it observes, sends, learns from an answer, forgets, writes anew.
 * @module
 */

import { latest, tick } from "./clock.js";
import { OBSERVED_MAX } from "./entry.js";
import { ENTRIES_MAX, PUSH_BYTES_MAX, PUSH_EPOCHS_MAX } from "./messages.js";

export const KEPT_MS = 30 * 24 * 3_600_000;

/** @typedef {import("./entry.js").Header} Header */
/** @typedef {import("./entry.js").Seen} Seen */
/** @typedef {import("./messages.js").Place} Place */
/** @typedef {{municipality: string, device: string, head: Place}} Pen where a device writes next */

/** @param {Seen} a @param {Seen} b */
const byDevice = (a, b) => (a.device < b.device ? -1 : Number(a.device > b.device));

/**
 * The places that an entry observes: per device the last entry that was shown, and the own last one. Beyond 256 the latest, of
 * equal clocks the greater device.
 * @param {Iterable<Seen & {clock: string}>} shown @param {(Seen & {clock: string}) | null} ownLast
 * @returns {Seen[]}
 */
export function observedOf(shown, ownLast) {
  /** @type {Map<string, Seen & {clock: string}>} */
  const last = new Map();
  for (const seen of shown) {
    const known = last.get(seen.device);
    if (known === undefined || known.seq < seen.seq) last.set(seen.device, seen);
  }
  if (ownLast !== null) last.set(ownLast.device, ownLast);
  let all = [...last.values()];
  if (all.length > OBSERVED_MAX) {
    const rank = (/** @type {Seen & {clock: string}} */ seen) => (seen.device === ownLast?.device ? "~" : seen.clock + seen.device);
    all = all.sort((a, b) => (rank(a) > rank(b) ? -1 : Number(rank(a) < rank(b)))).slice(0, OBSERVED_MAX);
  }
  return all.map(({ device, seq, short }) => ({ device, seq, short })).sort(byDevice);
}

/**
 * The header of a new entry.
 * @param {Pen} pen @param {{record: string, key: string, act: Header["act"], observed: Seen[], touches: string[]}} said
 * @param {Iterable<[string, number | null]>} followed clock and stamp of the own last entry and of all that is observed
 * @param {number} nowMs the wall clock plus the offset learnt from answers
 * @returns {Header}
 */
export function compose(pen, said, followed, nowMs) {
  const { municipality, device, head } = pen;
  return { municipality, device, seq: head.seq + 1, clock: tick(latest(followed), nowMs), ...said, from: null };
}

/**
 * The number of waiting entries that go into one push: at most 500, 4 MiB and entries of 32 epochs, and always one.
 * @param {{bytes: number, epochs: string[]}[]} waiting in order of seq
 */
export function pushLength(waiting) {
  let bytes = 0, count = 0;
  const epochs = new Set();
  for (const entry of waiting.slice(0, ENTRIES_MAX)) {
    bytes += entry.bytes;
    entry.epochs.forEach((epoch) => epochs.add(epoch));
    if (count > 0 && (bytes > PUSH_BYTES_MAX || epochs.size > PUSH_EPOCHS_MAX)) break;
    count += 1;
  }
  return count;
}

/**
 * From where a device sends after an answer, and whether it must show that older entries are gone (8.3).
 * @param {number} receivedThrough @param {number | null} wanted @param {number} oldest the first seq that it still holds
 */
export function sendAfter(receivedThrough, wanted, oldest) {
  if (wanted === null) return { after: receivedThrough, gone: false };
  return { after: Math.max(wanted, oldest) - 1, gone: wanted < oldest };
}

/**
 * Up to which seq a device may forget its own entries (8.4), one on which a receipt ends; 0 where none.
 * @param {{seq: number, writtenMs: number}[]} own in order @param {number} durable @param {number[]} receipts seqs on which kept receipts end
 * @param {number} nowMs
 */
export function forgetThrough(own, durable, receipts, nowMs) {
  let through = 0;
  for (const { seq, writtenMs } of own) {
    if (seq > durable || nowMs - writtenMs < KEPT_MS) break;
    if (receipts.includes(seq)) through = seq;
  }
  return through;
}

/**
 * True if an entry that comes takes the place of another that is held at its seq (5.7).
 * @param {string} there @param {string} comes hashes @param {Set<string>} parted those that the municipality set aside as parted
 */
export function displaces(there, comes, parted) {
  return there !== comes && parted.has(there) && !parted.has(comes);
}

/**
 * The header of an entry that is written anew in the place of an old device's (8.5, 8.9).
 * @param {Header} old @param {string} oldHash
 * @param {Pen} pen of the device that writes
 * @param {number} endsAt the first seq of the old device that does not count
 * @param {Seen | null} common the old device's last entry of the record before that
 * @param {Map<string, {seq: number, hash: string}>} moved `device seq` of an old entry -> the own entry that re-issues it
 * @param {Seen | null} ownLast the writer's own last entry of the record
 * @returns {Header}
 */
export function reissued(old, oldHash, pen, endsAt, common, moved, ownLast) {
  /** @type {Map<string, Seen>} */
  const seen = new Map();
  const take = (/** @type {Seen} */ one) => {
    const known = seen.get(one.device);
    if (known === undefined || known.seq < one.seq) seen.set(one.device, one);
  };
  for (const one of old.observed) {
    if (one.device !== old.device || one.seq < endsAt) take(one);
    else {
      const own = moved.get(`${one.device} ${one.seq}`);
      if (own !== undefined) take({ device: pen.device, seq: own.seq, short: own.hash.slice(0, 16) });
    }
  }
  if (common !== null) take(common);
  if (ownLast !== null) take(ownLast);
  return { ...old, device: pen.device, seq: pen.head.seq + 1, observed: [...seen.values()].sort(byDevice), from: oldHash };
}

/**
 * The memory of a device after an answer (8.3, 7.2): safe when the same answer comes twice.
 * @template {Record<string, any>} T @param {T} pen @param {Record<string, any>} answer @param {number} nowMs @param {number} oldest the first seq that it still holds
 * @returns {T & {isNewLife: boolean, isStuck: boolean}} with what must happen before anything else
 */
export function learn(pen, answer, nowMs, oldest) {
  const life = [...answer.life].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const isNewLife = pen.life !== "" && pen.life !== life, receipt = answer.receipt ?? (isNewLife ? null : pen.receipt);
  const { after, gone } = sendAfter(answer.received_through[0], answer.wanted, oldest);
  return {
    ...pen, life, cursor: answer.cursor, sendAfter: after, showGone: gone, isNewLife, isStuck: answer.refused !== null, receipt,
    receipts: answer.receipt === null ? pen.receipts : [...pen.receipts.filter((/** @type {any} */ one) => one[3] !== answer.receipt[3]), answer.receipt],
    durable: Math.max(answer.durable_through[0], isNewLife ? 0 : pen.durable), offsetMs: answer.server_time ? answer.server_time - nowMs : pen.offsetMs,
    handedThrough: isNewLife ? 0 : pen.handedThrough, factsHanded: isNewLife ? 0 : pen.factsHanded, forkedAt: answer.fork === null ? pen.forkedAt : answer.fork[0],
  };
}

/** A kept entry with a server's stamp: the smallest of this life, which replaces one of a life before. @template {{received: number | null, earlierLife?: boolean}} T @param {T} row @param {number} received @returns {T} */
export function keepsStamp(row, received) {
  const smallest = row.received === null || row.earlierLife ? received : Math.min(row.received, received);
  return { ...row, received: smallest, earlierLife: false };
}

/**
 * The things that a revoked device wipes now (8.6): what reads goes first, what hands in when the server has it.
 * @param {{learntMs: number, stolen: boolean, answered: boolean, received: boolean}} ended @param {number} nowMs
 * @param {number} [unsent] the attachments that the server may still take
 */
export function dueToGo({ learntMs, stolen, answered, received }, nowMs, unsent = 0) {
  const waited = nowMs - learntMs >= KEPT_MS;
  return { reading: stolen || answered, everything: (received && unsent === 0) || (answered && waited) };
}
