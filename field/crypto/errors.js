/**
 * The errors of keys and seals (crypto/SPEC.md 9). `reason` is what a report or set-aside carries.
 * @module
 */

/** A broken rule of crypto/SPEC.md. */
export class CryptoError extends Error {
  /** @param {string} code @param {string | null} [reason] @param {Record<string, unknown>} [facts] */
  constructor(code, reason = null, facts = {}) {
    super(code);
    this.code = code;
    this.reason = reason;
    this.facts = facts;
  }
}
