/**
 * Days and times in words, as every screen shows them: in Amsterdam, whatever the device thinks, near days by name.
 * @module
 */

import { LANGUAGES, language, say } from "./ui.js";

const ZONE = { timeZone: "Europe/Amsterdam" };
const DAY_MS = 86_400_000;
const YEAR_SAID_DAYS = 300; // from here on a day without its year is not clear

/** Ways to write days and times, each made once: making one costs far more than using it. @type {Map<string, Intl.DateTimeFormat>} */
const formats = new Map();

/** A way to write days and times. @param {string} name of a locale @param {Intl.DateTimeFormatOptions} how */
export function formatOf(name, how) {
  const key = name + JSON.stringify(how), format = formats.get(key) ?? new Intl.DateTimeFormat(name, how);
  formats.set(key, format);
  return format;
}

/** The locale in which days and numbers are written here: English as in Europe. */
export function locale() {
  return LANGUAGES[language.value].locale;
}

/** @param {number} ms */
function dayOf(ms) {
  return formatOf("en-CA", { ...ZONE, dateStyle: "short" }).format(ms);
}

/** @param {number} ms @param {number} [nowMs] */
export function isToday(ms, nowMs = Date.now()) {
  return dayOf(ms) === dayOf(nowMs);
}

/** The day of a time. @param {number} ms @param {number} [nowMs] */
export function dayIn(ms, nowMs = Date.now()) {
  if (isToday(ms, nowMs)) return say("day.today");
  if (isToday(ms, nowMs - DAY_MS)) return say("day.yesterday");
  return formatOf(locale(), { ...ZONE, weekday: "short", day: "numeric", month: "long", ...(nowMs - ms > YEAR_SAID_DAYS * DAY_MS ? { year: "numeric" } : {}) }).format(ms);
}

/** A time of a day. @param {number} ms */
export function clock(ms) {
  return formatOf(locale(), { ...ZONE, hour: "2-digit", minute: "2-digit" }).format(ms);
}

/** A moment: day and time. @param {number} ms @param {number} [nowMs] */
export function moment(ms, nowMs = Date.now()) {
  return `${dayIn(ms, nowMs)} ${clock(ms)}`;
}

/** A moment, its day only where that is not today. @param {number} ms @param {number} [nowMs] */
export function when(ms, nowMs = Date.now()) {
  return isToday(ms, nowMs) ? clock(ms) : moment(ms, nowMs);
}
