/**
 * Decisions that wait for a person beside conflicts, each with an id made of what has to be read (picture/SPEC.md 8).
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { hex, join, unhex, utf8 } from "../bytes.js";
import { withLengths } from "../crypto/signatures.js";
import { survivors } from "../forms/policies.js";
import { compare } from "../forms/texts.js";
import { compareOrders, orderOf, timeOf } from "./reading.js";

/** @typedef {import("./reading.js").Reading} Reading */
/** @typedef {import("./reading.js").Around} Around */
/** @typedef {import("./reading.js").Aside} Aside */
/** @typedef {import("../forms/policies.js").Edit} Edit */
/** @typedef {{entry: string, author: string, at_ms: number, path: string, value: unknown}} Word */
/** @typedef {{id: string, kind: string, name: string, facts: Record<string, unknown>, shown: string[], words: Word[], by?: string[]}} Waiting */

/** The id of a decision: made of what has to be seen (sync/SPEC.md 4.6). @param {string} municipality @param {string} kind @param {string} name @param {string} record @param {string[]} hashes */
export function decisionId(municipality, kind, name, record, hashes) {
  const parts = [utf8("veldpost/1/decision"), withLengths([municipality, kind, name]), unhex(record), ...hashes.map(unhex)];
  return hex(sha256(join(...parts))).slice(0, 32);
}

/** @param {Reading} reading @param {Around} around @param {string} kind @param {string} name @param {Record<string, unknown>} facts @param {Iterable<string>} shown @param {Word[]} words @param {string[]} [by] @returns {Waiting} */
export function waitingFor(reading, around, kind, name, facts, shown, words, by = []) {
  const hashes = [...new Set(shown)].sort();
  const waiting = { id: decisionId(around.municipality, kind, name, reading.record, hashes), kind, name, facts, shown: hashes, words };
  return by.length > 0 ? { ...waiting, by } : waiting;
}

/** The surviving words of some paths, by path, in each the winner first. @param {Map<string, Edit[]>} edits @param {string[]} places @returns {Word[]} */
export function wordsOf(edits, places) {
  return [...new Set(places)].sort(compare).flatMap((path) => survivors(edits.get(path) ?? []).map(({ hash, author, atMs, value }) => ({ entry: hash, author, at_ms: atMs, path, value })));
}

/** An item that was removed while somebody wrote in it. @param {Reading} reading @param {Around} around @param {string} path @param {Map<string, Edit[]>} edits */
export function ofItem(reading, around, path, edits) {
  const places = [...edits.keys()].filter((place) => place === path || place.startsWith(`${path}/`));
  const words = wordsOf(edits, places);
  return waitingFor(reading, around, "item-contested", path, {}, words.map((word) => word.entry), words);
}

/** The aside entries that nobody settled, in their order. @param {Reading} reading @param {Around} around @returns {Waiting[]} */
export function ofAsides(reading, around) {
  const settles = (/** @type {Aside} */ aside) => reading.opened.some(({ arrival }) => arrival.header.from === aside.arrival.hash && around.takesIn(arrival.header.device, aside.arrival.header.device));
  const left = reading.aside.filter((aside) => !settles(aside));
  left.sort((a, b) => compareOrders([...orderOf(a.arrival), a.arrival.hash], [...orderOf(b.arrival), b.arrival.hash]));
  return left.map(({ arrival, reason, answers }) => {
    const author = around.worker(arrival.header.device), said = [...(answers ?? [])].sort(([a], [b]) => compare(a, b));
    const words = said.map(([path, value]) => ({ entry: arrival.hash, author, at_ms: timeOf(arrival), path, value }));
    const facts = { author, act: arrival.header.act, opens: answers !== null };
    return waitingFor(reading, around, reason === "revoked" ? "held-revoked" : "forked", arrival.hash, facts, [arrival.hash], words);
  });
}
