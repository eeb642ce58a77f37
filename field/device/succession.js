/**
 * Lets a device go on under a new id, as a person's invitation allows: after a fork, or when its certificate ends. What
 * no server acknowledged is written again (sync/SPEC.md 7.4, 8.5, 8.7). Each step can be taken up again.
 * @module
 */

import { hex } from "../bytes.js";
import { openBody, recordKeys, sealBody } from "../crypto/entries.js";
import { signingKey } from "../crypto/primitives.js";
import { reissued } from "../sync/device.js";
import { encodeHeader } from "../sync/entry.js";
import { isGenuine, placeOfFact } from "../sync/facts.js";
import { factsTold } from "./beginning.js";
import { newPen } from "./device.js";
import { EnrolmentRefused, askToEnrol, newIdentity } from "./enrolling.js";
import { alone, exchangesOf } from "./locks.js";
import { EVERY, touch } from "./store.js";

const SUCCESSOR = "successor";

/** @typedef {import("./device.js").Device} Device */
/** @typedef {import("./store.js").Row} Row */
/** @typedef {import("./enrolling.js").Identity} Identity */
/** @typedef {import("../sync/facts.js").Fact} Fact */

/**
 * Take the place of this device's old id. The new keys are on disk before they are sent: where the answer was lost, the
 * next attempt goes on without another invitation. The device given is of no use afterwards: load its store anew.
 *
 * No exchange of the old id begins meanwhile, in no tab: the server ends that id with its answer, and a phone that heard
 * so before its new id is on the disk would believe that it was revoked, and wipe.
 * @param {Device} device @param {import("./enrolling.js").Invitation} invitation @param {import("./transport.js").Transport} transport
 */
export function succeedByInvitation(device, invitation, transport) {
  return alone(exchangesOf(device), () => succeed(device, invitation, transport));
}

/** @param {Device} device @param {import("./enrolling.js").Invitation} invitation @param {import("./transport.js").Transport} transport */
async function succeed(device, invitation, transport) {
  if ((await device.hasGoneOn()) || (await goneOn(device, transport))) return;
  const waiting = (await waitingKeys(device)) ?? (await freshKeys(device)), { certificate } = await askToEnrol(invitation, waiting, transport);
  if (certificate.succeeds === null || hex(certificate.succeeds) !== device.id) {
    await device.store.change(["keys"], (tx) => tx.objectStore("keys").delete(SUCCESSOR)); // another device now: the next invitation finds fresh keys
    throw new EnrolmentRefused("the invitation does not name this device as the one to replace");
  }
  await become(device, waiting, certificate);
}

/** Go on with a succession whose answer was lost; false where none was begun or the new keys are not certified. @param {Device} device @param {import("./transport.js").Transport} transport */
export function resume(device, transport) {
  return alone(exchangesOf(device), async () => !(await device.hasGoneOn()) && goneOn(device, transport));
}

/** @param {Device} device @param {import("./transport.js").Transport} transport */
async function goneOn(device, transport) {
  const waiting = await waitingKeys(device);
  if (waiting === null) return false;
  const certificate = await certificateOf(device, waiting, transport);
  if (certificate === null) return false;
  await become(device, waiting, certificate);
  return true;
}

/** @param {Device} device @returns {Promise<Identity | null>} */
async function waitingKeys({ store }) {
  const kept = await store.opened("keys", SUCCESSOR);
  return kept === null ? null : { device: kept.get("device"), suite: kept.get("suite"), signing: kept.get("signing"), sealing: kept.get("sealing") };
}

/** @param {Device} device */
async function freshKeys({ store, identity }) {
  const made = await newIdentity(identity.suite), sealed = await store.sealed("keys", SUCCESSOR, made);
  await store.change(["keys"], (tx) => tx.objectStore("keys").put(sealed, SUCCESSOR));
  return made;
}

/** The certificate of the new keys: it is sent to every device, so that a certified one finds its own. @param {Device} device @param {Identity} waiting @param {import("./transport.js").Transport} transport @returns {Promise<Fact | null>} */
async function certificateOf(device, waiting, transport) {
  const { offsetMs } = await device.store.pen();
  for await (const { fact } of factsTold(waiting, transport, device.now() + offsetMs)) {
    if (fact.kind !== "certificate" || hex(fact.device) !== waiting.device || fact.succeeds === null || hex(fact.succeeds) !== device.id) continue;
    if (await isGenuine(fact, device.book)) return fact;
  }
  return null;
}

/** Become the successor, in one transaction: what waits is written again under the new id. @param {Device} device @param {Identity} waiting @param {Fact} certificate */
async function become(device, waiting, certificate) {
  const { store, id: old } = device;
  await alone(`pen:${old}`, async () => {
    const before = await store.pen(), from = before.forkedAt ?? before.sendAfter + 1;
    const rows = await store.ownAfter(old, 0), away = rows.filter((row) => row.seq >= from), common = lastOfEach(rows.filter((row) => row.seq < from));
    device.isSucceeded = true; // whatever holds it looks before it uses it
    device.id = waiting.device;
    device.epoch = null; // epochs are sealed for one device
    device.signing = await signingKey(waiting.signing);
    const start = { ...newPen(before.municipality, waiting.device, before.offsetMs), life: before.life, number: before.number };
    const { pen, written } = await writtenAgain(device, start, from, away, common), own = await store.sealed("keys", "own", waiting);
    await store.change(["journal", "pen", "keys", "facts", "pages"], async (tx) => {
      await touch(tx, EVERY);
      for (const row of away) await tx.objectStore("journal").delete([row.device, row.seq]);
      for (const row of written) await tx.objectStore("journal").add(row);
      await tx.objectStore("pen").put(pen, "pen");
      await tx.objectStore("keys").put(own, "own");
      await tx.objectStore("keys").delete(SUCCESSOR);
      const facts = tx.objectStore("facts"), place = placeOfFact(certificate);
      if ((await facts.index("place").getKey(place)) === undefined) await facts.add({ place, raw: certificate.raw, sealed: null });
    });
  });
}

/** The last entry of each record. @param {Row[]} rows in order of seq */
function lastOfEach(rows) {
  return new Map(rows.map((row) => [row.record, row]));
}

/** @param {Device} device under its new id @param {import("./device.js").Pen} start @param {number} from @param {Row[]} away @param {Map<string, Row>} common */
async function writtenAgain(device, start, from, away, common) {
  /** @type {Map<string, {seq: number, hash: string}>} */
  const moved = new Map();
  const written = /** @type {Row[]} */ ([]), wrapped = new Set();
  let pen = start;
  for (const row of away) {
    const key = await device.store.recordKey(row.record), keys = key === null ? null : await recordKeys(key);
    const plain = keys === null || row.entry.body === null ? null : await openBody(keys, row.entry.header, row.entry.body);
    if (key === null || keys === null || plain === null) continue; // nobody could read it before either; the server holds the old one
    const last = common.get(row.record), seen = last === undefined ? null : { device: last.device, seq: last.seq, short: last.hash.slice(0, 16) };
    const header = reissued(row.header, row.hash, pen, from, seen, moved, null), raw = encodeHeader(header);
    const body = await sealBody(keys, plain, raw), wraps = wrapped.has(row.record) ? [] : [await device.wrapped(row.record, key)];
    wrapped.add(row.record);
    const again = { ...(await device.chained(pen, header, raw, body, wraps)), writtenMs: row.writtenMs };
    written.push(again);
    moved.set(`${row.device} ${row.seq}`, { seq: again.seq, hash: again.hash });
    pen = { ...pen, head: { seq: again.seq, hash: again.hash }, number: again.number };
  }
  return { pen, written };
}

