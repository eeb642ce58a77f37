import assert from "node:assert/strict";
import test from "node:test";
import { numbersOf, summaryOf } from "../../../field/app/records/summary.js";
import { shipped } from "./shipped.mjs";

/** A visit as it is shown. @param {string} record @param {string | null} day @param {number} begun @param {string} [code] */
function visit(record, day, begun, code = "ABCD-2345") {
  const one = (/** @type {any} */ value, author = "werker-een") => ({ value, author, at_ms: begun });
  const shown = { "/case_ref": one(code), ...(day === null ? {} : { "/bezoek_datum": one(day, "werker-twee") }) };
  const picture = { record, form: "huisbezoek", version: 2, columns: 2, shown, created_ms: begun, changed_ms: begun };
  return /** @type {any} */ (summaryOf({ picture, came: new Map() }, undefined, { worker: "werker-een", device: "d", form: shipped("huisbezoek"), isReferred: false }));
}

test("a summary says the day that its form asks for, and who gave it", () => {
  const { day, by, begunMs } = visit("aa", "2026-03-09", 5);
  assert.deepEqual(["2026-03-09", "werker-twee", 5], [day, by, begunMs]);
  const none = visit("bb", null, 6);
  assert.deepEqual(["", "werker-een"], [none.day, none.by]);
});

test("visits of one family are numbered by their day, then as they were begun; what is deleted counts for nothing", () => {
  const all = [visit("cc", "2026-03-09", 1), visit("bb", "2026-03-03", 9), visit("aa", "2026-03-09", 2), visit("dd", "2026-03-01", 3, "WXYZ-9999"), { ...visit("ee", "2026-03-01", 4), deleted: true }];
  assert.deepEqual([["bb", [1, 3]], ["cc", [2, 3]], ["aa", [3, 3]]], [...numbersOf(all)]);
});
