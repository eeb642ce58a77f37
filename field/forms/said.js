/**
 * The few words with which answers are said in a text (forms/SPEC.md 13.2), as `forms/said/` has them: a test compares.
 * @module
 */

export const SAID = /** @type {Record<string, {yes: string, no: string, months: string}>} */ ({
  "nl": {"yes": "ja", "no": "nee", "months": "januari februari maart april mei juni juli augustus september oktober november december"},
  "en": {"yes": "yes", "no": "no", "months": "January February March April May June July August September October November December"}
});
