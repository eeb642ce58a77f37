/**
 * What staff do, who is enrolled and what is uploaded, from sync/SPEC.md 5.8, 7.4 and 11 alone, on rows of letters.
 * @module
 */

import { finishesUpload } from "./proving.js";

const YEAR_MS = 366 * 24 * 3_600_000, DRIFT_MS = 600_000;
const OLD_UNTIL_MS = 1; // when every certificate of the tables ends
const NOTHING = { seq: 0, hash: "0" };
const MIB = 1024 * 1024;

/** @typedef {{refused: string, why?: string | null}} Refused */

/** What a server holds, as a row says it. */
export class Held {
  /** @param {any} row */
  constructor(row) {
    this.workers = new Map(Object.entries(/** @type {Record<string, string>} */ (row.devices)));
    this.olds = new Map(Object.entries(/** @type {Record<string, string>} */ (row.succeeds ?? {})));
    this.ends = /** @type {[string, number, string, number, number][]} */ (row.revoked ?? []);
    this.said = /** @type {[string, string, number][]} */ (row.said ?? []);
    this.row = row;
  }

  /** @param {string} device */
  isRevoked(device) {
    return this.ends.some(([ended]) => ended === device);
  }

  /** The devices that took this one's place, and theirs, that live. @param {string} device */
  livingHeirs(device) {
    const found = [device];
    for (const one of found) for (const [heir, old] of this.olds) if (old === one && !found.includes(heir)) found.push(heir);
    return found.slice(1).filter((heir) => !this.isRevoked(heir)).sort();
  }

  /** The end that counts of those that were signed: the smallest place. @param {string} device */
  endOf(device) {
    const ends = this.ends.filter(([ended]) => ended === device).map(([, seq, hash]) => ({ seq, hash }));
    return ends.sort((one, two) => one.seq - two.seq || (one.hash < two.hash ? -1 : 1))[0];
  }

  /** Whether a worker is sent the record: their newest word about it is no withdrawal. @param {string} worker */
  newest(worker) {
    const words = this.said.filter(([, of]) => of === worker);
    return words.sort((one, two) => two[2] - one[2] || (one[0] === "withdrawal" ? -1 : 1))[0];
  }
}

/** Where a revocation that is signed now ends a device (5.6). @param {Held} held @param {string} device @param {number | null} said */
function whereItEnds(held, device, said) {
  const [seq, hash] = held.row.tail?.[device] ?? [0, "0"], tail = { seq, hash }, entries = held.row.held?.[device] ?? {};
  const before = held.endOf(device), greatest = Math.max(tail.seq, ...Object.keys(entries).map(Number));
  const last = Math.min(before?.seq ?? greatest, said ?? Infinity), known = before ?? tail;
  if (known.seq === last) return known;
  if (before !== undefined && last > tail.seq) return { seq: last, hash: NOTHING.hash };
  return { seq: last, hash: entries[last] ?? NOTHING.hash };
}

/** The fact that ends a device. @param {Held} held @param {string} device @param {number} stolen @param {number | null} said @param {number} now */
function endOf(held, device, stolen, said, now) {
  const { seq, hash } = whereItEnds(held, device, said);
  const times = held.ends.filter(([ended]) => ended === device).map((end) => end[4] + 1);
  return ["revocation", device, seq, hash, stolen, Math.max(now, ...times)];
}

/** What a staff act signs (5.8). @param {any} row @returns {any} */
export function act(row) {
  const held = new Held(row), [kind, ...given] = row.act, { now } = row;
  const unknown = row.known ? null : { refused: "record-unknown" };
  const after = (/** @type {string} */ worker) => Math.max(now, (held.newest(worker)?.[2] ?? -1) + 1);
  switch (kind) {
    case "end": {
      if (!held.workers.has(given[0])) return { refused: "no-such-device" };
      return { fact: endOf(held, given[0], given[1], given[2], now), copies: true, opens_to: [], heirs: held.livingHeirs(given[0]) };
    }
    case "withdraw":
      return { fact: ["withdrawal", "r", given[0], after(given[0])], copies: true, opens_to: [] };
    case "assign": {
      const devices = [...held.workers].filter(([device, worker]) => worker === given[0] && !held.isRevoked(device)).map(([device]) => device);
      return unknown ?? { fact: ["assignment", "r", given[0], after(given[0])], copies: false, opens_to: devices.sort() };
    }
    case "erase":
      return unknown ?? { fact: row.erased ? null : ["erasure", "r", given[0], now], copies: false, opens_to: [] };
    case "retire":
      return given[1] === 0 ? { refused: "form-not-published" } : { fact: ["form-retired", given[0], given[1], now], copies: false, opens_to: [] };
    default:
      return { fact: ["set-aside", "r", given[0], given[1], null], copies: false, opens_to: [] };
  }
}

