/**
 * A device whose keys wait to be certified. They are on disk, sealed and with their invitation, before anybody hears of
 * them: after a lost answer, a reload or a crash the same keys go on, also where the server has forgotten the invitation
 * since (sync/SPEC.md 7.4).
 * @module
 */

import { hex, same } from "../bytes.js";
import { signingKey } from "../crypto/primitives.js";
import { factOf, placeOfFact } from "../sync/facts.js";
import { encode } from "../sync/messagepack.js";
import { Device, newPen } from "./device.js";
import { askToEnrol, bundleHash, checkAnswer, newIdentity } from "./enrolling.js";
import { BEGUN, Store, nameOf } from "./store.js";
import { readAnswer } from "./syncing.js";
import { ServerRefused } from "./transport.js";

const ENROLLING = "enrolling";
/** The codes by which a server refuses keys that nobody certified, or that were revoked since. */
const NOT_OURS = new Set(["device-unknown", "device-revoked", "certificate-expired"]);

/** @typedef {import("./enrolling.js").Identity} Identity */
/** @typedef {import("./enrolling.js").Invitation} Invitation */
/** @typedef {import("./transport.js").Transport} Transport */
/** @typedef {import("../sync/facts.js").Fact} Fact */

/** Make keys, show an invitation, and keep what was checked. @param {Invitation} invitation @param {Transport} transport @param {Uint8Array} storeKey @param {() => number} [now] */
export async function enrol(invitation, transport, storeKey, now = Date.now) {
  const store = await Store.open(nameOf(invitation.municipality, await begin(invitation, storeKey)), storeKey);
  await goOn(store, transport, now);
  return Device.load(store, now);
}

/** Keep fresh keys, that wait to be shown with an invitation, in a store of their own; returns the id of the device that they make. @param {Invitation} invitation @param {Uint8Array} storeKey */
export async function begin(invitation, storeKey) {
  const { municipality } = invitation, identity = await newIdentity(), { device } = identity;
  const store = await Store.open(nameOf(municipality, device), storeKey), waiting = await store.sealed("keys", ENROLLING, { identity, invitation });
  await store.change(["pen", "keys"], async (tx) => {
    await tx.objectStore("pen").put({ municipality, device }, BEGUN);
    await tx.objectStore("keys").put(waiting, ENROLLING);
  });
  store.close();
  return device;
}

/**
 * Have the keys that wait certified, with the invitation that they were made for; a store that is a device already stays
 * as it is. Throws what the server refused the invitation with where nobody certified these keys.
 * @param {Store} store unlocked @param {Transport} transport @param {() => number} [now]
 */
export async function goOn(store, transport, now = Date.now) {
  const waiting = await store.opened("keys", ENROLLING);
  if (waiting === null) return;
  const identity = /** @type {Identity} */ (Object.fromEntries(waiting.get("identity"))), invitation = /** @type {Invitation} */ (Object.fromEntries(waiting.get("invitation")));
  const { keys, certificate, serverTime } = await answerTo(invitation, identity, transport, now()), own = await store.sealed("keys", "own", identity);
  await store.change(["pen", "keys", "facts"], async (tx) => {
    const pen = tx.objectStore("pen");
    if ((await pen.get("pen")) !== undefined) return; // another tab was first
    await pen.put(newPen(invitation.municipality, identity.device, serverTime - now()), "pen");
    await pen.delete(BEGUN);
    await tx.objectStore("keys").put(own, "own");
    await tx.objectStore("keys").delete(ENROLLING);
    for (const fact of [keys, certificate]) await tx.objectStore("facts").put({ place: placeOfFact(fact), raw: fact.raw, sealed: null });
  });
}

/** @param {Invitation} invitation @param {Identity} identity @param {Transport} transport @param {number} nowMs */
async function answerTo(invitation, identity, transport, nowMs) {
  try {
    return await askToEnrol(invitation, identity, transport);
  } catch (refusal) {
    const found = refusal instanceof ServerRefused ? await certified(invitation, identity, transport, nowMs) : null;
    if (found === null) throw refusal;
    return found;
  }
}

/** The certificate that the answer to an enrolment would have brought: certificates are sent to every device, so to their own too. @param {Invitation} invitation @param {Identity} identity @param {Transport} transport @param {number} nowMs */
async function certified(invitation, identity, transport, nowMs) {
  let keys = /** @type {Fact | null} */ (null), certificate = /** @type {Fact | null} */ (null);
  for await (const { fact, serverTime } of factsTold(identity, transport, nowMs)) {
    if (fact.kind === "keys" && same(await bundleHash(fact), invitation.bundleHash)) keys = fact;
    else if (fact.kind === "certificate" && hex(fact.device) === identity.device) certificate = fact;
    if (keys === null || certificate === null) continue;
    await checkAnswer(invitation, keys, certificate, identity.device);
    return { keys, certificate, serverTime };
  }
  return null;
}

/**
 * The facts that a server sends to a device with these keys, from the first, each with the server's time; none where it
 * does not know them. Asked once more where this clock is too far off.
 * @param {{device: string, signing: Uint8Array}} identity @param {Transport} transport @param {number} nowMs
 * @returns {AsyncGenerator<{fact: Fact, serverTime: number}>}
 */
export async function* factsTold({ device, signing }, transport, nowMs) {
  const signer = { device, signing: await signingKey(signing) };
  for (let cursor = new Uint8Array(0), more = true, sent = nowMs; more; ) {
    let answer;
    try {
      answer = readAnswer(await transport.signed("POST", "/sync", encode({ protocol: 1, sent, cursor }), sent, signer));
    } catch (error) {
      if (!(error instanceof ServerRefused)) throw error;
      if (NOT_OURS.has(error.code)) return;
      if (error.code !== "clock" || error.serverTime === null || sent !== nowMs) throw error;
      sent = error.serverTime;
      continue;
    }
    for (const change of answer.changes) if (change.has("fact")) yield { fact: factOf(change.get("fact")), serverTime: Number(answer.server_time) };
    ({ cursor, more } = /** @type {any} */ (answer));
  }
}
