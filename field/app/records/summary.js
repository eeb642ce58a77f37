/**
 * The summary of a record in a list, made of its picture: enough to find it, to see whether it needs this worker, and to see
 * what others changed since the worker last looked.
 * @module
 */

export const OFFICE = "desk:"; // how the name of an author at the office begins
const TEXT_MAX = 2_000; // what is searched of one record: its words, not a novel

/** @typedef {{number: number, device: string}} Came when an entry came to this device, and of whom */
/**
 * @typedef {object} Summary
 * @property {string} record
 * @property {string} form
 * @property {number} version @property {number} columns
 * @property {string[]} name what people call it by: its first short answers
 * @property {string} text what is searched, folded
 * @property {number} changedMs
 * @property {string} [day] the answer to the form's own date, empty without one; an older app kept none
 * @property {number} [begunMs] when it was begun
 * @property {string} [by] who gave it, or else the first answer that is shown
 * @property {boolean} deleted
 * @property {boolean} mine whether this worker wrote in it
 * @property {boolean} office whether only the office wrote in it: begun there for somebody
 * @property {string[]} needs `question`, `returned`, `conflict`, `broken`: what waits for this worker
 * @property {number} conflicts how many answers differ, whoever decides
 * @property {number} cameOther the place of the last entry of another device in the order of coming
 * @property {number} looked that place when the worker last looked
 * @property {any} document as it is shown; only of forms that others refer to
 */

/** Text as it is searched: without capitals and accents. @param {string} text */
export function folded(text) {
  return text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
}

/**
 * The summary of one look; null where nothing of the record is shown. One of which only damaged words of one's own are here
 * has neither form nor name.
 * @param {{picture: Record<string, any>, came: Map<string, Came>, broken?: number}} look @param {Summary | undefined} before
 * @param {{worker: string, device: string, form: import("../../forms/definition/document.js").Form | null, isReferred: boolean}} around
 * @returns {Summary | null}
 */
export function summaryOf({ picture, came, broken = 0 }, before, { worker, device, form, isReferred }) {
  if (picture.form === undefined && broken === 0) return null;
  const shown = Object.entries(/** @type {Record<string, any>} */ (picture.shown ?? {})), arrivals = [...came.values()];
  const cameOther = Math.max(0, ...arrivals.filter((one) => one.device !== device).map((one) => one.number));
  const isMine = arrivals.some((one) => one.device === device) || shown.some(([, one]) => one.author === worker);
  return {
    record: picture.record, form: picture.form ?? "", version: picture.version ?? 0, columns: picture.columns ?? 0, name: nameOf(form, picture),
    text: textOf(form, shown).slice(0, TEXT_MAX), changedMs: picture.changed_ms ?? broken, ...toldApart(form, picture), deleted: picture.deleted === true, mine: isMine,
    office: shown.length > 0 && shown.every(([, one]) => one.author.startsWith(OFFICE)),
    needs: [...needsOf(picture, worker), ...(broken > 0 ? ["broken"] : [])], conflicts: (picture.conflicts ?? []).length, cameOther, looked: before?.looked ?? 0,
    document: isReferred && picture.deleted !== true ? (picture.document ?? {}) : null,
  };
}

/** The needs that wait for this worker. @param {Record<string, any>} picture @param {string} worker @returns {string[]} */
export function needsOf(picture, worker) {
  const questions = /** @type {{open: boolean}[]} */ (picture.questions ?? []), isAsked = questions.some((one) => one.open), isAnswered = questions.length > 0 && !isAsked;
  const isReturned = picture.review?.state === "returned" && (picture.review.changed ?? []).length === 0 && !isAnswered;
  const isTorn = (picture.conflicts ?? []).some((/** @type {any} */ one) => isOwn(one, worker));
  return [...(isAsked ? ["question"] : []), ...(isReturned ? ["returned"] : []), ...(isTorn ? ["conflict"] : [])];
}

/** True if a conflict is about words of this worker, who then decides. @param {{survivors: {author: string}[]}} conflict @param {string} worker */
export function isOwn(conflict, worker) {
  return conflict.survivors.some((word) => word.author === worker);
}

/** The first answers by which people know a record: at most two short texts of its first section. @param {import("../../forms/definition/document.js").Form | null} form @param {Record<string, any>} picture */
function nameOf(form, picture) {
  const found = [];
  for (const path of form?.sections[0]?.questions ?? []) {
    const question = form?.leaf(path), value = picture.shown?.[path]?.value;
    if (question?.kind === "text" && question.field.widget !== "multiline" && typeof value === "string" && value.length <= 60) found.push(value);
    if (found.length === 2) break;
  }
  return found;
}

/** The facts that tell a record from others of its form and name: its own day, and whose it is. @param {import("../../forms/definition/document.js").Form | null} form @param {Record<string, any>} picture */
function toldApart(form, picture) {
  const shown = picture.shown ?? {}, own = form?.ownDay ? shown[form.ownDay] : undefined;
  const first = own ?? (form?.sections ?? []).flatMap((section) => section.questions).map((path) => shown[path]).find((one) => one !== undefined);
  return { day: typeof own?.value === "string" ? own.value : "", by: first?.author ?? "", begunMs: picture.created_ms ?? 0 };
}

/** The place of each record among those of its form and name, by its day, then as they were begun: `[place, of]`, where there is more than one. @param {Summary[]} all @returns {Map<string, [number, number]>} */
export function numbersOf(all) {
  /** @type {Map<string, Summary[]>} */
  const together = new Map();
  for (const one of all) {
    const key = JSON.stringify([one.form, one.name]), own = together.get(key);
    if (one.deleted || one.name.length === 0) continue;
    if (own === undefined) together.set(key, [one]);
    else own.push(one);
  }
  const before = (/** @type {Summary} */ a, /** @type {Summary} */ b) => {
    const [one, other] = [a.day ?? "", b.day ?? ""];
    return one === other ? (a.begunMs ?? 0) - (b.begunMs ?? 0) || (a.record < b.record ? -1 : 1) : one < other ? -1 : 1;
  };
  return new Map([...together.values()].filter((ones) => ones.length > 1).flatMap((ones) => ones.sort(before).map((one, n) => /** @type {[string, [number, number]]} */ ([one.record, [n + 1, ones.length]]))));
}

/** The words of a record: its texts, and the labels of what was chosen, in every language. @param {import("../../forms/definition/document.js").Form | null} form @param {[string, any][]} shown */
function textOf(form, shown) {
  const words = shown.flatMap(([path, { value }]) => {
    if (value === null) return [];
    const choices = form?.leaf(path)?.field.choices ?? {};
    return (Array.isArray(value) ? value : [value]).flatMap((one) => (typeof one !== "string" ? [] : Object.hasOwn(choices, one) ? Object.values(choices[one]) : [one]));
  });
  return folded([...Object.values(form?.document.title ?? {}), ...words].join(" \n "));
}
