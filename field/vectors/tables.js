/**
 * Rows of the tables of `tests/vectors/sync/` that a device needs.
 * @module
 */

import { bigEndian, hex, same, unhex, utf8 } from "../bytes.js";
import { isSignature } from "../crypto/primitives.js";
import { mayWrite, noFacts } from "../sync/admission.js";
import * as clock from "../sync/clock.js";
import { reissued } from "../sync/device.js";
import { bodyHashOf, encodeHeader, parseHeader, recordId } from "../sync/entry.js";
import { NotMessagePack, SyncError } from "../sync/errors.js";
import { FactBook, decodeFact, isGenuine, signerOf } from "../sync/facts.js";
import { checkRequest, checkTime, requestBytes } from "../sync/messages.js";
import { firstDifference } from "./comparing.js";

const NOW = 1_772_600_000_000;

/** @param {() => unknown} work @returns {{code: string | null, member?: unknown}} */
export function faultOf(work) {
  try {
    work();
    return { code: null };
  } catch (error) {
    if (!(error instanceof SyncError)) throw error;
    return { code: error.code, member: error.facts.member };
  }
}

/** @param {any} row */
export function headerDifference(row) {
  const raw = unhex(row.header);
  const { code, member = null } = faultOf(() => {
    if (!same(encodeHeader(parseHeader(raw)), raw)) throw new NotMessagePack("it encodes otherwise");
  });
  return firstDifference("header", { error: row.error, member: row.member }, { error: code, member });
}

/** @param {any} document */
export function clockDifference(document) {
  const found = {
    tick: document.tick.map((/** @type {any} */ [last, now]) => [last, now, clock.tick(last, now)]),
    effective: document.effective.map((/** @type {any} */ [own, received]) => [own, received, clock.effective(own, received)]),
    is_off: document.is_off.map((/** @type {any} */ [own, received]) => [own, received, clock.isOff(own, received)]),
    next: document.next.map((/** @type {any} */ [followed, now]) => [followed, now, clock.tick(clock.latest(followed), now)]),
  };
  return firstDifference("clock", { ...found, ...document }, found);
}

/** @param {any} row @param {any} document */
export async function requestDifference(row, document) {
  return firstDifference("error", row.error, await requestFault(row, unhex(document.public), document.now));
}

/** @param {any} row @param {Uint8Array} publicKey @param {number} now */
async function requestFault(row, publicKey, now) {
  const { headers } = row, time = headers["veldpost-time"] ?? "", sig = headers["veldpost-signature"] ?? "";
  if (!/^(0|[1-9][0-9]*)$/.test(time) || !/^[0-9a-f]{128}$/.test(sig) || !/^[0-9a-f]{32}$/.test(headers["veldpost-device"] ?? "")) return "device-unknown";
  if (time.length > 15) return "clock";
  const { code } = faultOf(() => checkTime(Number(time), now));
  if (code !== null) return code;
  const bytes = requestBytes(row.method, row.target, unhex(row.body), Number(time), headers);
  if (!(await isSignature(publicKey, unhex(sig), bytes))) return "device-unknown";
  return hex(bytes) === row.bytes ? null : "other-bytes";
}

/** @param {any} vector */
export async function factsDifference(vector) {
  const book = new FactBook();
  for (const raw of [vector.keys, ...vector.certificates]) book.add(decodeFact(unhex(raw)));
  for (const row of vector.facts) {
    const fact = decodeFact(unhex(row.fact));
    const found = { signer: signerOf(fact, book), genuine: await isGenuine(fact, book) };
    const different = firstDifference(row.name, { signer: row.signer, genuine: row.genuine }, found);
    if (different !== null) return different;
  }
  return null;
}

/** The sixteen bytes that a letter stands for. @param {string} letter */
export const wide = (letter) => hex(utf8(letter)).repeat(16);
/** The record `r` is the one that device `a` makes with the key `k`. @param {string} letter */
const recordOf = (letter) => (letter === "r" ? recordId(wide("a"), wide("k")) : wide(letter));

/** @param {any} row */
function saidBy(row) {
  const said = noFacts();
  for (const [letter, worker] of Object.entries(row.devices)) {
    said.certified.add(wide(letter));
    said.workers.set(wide(letter), /** @type {string} */ (worker));
  }
  for (const [heir, old] of Object.entries(row.succeeds ?? {})) said.succeeds.set(wide(heir), wide(/** @type {string} */ (old)));
  for (const [record, key, by, to] of row.grants ?? []) said.gifts.push({ record: recordOf(record), key: wide(key), by: by && wide(by), to: wide(to) });
  for (const [record, worker] of row.withdrawn ?? []) said.withdrawn.add(`${recordOf(record)} ${worker}`);
  for (const letter of row.revoked ?? []) said.lastGood.set(wide(letter), 1);
  return said;
}

