/**
 * The things that this device keeps, counted, and whether the browser promised to keep it.
 * @module
 */

import { waysIn } from "../device/lock.js";
import { own } from "./holder.js";

/** Counts by kind, room in bytes, and the truth about persistence. */
export async function kept() {
  const { device } = own(), { store, id } = device, { municipality } = await store.pen();
  const [entries, drafts, blobs] = await Promise.all(["journal", "drafts", "blobs"].map((name) => store.db.count(name)));
  const room = (await navigator.storage?.estimate?.()) ?? {}, isPersistent = (await navigator.storage?.persisted?.()) ?? false;
  const hasPasskey = (await waysIn(store)).some(({ kind }) => kind === "passkey");
  return { municipality, device: id, entries, drafts, blobs, usage: room.usage ?? 0, quota: room.quota ?? 0, isPersistent, hasPasskey };
}
