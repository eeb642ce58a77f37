/**
 * The entries that wait to be sent, for the screen that lists them; and all own entries as a sealed file.
 * @module
 */

import { rescueFile } from "../device/handing.js";
import { own } from "./holder.js";
import { titleOf } from "./work.js";

const SHOWN_MAX = 50;

/** The entries that no server acknowledged, oldest first. @returns {Promise<{seq: number, title: Record<string, string> | undefined, writtenMs: number}[]>} */
export async function waiting() {
  const { device } = own(), { sendAfter } = await device.store.pen(), rows = await device.store.ownAfter(device.id, sendAfter, SHOWN_MAX);
  return rows.map(({ seq, record, writtenMs }) => ({ seq, writtenMs, title: titleOf(record) }));
}

/** All own entries, sealed, as `veldpost rescue` takes them in. */
export async function rescue() {
  return new Blob([await rescueFile(own().device.store)], { type: "application/octet-stream" });
}
