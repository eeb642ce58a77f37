import assert from "node:assert/strict";
import test from "node:test";
import hintWords from "../../../field/app/filling/hint_words.js";
import { carried, newDraft } from "../../../field/app/filling/draft.js";
import { groupsIn, hintsOn, isBsn, numbersIn } from "../../../field/app/filling/hints.js";
import { newItem } from "../../../field/app/filling/items.js";
import { lookedIn, offered } from "../../../field/app/filling/references.js";
import { lastAbout, offersOf, take } from "../../../field/app/filling/starting.js";
import { dateOf, numberOf, numberText, partsOf, timeOf } from "../../../field/app/filling/typed.js";
import { purposeIn } from "../../../field/app/purpose.js";
import { ALL, found, marked, newestFirst } from "../../../field/app/records/searching.js";
import { needsOf, summaryOf } from "../../../field/app/records/summary.js";
import { isItemId } from "../../../field/forms/paths.js";
import { ITEM, SLUGS, filling, shipped } from "./shipped.mjs";

test("numbers take a comma or a point, and what is none stays as it was typed", () => {
  assert.deepEqual([null, 1.5, 1.5, 12, -3, "1,", "1.2.3", "twaalf", "1e3", "99999999999999999"], ["  ", "1,5", "1.5", "12", "-3", "1,", "1.2.3", "twaalf", "1e3", "99999999999999999"].map(numberOf));
  assert.deepEqual(["1,5", ""], [numberText(1.5), numberText(null)]);
});

test("a day is made of its parts, and a half one is kept as it was typed", () => {
  assert.deepEqual([null, "2026-02-01", "2026-2x-", "-11-", "2015-09"], [["", "", ""], ["2026", "2", "1"], ["2026", "2x", ""], ["", "11", ""], ["2015", "9"]].map(dateOf));
  assert.deepEqual(["", "11", ""], partsOf("-11-", 3));
  assert.deepEqual(["2015", "09"], partsOf("2015-09", 2));
});

test("times are written in many ways", () => {
  assert.deepEqual(["09:05", "14:30", "14:30", "25:00", null], ["9:05", "1430", "14.30", "25:00", ""].map(timeOf));
});

test("a number that could be a BSN is noticed however it is parted, a telephone number is not", () => {
  assert.ok(isBsn("123456782") && isBsn("111222333") && !isBsn("123456789") && !isBsn("000000000"));
  assert.deepEqual(["123456782", "08002000"], numbersIn("kind 1234.56.782, bel 0800 2000 of 0612345678"));
  assert.deepEqual([{ group: "bsn", word: "123456782" }], hintsOn("123 456 782"));
  assert.deepEqual([], hintsOn("bel 0800 2000, kamer 12, ABCD-2345, 2026-11-24"));
});

test("words that forms may not ask for are noticed, their friends are not", () => {
  const groups = (text) => groupsIn(text, hintWords).map(({ group }) => group);
  assert.deepEqual(["origin"], groups("Zigeuners, zei de buurman"));
  assert.deepEqual(["health"], groups("de diagnosestelling volgt"));
  assert.deepEqual([], groups("Rustig gesprek aan de keukentafel; school belt terug over vervoer"));
  assert.deepEqual([], groupsIn("terras", { words: { origin: ["*ras"] }, friends: ["terras"] }));
});

test("phrases of several words are noticed, with articles between them, and their friends are not", () => {
  const hints = (text) => groupsIn(text, hintWords);
  assert.deepEqual([{ group: "origin", word: "komen uit Marokko" }], hints("De buren komen uit Marokko, zei de school."));
  assert.deepEqual([{ group: "origin", word: "land van de ouders" }], hints("Vroeg naar het land van de ouders."));
  assert.deepEqual([{ group: "justice", word: "verdacht van" }], hints("Hij was verdacht van iets"));
  assert.deepEqual([], hints("Er zat een fout in de brief; welke taal is fijn? Slachtoffer van een misdrijf geholpen."));
  assert.deepEqual([], hints("land; van huis, ouders belden")); // one word after another, and nothing between
  assert.deepEqual(["origin"], hints("De familie Roma uit het gezin").map(({ group }) => group));
  assert.deepEqual([], hints("Samen naar een film Roma gekeken, en de stad Roma op de kaart gezocht"));
});

test("ids of items are ULIDs in the order of their time", () => {
  const ids = [1, 2, 1_800_000_000_000].map(newItem);
  assert.ok(ids.every(isItemId));
  assert.deepEqual(ids, [...ids].sort());
});

