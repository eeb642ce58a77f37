/**
 * Keeps drafts, sealed, a moment after the last key, and within a second of each; what was typed while one is being written is written after it.
 * @module
 */

const SOON_MS = 300;
/** The drafts of who types without a pause are kept as often as this; the write itself has the rest of a second. */
const LATEST_MS = 600;
/** The time in which a draft that was thrown away can be taken back. */
export const TAKE_BACK_MS = 10_000;

/** @typedef {import("./draft.js").Draft} Draft */
/** @typedef {import("../../device/store.js").Store} Store */

export class Keeper {
  /** @param {Store} store */
  constructor(store) {
    this.store = store;
    /** @type {Map<string, Draft>} what is not on the disk yet */
    this.waiting = new Map();
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    this.since = 0; // when what waits longest was typed
    /** @type {((error: unknown) => void)[]} */
    this.heard = [];
    this.writing = /** @type {Promise<unknown>} */ (Promise.resolve());
  }

  /** All drafts that are kept, the last one first; what was thrown away long enough ago goes for good. @returns {Promise<Draft[]>} */
  async all() {
    const ids = (await this.store.db.getAllKeys("drafts")).map(String), erased = new Set(await this.store.db.getAllKeys("erased"));
    const found = /** @type {Draft[]} */ (await Promise.all(ids.map(async (id) => JSON.parse((await this.store.opened("drafts", id)) ?? "null"))));
    const isGone = (/** @type {Draft} */ draft) => (draft.dropped !== null && Date.now() - draft.dropped > TAKE_BACK_MS) || erased.has(draft.record ?? "");
    const gone = found.filter((draft) => draft !== null && isGone(draft));
    if (gone.length > 0) {
      await this.store.change(["drafts"], async (tx) => {
        for (const { id } of gone) await tx.objectStore("drafts").delete(id);
      });
    }
    return found.filter((draft) => draft !== null && !isGone(draft)).sort((a, b) => b.kept - a.kept);
  }

  /** Write a draft a moment from now; resolves when it is on the disk. @param {Draft} draft @returns {Promise<void>} */
  soon(draft) {
    const now = performance.now();
    if (this.waiting.size === 0) this.since = now;
    this.waiting.set(draft.id, draft);
    clearTimeout(this.timer);
    return new Promise((resolve, reject) => {
      this.heard.push((error) => (error === null ? resolve() : reject(error)));
      this.timer = setTimeout(() => void this.flush().catch(() => undefined), Math.min(SOON_MS, Math.max(0, this.since + LATEST_MS - now)));
    });
  }

  /** @param {Draft} draft */
  now(draft) {
    this.waiting.set(draft.id, draft);
    return this.flush();
  }

  /** Write now what waits. */
  flush() {
    clearTimeout(this.timer);
    const write = () => this.#write();
    this.writing = this.writing.then(write, write);
    return this.writing;
  }

  async #write() {
    const batch = [...this.waiting.values()], heard = this.heard.splice(0);
    this.waiting.clear();
    try {
      if (batch.length > 0) {
        const sealed = await Promise.all(batch.map(async (draft) => /** @type {[string, Uint8Array]} */ ([draft.id, await this.store.sealed("drafts", draft.id, JSON.stringify({ ...draft, kept: Date.now() }))])));
        await this.store.change(["drafts"], async (tx) => {
          for (const [id, bytes] of sealed) await tx.objectStore("drafts").put(bytes, id);
        });
      }
      heard.forEach((tell) => tell(null));
    } catch (error) {
      for (const draft of batch) if (!this.waiting.has(draft.id)) this.waiting.set(draft.id, draft); // tried again with the next key
      heard.forEach((tell) => tell(error));
      throw error;
    }
  }

  /** A draft was saved and went with it: nothing of it is written any more. @param {string} id */
  forget(id) {
    this.waiting.delete(id);
  }
}
