import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";

/** What a browser tells a page, told here by the test. */
const told = {};
Object.assign(globalThis, {
  localStorage: { getItem: () => "nl", setItem: () => undefined }, location: { hash: "" }, addEventListener: (kind, heard) => { told[kind] = heard; },
  document: { visibilityState: "visible", documentElement: {}, addEventListener: (kind, heard) => { told[kind] = [...(told[kind] ?? []), heard]; } },
});
await import("../../../field/app/opening.js");
const { newPen } = await import("../../../field/device/device.js"), { Store } = await import("../../../field/device/store.js"), { Unreachable } = await import("../../../field/device/transport.js");
const { hold } = await import("../../../field/app/holder.js"), { rest, sync } = await import("../../../field/app/syncing.js");

test("it hands in and takes in when the connection comes back and when the worker does, and not while nobody looks", async (t) => {
  const store = await Store.open("tries", new Uint8Array(32).fill(7));
  await store.change(["pen"], (tx) => tx.objectStore("pen").put(newPen("GM9901", "dd", 0), "pen"));
  const transport = new Proxy({}, { get: () => async () => { throw new Unreachable("x"); } });
  hold({ device: { id: "dd", store, book: { certificates: new Map(), all: [] }, now: Date.now }, transport, again: async () => undefined });
  t.after(() => {
    rest();
    hold(null);
  });
  const tries = async (tell) => {
    rest(); // what it would try by itself
    sync.value = { ...sync.value, triedMs: 0 };
    tell();
    const isRunning = sync.value.running;
    while (sync.value.running) await new Promise((resolve) => setTimeout(resolve, 5));
    return isRunning;
  };
  const look = (how) => () => {
    document.visibilityState = how;
    told.visibilitychange.forEach((heard) => heard());
  };
  assert.deepEqual([true, true, false], [await tries(told.online), await tries(look("visible")), await tries(look("hidden"))]);
});
