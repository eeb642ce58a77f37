/**
 * One at a time, over all tabs of a browser: Web Locks where there are any, otherwise within this process.
 * @module
 */

/** The name of what an exchange of a device holds, and of what no exchange may run beside. @param {{id: string}} device */
export function exchangesOf({ id }) {
  return `sync:${id}`;
}

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

/** @type {Set<string>} */
const held = new Set();

/** Hold a name until the function that this gives is called; null where somebody holds it already. @param {string} name @returns {Promise<(() => void) | null>} */
export function hold(name) {
  if (globalThis.navigator?.locks === undefined) {
    if (held.has(name)) return Promise.resolve(null);
    held.add(name);
    return Promise.resolve(() => void held.delete(name));
  }
  return new Promise((resolve, reject) => {
    const whileHeld = (/** @type {Lock | null} */ lock) => (lock === null ? resolve(null) : new Promise((release) => resolve(() => release(undefined))));
    navigator.locks.request(name, { ifAvailable: true }, whileHeld).catch(reject);
  });
}
