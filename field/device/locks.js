/**
 * One at a time, over all tabs of a browser: Web Locks where there are any, otherwise within this process.
 * @module
 */

/** @type {Map<string, Promise<unknown>>} */
const waiting = new Map();

/** Run work while nobody else holds the name. @template T @param {string} name @param {() => Promise<T>} work @returns {Promise<T>} */
export async function alone(name, work) {
  if (globalThis.navigator?.locks !== undefined) return navigator.locks.request(name, work);
  const before = waiting.get(name) ?? Promise.resolve();
  const mine = before.then(work, work);
  waiting.set(name, mine.catch(() => undefined));
  return mine;
}
