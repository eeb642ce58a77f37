import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import test from "node:test";
import { changesOf, draftOf, isEmpty, localOf, newDraft } from "../../../field/app/filling/draft.js";
import { namesIn } from "../../../field/app/filling/items.js";
import { Filling } from "../../../field/app/filling/filling.js";
import { Form } from "../../../field/forms/definition/document.js";
import { ITEM, SLUGS, TODAY, filling, shipped } from "./shipped.mjs";

const KIND = `/kind/${ITEM(1)}`;

test("an answer that hides a section takes its pages away, and its answers come back with it", () => {
  const visit = filling(shipped("huisbezoek"));
  visit.set("/toegang", "binnen");
  visit.set("/krachten", ["hobby_of_club"]);
  const all = visit.sections();
  visit.set("/toegang", "niemand_thuis");
  assert.deepEqual([0, 6, 7], visit.sections());
  assert.ok(!("krachten" in visit.seen().document));
  visit.set("/toegang", "aan_de_deur");
  assert.deepEqual(all, visit.sections());
  assert.deepEqual(["hobby_of_club"], visit.get("/krachten"));
});

test("nothing is said of a question before the worker was there", () => {
  const visit = filling(shipped("huisbezoek"));
  assert.deepEqual([], visit.saidAt("/case_ref"));
  visit.set("/case_ref", "AB");
  assert.deepEqual(["wrong-pattern"], visit.saidAt("/case_ref").map((one) => one.code));
  visit.set("/case_ref", null);
  assert.deepEqual(["missing"], visit.saidAt("/case_ref").map((one) => one.code));
});

test("a section is empty, begun, to be looked at, or whole", () => {
  const track = filling(shipped("traject")), state = () => track.states()[0].state;
  assert.equal("empty", state());
  track.set("/case_ref", "ABCD-2345");
  assert.equal("begun", state());
  track.set("/deelnemer_ref", "nee");
  assert.equal("look", state());
  track.set("/deelnemer_ref", "BCDE-2345");
  track.set("/contact_datum", "2026-11-24");
  track.set("/leeftijd", "18_22");
  assert.equal("whole", state());
});

test("how many parts there are is said only where it cannot change", () => {
  assert.equal(true, filling(shipped("dossier")).isCountSure());
  assert.equal(false, filling(shipped("huisbezoek")).isCountSure());
});

test("an item that was never saved leaves nothing behind, and its removal can be taken back", () => {
  const form = shipped("dossier"), family = filling(form);
  family.add("/kind", ITEM(1));
  family.set(`${KIND}/roepnaam`, "Kind een");
  const back = family.remove(KIND);
  assert.deepEqual([], family.items("/kind"));
  assert.ok(isEmpty(form, family.draft));
  back();
  assert.deepEqual([KIND], family.items("/kind"));
  assert.equal("Kind een", family.get(`${KIND}/roepnaam`));
});

test("an item of a record goes with all that was on screen of it", () => {
  const form = shipped("dossier");
  const picture = { document: { kind: [{ _id: ITEM(1), kind_ref: "KKKK-2222" }] }, shown: { [`${KIND}/kind_ref`]: { value: "KKKK-2222" } } };
  const draft = draftOf("d", form, { picture, editing: { record: "r", shown: [] } }, {}, 1), family = filling(form, draft);
  family.remove(KIND);
  const leaves = ["geboortemaand", "kind_ref", "roepnaam", "school"].map((name) => `${KIND}/${name}`);
  assert.deepEqual([KIND, ...leaves], [...changesOf(form, draft).keys()].sort());
  assert.ok([...changesOf(form, draft).values()].every((value) => value === null));
});

test("items stand in the order that people gave them, a new one last", () => {
  const family = filling(shipped("dossier"));
  for (const n of [1, 2]) family.add("/kind", ITEM(n));
  family.move(`/kind/${ITEM(2)}`, -1);
  family.add("/kind", ITEM(0));
  assert.deepEqual([2, 1, 0].map((n) => `/kind/${ITEM(n)}`), family.items("/kind"));
  assert.deepEqual([2, 1, 0].map(ITEM), family.seen().document.kind.map((item) => item._id));
  family.move(`/kind/${ITEM(2)}`, -1);
  assert.equal(`/kind/${ITEM(2)}`, family.items("/kind")[0]);
});

test("a save writes only what differs from what the record said", () => {
  const form = shipped("huisbezoek"), shown = { "/case_ref": { value: "ABCD-2345" }, "/rollen": { value: ["tolk"] }, "/oud": { value: "x", in_form: false } };
  const hidden = [{ path: "/krachten", shown: { value: ["anders"] } }];
  const draft = draftOf("d", form, { picture: { shown, hidden, document: {} }, editing: { record: "r", shown: [] } }, {}, 1), visit = filling(form, draft);
  assert.equal(0, changesOf(form, draft).size);
  visit.set("/case_ref", "ABCD-2345".normalize("NFD"));
  visit.set("/rollen", ["tolk", "jeugdconsulent"]);
  visit.set("/krachten", null);
  assert.deepEqual([["/rollen", ["tolk", "jeugdconsulent"]], ["/krachten", null]], [...changesOf(form, draft)]);
  assert.deepEqual({ "/oud": "x" }, draft.earlier);
});

