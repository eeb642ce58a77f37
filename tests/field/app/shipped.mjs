/** The forms that ship, as a device reads them: with the trees of their expressions, which Python hands over. */
import { readFileSync } from "node:fs";
import { Form } from "../../../field/forms/definition/document.js";
import { newDraft } from "../../../field/app/filling/draft.js";
import { Filling } from "../../../field/app/filling/filling.js";

const documents = JSON.parse(readFileSync(process.env.VELDPOST_FORMS, "utf8"));
export const SLUGS = Object.keys(documents);
export const TODAY = "2026-11-24";
export const ITEM = (n) => `01J9ZZZZZZZZZZZZZZZZZZZZZ${n}`;

/** @param {string} slug @param {object} [change] of its document */
export const shipped = (slug, change = {}) => new Form({ ...documents[slug], ...change });
export const filling = (form, draft = newDraft("d", form, 1)) => new Filling(form, draft, { today: TODAY });
