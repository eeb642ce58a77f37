import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { Store } from "../../../field/device/store.js";
import { CLOCK_OFF_MS, clockOff, daysLeft, faultOf, truthOf } from "../../../field/device/telling.js";
import { ServerRefused, Unreachable } from "../../../field/device/transport.js";

const DAY_MS = 86_400_000;
const truth = (known) => truthOf({ unsent: 0, sinceMs: 0, running: false, sent: 0, received: 0, atMs: 0, fault: "", remedy: "", ...known }).said;

test("there is one truth about sending, and it never claims more than an answer did", () => {
  const told = [
    [{ atMs: 1 }, "all"], [{}, "never"], [{ atMs: 1, fault: "offline" }, "all-then"], [{ fault: "offline" }, "never"], [{ unsent: 2, atMs: 1 }, "here"], [{ unsent: 2, fault: "offline" }, "offline"],
    [{ unsent: 2, fault: "silent" }, "silent"], [{ unsent: 2, fault: "gap-in-journal" }, "refused"], [{ unsent: 2, running: true }, "sending"], [{ running: true }, "looking"],
  ];
  assert.deepEqual(told.map(([, said]) => said), told.map(([known]) => truth(known)));
});

test("what cannot wait is said before all else, also while it is tried again", () => {
  for (const fault of ["ended", "forked", "gone", "full", "newer"]) assert.equal(fault, truth({ fault, unsent: 2, running: true, atMs: 1 }));
});

test("a fault is called by what happened, never by what the browser says of the connection", () => {
  const silent = Object.assign(new Unreachable("x"), { isSilent: true }), named = (name) => Object.assign(new Error("x"), { name });
  const met = [new Unreachable("x"), silent, new ServerRefused(502, {}), new ServerRefused(409, { code: "gap-in-journal" }), named("QuotaExceededError"), named("InvalidStateError"), named("VersionError"), new Error("x")];
  assert.deepEqual(["offline", "silent", "silent", "gap-in-journal", "full", "gone", "newer", "other"], met.map(faultOf));
});

test("a store that a newer app wrote is opened by nobody, and that is said", async () => {
  await new Promise((resolve) => {
    const asked = indexedDB.open("newer", 1_000);
    asked.onsuccess = () => resolve(asked.result.close());
  });
  assert.equal("newer", faultOf(await Store.open("newer", new Uint8Array(32)).then(() => null, (error) => error)));
});

test("a clock that is off and a certificate that ends are said in time, and not before", () => {
  assert.deepEqual([0, 10, -240, 0], [CLOCK_OFF_MS - 1, -CLOCK_OFF_MS, 4 * 3_600_000, 0].map(clockOff));
  assert.deepEqual([null, 30, 1, 0, 0, null], [31 * DAY_MS, 30 * DAY_MS, DAY_MS, 1, -DAY_MS, Infinity].map((untilMs) => daysLeft(untilMs, 0)));
});
