import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { page } from "./page.mjs";

const make = page();
Object.assign(globalThis, { BroadcastChannel: class { postMessage() {} close() {} } });
const { h, render } = await import("../../../field/node_modules/preact/dist/preact.mjs"), { speak } = await import("../../../field/app/ui.js");
const { wasHandedIn, wipeWhatIsDue } = await import("../../../field/device/ending.js"), { fromOutside } = await import("../../../field/device/outside.js");
const { newPen } = await import("../../../field/device/device.js"), { Store } = await import("../../../field/device/store.js");
const { Ended } = await import("../../../field/app/screens/locking.js"), { outside } = await import("../../../field/app/session.js");
const MONTH_MS = 30 * 86_400_000;

/** A stolen device with three entries, the first of which was acknowledged, and with drafts. */
async function stolen(name, drafts) {
  const store = await Store.open(name, new Uint8Array(32).fill(7)), pen = newPen("GM9901", "dd", 0), ended = { learntMs: 0, stolen: true, answered: false, received: false };
  const sealed = await Promise.all(drafts.map(async (draft) => [draft.id, await store.sealed("drafts", draft.id, JSON.stringify(draft))]));
  await store.change(["pen", "drafts"], async (tx) => {
    await tx.objectStore("pen").put({ ...pen, head: { ...pen.head, seq: 3 }, sendAfter: 1, ended }, "pen");
    for (const [id, bytes] of sealed) await tx.objectStore("drafts").put(bytes, id);
  });
  return store;
}

/** What the page of an ended device says. */
async function says(store, language) {
  const root = make("div");
  await speak(language);
  outside.value = await fromOutside(store, 0);
  render(h(Ended, {}), root);
  const text = root.all().map(({ data }) => data ?? "").join(" ");
  render(null, root);
  return text;
}

const KEPT = { id: "a", dropped: null }, OTHER = { id: "b", dropped: null }, THROWN = { id: "c", dropped: 5 };

test("drafts that went with a stolen device are told, those that were thrown away are not", async (t) => {
  const store = await stolen("drafts", [KEPT, OTHER, THROWN]);
  t.after(() => store.close());
  assert.equal(false, await wipeWhatIsDue(store, 0));
  await wasHandedIn(store, { complete: true, refused: [] });
  assert.equal(true, await wipeWhatIsDue(store, 0));
  assert.match(await says(store, "nl"), /gewist en komt niet bij kantoor aan: 2 stuks/);
  assert.match(await says(store, "en"), /was wiped, and does not reach the office: 2 pieces/);
});

test("entries that no server took are told when they go, and counted before", async (t) => {
  const store = await stolen("entries", []);
  t.after(() => store.close());
  await wipeWhatIsDue(store, 0);
  await wasHandedIn(store, { complete: false, refused: [[3, "key-not-kept"]] });
  assert.equal(true, await wipeWhatIsDue(store, MONTH_MS));
  const text = await says(store, "nl");
  assert.match(text, /komt niet bij kantoor aan: 1 stuk\./);
  assert.doesNotMatch(text, /Alles wat bewaard was/);
});

test("a device that handed in all says so", async (t) => {
  const store = await stolen("all", []);
  t.after(() => store.close());
  await wipeWhatIsDue(store, 0);
  await wasHandedIn(store, { complete: true, refused: [] });
  await wipeWhatIsDue(store, 0);
  assert.match(await says(store, "nl"), /Alles wat bewaard was, is ingeleverd/);
});
