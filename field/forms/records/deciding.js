/**
 * The questions that decide whether an answer is shown, and who hid it without having seen it (forms/SPEC.md 10.8).
 * @module
 */

import { groupOf, isEach, sourcesOf } from "../definition/logic.js";
import * as paths from "../paths.js";
import { survivors } from "../policies.js";
import { compare } from "../texts.js";

const UNKNOWN_CLASS = "S4";

/** @typedef {import("../definition/document.js").Form} Form */
/** @typedef {import("../definition/logic.js").Source} Source */
/** @typedef {import("../policies.js").Edit} Edit */
/** @typedef {{path: string, own: boolean}} Decider `own` means the question of the same item alone */
/**
 * @typedef {object} HiddenAnswer an answer that somebody gave and that is not shown
 * @property {string} path
 * @property {boolean} parallel
 * @property {string[]} by the paths that decide about it, the one that was changed last first
 * @property {string[]} shown the hashes that a person has to see before deciding
 */

/** The questions of one form version that decide about others. */
export class Deciders {
  /** @param {Form} form */
  constructor(form) {
    this.form = form;
    const sources = sourcesOf(form);
    this.computed = new Map(sources.filter((one) => one.use === "computed").map((one) => [/** @type {string} */ (one.place), one]));
    this.hides = sources.filter((one) => one.use === "hide");
    /** @type {Map<string, Decider[]>} */
    this.known = new Map();
  }

  /** The questions that decide whether an answer at a path is shown. @param {string} path @returns {Decider[]} */
  of(path) {
    const name = paths.template(path);
    const known = this.known.get(name) ?? this.#workedOut(name);
    this.known.set(name, known);
    return known;
  }

  /** @param {string} name */
  #workedOut(name) {
    /** @type {Map<string, Decider>} */
    const decided = new Map();
    const waiting = this.#readOf(true, this.#conditions(name));
    for (let one = waiting.pop(); one !== undefined; one = waiting.pop()) {
      const id = `${one.own} ${one.path}`;
      if (decided.has(id)) continue;
      decided.set(id, one);
      const computing = this.computed.get(one.path);
      waiting.push(...this.#readOf(one.own, [...this.#conditions(one.path), ...(computing ? [computing] : [])]));
    }
    const asked = [...decided.values()].filter((one) => !this.computed.has(one.path));
    return asked.map((one) => (this.form.repeats.includes(one.path) ? { path: `${one.path}/${paths.ANY_ITEM}`, own: false } : one));
  }

  /** The conditions of a question and of all that it stands in. @param {string} name */
  #conditions(name) {
    /** @type {Source[]} */
    const found = [];
    for (let at = name; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) found.push(...this.hides.filter((hide) => hide.hides.includes(at)));
    return found;
  }

  /** @param {boolean} own @param {Source[]} sources */
  #readOf(own, sources) {
    return sources.flatMap(({ tree, repeat }) => readIn(tree, repeat, repeat !== null)).map((read) => ({ path: read.path, own: read.own && own }));
  }

  /** @param {string} path */
  classOf(path) {
    return this.form.fields[paths.template(path)]?.sensitivity ?? UNKNOWN_CLASS;
  }
}

/** The paths that an expression reads, and whether each is read of the item in which it stands. @param {any} tree @param {string | null} repeat @param {boolean} own @returns {Decider[]} */
function readIn(tree, repeat, own) {
  if (!Array.isArray(tree)) return [];
  const [operation, ...parts] = tree;
  if (operation === "answer") return [{ path: parts[0], own: false }];
  if (operation === "name") return [{ path: repeat === null ? `/${parts[0]}` : `${repeat}/${paths.ANY_ITEM}/${parts[0]}`, own }];
  if (!isEach(tree)) return parts.flatMap((part) => readIn(part, repeat, own));
  const group = groupOf(parts[0]);
  return [...readIn(parts[0], repeat, own), ...readIn(parts[1], group ?? repeat, own && group === null)];
}

/** True if a path is hidden, by itself or with what it stands in. @param {string} path @param {Set<string>} hidden */
export function isLeftOut(path, hidden) {
  for (let at = path; at !== ""; at = at.slice(0, at.lastIndexOf("/"))) if (hidden.has(at)) return true;
  return false;
}

/**
 * Every answer that is not null and is not shown: parallel ones first, in each the most protective class first.
 * @param {Deciders} deciders @param {Map<string, Edit[]>} edits of a record by path
 * @param {Set<string>} hidden by conditions @param {Set<string>} removed items that were removed and stay so
 * @returns {HiddenAnswer[]}
 */
export function hiddenAnswers(deciders, edits, hidden, removed) {
  /** @type {HiddenAnswer[]} */
  const found = [];
  for (const [path, own] of edits) {
    if (paths.isItem(path) || paths.reservedPolicy(path) !== null) continue;
    const item = paths.itemOf(path), isRemoved = item !== null && removed.has(item);
    if (!isRemoved && !isLeftOut(path, hidden)) continue;
    const alive = survivors(own), keepsAll = deciders.form.policy(path) === "append";
    if (!(keepsAll ? own : alive).some((edit) => edit.value !== null)) continue;
    if (isRemoved) found.push({ path, parallel: false, by: [item], shown: hashes(alive, survivors(edits.get(item) ?? [])) });
    else found.push(judged(deciders, path, alive, edits));
  }
  const rank = new Map(found.map((one) => [one, deciders.classOf(one.path)]));
  return found.sort((a, b) => Number(b.parallel) - Number(a.parallel) || compare(rank.get(b) ?? "", rank.get(a) ?? "") || compare(a.path, b.path));
}

/** @param {Deciders} deciders @param {string} path @param {Edit[]} alive @param {Map<string, Edit[]>} edits @returns {HiddenAnswer} */
function judged(deciders, path, alive, edits) {
  /** @type {Map<string, Edit[]>} */
  const deciding = new Map();
  for (const one of deciders.of(path)) {
    for (const [place, own] of edits) {
      const isMeant = paths.template(place) === one.path && (!one.own || paths.itemOf(place) === paths.itemOf(path));
      if (isMeant) deciding.set(place, survivors(own));
    }
  }
  const apart = [...deciding].filter(([, words]) => areParallel(alive, words));
  const counted = apart.length > 0 ? apart : [...deciding];
  const by = counted.sort(([a, one], [b, two]) => laterFirst(one, two) || -compare(a, b)).map(([place]) => place);
  return { path, parallel: apart.length > 0, by, shown: hashes(alive, ...by.map((place) => deciding.get(place) ?? [])) };
}

/** The edits whose last one is later stand first; each list has the winner first. @param {Edit[]} a @param {Edit[]} b */
function laterFirst(a, b) {
  for (const n of [0, 1, 2]) {
    const [left, right] = [a[0].order[n], b[0].order[n]];
    if (left !== right) return left < right ? 1 : -1;
  }
  return 0;
}

/** @param {Edit[]} alive @param {Edit[]} others */
function areParallel(alive, others) {
  return alive.some((one) => others.some((other) => one.hash !== other.hash && !one.knows.has(other.hash) && !other.knows.has(one.hash)));
}

/** @param {...Edit[]} groups */
function hashes(...groups) {
  return [...new Set(groups.flat().map((edit) => edit.hash))].sort(compare);
}
