/**
 * Comparing what is published with what was found; the first difference is named by its place.
 * @module
 */

/**
 * @param {string} place @param {unknown} expected @param {unknown} found
 * @returns {string | null}
 */
export function firstDifference(place, expected, found) {
  if (Array.isArray(expected) && Array.isArray(found)) {
    if (expected.length !== found.length) return said(place, expected, found);
    for (let n = 0; n < expected.length; n += 1) {
      const inside = firstDifference(`${place}[${n}]`, expected[n], found[n]);
      if (inside !== null) return inside;
    }
    return null;
  }
  if (isObject(expected) && isObject(found)) {
    for (const name of [...new Set([...Object.keys(expected), ...Object.keys(found)])].sort()) {
      if (!(name in expected) || !(name in found)) return `${place}.${name}: ${name in found ? "not expected" : "missing"}`;
      const inside = firstDifference(`${place}.${name}`, expected[name], found[name]);
      if (inside !== null) return inside;
    }
    return null;
  }
  return Object.is(expected, found) || (expected === 0 && found === 0) ? null : said(place, expected, found);
}

/** @param {unknown} value @returns {value is Record<string, unknown>} */
function isObject(value) {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** @param {string} place @param {unknown} expected @param {unknown} found */
function said(place, expected, found) {
  return `${place}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`;
}
