/**
 * Answers in words, as office and devices show them (forms/SPEC.md 3, 7).
 * @module
 */

const MONTH = /^(?!0000)([0-9]{4})-(0[1-9]|1[0-2])(?:-[0-9]{2})?$/u;
const DECIMALS = 20; // more than a double has

/** @type {Map<string, Intl.NumberFormat | Intl.DateTimeFormat>} */
const made = new Map();

/** A way to write, made once. @template {Intl.NumberFormat | Intl.DateTimeFormat} T @param {string} name @param {() => T} make @returns {T} */
function once(name, make) {
  const found = /** @type {T} */ (made.get(name) ?? make());
  made.set(name, found);
  return found;
}

/** An answer that is no choice and no day, in a language or its locale. @param {string} widget @param {string | number} value @param {string} locale @returns {string} */
export function written(widget, value, locale) {
  if (typeof value === "number") return once(`number ${locale}`, () => new Intl.NumberFormat(locale, { useGrouping: false, maximumFractionDigits: DECIMALS })).format(value);
  const month = widget === "month" ? MONTH.exec(value) : null;
  if (month === null) return value;
  return once(`month ${locale}`, () => new Intl.DateTimeFormat(locale, { month: "long", year: "numeric", timeZone: "UTC" })).format(Date.parse(`${month[1]}-${month[2]}-01T12:00:00Z`));
}