test("what stays on the device is in no save", () => {
  const form = shipped("huisbezoek"), visit = filling(form);
  visit.set("/tolk_taal", "een taal");
  assert.equal(0, changesOf(form, visit.draft).size);
  assert.deepEqual({ "/tolk_taal": "een taal" }, localOf(form, visit.draft));
  assert.ok(!isEmpty(form, visit.draft));
});

test("a reference takes over what its record says, but nothing that was answered", () => {
  const visit = filling(shipped("huisbezoek")), documents = [{ case_ref: "ABCD-2345", kind: [{ _id: ITEM(5), kind_ref: "KKKK-2222", geboortemaand: "2015-09" }] }];
  for (const n of [1, 2]) visit.add("/kind", ITEM(n));
  assert.deepEqual([`${KIND}/geboortemaand`], visit.refer(`${KIND}/kind_ref`, "KKKK-2222", documents));
  assert.equal("2015-09", visit.get(`${KIND}/geboortemaand`));
  const second = `/kind/${ITEM(2)}`;
  visit.set(`${second}/geboortemaand`, "2011-01");
  assert.deepEqual([], visit.refer(`${second}/kind_ref`, "KKKK-2222", documents));
  assert.equal("2011-01", visit.get(`${second}/geboortemaand`));
});

test("computed values and banners follow the answers", () => {
  const check = filling(shipped("schoolcheck")), visit = filling(shipped("huisbezoek"));
  check.set("/check_datum", "2026-11-24");
  assert.equal("2026-2027", check.seen().computed["/schooljaar"]);
  assert.ok(check.onSection(0).includes("/schooljaar"));
  visit.set("/zorg", "acuut");
  assert.ok(visit.seen().banners.includes(6));
});

test("of a day that does not exist it is said only that it does not", () => {
  const visit = filling(shipped("huisbezoek")), codes = (day) => {
    visit.set("/bezoek_datum", day);
    return visit.saidAt("/bezoek_datum").map((one) => one.code);
  };
  assert.deepEqual(["not-a-date"], codes("2026-02-31"));
  assert.deepEqual(["not-a-date"], codes("2099-13-32"));
  assert.deepEqual(["check-error"], codes("2099-01-31"));
  visit.set("/case_ref", "AB");
  visit.set("/bezoek_datum", "2026-02-31");
  assert.equal(2, visit.states()[0].look);
});

test("an item is named by short answers, never by a story or a yes", () => {
  const visit = filling(shipped("huisbezoek"));
  visit.set("/toegang", "binnen");
  visit.add("/kind", ITEM(1));
  visit.set(`${KIND}/kind_stem`, "Een verhaal.");
  visit.set(`${KIND}/kind_dag`, "school");
  visit.set(`${KIND}/geboortemaand`, "2015-09");
  assert.deepEqual([`${KIND}/geboortemaand`], namesIn(visit, visit.onSection(2, KIND)));
  visit.set(`${KIND}/kind_ref`, "x".repeat(10_000));
  assert.deepEqual([`${KIND}/geboortemaand`], namesIn(visit, visit.onSection(2, KIND)));
  visit.set(`${KIND}/kind_ref`, "KKKK-2222");
  assert.deepEqual([`${KIND}/kind_ref`, `${KIND}/geboortemaand`], namesIn(visit, visit.onSection(2, KIND)));
});

/** Numbers by chance that are the same each time. @param {number} seed */
function chance(seed) {
  return (/** @type {number} */ below) => {
    seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((seed / 2_147_483_648) * below);
  };
}

/** An answer to a question that somebody could type or choose, or none. @param {any} question @param {(below: number) => number} pick */
function answerTo({ kind, codes, schema }, pick) {
  if (pick(5) === 0) return null;
  if (kind === "choices") return codes.filter(() => pick(3) === 0).concat(codes[0] ?? "linde").slice(0, 1 + pick(3)); // of a list of the municipality no code is known here
  if (kind === "choice") return codes[pick(codes.length)] ?? "stray";
  if (kind === "boolean") return pick(2) === 0;
  if (kind === "integer" || kind === "decimal") return [pick(9), 2.5, -1, 4_000, "3,"][pick(5)];
  if (kind === "date") return ["2026-11-24", "2015-02-30", "1999-01-01", "19"][pick(4)];
  return ["a", "ABCD-2345", "BCDF-345", "gesprek aan de deur", "x".repeat((schema.maxLength ?? 50) + pick(3)), "14:30", "2015-09"][pick(7)];
}

