/**
 * A device seen from outside, while it is locked, by its worker or by a colleague at the same tablet: whether anything
 * waits in it, how it can be opened, whether it was ended. None of it needs a key.
 * @module
 */

import { timeLeft, waysIn } from "./lock.js";

const HANDED = "handed";

/** @typedef {import("./store.js").Store} Store */
/**
 * @typedef {object} Outside
 * @property {boolean} isEmpty the browser threw it away
 * @property {boolean} isBegun its keys wait to be certified: the answer to its enrolment never came
 * @property {boolean} isWiped it was ended, and what it held is gone
 * @property {number} lost the drafts and entries that went without having been handed in, where it was wiped
 * @property {{stolen: boolean} | null} ended the office ended it, and it is not wiped yet
 * @property {boolean} isWaiting something waits that no server acknowledged; how much and since when is its worker's alone
 * @property {Uint8Array | null} passkey the credential that opens it beside its passphrase
 * @property {number} waitMs how long no try is taken
 */

/** @param {Store} store @param {number} nowMs @returns {Promise<Outside>} */
export async function fromOutside(store, nowMs) {
  const nothing = { isEmpty: false, isBegun: false, isWiped: false, lost: 0, ended: null, isWaiting: false, passkey: null, waitMs: 0 };
  if (await store.isEmpty()) return { ...nothing, isEmpty: true };
  const wiped = await store.db.get("pen", "wiped");
  if (wiped !== undefined) return { ...nothing, isWiped: true, lost: wiped.lost ?? 0 };
  if (await store.isBegun()) return { ...nothing, isBegun: true, waitMs: await timeLeft(store, nowMs) };
  const pen = await store.pen(), ways = await waysIn(store);
  const passkey = ways.find(({ kind }) => kind === "passkey")?.id ?? null, isHandedIn = (await store.db.get("pen", HANDED)) === pen.head.seq;
  return { ...nothing, ended: pen.ended, isWaiting: !isHandedIn && pen.head.seq > pen.sendAfter, passkey, waitMs: await timeLeft(store, nowMs) };
}

/** Note that a receipt covers all that was written here: handing in tells no cursor, and the next exchange sends it once more. @param {Store} store */
export async function noteHandedIn(store) {
  await store.change(["pen"], async (tx) => {
    const pen = await tx.objectStore("pen").get("pen");
    if (pen !== undefined) await tx.objectStore("pen").put(pen.head.seq, HANDED);
  });
}