const HELD = [
  { form: "dossier", changedMs: 1, document: { case_ref: "ABCD-2345", roepnaam: "Gezin bij de molen", kind: [{ _id: ITEM(1), kind_ref: "KKKK-2222", roepnaam: "Kind een" }] } },
  { form: "dossier", changedMs: 2, document: { case_ref: "BCDE-2345", kind: [{ _id: ITEM(2), kind_ref: "KKKK-3333" }] } },
  { form: "huisbezoek", changedMs: 3, document: { case_ref: "CCCC-2345" } },
];

test("a reference offers the codes of its form, the last changed first, within the record that another answer names", () => {
  const dossier = shipped("dossier"), visit = filling(shipped("huisbezoek")), whole = visit.question("/case_ref"), child = visit.question(`/kind/${ITEM(9)}/kind_ref`);
  assert.deepEqual([["BCDE-2345", []], ["ABCD-2345", ["Gezin bij de molen"]]], offered(whole, lookedIn(visit, whole, HELD), dossier).map(({ value, words }) => [value, words]));
  assert.deepEqual([], lookedIn(visit, child, HELD));
  visit.set("/case_ref", "ABCD-2345");
  assert.deepEqual([["KKKK-2222", ["Kind een"]]], offered(child, lookedIn(visit, child, HELD), dossier).map(({ value, words }) => [value, words]));
});

test("the last visit to the same family is offered answer by answer, and items become new ones", () => {
  const form = shipped("huisbezoek"), visit = filling(form), old = { record: "r", form: "huisbezoek", deleted: false, about: "ABCD-2345" };
  assert.equal(null, lastAbout(visit, [{ ...old, changedMs: 5 }]));
  visit.set("/case_ref", "ABCD-2345");
  const all = [{ ...old, changedMs: 5 }, { ...old, record: "s", changedMs: 7 }, { ...old, record: "t", changedMs: 9, deleted: true }, { ...old, record: "u", changedMs: 9, about: "BCDE-2345" }];
  assert.equal("s", lastAbout(visit, all).record);
  const kind = `/kind/${ITEM(3)}`, picture = { document: { kind: [{ _id: ITEM(3) }] }, shown: { "/case_ref": { value: "ABCD-2345" }, "/rollen": { value: ["tolk"] }, "/afgesproken": { value: "ja" }, "/oud": { value: 1, in_form: false }, [`${kind}/kind_ref`]: { value: "KKKK-2222" }, [`${kind}/kind_dag`]: { value: "school" } } };
  visit.set("/afgesproken", "nee");
  const offers = offersOf(visit, picture);
  assert.deepEqual(["/rollen", `${kind}/kind_ref`, `${kind}/kind_dag`], offers.map((one) => one.path));
  take(visit, offers, () => ITEM(7));
  assert.deepEqual([`/kind/${ITEM(7)}`], visit.items("/kind"));
  assert.equal("school", visit.get(`/kind/${ITEM(7)}/kind_dag`));
  assert.equal("nee", visit.get("/afgesproken"));
});

test("a draft goes on in a newer version, and what has no place there is kept apart", () => {
  const one = shipped("traject"), { soort: _gone, ...properties } = one.document.schema.properties, layout = one.document.layout.map((section) => ({ ...section, fields: section.fields.filter((path) => path !== "/soort").map((path) => (path === "/eigen_doel" ? "/doel" : path)) }));
  const { eigen_doel: goal, ...rest } = properties;
  const two = shipped("traject", { version: 2, layout, schema: { ...one.document.schema, properties: { ...rest, doel: goal } }, moves: { renamed: { "/eigen_doel": "/doel" }, dropped: ["/soort"] } });
  const draft = { ...newDraft("d", one, 1), answers: { "/eigen_doel": "weer naar school", "/soort": "stage", "/case_ref": "ABCD-2345" }, touched: ["/eigen_doel", "/soort"] };
  const moved = carried(draft, [one, two]);
  assert.deepEqual({ "/doel": "weer naar school", "/case_ref": "ABCD-2345" }, moved.answers);
  assert.deepEqual({ "/soort": "stage" }, moved.earlier);
  assert.deepEqual([2, ["/doel"]], [moved.version, moved.touched]);
});

