import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { page } from "./page.mjs";

const make = page();
const { h, render } = await import("../../../field/node_modules/preact/dist/preact.mjs"), { speak } = await import("../../../field/app/ui.js"), words = (await import("../../../field/app/words/nl.js")).default;
const { newestFirst } = await import("../../../field/app/records/searching.js"), { TodayScreen } = await import("../../../field/app/screens/today.js"), { records } = await import("../../../field/app/work.js");
await speak("nl");

const DAY_MS = 86_400_000, NOW = Date.now();
const summary = (record, agoMs, more = {}) => ({ record, form: "huisbezoek", version: 1, columns: 1, name: [record], text: "", changedMs: NOW - agoMs, deleted: false, mine: true, needs: [], conflicts: 0, cameOther: 0, looked: 0, document: null, ...more });
const textOf = (node) => node.all().map(({ data }) => data ?? "").join(" ");
const drawn = (t, what) => {
  const root = make("div");
  render(what, root);
  t.after(() => render(null, root));
  return root;
};

test("cards stand newest first, below the day of Amsterdam that they are of; what waits for the worker stands before all", (t) => {
  records.value = newestFirst([summary("oud", 9 * DAY_MS), summary("nieuw", 0), summary("gisteren", DAY_MS), summary("gevraagd", 8 * DAY_MS, { needs: ["question"] }), summary("weg", 0, { deleted: true })]);
  t.after(() => { records.value = []; });
  const [waiting, all, ...rest] = drawn(t, h(TodayScreen, {})).all().filter(({ localName }) => localName === "section");
  const names = (section) => section.all().filter(({ localName }) => localName === "strong").map(textOf);
  assert.deepEqual([["gevraagd"], ["nieuw", "gisteren", "gevraagd", "oud"], []], [names(waiting), names(all), rest]);
  const days = all.all().filter(({ localName }) => localName === "h3").map(textOf);
  assert.deepEqual([4, words["day.today"], words["day.yesterday"]], [days.length, ...days.slice(0, 2)]);
});

test("records of one moment keep their places, whatever the order in which they came", () => {
  const [a, b, c] = ["a", "b", "c"].map((record) => summary(record, 0));
  for (const order of [[a, b, c], [c, a, b], [b, c, a]]) assert.deepEqual(["a", "b", "c"], newestFirst(order).map(({ record }) => record));
});

test("a name reads in its own direction", (t) => {
  const arabic = "\u0627\u0644\u0633\u0644\u0627\u0645";
  records.value = [summary("aa", 0, { name: [arabic] })];
  t.after(() => { records.value = []; });
  const found = drawn(t, h(TodayScreen, {})).all().filter((one) => one.childNodes.some(({ data }) => data?.includes(arabic)));
  assert.deepEqual(["auto"], found.map((one) => one.kept.get("dir") ?? one.dir));
});
