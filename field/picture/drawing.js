/**
 * All that is shown of a record, worked out from its entries (picture/SPEC.md): a pure function, whatever the order in
 * which entries came. Nothing is thrown away: an answer that is not shown is listed with what hides it.
 * @module
 */

import { assemble, canonical } from "../forms/answers.js";
import { Deciders, hiddenAnswers, isLeftOut } from "../forms/records/deciding.js";
import * as paths from "../forms/paths.js";
import { resolve, survivors } from "../forms/policies.js";
import { Examiner, completed } from "../forms/records/relevance.js";
import { compare } from "../forms/texts.js";
import { conflictId } from "../sync/merge.js";
import { isProposed } from "./deleting.js";
import { editsOf, removed } from "./edits.js";
import { compareOrders, orderOf, timeOf, todayAt } from "./reading.js";
import { outcomesOf } from "./outcomes.js";
import { commentsOf, isBegun, officeOf, questionsOf, reviewOf } from "./reserved.js";
import { ofAsides, ofItem, waitingFor, wordsOf } from "./waiting.js";

const VERSION_MAX = 2 ** 31 - 1;
const UNKNOWN_CLASS = "S4";
const SETTLED = "settled";

/** @typedef {import("./reading.js").Reading} Reading */
/** @typedef {import("./reading.js").Around} Around */
/** @typedef {import("./edits.js").Note} Note */
/** @typedef {import("./waiting.js").Waiting} Waiting */
/** @typedef {import("./waiting.js").Word} Word */
/** @typedef {import("../forms/definition/document.js").Form} Form */
/** @typedef {import("../forms/policies.js").Edit} Edit */
/** @typedef {{entry: string, author: string, at_ms: number, text: unknown}} Text */
/** @typedef {{value: unknown, author: string, at_ms: number, entry: string, version: number, kind?: string, in_form?: boolean, texts?: Text[]}} Shown */
/** @typedef {{path: string, parallel: boolean, level: string, by: string[], changed_by: string, changed_ms: number, shown: Shown}} Hidden */
/** @typedef {{id: string, path: string, policy: string, survivors: Word[]}} Conflict */
/** @typedef {{edits: Map<string, Edit[]>, shown: Map<string, Shown>, conflicts: Conflict[], seen: import("../forms/records/relevance.js").Seen | null, hidden: Hidden[], waiting: Waiting[]}} Look a record as one version shows it */

const examinerOf = once((form) => new Examiner(form));
const decidersOf = once((form) => new Deciders(form));

/** Makes a thing ready once for each version, and kept as long as that is. @template T @param {(form: Form) => T} make @returns {(form: Form) => T} */
function once(make) {
  /** @type {WeakMap<Form, T>} */
  const ready = new WeakMap();
  return (form) => {
    const made = ready.get(form) ?? make(form);
    ready.set(form, made);
    return made;
  };
}

/** @param {Reading} reading @param {Around} around @returns {Record<string, any>} the picture, without members that have their default */
export function draw(reading, around) {
  const notes = unread(reading, around), waits = ofAsides(reading, around);
  const isOpen = reading.touch !== null && (reading.opened.length > 0 || reading.failed.length > 0 || reading.bodiless.length > 0);
  if (isOpen) return sparse({ record: reading.record, ...drawn(reading, around, notes, waits) });
  if (reading.touch === null && reading.state.fields.size > 0) notes.push({ kind: "no-key", name: "", facts: {} });
  return sparse({ record: reading.record, attention: eachOnce(notes), waiting: waits });
}

/** @param {Record<string, any>} picture */
function sparse(picture) {
  const isDefault = (/** @type {any} */ value) => value === "" || value === 0 || value === false || value === null || (typeof value === "object" && Object.keys(value).length === 0);
  return Object.fromEntries(Object.entries(picture).filter(([, value]) => !isDefault(value)));
}

/** The entries that count for nothing here. @param {Reading} reading @param {Around} around @returns {Note[]} */
function unread(reading, around) {
  const named = [
    ...reading.held.filter(({ reason }) => reason !== "revoked").map(({ hash, device, reason }) => [`held-${reason}`, hash, device]),
    ...reading.failed.map(({ hash, device, reason }) => [`failed-${reason}`, hash, device]),
    ...reading.bodiless.map(({ hash, device }) => ["no-body", hash, device]),
  ];
  return named.map(([kind, name, device]) => ({ kind, name, facts: { author: around.worker(device) } }));
}

