/**
 * Dates by integer calendar arithmetic (forms/SPEC.md 9.7.3): no clock, no time zone, no Date.
 * @module
 */

const SHAPE = /^([0-9]{4})-([0-9]{2})(?:-([0-9]{2}))?$/;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
export const DAYS_MOVED_MAX = 4_000_000;
export const WORKING_SPAN_MAX = 36_525;
const SATURDAY = 5;
const AFTER_EASTER = [-2, 1, 39, 50];

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

/** Whole months: each is full on its day, or on the first after a month that is too short for it. @param {Day} first @param {Day} last @returns {number} */
export function monthsBetween(first, last) {
  if (isBefore(last, first)) return -monthsBetween(last, first);
  return (last[0] - first[0]) * 12 + last[1] - first[1] - (last[2] < first[2] ? 1 : 0);
}

/** @param {Day} a @param {Day} b */
function isBefore(a, b) {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2] ? (a[0] - b[0] || a[1] - b[1] || a[2] - b[2]) < 0 : false;
}

/** The same day so many months later, the last of its month where that is shorter. @param {Day} day @param {number} months */
export function addMonths([year, month, day], months) {
  const all = year * 12 + month - 1 + months, there = Math.floor(all / 12), of = all - there * 12 + 1;
  if (there < 1 || there > 9999) return null;
  return `${String(there).padStart(4, "0")}-${String(of).padStart(2, "0")}-${String(Math.min(day, daysIn(there, of))).padStart(2, "0")}`;
}

/** Working days after the first day up to the last and with it. @param {Day} first @param {Day} last @returns {number} */
export function workingDaysBetween(first, last) {
  if (isBefore(last, first)) return -workingDaysBetween(last, first);
  const from = number(first), to = number(last), free = new Set();
  for (let year = first[0]; year <= last[0]; year += 1) for (const day of holidays(year)) if (from < day && day <= to && day % 7 < SATURDAY) free.add(day);
  return weekdays(to) - weekdays(from) - free.size;
}

/** The days from Monday to Friday up to a day and with it: the first of January of the year 1 was a Monday. @param {number} day */
function weekdays(day) {
  return Math.floor(day / 7) * SATURDAY + Math.min((day % 7) + 1, SATURDAY);
}

/** The general holidays of a year (Algemene termijnenwet, article 3). @param {number} year */
function holidays(year) {
  const easter = easterOf(year);
  return [number([year, 1, 1]), number([year, 4, 27]), number([year, 5, 5]), number([year, 12, 25]), number([year, 12, 26]), ...AFTER_EASTER.map((days) => easter + days)];
}

/** Easter Sunday of the Gregorian calendar. @param {number} year */
function easterOf(year) {
  const golden = year % 19, century = Math.floor(year / 100), of = year % 100;
  const moon = (19 * golden + century - Math.floor(century / 4) - Math.floor((century - Math.floor((century + 8) / 25) + 1) / 3) + 15) % 30;
  const sunday = (((32 + 2 * (century % 4) + 2 * Math.floor(of / 4) - moon - (of % 4)) % 7) + 7) % 7;
  const late = Math.floor((golden + 11 * moon + 22 * sunday) / 451), all = moon + sunday - 7 * late + 114;
  return number([year, Math.floor(all / 31), (all % 31) + 1]);
}

/** The school year of a day, from the first of August. @param {Day} day */
export function schoolYear([year, month]) {
  const from = month >= 8 ? year : year - 1;
  return `${String(from).padStart(4, "0")}-${String(from + 1).padStart(4, "0")}`;
}
