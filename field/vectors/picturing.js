/**
 * Rows of `picture.json`: entries -> picture.
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { hex, unhex, utf8 } from "../bytes.js";
import { Form } from "../forms/definition/document.js";
import { draw } from "../picture/drawing.js";
import { Around, todayOfDraft } from "../picture/reading.js";
import { beyondReach } from "../sync/admission.js";
import { atMs } from "../sync/clock.js";
import { recordId } from "../sync/entry.js";
import { FactBook } from "../sync/facts.js";
import { fold } from "../sync/merge.js";
import { firstDifference } from "./comparing.js";

const TOWN = "GM9901", KEY = hex(utf8("k")).repeat(16);
const RECORD = recordId(hex(utf8("a")).repeat(16), KEY);
const hashOf = (/** @type {string} */ name) => hex(sha256(utf8(name)));
const deviceOf = (/** @type {string} */ name) => hex(utf8(name[0])).repeat(16);
const seqOf = (/** @type {string} */ name) => Number(name.slice(1).replace(/'+$/, ""));
const touchOf = (/** @type {string} */ path) => hashOf(path).slice(0, 16);
const DEVICES = { a: "werker-a", b: "werker-b", c: "werker-c", d: "kantoor" };

/** The day that a draft looks at. @param {any} row */
export function todayDifference(row) {
  return firstDifference("today", row.today, todayOfDraft(row.device_ms, row.offset_ms));
}

/** @param {any} row @param {any} document */
export function pictureDifference(row, document) {
  const forms = /** @type {Form[]} */ (document.forms.map((/** @type {any} */ one) => new Form(one)));
  const form = (/** @type {string} */ slug, /** @type {number} */ version) => forms.find((one) => one.slug === slug && one.version === version) ?? null;
  const newest = (/** @type {string} */ slug) => Math.max(0, ...forms.filter((one) => one.slug === slug).map((one) => one.version));
  const book = bookOf(row.facts ?? {});
  const picture = draw(readingOf(row, book), new Around(TOWN, book, form, newest));
  const names = new Map(row.entries.map((/** @type {any} */ entry) => [hashOf(entry.name), entry.name]));
  const { record: _, findings, ...rest } = picture;
  const found = findings === undefined ? rest : { ...rest, findings: findings.map((/** @type {any} */ one) => [one.code, one.path]) };
  return firstDifference("picture", row.picture, named(found, names));
}

/** @param {any} value @param {Map<string, string>} names @returns {any} */
function named(value, names) {
  if (typeof value === "string") return names.get(value) ?? value;
  if (Array.isArray(value)) return value.map((one) => named(one, names));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, named(member, names)]));
}

/** @param {any} entry @returns {import("../sync/merge.js").Arrival} */
function arrivalOf(entry) {
  const act = entry.act ?? "write";
  const observed = (entry.observed ?? []).map((/** @type {string} */ seen) => ({ device: deviceOf(seen), seq: seqOf(seen), short: hashOf(seen).slice(0, 16) }));
  const header = {
    municipality: TOWN, device: deviceOf(entry.name), seq: seqOf(entry.name), clock: atMs(entry.at_ms), record: RECORD, key: KEY, act, observed,
    touches: act === "write" ? Object.keys(entry.answers ?? {}).map(touchOf).sort() : [], from: entry.from === undefined ? null : hashOf(entry.from),
  };
  return { header, hash: hashOf(entry.name), received: entry.received ?? null };
}

/** @param {any} row @param {FactBook} book @returns {import("../picture/reading.js").Reading} */
function readingOf(row, book) {
  const isReadable = row.readable ?? true;
  const all = row.entries.map((/** @type {any} */ entry) => {
    const [as, reason = ""] = (entry.as ?? "counts").split(" ");
    return { arrival: arrivalOf(entry), form: entry.form, version: entry.version, answers: entry.answers ? new Map(Object.entries(entry.answers)) : null, as, reason };
  });
  const of = (/** @type {string[]} */ ...kinds) => all.filter((/** @type {any} */ one) => kinds.includes(one.as));
  const counted = [...of("counts"), ...(isReadable ? [] : of("bodiless"))].map((one) => one.arrival);
  const plain = (/** @type {any} */ one) => ({ hash: one.arrival.hash, device: one.arrival.header.device, reason: one.as === "revoked" ? "revoked" : one.reason });
  return {
    record: RECORD, touch: isReadable ? touchOf : null, state: fold(counted, beyondReach(book.facts())),
    opened: isReadable ? of("counts").map((/** @type {any} */ one) => ({ ...one, answers: one.answers ?? new Map() })) : [],
    failed: of("failed").map(plain), held: of("held", "revoked").map(plain), bodiless: of("bodiless").map(plain),
    aside: of("revoked", "forked").map((/** @type {any} */ one) => ({ arrival: one.arrival, reason: one.as, answers: one.answers })),
  };
}

/** @param {any} facts */
function bookOf(facts) {
  const book = new FactBook(), base = { municipality: TOWN, sig: new Uint8Array(64), raw: new Uint8Array(0) };
  for (const [letter, worker] of Object.entries(facts.devices ?? DEVICES)) {
    const succeeds = facts.succeeds?.[letter] ? unhex(deviceOf(facts.succeeds[letter])) : null;
    book.add({ ...base, kind: "certificate", device: unhex(deviceOf(letter)), worker, role: worker === "kantoor" ? "desk" : "worker", from_ms: 0, until_ms: 1, succeeds });
  }
  for (const [letter, last] of Object.entries(facts.revoked ?? {})) {
    book.add({ ...base, kind: "revocation", device: unhex(deviceOf(letter)), last_seq: last, last_hash: new Uint8Array(32), stolen: 0, at_ms: 1 });
  }
  for (const [letter, first, last] of facts.holes ?? []) {
    book.add({ ...base, kind: "hole", device: unhex(deviceOf(letter)), first, last, last_hash: new Uint8Array(32), at_ms: 1 });
  }
  for (const [kind, worker, at] of facts.said ?? []) book.add({ ...base, kind, record: unhex(RECORD), worker, at_ms: at });
  return book;
}