/** @param {any} row */
export function grantsDifference(row) {
  const said = saidBy(row);
  const known = new Set([...Object.keys(row.devices), "a", ...(row.grants ?? []).map((/** @type {any} */ grant) => grant[3])]);
  const found = [...known].filter((letter) => mayWrite(said, recordOf("r"), wide("k"), wide(letter))).sort();
  return firstDifference("writers", row.writers, found);
}

/** The facts of a row of `delivery.json` as a book; nothing in it is signed. @param {any} row */
export function bookOf(row) {
  const book = new FactBook(), record = unhex(recordOf("r"));
  const base = { municipality: "GM9901", sig: new Uint8Array(64), raw: new Uint8Array(0) };
  for (const [letter, worker] of Object.entries(row.devices)) {
    const succeeds = row.succeeds?.[letter] ? unhex(wide(row.succeeds[letter])) : null;
    book.add({ ...base, kind: "certificate", device: unhex(wide(letter)), worker, role: "worker", from_ms: 0, until_ms: 1, succeeds });
  }
  for (const letter of row.revoked ?? []) {
    book.add({ ...base, kind: "revocation", device: unhex(wide(letter)), last_seq: 1, last_hash: new Uint8Array(32), stolen: 0, at_ms: 1 });
  }
  for (const [kind, worker, at] of row.said ?? []) book.add({ ...base, kind, record, worker, at_ms: at });
  return book;
}

/** @param {any} row */
export function deliveryDifference(row) {
  const book = bookOf(row);
  const sent = row.holders.filter((/** @type {string} */ letter) => book.isDelivered(recordOf("r"), wide(letter)));
  return firstDifference("sent", row.sent, sent);
}

/** @param {any} row */
export function takingInDifference(row) {
  const seen = (/** @type {any} */ [device, seq, letter]) => ({ device: wide(device), seq, short: hex(utf8(letter)).repeat(8) });
  const [device, seq] = row.old;
  const old = {
    municipality: "GM9901", device: wide(device), seq, clock: clock.atMs(NOW), record: wide("r"), key: wide("k"),
    act: /** @type {const} */ ("write"), observed: row.observed.map(seen), touches: [hex(bigEndian(1, 8))], from: null,
  };
  const moved = new Map(row.moved.map((/** @type {any} */ [d, n, to, letter]) => [`${wide(d)} ${n}`, { seq: to, hash: hex(utf8(letter)).repeat(32) }]));
  const pen = { municipality: "GM9901", device: wide("d"), head: { seq: 6, hash: wide("z") } };
  const header = reissued(old, hex(utf8("o")).repeat(32), pen, row.ends_at, row.common && seen(row.common), moved, row.last && seen(row.last));
  return firstDifference("observed", row.expect.map(seen), header.observed);
}

/** @param {any} row */
export function limitsDifference({ what, count, error }) {
  const many = (/** @type {number} */ size) => new Array(count).fill(new Uint8Array(size));
  const { code } = faultOf(() => {
    if (what === "sent ms off") checkTime(NOW + count, NOW);
    else if (what === "protocol") checkRequest({ protocol: count });
    else if (what === "forms") checkRequest({ protocol: 1, forms: new Map(many(1).map((_, n) => [String(n), null])) });
    else if (what === "header bytes") parseHeader(new Uint8Array(count).fill(0xc1));
    else if (what === "body bytes") bodyHashOf({ body: new Uint8Array(count), bodyHash: null, header: new Uint8Array(0), prev: new Uint8Array(32), sig: new Uint8Array(64), wraps: [] });
    else if (what === "touches" || what === "observed") parseHeader(encodeHeader(headerWith(what, count)));
    else if (what !== "wraps") checkRequest({ protocol: 1, [what]: many(1) });
  });
  return what === "wraps" ? null : firstDifference(`${count} ${what}`, error, code);
}

/** @param {string} what @param {number} count */
function headerWith(what, count) {
  const number = (/** @type {number} */ n, /** @type {number} */ size) => hex(bigEndian(n, size));
  const observed = [], touches = [number(0, 8)];
  if (what === "touches") for (let n = 1; n < count; n += 1) touches.push(number(n, 8));
  else for (let n = 1; n <= count; n += 1) observed.push({ device: number(n, 16), seq: 1, short: number(0, 8) });
  return {
    municipality: "GM9901", device: number(0, 16), seq: 1, clock: clock.atMs(NOW), record: number(0, 16), key: number(0, 16),
    act: /** @type {const} */ ("write"), observed, touches, from: null,
  };
}
