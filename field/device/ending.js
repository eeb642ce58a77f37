/**
 * The end of a device: it learns that it was revoked, and wipes (sync/SPEC.md 8.6). Whatever a server says, only a
 * revocation that the municipality signed for the id that the device has now ends it.
 * @module
 */

import { hex } from "../bytes.js";
import { isSignature } from "../crypto/primitives.js";
import { dueToGo } from "../sync/device.js";
import { decodeFact, factBytes, placeOfFact } from "../sync/facts.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("../sync/facts.js").Fact} Fact */

/** Everything of a revoked device went; it can be enrolled anew. */
export class DeviceWiped extends Error {
  constructor() {
    super("this device was revoked; what it held was handed in and is gone from here");
    this.code = "device-wiped";
  }
}

/** Believe the revocations that are genuine; whether there was one. @param {Store} store @param {Uint8Array[]} raw @param {number} nowMs */
export async function learnRevocations(store, raw, nowMs) {
  if (raw.length === 0) return false;
  const { municipality, device } = await store.pen(), genuine = /** @type {Fact[]} */ ([]), keys = (await factsOf(store, ["keys"])).at(-1);
  for (const bytes of raw) {
    const fact = readFact(bytes);
    if (fact?.kind !== "revocation" || fact.municipality !== municipality || hex(fact.device) !== device || keys === undefined) continue;
    if (await isSignature(keys.signing, fact.sig, factBytes(fact))) genuine.push(fact);
  }
  if (genuine.length === 0) return false;
  await store.change(["pen", "facts"], async (tx) => {
    const pen = await tx.objectStore("pen").get("pen"), known = pen.ended ?? { learntMs: nowMs, stolen: false, answered: false, received: false };
    const stolen = known.stolen || genuine.some((fact) => Number(fact.stolen) === 1);
    await tx.objectStore("pen").put({ ...pen, ended: { ...known, stolen } }, "pen");
    for (const fact of genuine) {
      if ((await tx.objectStore("facts").index("place").getKey(placeOfFact(fact))) === undefined) await tx.objectStore("facts").add({ place: placeOfFact(fact), raw: fact.raw, sealed: null });
    }
  });
  return true;
}

/** The facts of some kinds that are kept, in order. @param {Store} store @param {string[]} kinds @returns {Promise<Fact[]>} */
export async function factsOf(store, kinds) {
  const found = [];
  for await (const { raw } of store.eachFact()) {
    const fact = decodeFact(raw);
    if (kinds.includes(fact.kind)) found.push(fact);
  }
  return found;
}

/** @param {Uint8Array} bytes @returns {Fact | null} */
function readFact(bytes) {
  try {
    return decodeFact(bytes);
  } catch {
    return null;
  }
}

/** A server answered a hand-in of this device, which is revoked. @param {Store} store @param {{complete: boolean, refused: unknown[]}} handed */
export async function wasHandedIn(store, { complete, refused }) {
  await store.change(["pen"], async (tx) => {
    const pen = await tx.objectStore("pen").get("pen");
    if (pen.ended !== null) await tx.objectStore("pen").put({ ...pen, ended: { ...pen.ended, answered: true, received: pen.ended.received || complete, refused: refused.length } }, "pen");
  });
}

/** Wipe what must go now, having counted what nobody gets; whether everything went. Safe to repeat, and after a power cut. @param {Store} store @param {number} nowMs */
export async function wipeWhatIsDue(store, nowMs) {
  const { ended } = await store.pen();
  if (ended === null) return false;
  const { reading, everything } = dueToGo(ended, nowMs, await store.db.count("blobs"));
  const gone = everything ? [...store.db.objectStoreNames] : reading ? ["keys", "drafts", "pictures", "pages", "grants"] : [];
  if (gone.length === 0) return false;
  const thrown = await thrownAway(store);
  await store.change([...new Set([...gone, "pen", "facts"])], async (tx) => {
    const pen = await tx.objectStore("pen").get("pen"), kept = (await tx.objectStore("drafts").getAllKeys()).filter((/** @type {string} */ id) => !thrown.has(id));
    const drafts = (pen.ended.drafts ?? 0) + kept.length, entries = pen.ended.received ? 0 : pen.ended.refused ?? pen.head.seq - pen.sendAfter;
    for (const name of gone) await tx.objectStore(name).clear();
    if (everything) await tx.objectStore("pen").put({ wiped: true, lost: drafts + entries }, "wiped");
    else {
      await tx.objectStore("pen").put({ ...pen, ended: { ...pen.ended, drafts } }, "pen");
      await forgetSealed(tx.objectStore("facts"));
    }
  });
  return everything;
}

/** The drafts that their writer threw away a moment ago, as far as this store is open: they are no loss. @param {Store} store @returns {Promise<Set<unknown>>} */
async function thrownAway(store) {
  const found = new Set();
  if (store.key === null) return found;
  for (const id of (await store.db.getAllKeys("drafts")).map(String)) {
    if (JSON.parse((await store.opened("drafts", id).catch(() => null)) ?? "null")?.dropped) found.add(id);
  }
  return found;
}

/** @param {any} facts */
async function forgetSealed(facts) {
  for (let cursor = await facts.openCursor(); cursor !== null; cursor = await cursor.continue()) {
    if (cursor.value.sealed !== null) await cursor.update({ ...cursor.value, sealed: null });
  }
}

/** Raise `DeviceWiped` where everything went. @param {Store} store */
export async function checkNotWiped(store) {
  if ((await store.db.get("pen", "wiped")) !== undefined) throw new DeviceWiped();
}
