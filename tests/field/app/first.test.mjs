/** First answers and answers in texts, as a worker meets them while filling (forms/SPEC.md 13, 14). */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { changesOf, draftOf, isEmpty, newDraft } from "../../../field/app/filling/draft.js";
import { Filling } from "../../../field/app/filling/filling.js";
import { take } from "../../../field/app/filling/starting.js";
import { Form } from "../../../field/forms/definition/document.js";
import { Speaking } from "../../../field/forms/records/speaking.js";
import { ITEM, TODAY, filling } from "./shipped.mjs";

const vectors = (/** @type {string} */ name) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url), "utf8"));
const form = new Form(vectors("members/first").form), speaks = new Form(vectors("saying/said").form);
const edited = (/** @type {Record<string, unknown>} */ answers) => {
  const shown = Object.fromEntries(Object.entries(answers).map(([path, value]) => [path, { value }]));
  return draftOf("e", form, { picture: { shown, document: {} }, editing: { record: "ab", shown: [] } }, {}, 1);
};

test("a form that is begun holds its first answers, and nothing that anybody wrote", () => {
  const visit = filling(form);
  assert.equal(TODAY, visit.get("/datum"));
  assert.ok(visit.isFirst("/datum"));
  assert.ok(isEmpty(form, visit.draft));
  assert.equal("empty", visit.states()[0].state);
  assert.deepEqual([], visit.saidAt("/datum"));
});

test("what a worker changed or emptied is theirs, and is never filled in again", () => {
  const visit = filling(form);
  visit.set("/datum", "2026-01-30");
  visit.set("/uren", null);
  assert.equal("2026-12-01", visit.get("/einde"), "worked out once");
  assert.equal(null, visit.get("/uren"));
  assert.equal(false, visit.isFirst("/datum"));
  assert.equal(false, isEmpty(form, visit.draft));
  const again = new Filling(form, structuredClone(visit.draft), { today: "2026-12-24" });
  assert.deepEqual(["2026-01-30", null, "2026-12-01"], ["/datum", "/uren", "/einde"].map((path) => again.get(path)));
});

test("a question that is asked later has its first answer then, and loses it when it is hidden untouched", () => {
  const visit = filling(form);
  assert.equal(null, visit.get("/verborgen"));
  visit.set("/soort", "ja");
  assert.equal("x", visit.get("/verborgen"));
  visit.set("/soort", "nee");
  assert.ok(!changesOf(form, visit.draft).has("/verborgen"));
  visit.set("/soort", "ja");
  visit.set("/verborgen", "zelf");
  visit.set("/soort", "nee");
  assert.equal("zelf", changesOf(form, visit.draft).get("/verborgen"));
});

test("a record that exists is not begun again, but an item that is added is", () => {
  const visit = new Filling(form, edited({ "/woord": "w" }), { today: TODAY });
  assert.deepEqual([null, null], [visit.get("/datum"), visit.get("/uren")]);
  assert.equal(0, changesOf(form, visit.draft).size);
  visit.set("/datum", "2026-02-03");
  visit.add("/kind", ITEM(1));
  assert.equal("2026-02-03", visit.get(`/kind/${ITEM(1)}/dag`));
  assert.deepEqual([null, null], [visit.get("/uren"), visit.get("/daarna")]);
  visit.remove(`/kind/${ITEM(1)}`);
  assert.deepEqual(["/datum"], [...changesOf(form, visit.draft).keys()]);
  assert.equal(false, visit.isFirst(`/kind/${ITEM(1)}/dag`));
});

test("an earlier visit is written over a first answer, for a person chose it", () => {
  const visit = filling(form);
  take(visit, [{ group: null, path: "/uren", value: 5, place: "/uren" }], () => ITEM(2));
  assert.equal(5, visit.get("/uren"));
  assert.equal(false, visit.isFirst("/uren"));
});

test("a draft of an app that knew no first answers goes on", () => {
  const old = newDraft("o", form, 1);
  delete old.first;
  old.answers["/uren"] = 7;
  const visit = new Filling(form, old, { today: TODAY });
  assert.equal(7, visit.get("/uren"));
  assert.equal(false, isEmpty(form, visit.draft));
});

test("what is drawn changes with an answer that a text says, and with no other", () => {
  const visit = filling(speaks), before = visit.face();
  visit.set("/foto", "ab".repeat(32));
  visit.set("/naam", "Bo");
  const now = visit.face();
  assert.notEqual(before, now);
  const says = new Speaking(speaks, visit.seen(), "nl");
  assert.equal("Soort voor Bo", says.question(/** @type {any} */ (visit.question("/soort")), "/soort").field.label.nl);
  assert.equal("Soort voor …", visit.question("/soort")?.field.label.nl, "bare everywhere else");
  assert.equal("Bo heeft er te veel.", says.finding({ path: "/aantal", say: { nl: "${/naam} heeft er te veel." } }).say.nl);
});
