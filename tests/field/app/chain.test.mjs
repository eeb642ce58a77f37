import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { randomBytes, signingKey } from "../../../field/crypto/primitives.js";
import { Device, newPen } from "../../../field/device/device.js";
import { newIdentity } from "../../../field/device/enrolling.js";
import { Store } from "../../../field/device/store.js";
import { FactBook } from "../../../field/sync/facts.js";

const KEY = new Uint8Array(32).fill(7), ANSWERS = new Map([["/a", "een"]]);

/** A device that holds one record with nothing written yet, as far as writing asks it. */
async function begun(t, name) {
  const identity = await newIdentity(), store = await Store.open(name, KEY), record = "ab".repeat(16), sealed = await store.sealed("keys", record, randomBytes(32));
  t.after(() => store.close());
  await store.change(["pen", "keys"], async (tx) => {
    await tx.objectStore("pen").put(newPen("GM9901", identity.device, 0), "pen");
    await tx.objectStore("keys").put(sealed, record);
  });
  const device = new Device(store, identity, new FactBook(), await signingKey(identity.signing), () => 1_767_225_600_000);
  device.wrapped = async () => [new Uint8Array(16), new Uint8Array(16), new Uint8Array(16)]; // what the municipality reads is none of the chain
  const save = () => device.save({ record, shown: [] }, "visit", 1, ANSWERS), rows = () => store.db.getAll("journal");
  return { store, device, save, rows };
}

test("each seq is written once: what stands in its place is never written over, even where the pen forgot it", async (t) => {
  const { store, save, rows } = await begun(t, "pen"), pen = await store.pen();
  await save();
  const [first] = await rows();
  await store.change(["pen"], (tx) => tx.objectStore("pen").put(pen, "pen")); // a pen that came from a copy
  await assert.rejects(save(), { name: "ConstraintError" });
  assert.deepEqual([[first], pen], [await rows(), await store.pen()]);
});

test("an entry is not chained to a head that moved while it was sealed", async (t) => {
  const { store, device, save, rows } = await begun(t, "moved"), real = device.chained.bind(device), pen = await store.pen();
  device.chained = async (...given) => {
    await store.change(["pen"], (tx) => tx.objectStore("pen").put({ ...pen, head: { ...pen.head, seq: 1 } }, "pen")); // a tab that heeds no lock
    return real(...given);
  };
  await assert.rejects(save(), /the pen moved meanwhile/);
  assert.deepEqual([], await rows());
});

test("what is saved at once, time after time, is one chain", async (t) => {
  const { save, rows } = await begun(t, "chain");
  await Promise.all(Array.from({ length: 8 }, save));
  assert.deepEqual([1, 2, 3, 4, 5, 6, 7, 8], (await rows()).map(({ seq }) => seq));
});
