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
const { choose } = await import("../../../field/app/session.js"), { place } = await import("../../../field/app/router.js");

test("where one worker was is nothing to another who comes to the lock after a restart", async () => {
  const [one, other] = ["one", "other"].map((name) => ({ name, municipality: "GM9901", device: name, label: "" }));
  await choose(one);
  assert.deepEqual(["r", "aa"], place.value);
  await choose(one);
  assert.deepEqual(["r", "aa"], place.value);
  await choose(other);
  assert.deepEqual([[], "#/"], [place.value, address.hash]);
});
