/**
 * What of a record somebody does not get to see, written from forms/SPEC.md 6.5: exports are made by servers.
 * @module
 */

import { ITEM_ID, isObject } from "../../field/forms/answers.js";
import { isLeftOut } from "../../field/forms/records/deciding.js";
import { compile } from "../../field/forms/expressions/evaluation.js";
import { masked, reads, sourcesOf } from "../../field/forms/definition/logic.js";
import * as paths from "../../field/forms/paths.js";
import { attributeNames } from "../../field/forms/records/offering.js";
import { Examiner } from "../../field/forms/records/relevance.js";

/**
 * What an export for `who` leaves out, and what is left.
 * @param {import("../../field/forms/definition/document.js").Form} form @param {string} who @param {Record<string, any>} document @param {string} today
 */
export function withheldFrom(form, who, document, today) {
  const seen = new Examiner(form).examine(document, today), sources = sourcesOf(form);
  const whole = withComputed(seen.document, seen.computed);
  /** @type {Set<string>} */
  const gone = new Set();
  for (const { use, tree, place, repeat } of sources) {
    const said = form.document.fields[place ?? ""]?.confidential_from;
    if (use !== "withhold" || !said.who.includes(who)) continue;
    const run = compile(tree);
    for (const [path, item] of placesOf(/** @type {string} */ (place), repeat, whole)) if (run(whole, item, today) !== false) gone.add(path);
  }
  const templates = new Set([...gone].map(paths.template));
  const speaksOf = (/** @type {import("../../field/forms/definition/logic.js").Source} */ source) => reads(source.tree, source.repeat).some((path) => templates.has(path));
  for (const path of seen.hidden.map(paths.template)) for (const { use, place } of sources) if (use === "withhold" && form.document.fields[place ?? ""].confidential_from.who.includes(who) && isLeftOut(/** @type {string} */ (place), new Set([path]))) templates.add(/** @type {string} */ (place));
  const firsts = Object.keys(form.document.fields).filter((path) => "first" in form.document.fields[path]).map((path) => ({ place: path, repeat: paths.repeatOf(path), tree: form.trees[paths.format(["fields", path, "first"])] }));
  for (let before = -1; before !== templates.size; ) {
    before = templates.size;
    for (const { place, repeat, tree } of [...sources.filter(({ use }) => use === "computed"), ...firsts]) if (reads(tree, repeat).some((path) => templates.has(path))) templates.add(/** @type {string} */ (place));
  }
  for (const { place, repeat } of firsts) if (templates.has(place)) for (const [path] of placesOf(place, repeat, whole)) gone.add(path);
  for (const path of Object.keys(seen.computed)) if (templates.has(paths.template(path))) gone.add(path);
  const told = new Set(sources.filter((one) => one.use === "check" && speaksOf(one)).map((one) => one.place));
  const answersIn = (/** @type {import("../../field/forms/definition/logic.js").Source} */ { tree, use, place }) => (use === "offer" ? masked(tree, new Set(attributeNames(form.document.fields[place ?? ""]))) : tree);
  const rules = sources.filter((one) => (one.use === "demand" || one.use === "offer") && speaksOf({ ...one, tree: answersIn(one) })).map(({ use, place }) => `${use === "demand" ? "missing" : "not-offered"} ${place}`);
  const silent = sources.filter((one) => one.use === "banner" && speaksOf(one)).map((one) => one.section);
  return {
    withheld: [...gone].sort(),
    seen: {
      document: without(seen.document, "", gone),
      computed: Object.fromEntries(Object.entries(seen.computed).filter(([path]) => !gone.has(path))),
      findings: seen.findings.filter(({ code, path }) => !isLeftOut(path, gone) && !(code.startsWith("check-") && told.has(paths.template(path))) && !rules.includes(`${code} ${paths.template(path)}`)),
      banners: seen.banners.filter((section) => !silent.includes(section)),
    },
  };
}

/** @param {Record<string, any>} document @param {Record<string, any>} computed */
function withComputed(document, computed) {
  const whole = structuredClone(document);
  for (const [path, value] of Object.entries(computed)) {
    const names = paths.parse(path), name = names[names.length - 1];
    if (names.length === 1) whole[name] = value;
    else for (const [, item] of placesOf(paths.template(path), paths.repeatOf(paths.template(path)), whole)) if (item?.[ITEM_ID] === names[names.length - 2]) item[name] = value;
  }
  return whole;
}

/** @param {string} place @param {string | null} repeat @param {any} document @returns {[string, any][]} */
function placesOf(place, repeat, document) {
  if (repeat === null) return [[place, null]];
  let items = document;
  for (const name of paths.parse(repeat)) items = isObject(items) ? items[name] : null;
  const name = place.slice(place.lastIndexOf("/") + 1);
  return (Array.isArray(items) ? items.filter(isObject) : []).map((item) => [`${repeat}/${item[ITEM_ID]}/${name}`, item]);
}

/** @param {any} node @param {string} at @param {Set<string>} gone @returns {any} */
function without(node, at, gone) {
  if (Array.isArray(node) && node.every((item) => isObject(item) && ITEM_ID in item)) return node.map((item) => without(item, `${at}/${item[ITEM_ID]}`, gone));
  if (!isObject(node)) return node;
  return Object.fromEntries(Object.entries(node).filter(([name]) => !gone.has(at + paths.format([name]))).map(([name, member]) => [name, without(member, at + paths.format([name]), gone)]));
}
