import assert from "node:assert/strict";
import test, { afterEach } from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { newDraft } from "../../../field/app/filling/draft.js";
import { answer, drafts, edit, keep, layDown, mark, me, save, search, shelf, takeUp } from "../../../field/app/work.js";
import { ALL } from "../../../field/app/records/searching.js";
import { newPen } from "../../../field/device/device.js";
import { Store, touch } from "../../../field/device/store.js";
import { Summaries } from "../../../field/device/summaries.js";
import { shipped } from "./shipped.mjs";

const KEY = new Uint8Array(32).fill(7), FORM = shipped("signaal"), EDITING = { record: "aa", shown: [] };

/** An open device on a store of its own, as far as writing asks it, and what it wrote. @param {string} name @param {Map<string, number>} [retired] @param {any} [beside] */
async function open(name, retired = new Map(), beside) {
  const store = await Store.open(name, KEY), wrote = [], raw = new TextEncoder().encode(JSON.stringify(FORM.document));
  await store.change(["pen", "shelf"], async (tx) => {
    await tx.objectStore("pen").put(newPen("GM9901", "dd", 0), "pen");
    await tx.objectStore("shelf").put({ form: FORM.slug, version: FORM.version, digest: KEY, raw }, "shelf");
  });
  const put = (act, beside) => store.change(["pages", ...(beside?.stores ?? [])], async (tx) => {
    wrote.push(act);
    await touch(tx, "aa");
    await beside?.work(tx, "aa", null);
  });
  const device = {
    id: "dd", store, book: { retired, worker: () => "w" },
    create: async (_form, _version, _answers, beside) => put("create", beside).then(() => "aa"),
    save: async (_editing, _form, _version, _answers, beside) => put("save", beside),
    mark: async (_editing, act) => put(act),
    look: async () => ({ editing: EDITING, picture: { record: "aa", form: FORM.slug, columns: FORM.version, shown: {}, deleted: wrote.filter((act) => act !== "save").at(-1) === "delete" }, came: new Map() }),
  };
  const workOut = () => new Summaries(store).renew(device, ({ picture }) => picture); // as the worker beside the page does
  await takeUp(device, () => undefined, beside ?? { door: { ask: workOut }, end: () => undefined });
  return wrote;
}

afterEach(layDown);

/** A promise, and what keeps it. */
function deferred() {
  let resolve = () => undefined;
  return { promise: new Promise((done) => void (resolve = done)), resolve: () => resolve() };
}

/** A draft with an answer. @param {string} id */
const written = (id) => ({ ...newDraft(id, FORM, 1), answers: { "/case_ref": "ABCD-2345" }, touched: ["/case_ref"] });

test("a draft is saved once, however often the button is pressed, and from a page that was gone back to", async () => {
  const wrote = await open("once"), draft = written("one");
  assert.deepEqual(["aa", "aa"], await Promise.all([save(draft), save(draft)]));
  assert.equal("aa", await save(draft));
  assert.deepEqual(["create"], wrote);
});

test("a lock while lists are worked out is no fault, however long it takes to keep what was typed last", async () => {
  const faults = [], note = (fault) => faults.push(fault), { promise: asked, resolve: ask } = deferred();
  process.on("unhandledRejection", note);
  let shut = () => undefined;
  await open("locked", new Map(), { door: { ask: () => new Promise((_resolve, reject) => {
    shut = () => reject(new Error("the door is shut"));
    ask();
  }) }, end: () => shut() });
  await asked;
  void keep(written("one"));
  await layDown();
  await new Promise((resolve) => setTimeout(resolve, 20));
  process.off("unhandledRejection", note);
  assert.deepEqual([], faults);
});

test("what is typed into a form after its save brings no draft back", async () => {
  await open("typed");
  const draft = written("one");
  await keep(draft);
  await save(draft);
  await keep({ ...draft, answers: { "/case_ref": "BCDE-2345" } });
  await layDown();
  await open("typed");
  assert.deepEqual([], drafts.value);
});

test("two taps delete a record once, bring it back once, and answer once", async () => {
  const wrote = await open("taps"), picture = { form: FORM.slug, version: FORM.version };
  await Promise.all([mark(EDITING, "delete", picture), mark(EDITING, "delete", picture)]);
  await mark(EDITING, "delete", picture); // the screen had not been drawn yet
  await Promise.all([mark(EDITING, "restore", picture), mark(EDITING, "restore", picture)]);
  const say = new Map([["/_question/1", "ja"]]);
  await Promise.all([answer(EDITING, picture, say), answer(EDITING, picture, say)]);
  assert.deepEqual(["delete", "restore", "save"], wrote);
});

test("what was searched for is forgotten with the lock", async () => {
  await open("search");
  search.value = { wanted: { ...ALL, text: "molen" }, shown: 40 };
  await layDown();
  assert.equal(null, search.value);
});

test("a disk that takes nothing any more keeps nobody's work open when the device locks", async (t) => {
  await open("full");
  search.value = { wanted: { ...ALL, text: "molen" }, shown: 40 };
  t.mock.method(Store.prototype, "change", () => Promise.reject(new Error("full")));
  void keep(written("one")).catch(() => undefined);
  assert.equal("w", me());
  const closing = await layDown().catch(String);
  t.mock.restoreAll();
  assert.equal("Error: full", closing);
  assert.equal(null, search.value);
  assert.throws(me, /nobody works here/);
});

test("what was typed last is on the disk before the lock closes", async () => {
  await open("last");
  void keep(written("one"));
  await layDown();
  await open("last");
  assert.deepEqual(["ABCD-2345"], drafts.value.map((draft) => draft.answers["/case_ref"]));
});

test("a record has one draft on a device: who edits it again goes on with that one", async () => {
  await open("again");
  const [first, tapped] = await Promise.all([edit("aa"), edit("aa")]), second = await edit("aa");
  assert.equal("aa", first.record);
  assert.deepEqual([first.id, first.id], [tapped.id, second.id]);
  assert.equal(1, drafts.value.length);
});

test("a form that was retired can be begun no more, and what was written with it still opens", async () => {
  await open("retired", new Map([[FORM.slug, FORM.version]]));
  assert.deepEqual([], shelf.value.offered());
  assert.equal("aa", (await edit("aa")).record);
  await layDown();
  await open("offered");
  assert.deepEqual([FORM.slug], shelf.value.offered().map((form) => form.slug));
});
