/**
 * The entries that count, and who may write (sync/SPEC.md 4.1): a function of the set, whatever the order of coming.
 * @module
 */

import { recordId } from "./entry.js";
import { fold } from "./merge.js";

/** @typedef {import("./merge.js").Arrival} Arrival */
/** @typedef {import("./merge.js").RecordState} RecordState */
/** @typedef {{record: string, key: string, by: string | null, to: string}} Gift a grant as far as it lets somebody write */
/**
 * @typedef {object} Facts what the facts held say, identifiers hexadecimal
 * @property {Set<string>} certified
 * @property {Gift[]} gifts
 * @property {Map<string, string>} workers of devices
 * @property {Set<string>} withdrawn `record worker`
 * @property {Map<string, number>} lastGood of revoked devices
 * @property {Set<string>} setAside hashes
 * @property {Set<string>} parted `record short` of those set aside because another of their device stands at their seq
 * @property {Set<string>} erased records
 * @property {Map<string, [number, number][]>} holes of devices
 * @property {Map<string, string>} succeeds heir -> old device
 */

/** Nothing said yet. @returns {Facts} */
export function noFacts() {
  return {
    certified: new Set(), gifts: [], workers: new Map(), withdrawn: new Set(), lastGood: new Map(),
    setAside: new Set(), parted: new Set(), erased: new Set(), holes: new Map(), succeeds: new Map(),
  };
}

/** True if a seq lies in a recorded hole of its device. @param {Facts} facts @param {string} device @param {number} seq */
export function inHole(facts, device, seq) {
  return (facts.holes.get(device) ?? []).some(([first, last]) => first <= seq && seq <= last);
}

/** True if a seq lies above its revoked device's last good one. @param {Facts} facts @param {string} device @param {number} seq */
export function isEnded(facts, device, seq) {
  const lastGood = facts.lastGood.get(device);
  return lastGood !== undefined && seq > lastGood;
}

/** The entries that others know only by naming them (4.3). @param {Facts} facts @returns {import("./merge.js").Unreachable} */
export function beyondReach(facts) {
  const place = (/** @type {string} */ device, /** @type {number} */ seq) => inHole(facts, device, seq) || isEnded(facts, device, seq);
  return { place, name: (record, seen) => place(seen.device, seen.seq) || facts.parted.has(`${record} ${seen.short}`) };
}

/** Everybody in whose place a device writes, itself first. @param {Facts} facts @param {string} device */
function line(facts, device) {
  /** @type {string[]} */
  const all = [];
  for (let one = /** @type {string | undefined} */ (device); one !== undefined && !all.includes(one); one = facts.succeeds.get(one)) all.push(one);
  return all;
}

/** The devices that grants which count open a record to. @param {Facts} facts @param {string} record */
export function granted(facts, record) {
  const gifts = facts.gifts.filter((gift) => gift.record === record);
  /** @type {Set<string>} */
  const holders = new Set();
  for (let before = -1; before !== holders.size; ) {
    before = holders.size;
    for (const { by, key, to } of gifts) {
      if (by === null || (mayGrant(facts, record, by) && holds(facts, record, key, by, holders))) holders.add(to);
    }
  }
  return holders;
}

/** @param {Facts} facts @param {string} record @param {string} device */
function mayGrant(facts, record, device) {
  const worker = facts.workers.get(device);
  const withdrawn = worker !== undefined && facts.withdrawn.has(`${record} ${worker}`);
  return facts.certified.has(device) && !facts.lastGood.has(device) && !withdrawn;
}

/** @param {Facts} facts @param {string} record @param {string} key @param {string} device @param {Set<string>} holders */
function holds(facts, record, key, device, holders) {
  return line(facts, device).some((one) => holders.has(one) || recordId(one, key) === record);
}

/** True if what a device writes in a record, under a key, counts. @param {Facts} facts @param {string} record @param {string} key @param {string} device */
export function mayWrite(facts, record, key, device) {
  return holds(facts, record, key, device, granted(facts, record));
}

/**
 * Why an entry is kept and does not count; null where it counts.
 * @param {Arrival} entry @param {Facts} facts @param {(device: string, seq: number) => Arrival | undefined} held
 * @param {Set<string>} holders of its record
 */
export function against(entry, facts, held, holders) {
  const { device, seq, record, key } = entry.header;
  if (facts.erased.has(record)) return "erased";
  if (!facts.certified.has(device)) return "uncertified";
  if (isEnded(facts, device, seq)) return "revoked";
  if (facts.setAside.has(entry.hash)) return "set-aside";
  if (!holds(facts, record, key, device, holders)) return "not-granted";
  return isComplete(entry, facts, held) ? null : "incomplete";
}

/** True if all that an entry says it had seen is there. @param {Arrival} entry @param {Facts} facts @param {(device: string, seq: number) => Arrival | undefined} held @returns {boolean} */
export function isComplete(entry, facts, held) {
  const reached = beyondReach(facts);
  for (let one = /** @type {Arrival | null} */ (entry); one !== null; ) {
    const { device, seq, record, observed } = one.header;
    /** @type {Arrival | null} */
    let earlier = null;
    for (const seen of observed) {
      if (seen.device === device && seen.seq >= seq) return false;
      if (seen.device === device ? reached.place(seen.device, seen.seq) : reached.name(record, seen)) continue;
      const there = held(seen.device, seen.seq);
      if (there === undefined || there.header.record !== record || !there.hash.startsWith(seen.short)) return false;
      if (seen.device === device) earlier = there;
    }
    one = earlier;
  }
  return true;
}

/**
 * One entry for each place, the first that came, with its smallest stamp.
 * @param {Iterable<Arrival>} arrivals
 */
export function oneEach(arrivals) {
  /** @type {Map<string, Arrival>} */
  const places = new Map();
  for (const arrival of arrivals) {
    const place = `${arrival.header.device} ${arrival.header.seq}`;
    const first = places.get(place);
    if (first === undefined) places.set(place, arrival);
    else if (first.hash === arrival.hash && arrival.received !== null && (first.received === null || arrival.received < first.received)) {
      places.set(place, { ...first, received: arrival.received });
    }
  }
  return places;
}

/**
 * The records of a set of entries and facts, and which entries count.
 * @param {Iterable<Arrival>} arrivals @param {Facts} facts
 */
export function merge(arrivals, facts) {
  const places = oneEach(arrivals);
  const held = (/** @type {string} */ device, /** @type {number} */ seq) => places.get(`${device} ${seq}`);
  /** @type {Map<string, Set<string>>} */
  const holders = new Map();
  /** @type {Map<string, Arrival[]>} */
  const records = new Map();
  /** @type {Map<string, string>} */
  const kept = new Map();
  for (const entry of places.values()) {
    const { record } = entry.header;
    if (!holders.has(record)) holders.set(record, granted(facts, record));
    const reason = against(entry, facts, held, /** @type {Set<string>} */ (holders.get(record)));
    if (reason !== null) kept.set(entry.hash, reason);
    else records.set(record, [...(records.get(record) ?? []), entry]);
  }
  const admitted = [...records.values()].flat().map((entry) => entry.hash);
  /** @type {Map<string, RecordState>} */
  const states = new Map([...records].map(([record, entries]) => [record, fold(entries, beyondReach(facts))]));
  return { admitted: new Set(admitted), kept, records: states };
}