const TEXT = { type: "string" }, LISTS = new Map([["wijken", new Set(["a"])]]);
/** What no form that ships has: a check that reads another answer than its own, a group in which nothing is answered yet, and items that are compared whole. */
const ODD = new Form({
  form: "vreemd", version: 1,
  schema: {
    type: "object", required: ["naam", "school"],
    properties: {
      naam: { ...TEXT, maxLength: 5 }, code: TEXT, wijk: TEXT, school: { type: "object", required: ["plaats"], properties: { plaats: TEXT, klas: { ...TEXT, minLength: 3 } } },
      kind: { type: "array", items: { type: "object", required: ["roep"], properties: { roep: TEXT, woord: { ...TEXT, pattern: "^a" } } } },
    },
  },
  layout: [{ section: {}, fields: ["/naam", "/code", "/wijk", "/school/plaats", "/school/klas"] }, { section: {}, repeat: "/kind", fields: ["roep", "woord"] }],
  fields: { "/wijk": { from: "wijken" } }, computed: { "/anders": "" }, checks: [{ at: "/naam", say: { nl: "zo niet" } }],
  trees: { "/computed/~1anders": ["==", ["filter", ["answer", "/kind"], ["!=", ["name", "woord"], null]], ["answer", "/kind"]], "/checks/0/if_not": ["==", ["answer", "/code"], "a"] },
});

for (const form of [...SLUGS.map((slug) => shipped(slug)), ODD]) {
  test(`after any answer the same is shown as when everything is looked at: ${form.slug}`, () => {
    const pick = chance(7), around = { today: TODAY, lists: LISTS }, record = new Filling(form, newDraft("d", form, 1), around), questions = [...form.questions, ...form.local];
    let quick = 0;
    for (let step = 0; step < 400; step += 1) {
      const question = questions[pick(questions.length)], items = question.repeat === null ? [] : record.items(question.repeat);
      record.seen();
      if (question.repeat !== null && items.length < 2) record.add(question.repeat, ITEM(1 + items.length));
      else if (question.repeat !== null && pick(25) === 0) record.remove(items[pick(items.length)]);
      else record.set(question.repeat === null ? question.path : `${items[pick(items.length)]}/${question.name}`, answerTo(question, pick));
      quick += record.look === null ? 0 : 1;
      const whole = new Filling(form, structuredClone(record.draft), around);
      assert.deepEqual(whole.seen(), record.seen());
      assert.equal(whole.face(), record.face());
    }
    assert.ok(quick > 20, `only ${quick} answers were looked at by themselves`);
  });
}

test("a page that only says something is there while it says it, and asks for nothing", () => {
  const { document } = shipped("traject"), at = document.layout.length, banner = { show_if: 'case_ref != null', say: { nl: "Bel eerst." } };
  const tree = ["!=", ["answer", "/case_ref"], null], trees = { ...document.trees, [`/layout/${at}/banner/show_if`]: tree };
  const track = filling(shipped("traject", { layout: [...document.layout, { section: { nl: "Let op" }, fields: [], banner }], trees }));
  assert.ok(!track.sections().includes(at));
  track.set("/case_ref", "ABCD-2345");
  assert.deepEqual([{ section: at, state: "whole", missing: 0, look: 0 }], track.states().filter(({ section }) => section === at));
});

test("a group is full at the number that its form gives, also where the schema says it behind a reference", () => {
  const vectors = new URL("../../vectors/forms/forms/verwijzingen.json", import.meta.url);
  const cards = filling(new Form(JSON.parse(readFileSync(vectors, "utf8"))));
  cards.add("/kaart", ITEM(1));
  assert.equal(1, cards.room("/kaart"));
  cards.add("/kaart", ITEM(2));
  assert.equal(0, cards.room("/kaart"));
});

test("choices that fit the other answers are offered at once, also while a word is typed, and what fits no more is said", () => {
  const { form } = JSON.parse(readFileSync(new URL("../../vectors/logic/offers.json", import.meta.url), "utf8"));
  const garden = filling(new Form(form));
  assert.deepEqual(["overig"], [...(garden.offeredAt("/plant") ?? [])]);
  garden.set("/soort", "boom");
  assert.deepEqual(["eik", "linde", "overig"], [...(garden.offeredAt("/plant") ?? [])]);
  garden.set("/plant", "eik");
  assert.deepEqual([], garden.saidAt("/plant"));
  const before = garden.face();
  garden.set("/hoog", 7); // a number that a filter reads by what is computed of it
  assert.notEqual(before, garden.face());
  assert.deepEqual(["groot"], [...(garden.offeredAt("/past") ?? [])]);
  garden.set("/soort", "struik");
  assert.equal("eik", garden.get("/plant"));
  assert.deepEqual(["not-offered"], garden.saidAt("/plant").map((one) => one.code));
  garden.set("/plant", "hulst");
  assert.deepEqual([], garden.saidAt("/plant"));
});
