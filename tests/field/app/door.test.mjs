import assert from "node:assert/strict";
import test from "node:test";
import { Door, DoorShut, serve } from "../../../field/device/door.js";
import { faultOf } from "../../../field/device/telling.js";
import { NoRoom, StoreGone, StoreNewer } from "../../../field/device/store.js";
import { turns } from "../../../field/device/turns.js";

/** A door with these acts behind it. */
function doorTo(t, acts) {
  const { port1, port2 } = new MessageChannel(), door = new Door(port1);
  serve(port2, acts);
  t.after(() => [port1, port2].forEach((port) => port.close()));
  return door;
}

test("each act is answered to who asked it, with its news, in whatever order they end", async (t) => {
  /** @type {(() => void)[]} */
  const ends = [];
  const door = doorTo(t, { slow: async (asked, tell) => {
    tell(`${asked} begun`);
    await new Promise((resolve) => ends.push(() => resolve(undefined)));
    return asked.length;
  } });
  const news = [], one = door.ask("slow", "one", (said) => news.push(said)), three = door.ask("slow", "three", (said) => news.push(said));
  while (ends.length < 2) await new Promise((resolve) => setTimeout(resolve));
  ends.reverse().forEach((end) => end());
  assert.deepEqual([3, 5], await Promise.all([one, three]));
  assert.deepEqual(["one begun", "three begun"], news);
});

test("what went wrong in the worker is known here by its name", async (t) => {
  const faults = { full: new NoRoom("x"), gone: new StoreGone("x"), newer: new StoreNewer("x"), other: new TypeError("x") };
  const door = doorTo(t, { fail: async (name) => { throw faults[name]; } });
  for (const name of Object.keys(faults)) assert.equal(name, await door.ask("fail", name).then(() => "answered", faultOf));
});

test("nothing is done that is no act, and what an object has by birth is none", async (t) => {
  const door = doorTo(t, { add: async ([one, two]) => one + two });
  assert.equal(3, await door.ask("add", [1, 2]));
  for (const name of ["constructor", "toString", "gone"]) await assert.rejects(door.ask(name, []), /no such act/);
});

test("who waits when the worker ends is told so, and so is who asks after it", async (t) => {
  const door = doorTo(t, { never: () => new Promise(() => {}) }), waiting = door.ask("never", null);
  door.shut();
  await assert.rejects(waiting, DoorShut);
  await assert.rejects(door.ask("never", null), DoorShut);
});

test("long work lets others have their turn, and short work goes on at once", async () => {
  const turn = turns();
  let others = 0;
  const other = setInterval(() => { others += 1; });
  await turn();
  assert.equal(0, others, "nothing had lasted yet");
  for (let part = 0; part < 10; part += 1) {
    for (const since = performance.now(); performance.now() - since < 6; );
    await turn();
  }
  clearInterval(other);
  assert.ok(others >= 3, `others had ${others} turns`);
});
