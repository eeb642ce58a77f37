import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { ASKED_THROUGH, Lacking } from "../../../field/device/lacking.js";
import { Store } from "../../../field/device/store.js";

const NAMES = Array.from({ length: 150 }, (_, n) => `r${String(n).padStart(3, "0")}`);
/** A store that holds an entry of each record, and the keys of some. */
async function held(t, name, keyed = []) {
  const store = await Store.open(name, new Uint8Array(32).fill(7));
  t.after(() => store.close());
  await store.change(["journal", "keys"], async (tx) => {
    for (const [n, record] of NAMES.entries()) await tx.objectStore("journal").put({ device: "dd", seq: n + 1, record, number: n + 1 });
    for (const record of keyed) await tx.objectStore("keys").put(new Uint8Array(1), record);
  });
  return store;
}
/** Ask as an exchange does, and note how far. */
async function asked(store, lacking) {
  const found = await lacking.next();
  if (found.length > 0) await store.change(["pen"], (tx) => tx.objectStore("pen").put(found.at(-1), ASKED_THROUGH));
  return found;
}

test("keys that never come hold up no other: some are asked for at a time, in turn, also by whoever opens the device anew", async (t) => {
  const store = await held(t, "turn"), lacking = new Lacking(store), found = [await asked(store, lacking), await asked(store, new Lacking(store)), await asked(store, lacking), await asked(store, lacking)];
  assert.deepEqual([NAMES.slice(0, 64), NAMES.slice(64, 128), NAMES.slice(128), NAMES.slice(0, 64)], found);
});

test("a key that is here, that came, or of a record that was erased is asked for no more; one of which an entry came is", async (t) => {
  const store = await held(t, "kept", NAMES.slice(3)), lacking = new Lacking(store);
  assert.deepEqual(NAMES.slice(0, 3), await lacking.next());
  await lacking.learn(["new", NAMES[9]], [NAMES[0]], [NAMES[1]]);
  assert.deepEqual(["new", NAMES[2]].sort(), (await lacking.next()).sort());
  await lacking.learn([], ["new", NAMES[2]], []);
  assert.deepEqual([], await lacking.next());
});

test("the store is gone through once while a device is open, and again after a look that failed", async (t) => {
  const store = await held(t, "once"), lacking = new Lacking(store), records = store.records.bind(store);
  let looks = 0;
  store.records = () => {
    looks += 1;
    return looks === 1 ? Promise.reject(new Error("the disk does not answer")) : records();
  };
  await assert.rejects(lacking.next(), /does not answer/);
  assert.deepEqual(NAMES.slice(0, 64), await lacking.next());
  await lacking.learn(["new"], [], []);
  await lacking.next();
  assert.equal(looks, 2);
});