/** The facts of a note, which may have greater numbers than an answer. @param {Note} note */
function spelt({ facts }) {
  return canonical(facts, 0, Infinity);
}

/** @param {Note[]} notes */
function eachOnce(notes) {
  const unique = new Map(notes.map((note) => [canonical([note.kind, note.name, spelt(note)]), note]));
  return [...unique.values()].sort((a, b) => compare(a.kind, b.kind) || compare(a.name, b.name) || compare(spelt(a), spelt(b)));
}

/** @param {Reading} reading @param {Around} around @param {Note[]} notes @param {Waiting[]} waits */
function drawn(reading, around, notes, waits) {
  const rank = (/** @type {import("./reading.js").Opened} */ entry) => [entry.version, ...orderOf(entry.arrival)];
  const last = reading.opened.reduce((best, entry) => (best === null || compareOrders(rank(entry), rank(best)) > 0 ? entry : best), /** @type {import("./reading.js").Opened | null} */ (null));
  const form = last?.form ?? "", version = last?.version ?? 0, newest = around.newest(form), own = around.form(form, version);
  let columns = Math.max(version, newest);
  if (last !== null && own === null) {
    notes.push({ kind: "unknown-form", name: "", facts: { form, version } });
    columns = newest;
  }
  const sheet = around.form(form, columns), look = lookedAt(reading, around, sheet, notes);
  const judged = own === sheet ? look : lookedAt(reading, around, own, []);
  const isSuggested = reading.state.deleted && isProposed(reading, around, sheet, look.edits);
  if (reading.state.contested || isSuggested) waits.push(waitingFor(reading, around, "contested", "", isSuggested ? { proposed: true } : {}, reading.opened.map((entry) => entry.arrival.hash), []));
  const times = reading.opened.map((entry) => timeOf(entry.arrival)), shown = [...look.shown];
  const reserved = Object.fromEntries(shown.filter(([path]) => path.startsWith("/_"))), comments = commentsOf(reserved);
  return {
    form, version: Math.min(Math.max(version, 0), VERSION_MAX), columns,
    created_ms: Math.min(...(times.length > 0 ? times : [0])), changed_ms: Math.max(0, ...times), entries: reading.opened.length,
    deleted: reading.state.deleted && !isSuggested, contested: reading.state.contested || isSuggested, begun: isBegun(reading, around),
    shown: Object.fromEntries(shown.filter(([path]) => !path.startsWith("/_"))),
    document: look.seen === null ? {} : completed(look.seen), conflicts: look.conflicts, hidden: look.hidden,
    waiting: [...waits, ...look.waiting], attention: eachOnce(notes), findings: judged.seen?.findings ?? [], reserved,
    review: reviewOf(reserved, look.edits), questions: questionsOf(reserved, look.edits, reading, around), comments,
    outcomes: reading.opened.length < 3 ? [] : outcomesOf(look.edits, officeOf(reading, around), sheet, comments, shown.map(([path]) => path).filter((path) => !path.startsWith("/_"))),
  };
}

/** The answers of a record where a version has them; without one, as they were written. @param {Reading} reading @param {Around} around @param {Form | null} form @param {Note[]} notes @returns {Look} */
function lookedAt(reading, around, form, notes) {
  const edits = editsOf(reading, around, form, notes), { gone, contested } = removed(edits);
  const waiting = contested.map((path) => ofItem(reading, around, path, edits));
  const { decided, conflicts } = decidedBy(reading, around, edits, form, gone);
  const isGone = (/** @type {string} */ path) => gone.has(paths.itemOf(path) ?? "");
  let shown = new Map([...decided].filter(([path]) => !isGone(path)));
  const seen = form === null ? null : examined(reading, edits, form, shown, gone), unseen = new Set(seen?.hidden ?? []);
  shown = new Map([...shown].filter(([path]) => !isLeftOut(path, unseen)));
  const listed = form === null ? gonePlainly(edits, gone) : hiddenAnswers(decidersOf(form), edits, unseen, gone);
  const hidden = listed.map((answer) => hiddenOf(answer, decided, edits, form));
  listed.forEach((answer, n) => {
    if (!answer.parallel) return;
    const words = wordsOf(edits, [answer.path, ...answer.by]), facts = { changed_by: hidden[n].changed_by };
    waiting.push(waitingFor(reading, around, "hidden-parallel", answer.path, facts, answer.shown, words, answer.by));
  });
  return { edits, shown, conflicts, seen, hidden, waiting };
}

