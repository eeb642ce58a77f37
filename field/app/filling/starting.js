/**
 * The last visit to the same family as the start of the next: its answers, one by one, for the worker to choose from.
 * @module
 */

import * as paths from "../../forms/paths.js";
import { canonical } from "../../forms/answers.js";

/** @typedef {import("./filling.js").Filling} Filling */
/** @typedef {{group: string | null, path: string, value: unknown, place: string}} Offer `place` is where it would stand; items get ids of their own */

/** The question that says whom a record is about: the first reference outside of items to a whole record of another form. @param {import("../../forms/definition/document.js").Form} form */
export function aboutOf(form) {
  return form.questions.find((question) => question.repeat === null && question.field.form !== undefined && question.field.form !== form.slug && paths.repeatOf(question.field.key ?? "/") === null) ?? null;
}

/**
 * The newest record of this form about the same, or null.
 * @param {Filling} filling @param {{record: string, form: string, changedMs: number, deleted: boolean, about?: unknown}[]} summaries with what each is about
 */
export function lastAbout(filling, summaries) {
  const about = aboutOf(filling.form);
  if (about === null || filling.draft.record !== null) return null;
  const answer = filling.get(about.path);
  if (answer === null) return null;
  const wanted = canonical(answer);
  const same = summaries.filter((one) => one.form === filling.form.slug && !one.deleted && one.about !== undefined && one.about !== null && canonical(one.about) === wanted);
  return same.reduce((/** @type {typeof same[0] | null} */ best, one) => (best === null || one.changedMs > best.changedMs ? one : best), null);
}

/** The answers of a picture that can be taken over: answers that have a place here and nothing in it yet; what stays on a device and whom it is about, apart. @param {Filling} filling @param {Record<string, any>} picture @returns {Offer[]} */
export function offersOf(filling, picture) {
  const about = aboutOf(filling.form)?.path, found = /** @type {Offer[]} */ ([]);
  for (const { questions, repeat } of filling.form.sections) {
    for (const template of repeat === null ? questions : itemsIn(picture, repeat).flatMap((item) => questions.map((path) => item + path.slice(path.lastIndexOf("/"))))) {
      const shown = picture.shown?.[template], question = filling.form.leaf(template);
      if (question === null || shown === undefined || shown.value === null || shown.in_form === false || template === about || (filling.get(template) !== null && !filling.isFirst(template))) continue;
      found.push({ group: paths.itemOf(template), path: template, value: shown.value, place: template });
    }
  }
  return found;
}

/** @param {Record<string, any>} picture @param {string} repeat */
function itemsIn(picture, repeat) {
  let at = picture.document;
  for (const name of paths.parse(repeat)) at = at?.[name];
  return (Array.isArray(at) ? at : []).map((item) => `${repeat}/${item._id}`);
}

/** Take over what was chosen; items of the last visit become items of this one, with ids of their own. @param {Filling} filling @param {Offer[]} chosen @param {() => string} fresh a new ULID each time */
export function take(filling, chosen, fresh) {
  const items = new Map();
  for (const { group, place, value } of chosen) {
    if (group === null) {
      filling.set(place, value);
      continue;
    }
    const repeat = group.slice(0, group.lastIndexOf("/"));
    if (!items.has(group)) {
      const id = fresh();
      filling.add(repeat, id);
      items.set(group, `${repeat}/${id}`);
    }
    filling.set(items.get(group) + place.slice(group.length), value);
  }
}
