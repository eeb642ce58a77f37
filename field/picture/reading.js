/**
 * A record as far as it can be read now, and what a picture is told beside it (picture/SPEC.md 2).
 * @module
 */

import { effective, msOf } from "../sync/clock.js";
import { Mover } from "../forms/versions/moving.js";

/** @typedef {import("../sync/merge.js").Arrival} Arrival */
/** @typedef {import("../forms/definition/document.js").Form} Form */
/** @typedef {import("../sync/facts.js").FactBook} FactBook */
/** @typedef {{arrival: Arrival, form: string, version: number, answers: Map<string, unknown>}} Opened */
/** @typedef {{arrival: Arrival, reason: string, answers: Map<string, unknown> | null}} Aside */
/**
 * @typedef {object} Reading
 * @property {string} record
 * @property {((path: string) => string) | null} touch the name of a path in headers; null without the record's key
 * @property {import("../sync/merge.js").RecordState} state of the entries that count
 * @property {Opened[]} opened
 * @property {{hash: string, device: string, reason: string}[]} failed
 * @property {{hash: string, device: string, reason: string}[]} held entries that do not count
 * @property {{hash: string, device: string}[]} bodiless
 * @property {Aside[]} aside
 */

const LAST_MS = 253_370_000_000_000;
const DAY = new Intl.DateTimeFormat("en-CA", { timeZone: "Europe/Amsterdam", year: "numeric", month: "2-digit", day: "2-digit" });

/** The place of an entry among others: effective clock, device, seq. @param {Arrival} arrival @returns {[string, string, number]} */
export function orderOf({ header, received }) {
  return [effective(header.clock, received), header.device, header.seq];
}

/** The time at which an entry was written, never after its receipt. @param {Arrival} arrival */
export function timeOf({ header, received }) {
  return msOf(effective(header.clock, received));
}

/** The day that `today()` is while somebody fills in a form (forms/SPEC.md 10.6). @param {number} deviceMs @param {number} offsetMs that was learnt of the server */
export function todayOfDraft(deviceMs, offsetMs) {
  return todayAt(deviceMs + offsetMs);
}

/** The date in the Netherlands at a moment. @param {number} ms */
export function todayAt(ms) {
  return DAY.format(Math.min(ms, LAST_MS));
}

/** Less than 0, 0, or more, as the first order comes before, at or after the second. @param {(string | number)[]} a @param {(string | number)[]} b */
export function compareOrders(a, b) {
  for (let n = 0; n < a.length; n += 1) if (a[n] !== b[n]) return a[n] < b[n] ? -1 : 1;
  return 0;
}

/** Everything outside a record that its picture depends on. */
export class Around {
  /**
   * @param {string} municipality @param {FactBook} book
   * @param {(slug: string, version: number) => Form | null} form a published version
   * @param {(slug: string) => number} newest the newest published version of a form, 0 without one
   */
  constructor(municipality, book, form, newest) {
    this.municipality = municipality;
    this.book = book;
    this.form = form;
    this.newest = newest;
  }

  /** @param {string} device */
  worker(device) {
    return this.book.worker(device) ?? device;
  }

  /** True if an entry of a device may stand for one of another. @param {string} device @param {string} old */
  takesIn(device, old) {
    return this.book.isDesk(device) || this.book.facts().succeeds.get(device) === old;
  }

  /** A mover of answers from a version to a later one; null where there is nothing to carry. @param {string} slug @param {number} version @param {number} to */
  mover(slug, version, to) {
    if (version >= to || this.form(slug, version) === null) return null;
    const forms = [];
    for (let number = version; number <= to; number += 1) {
      const form = this.form(slug, number);
      if (form !== null) forms.push(form);
    }
    return new Mover(forms);
  }
}
