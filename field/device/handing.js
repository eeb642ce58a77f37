/**
 * How a device hands in what it wrote without signing a request, and as a file (sync/SPEC.md 6.8, 8.6). Entries prove
 * themselves, so this needs no key: a locked, forgotten or revoked device can do it.
 * @module
 */

import { hex } from "../bytes.js";
import { isSignature } from "../crypto/primitives.js";
import { signedBytes } from "../crypto/signatures.js";
import { pushLength } from "../sync/device.js";
import { wireEntry } from "../sync/entry.js";
import { NotMessagePack } from "../sync/errors.js";
import { decodeFact, wireFact } from "../sync/facts.js";
import { decode, encode } from "../sync/messagepack.js";
import { learnRevocations } from "./ending.js";
import { weightOf } from "./store.js";

const BATCH = 500;
const THERE = new Set(["held", "known", "forked", "unproven"]);  // on the server's disk, counting or not
const KEY_NOT_KEPT = "key-not-kept";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./store.js").Row} Row */
/** @typedef {{held: number, refused: [number, string][], complete: boolean}} Handed `complete`: a receipt covers the last entry ever written here, and all keys were kept */

/** The bytes of a hand-in, or of a rescue file. @param {Store} store @param {Row[]} rows own entries */
export async function handInBytes(store, rows) {
  const { device } = await store.pen(), facts = (await store.facts()).map(({ raw }) => decodeFact(raw));
  const certificate = facts.filter((fact) => fact.kind === "certificate" && hex(fact.device) === device).at(-1);
  if (certificate === undefined) throw new Error("the certificate of this device is not here");
  const bare = new Set(rows.filter((row) => row.entry.body === null).map((row) => row.record));
  const ids = [...new Set(rows.flatMap((row) => row.entry.wraps.map((one) => hex(one[2]))))].sort();
  const epochs = (await Promise.all(ids.map((id) => store.db.get("epochs", id)))).filter((epoch) => epoch !== undefined);
  const erasures = facts.filter((fact) => fact.kind === "erasure" && bare.has(hex(fact.record))).map(wireFact);
  return encode({ protocol: 1, certificate: wireFact(certificate), entries: rows.map((row) => wireEntry(row.entry)), epochs, erasures });
}

/** A file that `veldpost rescue` takes in: all own entries. @param {Store} store */
export async function rescueFile(store) {
  const { device } = await store.pen();
  return handInBytes(store, await store.ownAfter(device, 0));
}

/**
 * Hand in what the server lacks. What was never acknowledged goes first; without a receipt for the last entry then, all.
 * @param {Store} store @param {import("./transport.js").Transport} transport @param {() => number} [now] @returns {Promise<Handed>}
 */
export async function handIn(store, transport, now = Date.now) {
  const { sendAfter } = await store.pen(), first = await handInAfter(store, transport, sendAfter, now);
  return first.complete || sendAfter === 0 ? first : handInAfter(store, transport, 0, now);
}

/** @param {Store} store @param {import("./transport.js").Transport} transport @param {number} after @param {() => number} now @returns {Promise<Handed>} */
async function handInAfter(store, transport, after, now) {
  const { device, head } = await store.pen(), refused = /** @type {[number, string][]} */ ([]);
  let held = 0, keptKeys = true, receipt = null;
  for (;;) {
    const waiting = await store.ownAfter(device, after, BATCH), rows = waiting.slice(0, pushLength(waiting.map(weightOf)));
    const answer = decode(await transport.post("/hand-ins", await handInBytes(store, rows)));
    if (!(answer instanceof Map)) throw new NotMessagePack("it is no answer to a hand-in");
    await learnRevocations(store, (answer.get("revocations") ?? []).map(encode), now());
    const asked = new Set(rows.map((row) => `${row.seq} ${row.hash}`));
    for (const [seq, hash, status] of answer.get("entries") ?? []) {
      if (!asked.has(`${seq} ${hex(hash)}`)) continue;
      if (THERE.has(status) || status === KEY_NOT_KEPT) held += 1;
      if (status === KEY_NOT_KEPT) keptKeys = false;
      if (!THERE.has(status)) refused.push([seq, status]);
    }
    receipt = answer.get("receipt") ?? receipt;
    const last = rows.at(-1)?.seq ?? Infinity;
    if (last >= head.seq) return { held, refused, complete: keptKeys && (await covers(store, receipt)) };
    after = last;
  }
}

/** Whether a genuine receipt says that the last entry ever written here is on the server's disk. @param {Store} store @param {any} receipt */
async function covers(store, receipt) {
  const { municipality, device, head } = await store.pen();
  if (head.seq === 0) return true;
  if (!Array.isArray(receipt) || receipt[0] !== municipality || hex(receipt[2]) !== device) return false;
  const facts = (await store.facts()).map(({ raw }) => decodeFact(raw)), keys = facts.filter((fact) => fact.kind === "keys").at(-1);
  const isGenuine = keys !== undefined && (await isSignature(keys.receipt, receipt[6], signedBytes("receipt", receipt.slice(0, 6))));
  return isGenuine && receipt[3] === head.seq && hex(receipt[4]) === head.hash;
}

