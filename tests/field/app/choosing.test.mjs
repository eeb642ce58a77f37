import assert from "node:assert/strict";
import test from "node:test";
import "../../../field/node_modules/fake-indexeddb/auto/index.mjs";
import { page } from "./page.mjs";
import { SLUGS, filling, shipped } from "./shipped.mjs";

const make = page();
const { h, render } = await import("../../../field/node_modules/preact/dist/preact.mjs"), { speak } = await import("../../../field/app/ui.js"), { Question } = await import("../../../field/app/widgets/question.js");
await speak("nl");

/** Every way that a question of a kind can be asked (forms/SPEC.md 6). */
const WIDGETS = { text: ["text", "multiline", "month", "time", "record"], date: ["date", "month"], choice: ["choices", "dropdown", "compact", "likert"], choices: ["choices", "dropdown", "compact"], integer: ["number", "slider"], decimal: ["number", "slider"], boolean: ["yes_no"] };
/** A list of the municipality: short, and too long to stand open. */
const listOf = (count) => ({ items: Array.from({ length: count }, (_, n) => ({ code: `c${n}`, label: { nl: `Keuze ${n}` }, attributes: { wijk: n % 2 ? "oost" : "west" } })) });

/** What stands chosen or filled in where a question is drawn with a value. */
function chosen(question, value, list) {
  const root = make("div");
  render(h(Question, { question, path: question.path, value, set: () => undefined, findings: [], list }), root);
  const found = root.all().flatMap(({ localName, kept }) => {
    const isTicked = kept.has("checked") && kept.get("checked") !== "false", isPicked = localName === "option" && kept.has("selected") && kept.get("selected") !== "false";
    const isFilled = (localName === "input" && !["radio", "checkbox"].includes(kept.get("type")) && (kept.get("value") ?? "") !== "" && kept.get("class") !== "unset") || (localName === "select" && (kept.get("value") ?? "") !== "");
    return isTicked || isPicked || isFilled || (localName === "textarea" && (kept.get("value") ?? "") !== "") ? [`${question.path}: ${localName} ${[...kept].join(" ")}`] : [];
  });
  const controls = root.all().filter(({ localName }) => ["input", "select", "textarea"].includes(localName)).length;
  render(null, root);
  return { found, controls };
}

test("nothing is chosen or filled in before the worker does it, in any form that ships and any widget", () => {
  const asked = new Set();
  for (const slug of SLUGS) {
    const form = shipped(slug), begun = filling(form);
    begun.seen();
    assert.deepEqual({}, begun.draft.answers, slug);
    for (const question of [...form.questions, ...form.local]) {
      for (const widget of [question.field.widget, ...(WIDGETS[question.kind] ?? [])]) {
        const given = { ...question, schema: { minimum: 0, maximum: 10, ...question.schema }, field: { ...question.field, widget }, listed: question.listed, path: question.path, kind: question.kind, codes: question.codes, merge: question.merge, localOnly: question.localOnly };
        for (const list of question.listed === null ? [undefined] : [listOf(5), listOf(40)]) {
          const { found, controls } = chosen(given, null, list);
          assert.deepEqual([], found);
          if (controls > 0) asked.add(`${question.kind}, ${widget}`);
        }
      }
    }
  }
  for (const [kind, widgets] of Object.entries(WIDGETS)) if ([...asked].some((one) => one.startsWith(`${kind},`))) for (const widget of widgets) assert.ok(asked.has(`${kind}, ${widget}`), `${kind}, ${widget}`);
  assert.ok(["text", "date", "choice", "choices", "boolean"].every((kind) => [...asked].some((one) => one.startsWith(`${kind},`))), [...asked].join("; "));
});

test("and what a worker did choose is found by the same look", () => {
  const form = shipped("huisbezoek"), of = (kind) => form.questions.find((one) => one.kind === kind && one.listed === null), first = of("choice"), many = of("choices");
  assert.equal(1, chosen(first, first.codes[0]).found.length);
  assert.equal(1, chosen(many, [many.codes[0]]).found.length);
  assert.equal(1, chosen({ ...first, field: { ...first.field, widget: "dropdown" }, codes: first.codes, kind: "choice", path: first.path, listed: null, schema: first.schema }, first.codes[0]).found.filter((one) => one.includes("select ")).length);
});

test("choices that do not fit are not drawn, and a chosen one that fits no more stays with a word", () => {
  const question = { path: "/plant", name: "plant", kind: "choice", codes: ["eik", "linde", "hulst"], merge: "ask", repeat: null, listed: null, localOnly: false, schema: {}, field: { label: { nl: "Plant" } } };
  const words = (root) => [...root.childNodes].flatMap((one) => (one.data === undefined ? words(one) : [String(one.data)])).join(" ");
  const drawn = (more, value, offered, list) => {
    const root = make("div"), given = { ...question, ...more };
    render(h(Question, { question: given, path: given.path, value, set: () => undefined, findings: [], list, offered }), root);
    const text = words(root);
    render(null, root);
    return text;
  };
  for (const widget of ["choices", "dropdown", "compact"]) {
    const field = { ...question.field, widget };
    const all = drawn({ field }, null, null), some = drawn({ field }, null, new Set(["eik", "linde"])), stray = drawn({ field }, "hulst", new Set(["eik"])), none = drawn({ field }, null, new Set());
    assert.ok(["eik", "linde", "hulst"].every((code) => all.includes(code)), all);
    assert.ok(some.includes("eik") && some.includes("linde") && !some.includes("hulst"), some);
    assert.ok(stray.includes("hulst") && stray.includes("past niet meer") && !stray.includes("linde"), stray);
    assert.ok(!none.includes("eik") && none.includes("niets te kiezen"), none);
  }
  const many = drawn({ kind: "choices" }, ["hulst", "eik"], new Set(["eik"]));
  assert.ok(many.includes("eik") && many.includes("hulst") && many.includes("past niet meer") && !many.includes("linde"), many);
  const listed = drawn({ listed: "lijst", codes: [] }, null, new Set(["c1", "c3"]), listOf(40));
  assert.ok(listed.includes("Keuze 1") && listed.includes("Keuze 3") && !listed.includes("Keuze 2"), listed);
});
