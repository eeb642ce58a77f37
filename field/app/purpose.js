/**
 * The purpose of a form in the language of whoever reads it.
 * @module
 */

/**
 * A purpose is one text that says the same in each language of the title, with a stroke between: Dutch first, the others
 * in the order of their codes (forms/SPEC.md 6.1). Where it does not, all of it is shown.
 *
 * @param {{title: Record<string, string>, purpose: string}} document of a form
 * @param {string} language
 */
export function purposeIn({ title, purpose }, language) {
  const parts = purpose.split(" / "), languages = ["nl", ...Object.keys(title).filter((one) => one !== "nl").sort()];
  return parts.length === languages.length ? parts[Math.max(0, languages.indexOf(language))] : purpose;
}