/** Of an unknown form, the answers in items that are gone, by path. @param {Map<string, Edit[]>} edits @param {Set<string>} gone @returns {import("../forms/records/deciding.js").HiddenAnswer[]} */
function gonePlainly(edits, gone) {
  const inside = [...edits].filter(([path, own]) => !paths.isItem(path) && paths.reservedPolicy(path) === null && gone.has(paths.itemOf(path) ?? "") && survivors(own).some((edit) => edit.value !== null));
  return inside.map(([path]) => ({ path, parallel: false, by: [/** @type {string} */ (paths.itemOf(path))], shown: [] }));
}

/** @param {import("../forms/records/deciding.js").HiddenAnswer} answer @param {Map<string, Shown>} decided @param {Map<string, Edit[]>} edits @param {Form | null} form @returns {Hidden} */
function hiddenOf({ path, parallel, by }, decided, edits, form) {
  const last = by.length === 0 ? null : survivors(edits.get(by[0]) ?? [])[0];
  const level = form === null ? UNKNOWN_CLASS : decidersOf(form).classOf(path);
  return { path, parallel, level, by, changed_by: last?.author ?? "", changed_ms: last?.atMs ?? 0, shown: /** @type {Shown} */ (decided.get(path)) };
}

/** @param {Reading} reading @param {Map<string, Edit[]>} edits @param {Form} form @param {Map<string, Shown>} shown @param {Set<string>} gone */
function examined(reading, edits, form, shown, gone) {
  const fitting = new Map([...shown].filter(([, answer]) => answer.in_form !== false).map(([path, answer]) => [path, answer.value]));
  for (const path of edits.keys()) if (paths.isItem(path) && form.has(path)) fitting.set(path, {});
  const today = todayAt(Math.max(0, ...reading.opened.map((entry) => timeOf(entry.arrival))));
  return examinerOf(form).examine(assemble(fitting, gone), today);
}

/** Every answer by its policy, and the conflicts outside of items that are gone. @param {Reading} reading @param {Around} around @param {Map<string, Edit[]>} edits @param {Form | null} form @param {Set<string>} gone */
function decidedBy(reading, around, edits, form, gone) {
  /** @type {Map<string, Shown>} */
  const decided = new Map();
  /** @type {Conflict[]} */
  const conflicts = [];
  const versions = new Map(reading.opened.map((entry) => [entry.arrival.hash, entry.version]));
  for (const [path, own] of edits) {
    if (paths.isItem(path)) continue;
    const leaf = form?.leaf(path) ?? null, policy = leaf?.merge ?? paths.reservedPolicy(path) ?? "ask";
    const outcome = resolve(policy, own, leaf?.codes), named = new Map(own.map((edit) => [edit.hash, edit]));
    const winner = /** @type {Edit} */ (named.get(outcome.shown));
    /** @type {Shown} */
    const shown = { value: outcome.value, author: winner.author, at_ms: winner.atMs, entry: winner.hash, version: versions.get(winner.hash) ?? 0 };
    if (outcome.kind !== SETTLED) shown.kind = outcome.kind;
    if (!(form?.has(path) ?? false)) shown.in_form = false;
    if (outcome.parts.length > 0) shown.texts = outcome.parts.map(({ hash, author, atMs, text }) => ({ entry: hash, author, at_ms: atMs, text }));
    decided.set(path, shown);
    if (!outcome.conflict || gone.has(paths.itemOf(path) ?? "")) continue;
    const id = conflictId(around.municipality, reading.record, /** @type {(path: string) => string} */ (reading.touch)(path), outcome.asked);
    const alive = outcome.asked.map((hash) => /** @type {Edit} */ (named.get(hash)));
    conflicts.push({ id, path, policy, survivors: alive.map(({ hash, author, atMs, value }) => ({ entry: hash, author, at_ms: atMs, path, value })) });
  }
  return { decided, conflicts };
}
