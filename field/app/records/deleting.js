/**
 * A record that a worker wants to delete: if it waits for the office already, and if the office decides about it.
 * @module
 */

import { isGraveAnswer } from "../../picture/deleting.js";

/** @typedef {import("../../forms/definition/document.js").Form} Form */

/** True if the delete of a record waits for the office: a second one would be a second card there. @param {any} picture */
export function isWaitingToGo(picture) {
  return (picture.waiting ?? []).some((/** @type {any} */ one) => one.facts.proposed === true);
}

/** True if a colleague at the office decides about the delete of a record: one of its answers is of the gravest class. @param {import("../../device/looking.js").Written[]} history @param {Form | null} form @param {(slug: string, version: number) => Form | null} formOf */
export function isForTwo(history, form, formOf) {
  return history.some((entry) => [...entry.answers].some(([path, value]) => !path.includes("/_") && isGraveAnswer(path, value, form?.leaf(path) ?? formOf(entry.form, entry.version)?.leaf(path) ?? null)));
}
