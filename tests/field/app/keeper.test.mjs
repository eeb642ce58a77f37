import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { newDraft } from "../../../field/app/filling/draft.js";
import { Keeper, TAKE_BACK_MS } from "../../../field/app/filling/keeper.js";
import { Store } from "../../../field/device/store.js";
import { shipped } from "./shipped.mjs";

const KEY = new Uint8Array(32).fill(7), FORM = shipped("signaal");
const draft = (id, change) => ({ ...newDraft(id, FORM, 1), ...change });

test("a draft of an erased record goes with it, and no other", async () => {
  const store = await Store.open("erased", KEY), keeper = new Keeper(store);
  for (const [id, record] of [["one", "aa"], ["two", "bb"], ["three", null]]) await keeper.now(draft(id, { record }));
  await store.change(["erased"], (tx) => tx.objectStore("erased").put(1, "aa"));
  assert.deepEqual(["three", "two"], (await keeper.all()).map((one) => one.id).sort());
  assert.deepEqual(["three", "two"], (await store.db.getAllKeys("drafts")).sort());
});

test("what was thrown away can be taken back for ten seconds, and then is gone from the disk", async () => {
  const store = await Store.open("dropped", KEY), keeper = new Keeper(store), now = Date.now();
  await keeper.now(draft("late", { dropped: now - TAKE_BACK_MS - 1_000 }));
  await keeper.now(draft("just", { dropped: now }));
  assert.deepEqual(["just"], (await keeper.all()).map((one) => one.id));
  assert.deepEqual(["just"], await store.db.getAllKeys("drafts"));
});

test("what is typed while a draft is being written is written after it", async () => {
  const store = await Store.open("order", KEY), keeper = new Keeper(store);
  const first = keeper.now(draft("one", { answers: { "/a": 1 } }));
  void keeper.soon(draft("one", { answers: { "/a": 2 } }));
  await first;
  await keeper.flush();
  assert.deepEqual([{ "/a": 2 }], (await keeper.all()).map((one) => one.answers));
});

test("who types without a pause has everything but the last second on the disk", async () => {
  const store = await Store.open("typing", KEY), keeper = new Keeper(store), text = (n) => ({ answers: { "/a": n } });
  for (let n = 1, until = performance.now() + 1_500; performance.now() < until; n += 1) {
    void keeper.soon(draft("one", text(n)));
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  assert.ok((await keeper.all()).some((one) => one.answers["/a"] >= 5), "nothing was kept while the keys went on");
  await keeper.flush();
});