/** What becomes of an enrolment (7.4). @param {any} row @returns {any} */
export function enrol(row) {
  const held = new Held(row), { now, invitation } = row, [device, vouched, taken] = row.posted;
  const refused = (/** @type {string} */ code, /** @type {string | null} */ why) => ({ refused: [code, why] });
  if (invitation === null) return refused("invitation-invalid", "unknown-here");
  const enrolled = held.workers.has(invitation.device) ? invitation.device : null;
  if (enrolled !== null && enrolled !== device) return refused("invitation-invalid", "used-already");
  if (invitation.expires < now) return refused("invitation-invalid", "expired");
  if (!vouched) return refused("enrolment-refused", "not-vouched");
  if (enrolled !== null && !held.isRevoked(enrolled)) {
    return { certificate: [enrolled, held.workers.get(enrolled), "worker", 0, 1, held.olds.get(enrolled) ?? null], again: true, end: null, owed: [] };
  }
  const { worker, role, replaces, renews = false } = invitation;
  if (replaces !== null) {
    if (!held.workers.has(replaces)) return refused("no-such-device", null);
    if (held.isRevoked(replaces)) return refused("enrolment-refused", "old-revoked");
    if (held.workers.get(replaces) !== worker) return refused("enrolment-refused", "not-theirs");
    if (!renews && now > OLD_UNTIL_MS + DRIFT_MS) return refused("enrolment-refused", "old-ended");
  }
  if (!taken) return refused("enrolment-refused", "kind-not-accepted");
  if (held.workers.has(device)) return refused("enrolment-refused", "keys-enrolled");
  const end = replaces === null ? null : endOf(held, replaces, 0, null, now);
  const until = replaces === null || renews ? now + YEAR_MS : Math.min(now + YEAR_MS, OLD_UNTIL_MS);
  return { certificate: [device, worker, role, now, until, replaces], again: false, end, owed: owed(held, worker) };
}

/** The records that a worker's new device is to be granted (5.5). @param {Held} held @param {string} worker */
function owed(held, worker) {
  const words = held.newest(worker), due = new Set(words?.[0] === "assignment" ? ["r"] : []);
  for (const [device, records] of Object.entries(/** @type {Record<string, string[]>} */ (held.row.has ?? {}))) {
    if (held.workers.get(device) === worker) for (const record of records) due.add(record);
  }
  if (words?.[0] === "withdrawal" || held.row.erased) due.delete("r");
  return [...due].sort();
}

/** Why a device brings nothing for a record (11.3, 11.7). @param {any} bringer */
function againstBringing({ ended, last_good: lastGood, first, erased, known, writes }) {
  if (ended !== "") return !erased && finishesUpload(lastGood, first) ? null : ended;
  if (erased) return "record-erased";
  if (!known) return "record-unknown";
  return writes ? null : "no-access";
}

/** What is asked of an upload comes to (11.2 to 11.4). @param {any} row @returns {string} */
export function upload(row) {
  if (row.asks === "add") return addPiece(row);
  const { length, bringer, there } = row, [record, size] = there.registered ?? ["r", length];
  const finished = there.registered !== null && record === "r" && size === length && there.in_place;
  const against = againstBringing(bringer);
  if (against !== null) return against;
  if (row.asks === "begin") {
    if (bringer.ended !== "" && !finished && there.brought > 512 * MIB) return "upload-ended-full";
    if (length < 65 || length > 26_220_849) return "attachment-too-long";
  }
  if (record !== "r") return "attachment-foreign";
  if (size !== length) return "attachment-hash";
  if (row.asks === "finish") return there.open || there.in_place ? "registered" : "upload-unknown";
  if (finished) return "finished";
  if (there.open) return "goes-on";
  if (there.others > 31) return "attachment-too-long";
  return there.free - length < 64 * MIB ? "store-full" : "begins";
}

/** @param {{length: number, held: number, offset: number, size: number}} piece */
function addPiece({ length, held, offset, size }) {
  const end = offset + size;
  if (end > length) return "attachment-too-long";
  if (end <= held) return "repeats";
  return offset === held ? "continues" : "upload-offset";
}
