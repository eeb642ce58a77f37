/**
 * The door between a page and its worker: what is asked goes in by name, one answer or one error comes out, and news
 * while it takes long. What crosses is copied. When the page shuts the door whoever still waits is told so.
 * @module
 */

/** @typedef {(news: any) => void} Tell */
/** @typedef {Record<string, (asked: any, tell: Tell) => Promise<any>>} Acts */
/** @typedef {{postMessage: (message: any) => void, onmessage: ((event: any) => void) | null}} Port */
/** @typedef {{keep: (answer: any) => void, fail: (error: Error) => void, tell: Tell}} Waiting */

/** The worker was ended before it answered. */
export class DoorShut extends Error {
  name = "DoorShut";
}

/** The page's side. @template {Acts} A what the worker does */
export class Door {
  /** @param {Port} port */
  constructor(port) {
    this.port = port;
    this.asked = 0;
    this.isShut = false;
    /** @type {Map<number, Waiting>} */
    this.waiting = new Map();
    port.onmessage = (event) => this.#hear(event.data);
  }

  /**
   * Ask for one act; the error is a `DoorShut` where the worker ended first, otherwise it has the name that it had there.
   * @template {keyof A & string} N @param {N} act @param {Parameters<A[N]>[0]} given @param {Tell} [tell] what is called with news
   * @returns {Promise<Awaited<ReturnType<A[N]>>>}
   */
  ask(act, given, tell = () => undefined) {
    if (this.isShut) return Promise.reject(new DoorShut(act));
    this.asked += 1;
    const id = this.asked;
    return new Promise((keep, fail) => {
      this.waiting.set(id, { keep, fail, tell });
      this.port.postMessage({ id, act, given });
    });
  }

  /** Nothing is answered any more. @param {Error} [why] */
  shut(why = new DoorShut("the worker was ended")) {
    this.isShut = true;
    this.port.onmessage = null;
    for (const { fail } of this.waiting.values()) fail(why);
    this.waiting.clear();
  }

  /** @param {{id: number, news?: any, answer?: any, error?: {name: string, message: string}}} said */
  #hear({ id, news, answer, error }) {
    const asked = this.waiting.get(id);
    if (news !== undefined) return void asked?.tell(news);
    this.waiting.delete(id);
    if (error === undefined) asked?.keep(answer);
    else asked?.fail(Object.assign(new Error(error.message), { name: error.name }));
    return undefined;
  }
}

/** The worker's side: does what is asked and nothing else. @param {Port} port @param {Acts} acts */
export function serve(port, acts) {
  port.onmessage = async ({ data: { id, act, given } }) => {
    try {
      if (!Object.hasOwn(acts, act)) throw new Error("no such act");
      port.postMessage({ id, answer: await acts[act](given, (news) => port.postMessage({ id, news })) });
    } catch (error) {
      const { name, message } = /** @type {Error} */ (error);
      port.postMessage({ id, error: { name, message } });
    }
  };
}
