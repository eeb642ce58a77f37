/**
 * Typed text and the answer that it is: numbers with a comma, days and months in parts, times. What is none stays
 * as it was typed, so that nothing is lost and the field can say what does not fit.
 * @module
 */

/** @param {string} text @returns {number | string | null} */
export function numberOf(text) {
  const plain = text.trim().replace(",", ".");
  if (plain === "") return null;
  const number = Number(plain);
  return /^-?\d{1,15}(\.\d{1,9})?$/.test(plain) ? number : text;
}

/** A number as people write it. @param {unknown} value */
export function numberText(value) {
  return value === null || value === undefined ? "" : String(value).replace(".", ",");
}

/** The parts of a day or month as they are typed: year, month, day. @param {unknown} value @param {number} count 3, or 2 for a month */
export function partsOf(value, count) {
  const parts = typeof value === "string" ? value.split("-") : [];
  return Array.from({ length: count }, (_, n) => parts[n] ?? "");
}

/** A day or month of its parts; null where all are empty. @param {string[]} parts year, month, day as typed @returns {string | null} */
export function dateOf(parts) {
  const clean = parts.map((part) => part.trim());
  if (clean.every((part) => part === "")) return null;
  const [year, ...rest] = clean;
  return [year, ...rest.map((part) => (/^\d$/.test(part) ? `0${part}` : part))].join("-").slice(0, 40);
}

/** A time as `HH:MM` where it is one. @param {string} text @returns {string | null} */
export function timeOf(text) {
  const plain = text.trim(), match = /^(\d{1,2})[:. ]?(\d{2})$/.exec(plain);
  if (plain === "") return null;
  return match !== null && Number(match[1]) < 24 && Number(match[2]) < 60 ? `${match[1].padStart(2, "0")}:${match[2]}` : text;
}
