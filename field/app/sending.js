/**
 * The entries that wait to be sent, for the screen that lists them; and all own entries as a sealed file.
 * @module
 */

import { rescueFile } from "../device/handing.js";
import { holding, own } from "./holder.js";
import { titleOf } from "./work.js";

const SHOWN_MAX = 50;

/** The entries that no server acknowledged, oldest first; none where the device is let go, as when it was ended. @returns {Promise<{seq: number, title: Record<string, string> | undefined, writtenMs: number}[]>} */
export async function waiting() {
  const held = holding();
  if (held === null) return [];
  const { device } = held;
  try {
    const { sendAfter } = await device.store.pen(), rows = await device.store.ownAfter(device.id, sendAfter, SHOWN_MAX);
    return rows.map(({ seq, record, writtenMs }) => ({ seq, writtenMs, title: titleOf(record) }));
  } catch (error) {
    if (holding() === held) throw error;
    return []; // it was let go meanwhile
  }
}

/** All own entries, sealed, as `veldpost rescue` takes them in. */
export async function rescue() {
  return new Blob([await rescueFile(own().device.store)], { type: "application/octet-stream" });
}
