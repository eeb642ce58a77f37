/**
 * The value of every function, for any values whatever (forms/SPEC.md 9.6, 9.7). What does not fit gives null.
 * @module
 */

import { compare, contains as holds, length as countOf, startsWith } from "../texts.js";
import * as dates from "./dates.js";

const PLACES_MAX = 9;

/** @typedef {any} Value null, boolean, number, text, a list of these, or an item */

/** An answer as evaluation sees it. @param {unknown} value @returns {Value} */
export function known(value) {
  if (typeof value === "number") return Number.isFinite(value) ? value : null;
  if (typeof value === "bigint") return known(Number(value));
  if (Array.isArray(value)) return value.map((member) => (Array.isArray(member) ? member : known(member)));
  return value === undefined ? null : value;
}

/** A result as everybody else sees it. @param {Value} value @returns {Value} */
export function given(value) {
  if (Array.isArray(value)) return value.map((member) => (Array.isArray(member) ? null : given(member)));
  if (typeof value === "number") return value === 0 ? 0 : value;
  return typeof value === "object" ? null : value;
}

/** @param {number} value */
export function finite(value) {
  return Number.isFinite(value) ? value : null;
}

/** @param {Value} left @param {Value} right */
export function equal(left, right) {
  return left === null ? right === null : typeof left !== "object" && left === right;
}

/** @param {Value} members @param {Value} value */
export function has(members, value) {
  return Array.isArray(members) && members.some((member) => equal(member, value));
}

/** The exact remainder, with the sign of the divisor. @param {number} left @param {number} right */
export function remainder(left, right) {
  const rest = left % right;
  return rest !== 0 && rest < 0 !== right < 0 ? rest + right : rest;
}

/** @param {Value[]} members */
function alike(members) {
  const found = members.filter((member) => member !== null), kind = typeof found[0];
  return (kind === "number" || kind === "string") && found.every((member) => typeof member === kind) ? found : [];
}

/** @param {Value} a @param {Value} b */
export function ordered(a, b) {
  return typeof a === "string" ? compare(a, b) : a - b;
}

/** @param {Value[]} members */
function total(members) {
  let sum = 0;
  for (const member of members) {
    if (member === null) continue;
    if (typeof member !== "number") return null;
    sum += member;
  }
  return finite(sum);
}

/** @param {Value[]} members @param {number} sign */
function outermost(members, sign) {
  const found = alike(members);
  return found.length === 0 ? null : found.reduce((best, member) => (sign * ordered(member, best) > 0 ? member : best));
}

/** @param {Value[]} members */
function unique(members) {
  const found = members.filter((member) => member !== null && typeof member !== "object").map((member) => (member === 0 ? 0 : member));
  return new Set(found).size === found.length;
}

/** The functions over the members of a list. @type {Record<string, (members: Value[]) => Value>} */
export const OVER_MEMBERS = {
  sum: total,
  min: (members) => outermost(members, -1),
  max: (members) => outermost(members, 1),
  any: (members) => members.some((member) => member === true),
  all: (members) => members.every((member) => member === true),
  unique,
  map: (members) => members,
};

/** @param {Value} value @param {Value} [places] */
function round(value, places = 0) {
  if (typeof value !== "number" || typeof places !== "number") return null;
  if (!Number.isInteger(places) || places < 0 || places > PLACES_MAX) return null;
  if (Math.abs(value) >= 2 ** 53) return value;
  const [, sign, whole, part = "", exponent = "0"] = /** @type {RegExpExecArray} */ (/^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value)));
  const drop = part.length - Number(exponent) - places;
  if (drop <= 0) return value;
  const unit = 10n ** BigInt(drop), digits = BigInt(whole + part);
  const up = 2n * (digits % unit) >= unit ? 1n : 0n;
  return Number(`${sign}${digits / unit + up}e-${places}`);
}

/** @param {(first: dates.Day, last: dates.Day) => number | null} work @returns {(a: Value, b: Value) => Value} */
function betweenDates(work) {
  return (a, b) => {
    const first = dates.read(a), last = dates.read(b);
    return first === null || last === null ? null : work(first, last);
  };
}

/** @param {Value} start @param {Value} days */
function addDays(start, days) {
  const first = dates.read(start);
  if (first === null || !Number.isInteger(days) || Math.abs(days) > dates.DAYS_MOVED_MAX) return null;
  return dates.written(dates.number(first) + days);
}

/** @param {Value} start @param {Value} months */
function addMonths(start, months) {
  const first = dates.read(start);
  return first === null || !Number.isInteger(months) ? null : dates.addMonths(first, months);
}

/** @param {dates.Day} first @param {dates.Day} last */
function workingDays(first, last) {
  const days = Math.abs(dates.number(first) - dates.number(last));
  return days > dates.WORKING_SPAN_MAX ? null : dates.workingDaysBetween(first, last);
}

/** @param {Value} value */
function schoolYear(value) {
  const day = dates.read(value);
  return day === null ? null : dates.schoolYear(day);
}

/** @param {(value: number) => number} work @returns {(value: Value) => Value} */
const ofNumber = (work) => (value) => (typeof value === "number" ? work(value) : null);

/** The functions of one or two plain values. @type {Record<string, (...values: Value[]) => Value>} */
export const PLAIN = {
  round,
  floor: ofNumber(Math.floor),
  abs: ofNumber(Math.abs),
  length: (text) => (typeof text === "string" ? countOf(text) : null),
  contains: (whole, part) => (typeof whole === "string" ? typeof part === "string" && holds(whole, part) : has(whole, part)),
  starts_with: (whole, part) => typeof whole === "string" && typeof part === "string" && startsWith(whole, part),
  years_between: betweenDates(dates.yearsBetween),
  months_between: betweenDates(dates.monthsBetween),
  days_between: betweenDates((first, last) => dates.number(last) - dates.number(first)),
  add_days: addDays,
  add_months: addMonths,
  working_days_between: betweenDates(workingDays),
  school_year: schoolYear,
};
