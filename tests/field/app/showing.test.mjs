import assert from "node:assert/strict";
import test, { before } from "node:test";
import { ITEM, filling, shipped } from "./shipped.mjs";

process.env.TZ = "America/Lima"; // where the device thinks it is
/** What a browser has and words are spoken with. */
Object.assign(globalThis, { localStorage: { getItem: () => "nl", setItem: () => undefined }, document: { documentElement: {}, addEventListener: () => undefined } });
const { isForTwo, isWaitingToGo } = await import("../../../field/app/records/deleting.js");
const { answerIn, placeOf, valueOf, waitsFor } = await import("../../../field/app/showing.js"), { speak } = await import("../../../field/app/ui.js"), { moment, when } = await import("../../../field/app/times.js");
before(() => speak("nl"));

test("a day that does not exist is shown as it was typed, not as another day", () => {
  const visit = shipped("huisbezoek"), shown = ["2026-02-28", "2026-02-31", "2026-13-01", "31-12-2026"].map((day) => valueOf(visit, "/bezoek_datum", day));
  assert.deepEqual(["28 februari 2026", "2026-02-31", "2026-13-01", "31-12-2026"], shown);
});

test("only days and months are written as such: a code may look like one", () => {
  const visit = shipped("huisbezoek"), child = `/kind/${ITEM(1)}`;
  assert.deepEqual(["2015-09", "september 2015"], [valueOf(visit, "/case_ref", "2015-09"), valueOf(visit, `${child}/geboortemaand`, "2015-09")]);
});

test("several choices stand apart by a sign that no label holds, and numbers have every decimal", () => {
  const asked = { field: { choices: { a: { nl: "Raad, via Veilig Thuis" }, b: { nl: "Politie" } } }, kind: "choices" };
  assert.equal("Raad, via Veilig Thuis; Politie", answerIn(asked.field, asked.kind, ["a", "b"]));
  assert.deepEqual(["2,5", "2015", "0,123456", "januari 2010"], [2.5, 2015, 0.123456].map((one) => answerIn({}, "decimal", one)).concat(answerIn({ widget: "month" }, "text", "2010-01")));
});

test("questions of one item are told from those of another", () => {
  const visit = filling(shipped("huisbezoek"));
  for (const n of [1, 2]) visit.add("/kind", ITEM(n));
  assert.deepEqual(["Datum", "Kinderen 2: Kindcode", "Kinderen"], ["/bezoek_datum", `/kind/${ITEM(2)}/kind_ref`, "/kind"].map((path) => placeOf(visit, path)));
});

test("what waits for the office is a question or a whole record, which has no name", () => {
  const visit = shipped("huisbezoek"), told = (kind, name, facts = {}) => waitsFor(visit, { kind, name, facts });
  assert.match(told("contested", ""), /^De een verwijderde dit stuk/u);
  assert.match(told("contested", "", { proposed: true }), /^Een medewerker wil dit stuk verwijderen/u);
  assert.match(told("hidden-parallel", "/zorg"), /Zorg over veiligheid/u);
});

test("a record with a grave answer goes by two, and one that waits to go is not asked for again", () => {
  const signal = shipped("signaal"), visit = shipped("huisbezoek"), grave = signal.questions.find((one) => one.field.sensitivity === "S4"), light = visit.questions.find((one) => one.field.sensitivity === "S1");
  const wrote = (form, path, value) => isForTwo([{ answers: new Map([[path, value]]), form: form.slug, version: 1 }], form, () => null);
  assert.ok(wrote(signal, grave.path, grave.codes?.[0] ?? "woorden") && !wrote(signal, grave.path, null));
  assert.ok(!wrote(visit, light.path, "ABCD-2345") && wrote(visit, "/van_vroeger", "iets") && !wrote(visit, "/_comment/x", "iets"));
  assert.deepEqual([true, false, false], [[{ facts: { proposed: true } }], [{ facts: {} }], undefined].map((waiting) => isWaitingToGo({ waiting })));
});

test("days are those of Amsterdam, near ones by name, and today's is not said", () => {
  const now = Date.parse("2026-11-25T23:30:00Z"), shown = ["2026-11-25T23:10:00Z", "2026-11-25T22:50:00Z", "2026-11-20T10:00:00Z", "2025-03-02T10:00:00Z"].map((at) => when(Date.parse(at), now));
  assert.deepEqual(["00:10", "gisteren 23:50", "vr 20 november 11:00", "zo 2 maart 2025 11:00"], shown);
  assert.equal("vandaag 00:10", moment(Date.parse("2026-11-25T23:10:00Z"), now));
});

test("English days are written as in Europe", async (t) => {
  await speak("en");
  t.after(() => speak("nl"));
  assert.equal("3 March 2026", valueOf(shipped("huisbezoek"), "/bezoek_datum", "2026-03-03"));
});
