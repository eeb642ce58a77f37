import assert from "node:assert/strict";
import test, { beforeEach } from "node:test";

/** A browser's address, history and scrolling, as far as places need them. */
const went = { entries: [], top: 0 };
const at = () => went.entries[went.entries.length - 1];
Object.assign(globalThis, {
  addEventListener: (kind, heard) => { went[kind] = heard; },
  scrollTo: (_, top) => { went.top = top; },
  location: { get hash() { return at()?.hash ?? ""; } },
  history: {
    get state() { return at().state; },
    pushState: (state, _, hash) => went.entries.push({ state, hash }),
    replaceState: (state, _, hash) => { went.entries[went.entries.length - 1] = { state, hash }; },
    back: () => { went.entries.pop(); went.hashchange(); },
  },
});
const { back, go, instead, partsOf, place } = await import("../../../field/app/router.js");

beforeEach(() => {
  went.entries = [{ state: null, hash: "" }];
  went.hashchange();
});

test("a place that is none, or that lacks its id, is the first screen", () => {
  const read = ["", "#94a6", "#/", "#/r", "#/d/", "#/saved", "#/constructor", "#/__proto__/x", "#/niets/aa"].map(partsOf);
  assert.deepEqual([], read.flat());
  assert.deepEqual([["find"], ["r", "aa", "both", "0"], ["d", "aa"]], ["#/find", "#/r/aa/both/0", "#/d/aa"].map(partsOf));
});

test("a place begins at its top, however far the one before was scrolled", () => {
  for (const leave of [() => go("me"), () => instead("saved", "aa")]) {
    went.top = 500;
    leave();
    assert.equal(0, went.top);
  }
});

test("from a record one goes back to the list that it was opened from", () => {
  go("find");
  go("r", "aa");
  back();
  assert.deepEqual(["find"], place.value);
  go("r", "bb");
  go("r", "bb", "both", 0);
  back();
  assert.deepEqual([], place.value);
});

test("from a record that was just saved one goes back to no form", () => {
  go("d", "dd", 0);
  instead("saved", "aa");
  instead("r", "aa");
  back();
  assert.deepEqual([], place.value);
});

test("the same place stands in the history once", () => {
  go("me");
  go("me");
  assert.equal(2, went.entries.length);
});
