/**
 * A device seen from outside, while it is locked: what waits in it, how it can be opened, whether it was ended. None of it
 * needs a key.
 * @module
 */

import { timeLeft, waysIn } from "./lock.js";

const HANDED = "handed";

/** @typedef {import("./store.js").Store} Store */
/**
 * @typedef {object} Outside
 * @property {boolean} isEmpty the browser threw it away
 * @property {boolean} isBegun its keys wait to be certified: the answer to its enrolment never came
 * @property {boolean} isWiped it was ended, and what it held was handed in and is gone
 * @property {{stolen: boolean} | null} ended the office ended it, and it is not wiped yet
 * @property {number} unsent entries that no server acknowledged
 * @property {number} sinceMs when the oldest of them was written; 0 where there is none
 * @property {Uint8Array | null} passkey the credential that opens it beside its passphrase
 * @property {number} waitMs how long no try is taken
 */

/** @param {Store} store @param {number} nowMs @returns {Promise<Outside>} */
export async function fromOutside(store, nowMs) {
  const nothing = { isEmpty: false, isBegun: false, isWiped: false, ended: null, unsent: 0, sinceMs: 0, passkey: null, waitMs: 0 };
  if (await store.isEmpty()) return { ...nothing, isEmpty: true };
  if ((await store.db.get("pen", "wiped")) !== undefined) return { ...nothing, isWiped: true };
  if (await store.isBegun()) return { ...nothing, isBegun: true, waitMs: await timeLeft(store, nowMs) };
  const pen = await store.pen(), [oldest] = await store.ownAfter(pen.device, pen.sendAfter, 1), ways = await waysIn(store);
  const passkey = ways.find(({ kind }) => kind === "passkey")?.id ?? null, isHandedIn = (await store.db.get("pen", HANDED)) === pen.head.seq;
  return { ...nothing, ended: pen.ended, unsent: isHandedIn ? 0 : pen.head.seq - pen.sendAfter, sinceMs: oldest?.writtenMs ?? 0, passkey, waitMs: await timeLeft(store, nowMs) };
}

/** Note that a receipt covers all that was written here: handing in tells no cursor, and the next exchange sends it once more. @param {Store} store */
export async function noteHandedIn(store) {
  await store.change(["pen"], async (tx) => {
    const pen = await tx.objectStore("pen").get("pen");
    if (pen !== undefined) await tx.objectStore("pen").put(pen.head.seq, HANDED);
  });
}