const picture = (more = {}) => ({ record: "aa", form: "dossier", version: 1, columns: 1, changed_ms: 9, shown: { "/case_ref": { value: "ABCD-2345", author: "een" }, "/roepnaam": { value: "Gezin Één", author: "een" }, "/status": { value: "gesloten", author: "een" } }, document: {}, ...more });
const around = { worker: "een", device: "d1", form: shipped("dossier"), isReferred: true };
const came = new Map([["h1", { number: 4, device: "d1" }], ["h2", { number: 7, device: "d2" }]]);

test("a record is found by its words, whatever their capitals and accents, and by the words of its choices", () => {
  const one = summaryOf({ picture: picture(), came }, undefined, around), search = (text, more = {}) => found([one], { ...ALL, text, ...more }).length;
  assert.deepEqual(["ABCD-2345", "Gezin Één"], one.name);
  assert.deepEqual([1, 1, 1, 0], [search("gezin een"), search("abcd"), search("Closed"), search("molen")]);
  assert.deepEqual([1, 0, 1, 0], [search("", { form: "dossier" }), search("", { form: "traject" }), search("", { mine: true }), search("", { needs: true })]);
});

test("what others wrote since the worker looked is news", () => {
  const one = summaryOf({ picture: picture(), came }, undefined, around), seen = summaryOf({ picture: picture(), came }, { ...one, looked: 7 }, around);
  assert.deepEqual([1, 0], [found([one], { ...ALL, isNew: true }).length, found([seen], { ...ALL, isNew: true }).length]);
});

test("what the office alone wrote is told as begun by it, until somebody else writes", () => {
  const by = (/** @type {string[]} */ ...authors) => ({ ...picture(), shown: Object.fromEntries(authors.map((author, n) => [`/vraag_${n}`, { value: "x", author }])) });
  assert.deepEqual([true, false, false, false], [by("desk:lead"), by("desk:lead", "een"), by("twee"), by()].map((shown) => summaryOf({ picture: shown, came }, undefined, around).office));
});

test("what waits for a worker: an open question, a returned record, a conflict about own words", () => {
  const conflict = (...authors) => ({ conflicts: [{ survivors: authors.map((author) => ({ author })) }] });
  const back = { state: "returned", changed: [] };
  assert.deepEqual([[], ["question", "returned"]], [[{ open: false }], [{ open: false }, { open: true }]].map((questions) => needsOf(picture({ review: back, questions }), "een")), "what was answered waits for the office");
  assert.deepEqual([[], ["question"], ["returned"], [], ["conflict"], []], [{}, { questions: [{ open: true }] }, { review: { state: "returned", changed: [] } }, { review: { state: "returned", changed: ["/x"] } }, conflict("een", "twee"), conflict("twee", "drie")].map((more) => needsOf(picture(more), "een")));
});

test("records stand newest first, and a record of which nothing is shown in no list", () => {
  assert.deepEqual(["b", "a", "c"], newestFirst([{ record: "a", changedMs: 1 }, { record: "b", changedMs: 2 }, { record: "c", changedMs: 1 }]).map((one) => one.record));
  assert.equal(null, summaryOf({ picture: { record: "aa" }, came }, undefined, around));
});

test("what was found is marked in the words as they stand", () => {
  assert.deepEqual([["Gezin ", false], ["Mol", true], ["en", false]], marked("Gezin Molen", ["mol"]).map(({ text, hit }) => [text, hit]));
  assert.deepEqual([["Één", false]], marked("Één", ["x"]).map(({ text, hit }) => [text, hit]));
});

test("a purpose is shown in the language of its reader: a third one is a part of the text, in the order of the codes", () => {
  const of = (/** @type {string[]} */ languages, /** @type {string} */ purpose) => ({ title: Object.fromEntries(languages.map((one) => [one, "x"])), purpose });
  const two = of(["en", "nl"], "Steunen. / Support."), three = of(["nl", "en", "de"], "Steunen. / Stützen. / Support.");
  assert.deepEqual(["Steunen.", "Support.", "Steunen."], ["nl", "en", "de"].map((one) => purposeIn(two, one)));
  assert.deepEqual(["Steunen.", "Stützen.", "Support.", "Steunen."], ["nl", "de", "en", "fr"].map((one) => purposeIn(three, one)));
  assert.equal("Steunen of helpen / doorverwijzen", purposeIn(of(["nl"], "Steunen of helpen / doorverwijzen"), "en"));
  for (const document of SLUGS.map((slug) => shipped(slug).document)) assert.notEqual(purposeIn(document, "nl"), purposeIn(document, "en"));
});
