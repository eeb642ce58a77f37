/**
 * Items of a repeating group: ids of new ones, ULIDs, so that they stand in the order of their making (forms/SPEC.md 2.2);
 * and the answers that people know one by.
 * @module
 */

const NAME_MAX = 40; // as long as a card's heading has room for
const NAMES = 2;
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

/** The answers of an item that name it: its first short texts, months and days. @param {import("./filling.js").Filling} filling @param {string[]} asked the item's places @returns {string[]} their paths */
export function namesIn(filling, asked) {
  const isName = (/** @type {string} */ path) => {
    const question = filling.question(path), value = filling.get(path);
    return ["text", "date"].includes(question?.kind ?? "") && question?.field.widget !== "multiline" && typeof value === "string" && value.length <= NAME_MAX;
  };
  return asked.filter(isName).slice(0, NAMES);
}
