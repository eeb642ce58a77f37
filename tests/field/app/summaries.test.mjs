import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { EVERY, Store, touch, touched } from "../../../field/device/store.js";
import { Summaries } from "../../../field/device/summaries.js";

const KEY = new Uint8Array(32).fill(7);
const mark = (store, ...records) => store.change(["pages"], async (tx) => {
  for (const record of records) await touch(tx, record);
});
/** A device as far as summaries ask it: what it shows of a record, and what happens meanwhile. */
const showing = (shown, meanwhile = async () => undefined) => ({
  look: async (record) => {
    await meanwhile(record);
    return { record, words: shown[record] };
  },
});
const summarise = ({ record, words }) => (words === undefined ? null : { record, words });
const all = (summaries) => [...summaries.all.values()].sort((a, b) => (a.record < b.record ? -1 : 1));

test("what changed is worked out once, kept sealed, and read by another tab", async () => {
  const store = await Store.open("one", KEY), here = new Summaries(store), there = new Summaries(store);
  await mark(store, "aa", "bb");
  await here.renew(showing({ aa: "xqzvw", bb: "qwxzv" }), summarise);
  await there.read();
  assert.deepEqual([{ record: "aa", words: "xqzvw" }, { record: "bb", words: "qwxzv" }], all(there));
  assert.equal(0, (await touched(store, 9)).size);
  const kept = (await store.db.getAll("pages")).map((one) => (one instanceof Uint8Array ? Buffer.from(one).toString("latin1") : String(one))).join();
  assert.ok(!kept.includes("xqzvw"));
});

test("what changes again while it is worked out is worked out again", async () => {
  const store = await Store.open("two", KEY), here = new Summaries(store), shown = { aa: "before" };
  await mark(store, "aa");
  let times = 0;
  await here.renew(showing(shown, async () => {
    times += 1;
    if (times === 1) await mark(store, "aa");
    else shown.aa = "after";
  }), summarise);
  assert.deepEqual([2, "after"], [times, here.all.get("aa").words]);
});

test("a record of which nothing is shown any more leaves the lists, in other tabs too", async () => {
  const store = await Store.open("three", KEY), here = new Summaries(store), there = new Summaries(store);
  await mark(store, "aa", "bb");
  await here.renew(showing({ aa: "x", bb: "y" }), summarise);
  await mark(store, "aa");
  await here.renew(showing({ bb: "y" }), summarise);
  await there.read();
  assert.deepEqual(["bb"], all(there).map((one) => one.record));
});

test("what concerns every record is asked of those that are held", async () => {
  const store = await Store.open("four", KEY), here = new Summaries(store);
  await store.change(["journal"], (tx) => tx.objectStore("journal").put({ device: "d", seq: 1, record: "cc", number: 1 }));
  await mark(store, EVERY);
  await here.renew(showing({ cc: "z" }), summarise);
  assert.deepEqual([{ record: "cc", words: "z" }], all(here));
});

test("more records than one page has room for are all there", async () => {
  const store = await Store.open("five", KEY), here = new Summaries(store), names = Array.from({ length: 601 }, (_, n) => `r${n}`);
  await mark(store, ...names);
  await here.renew(showing(Object.fromEntries(names.map((name) => [name, name]))), summarise);
  const there = new Summaries(store);
  await there.read();
  assert.equal(601, there.all.size);
  await there.revise("r600", (one) => ({ ...one, words: "looked at" }));
  await here.read();
  assert.equal("looked at", here.all.get("r600").words);
});
