/**
 * Texts by code point and never by UTF-16 unit, so that every machine counts and orders alike.
 * @module
 */

/** The number of code points in a text; half a character is one. @param {string} text */
export function length(text) {
  let count = 0;
  for (let at = 0; at < text.length; at += 1) {
    if (isPair(text, at)) at += 1;
    count += 1;
  }
  return count;
}

/** Less than 0, 0, or more, by code point. @param {string} a @param {string} b */
export function compare(a, b) {
  if (a === b) return 0;
  const end = Math.min(a.length, b.length);
  let at = 0;
  while (at < end && a.charCodeAt(at) === b.charCodeAt(at)) at += 1;
  if (at === end) return a.length - b.length;
  if (at > 0 && isHigh(a.charCodeAt(at - 1)) && (isLow(a.charCodeAt(at)) || isLow(b.charCodeAt(at)))) at -= 1;
  return /** @type {number} */ (a.codePointAt(at)) - /** @type {number} */ (b.codePointAt(at));
}

/** True if a text stands in a text, at the edges of whole code points. @param {string} whole @param {string} part */
export function contains(whole, part) {
  for (let at = whole.indexOf(part); at >= 0; at = whole.indexOf(part, at + 1)) {
    if (isEdge(whole, at) && isEdge(whole, at + part.length)) return true;
  }
  return false;
}

/** True if a text begins with another. @param {string} whole @param {string} part */
export function startsWith(whole, part) {
  return whole.startsWith(part) && isEdge(whole, part.length);
}

/** @param {string} text */
export function hasHalves(text) {
  for (let at = 0; at < text.length; at += 1) {
    if (isPair(text, at)) at += 1;
    else if (isHigh(text.charCodeAt(at)) || isLow(text.charCodeAt(at))) return true;
  }
  return false;
}

/** @param {string} text @param {number} at */
function isEdge(text, at) {
  return at === 0 || at === text.length || !isPair(text, at - 1);
}

/** @param {string} text @param {number} at */
function isPair(text, at) {
  return isHigh(text.charCodeAt(at)) && isLow(text.charCodeAt(at + 1));
}

/** @param {number} unit */
const isHigh = (unit) => unit >= 0xd800 && unit <= 0xdbff;
/** @param {number} unit */
const isLow = (unit) => unit >= 0xdc00 && unit <= 0xdfff;
