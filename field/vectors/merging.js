/**
 * Rows of `merge.json`: entries and facts in, what counts and who survives out.
 * @module
 */

import { merge, noFacts } from "../sync/admission.js";
import { MARK } from "../sync/merge.js";
import { firstDifference } from "./comparing.js";

/** @param {any} row */
export function mergeDifference(row) {
  const merged = merge(row.entries.flatMap(arrivals), factsOf(row.facts));
  /** @type {Record<string, unknown>} */
  const records = {};
  for (const [record, state] of merged.records) {
    /** @type {Record<string, string[]>} */
    const fields = {};
    for (const [touch, all] of state.fields) if (touch !== MARK) fields[touch] = all.map((one) => one.hash);
    records[record] = { fields, deleted: state.deleted, contested: state.contested };
  }
  const expected = { ...row.state, admitted: [...row.state.admitted].sort() };
  return firstDifference("state", expected, { admitted: [...merged.admitted].sort(), records });
}

/** One arrival for each of its stamps. @param {any} entry @returns {import("../sync/merge.js").Arrival[]} */
function arrivals(entry) {
  const observed = entry.observed.map((/** @type {any[]} */ [device, seq, short]) => ({ device, seq, short }));
  const header = { municipality: "GM0000", from: null, ...entry, observed };
  const stamps = entry.stamps.length > 0 ? entry.stamps : [null];
  return stamps.map((/** @type {number | null} */ received) => ({ header, hash: entry.hash, received }));
}

/** @param {any} raw */
function factsOf(raw) {
  const facts = noFacts();
  facts.certified = new Set(raw.certified);
  for (const [record, devices] of Object.entries(raw.granted)) for (const to of /** @type {string[]} */ (devices)) facts.gifts.push({ record, key: "", by: null, to });
  for (const [record, key, by, to] of raw.grants ?? []) facts.gifts.push({ record, key, by, to });
  facts.workers = new Map(Object.entries(raw.workers ?? {}));
  facts.withdrawn = new Set((raw.withdrawn ?? []).map((/** @type {string[]} */ pair) => pair.join(" ")));
  facts.lastGood = new Map(Object.entries(raw.revoked));
  facts.setAside = new Set([...raw.set_aside, ...(raw.parted ?? []).map((/** @type {string[]} */ pair) => pair[1])]);
  facts.parted = new Set((raw.parted ?? []).map((/** @type {string[]} */ [record, hash]) => `${record} ${hash?.slice(0, 16)}`));
  facts.erased = new Set(raw.erased);
  for (const [device, first, last] of raw.holes) facts.holes.set(device, [...(facts.holes.get(device) ?? []), [first, last]]);
  facts.succeeds = new Map(Object.entries(raw.succeeds ?? {}));
  return facts;
}
