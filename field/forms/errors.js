/**
 * Broken rules of forms/SPEC.md, each with its stable code.
 * @module
 */

/** A rule that an answer or form breaks. */
export class FormsError extends Error {
  /** @param {string} code @param {Record<string, unknown>} [facts] */
  constructor(code, facts = {}) {
    super(code);
    this.code = code;
    this.facts = facts;
  }
}
