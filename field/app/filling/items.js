/**
 * Ids of new items: ULIDs, so that items stand in the order of their making (forms/SPEC.md 2.2).
 * @module
 */

const SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/** A fresh id: its time, then chance. @param {number} nowMs */
export function newItem(nowMs) {
  let time = "", rest = nowMs;
  for (let n = 0; n < 10; n += 1) {
    time = SIGNS[rest % 32] + time;
    rest = Math.floor(rest / 32);
  }
  return time + [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => SIGNS[byte % 32]).join("");
}
