import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { page } from "./page.mjs";

const make = page();
const { h, render } = await import("../../../field/node_modules/preact/dist/preact.mjs"), { speak } = await import("../../../field/app/ui.js"), words = (await import("../../../field/app/words/nl.js")).default;
const { Sending } = await import("../../../field/app/screens/syncing.js"), { sync } = await import("../../../field/app/syncing.js"), { hold } = await import("../../../field/app/holder.js");
const { newPen } = await import("../../../field/device/device.js"), { Store } = await import("../../../field/device/store.js");
await speak("nl");

test("of all that waits, the one piece that the server does not take is named, and no other", async (t) => {
  const store = await Store.open("refused", new Uint8Array(32).fill(7)), root = make("div");
  await store.change(["pen", "journal"], async (tx) => {
    await tx.objectStore("pen").put(newPen("GM9901", "dd", 0), "pen");
    for (const seq of [1, 2, 3]) await tx.objectStore("journal").put({ device: "dd", seq, record: `r${seq}`, hash: `h${seq}`, writtenMs: seq, number: seq });
  });
  hold({ device: { id: "dd", store } });
  t.after(() => {
    render(null, root);
    hold(null);
  });
  sync.value = { ...sync.value, unsent: 3, fault: "broken-chain", refusedSeq: 2 };
  render(h(Sending, { go: () => undefined }), root);
  const pieces = () => root.all().filter(({ localName }) => localName === "li").map((one) => one.all().map(({ data }) => data ?? "").join(" "));
  for (let tries = 0; pieces().length === 0 && tries < 200; tries += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  assert.deepEqual([false, true, false], pieces().map((text) => text.includes(words["sending.refused"])));
});

test("how far long work has come is seen in numbers, and heard only at every thousand", async (t) => {
  const { Progress } = await import("../../../field/app/screens/progress.js"), { working } = await import("../../../field/app/work.js"), root = make("div");
  t.after(() => render(null, root));
  const shown = (soFar, opened = { done: 0, of: 0 }) => {
    sync.value = { ...sync.value, running: true, soFar };
    working.value = opened;
    render(h(Progress, {}), root);
    const texts = (list) => list.flatMap((one) => one.all()).map(({ data }) => data ?? "").filter((text) => text !== "");
    const lines = texts(root.all().filter(({ localName }) => localName === "li"));
    return [lines, texts(root.all().filter(({ kept }) => kept.get("role") === "status"))];
  };
  assert.deepEqual([[], []], shown({ sent: 3, of: 9, received: 50 }));
  assert.deepEqual([["Verzonden: 500 van 2.400", "Ontvangen: 170 tot nu toe"], []], shown({ sent: 500, of: 2_400, received: 170 }));
  assert.deepEqual([["Ontvangen: 2.345 tot nu toe", "Geopend: 1.999 van 2.345"], ["Ontvangen: 2.000 tot nu toe. Geopend: 1.000 van 2.345"]], shown({ sent: 0, of: 0, received: 2_345 }, { done: 1_999, of: 2_345 }));
  assert.deepEqual(shown({ sent: 0, of: 0, received: 2_345 })[1], shown({ sent: 0, of: 0, received: 2_999 })[1]);
  sync.value = { ...sync.value, running: false, soFar: null };
  assert.deepEqual([[], []], shown(null));
});

test("a list that is asked for when the device was just let go is empty, and no fault", async () => {
  const { waiting } = await import("../../../field/app/sending.js");
  hold(null);
  assert.deepEqual([], await waiting());
  const store = await Store.open("let-go", new Uint8Array(32).fill(7));
  await store.change(["pen"], (tx) => tx.objectStore("pen").put(newPen("GM9901", "dd", 0), "pen"));
  hold({ device: { id: "dd", store } });
  const asked = waiting();
  store.close();
  hold(null);
  assert.deepEqual([], await asked);
});
