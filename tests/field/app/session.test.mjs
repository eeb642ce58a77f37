import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";

/** A browser's address, as it stands when another worker comes to the lock. */
const address = { hash: "#/r/aa" };
Object.assign(globalThis, {
  localStorage: { getItem: () => null, setItem: () => undefined }, location: address, addEventListener: () => undefined, scrollTo: () => undefined,
  document: { documentElement: {}, addEventListener: () => undefined }, history: { replaceState: (_state, _, hash) => { address.hash = hash; } },
  BroadcastChannel: class { postMessage() {} close() {} },
});
const { choose, lock, outside, state, workers } = await import("../../../field/app/session.js"), { place } = await import("../../../field/app/router.js");
const { hold, holding } = await import("../../../field/app/holder.js");
const { newPen } = await import("../../../field/device/device.js"), { setPassphrase } = await import("../../../field/device/lock.js"), { Store, settle } = await import("../../../field/device/store.js");

test("where one worker was is nothing to another who comes to the lock after a restart", async () => {
  const [one, other] = ["one", "other"].map((name) => ({ name, municipality: "GM9901", device: name, label: "" }));
  await choose(one);
  assert.deepEqual(["r", "aa"], place.value);
  await choose(one);
  assert.deepEqual(["r", "aa"], place.value);
  await choose(other);
  assert.deepEqual([[], "#/"], [place.value, address.hash]);
});

test("whoever stands before a colleague's lock learns that something waits, not how much, nor since when", async (t) => {
  const standing = { name: "busy", municipality: "GM9901", device: "busy", label: "" }, seen = [];
  const store = await Store.open(standing.name, new Uint8Array(32).fill(7)), pen = newPen("GM9901", standing.device, 0);
  t.after(() => store.close());
  await setPassphrase(store, store.key, "een lange wachtzin");
  for (const seq of [1, 7, 0]) {
    await store.change(["pen"], (tx) => tx.objectStore("pen").put({ ...pen, head: { ...pen.head, seq } }, "pen"));
    await choose(standing);
    seen.push(outside.value);
  }
  assert.deepEqual([true, true, false], seen.map(({ isWaiting }) => isWaiting));
  assert.deepEqual(seen[0], seen[1]);
  assert.deepEqual(seen[0], { ...seen[2], isWaiting: true });
});

test("the lock lets the device go and leaves nothing of its key in memory", async () => {
  const here = { name: "held", municipality: "GM9901", device: "held", label: "" }, storeKey = new Uint8Array(32).fill(7), told = [];
  const store = await Store.open(here.name, storeKey);
  await setPassphrase(store, store.key, "een lange wachtzin");
  await store.change(["pen"], (tx) => tx.objectStore("pen").put(newPen("GM9901", here.device, 0), "pen"));
  await settle(here);
  await choose(here);
  hold({ device: { store }, storeKey, close: async () => void told.push(storeKey[0]) });
  await lock("asked");
  assert.deepEqual([7], told, "what was typed last is kept while the key is there");
  assert.deepEqual([new Uint8Array(32), null, null, "locked"], [storeKey, store.key, holding(), state.value]);
});

test("a browser that does not answer is not taken for one that was emptied", async (t) => {
  const here = { name: "slow", municipality: "GM9901", device: "slow", label: "" }, real = indexedDB.open, deaf = new Set(["veldpost"]);
  const store = await Store.open(here.name, new Uint8Array(32).fill(7));
  await setPassphrase(store, store.key, "een lange wachtzin");
  await store.change(["pen"], (tx) => tx.objectStore("pen").put(newPen("GM9901", here.device, 0), "pen"));
  store.close();
  t.after(() => void (indexedDB.open = real));
  indexedDB.open = function (name, ...rest) {
    if (deaf.has(name)) throw new Error("busy");
    return real.call(this, name, ...rest);
  };
  workers.value = [here];
  await choose(here);
  await lock("idle");
  assert.deepEqual(["locked", [here]], [state.value, workers.value]);
  deaf.add(here.name);
  await lock("idle");
  assert.equal("unplaced", state.value);
});
