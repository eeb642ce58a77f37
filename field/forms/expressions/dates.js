/**
 * Dates by integer calendar arithmetic (forms/SPEC.md 9.7.3): no clock, no time zone, no Date.
 * @module
 */

const SHAPE = /^([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
export const DAYS_MOVED_MAX = 4_000_000;

/** @typedef {[number, number, number]} Day year, month, day */

/** @param {number} year */
function isLeap(year) {
  return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
}

/** @param {number} year @param {number} month */
function daysIn(year, month) {
  return month === 2 && isLeap(year) ? 29 : DAYS[month - 1];
}

/** The day that a text is, a month its first; null where it is no date. @param {unknown} text @returns {Day | null} */
export function read(text) {
  const found = typeof text === "string" ? SHAPE.exec(text) : null;
  if (found === null) return null;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3] ?? "1")];
  return year >= 1 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month) ? [year, month, day] : null;
}

/** The days since the first of January of the year 1. @param {Day} day */
export function number([year, month, day]) {
  const past = year - 1;
  let days = past * 365 + Math.floor(past / 4) - Math.floor(past / 100) + Math.floor(past / 400) + day - 1;
  for (let m = 1; m < month; m += 1) days += daysIn(year, m);
  return days;
}

/** The date that so many days are; null outside the years 1 to 9999. @param {number} days */
export function written(days) {
  if (days < 0 || days > number([9999, 12, 31])) return null;
  let year = Math.max(1, Math.floor(days / 366));
  while (year < 9999 && number([year + 1, 1, 1]) <= days) year += 1;
  let rest = days - number([year, 1, 1]), month = 1;
  while (rest >= daysIn(year, month)) {
    rest -= daysIn(year, month);
    month += 1;
  }
  return `${String(year).padStart(4, "0")}-${String(month).padStart(2, "0")}-${String(rest + 1).padStart(2, "0")}`;
}

/** Whole years, as an age is counted. @param {Day} first @param {Day} last @returns {number} */
export function yearsBetween(first, last) {
  if (isBefore(last, first)) return -yearsBetween(last, first);
  const years = last[0] - first[0];
  const isReached = last[1] > first[1] || (last[1] === first[1] && last[2] >= first[2]);
  return isReached ? years : years - 1;
}

/** @param {Day} a @param {Day} b */
function isBefore(a, b) {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] ? (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) < 0 : false;
}

/** The school year of a day, from the first of August. @param {Day} day */
export function schoolYear([year, month]) {
  const from = month >= 8 ? year : year - 1;
  return `${String(from).padStart(4, "0")}-${String(from + 1).padStart(4, "0")}`;
}
