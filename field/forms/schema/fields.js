/**
 * The member of `fields` beside a question or computed field (forms/SPEC.md 6.1, 6.4, 10.10): all that a form says of it
 * beside its schema. The type has every member, so that a wrong name is found before anything runs.
 * @module
 */

/** @typedef {Record<string, string>} Words one text in several languages */
/**
 * @typedef {object} Field
 * @property {Words} label
 * @property {Words} [hint]
 * @property {Record<string, Words>} [choices]
 * @property {string} [merge]
 * @property {string} sensitivity
 * @property {string} [show_if]
 * @property {string} [required_if]
 * @property {string} [offer_if]
 * @property {string} [first] what it is answered with at the beginning (14)
 * @property {Record<string, Record<string, string | number>> | string[]} [attributes] of its own choices, or names of those of a list
 * @property {string} [must_answer]
 * @property {string} [widget]
 * @property {string} [from] the municipality's list that gives its choices
 * @property {string} [form] with `key` and `within`: the record that an answer names
 * @property {string} [key]
 * @property {string} [within]
 * @property {{from: string, take: string}} [prefill]
 * @property {string} [subject]
 * @property {boolean} [local_only]
 * @property {{who: string[], if?: string}} [confidential_from]
 * @property {boolean} [report]
 */

/** A field of which the form says nothing. @type {Field} */
export const NOTHING = { label: {}, sensitivity: "" };

/** The fields of a document, by question. @param {{fields: Record<string, Field>}} document @returns {Record<string, Field>} */
export function fieldsOf(document) {
  return document.fields;
}
