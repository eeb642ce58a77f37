/**
 * The records whose keys a device lacks, as it asks for them with each exchange (sync/SPEC.md 6.2): looked for in the
 * store once and kept up as answers come, for ten thousand records are not gone through for each page. Some at a time
 * and in turn, so that keys which never come hold up no other.
 * @module
 */

const BATCH = 64;
/** Under this name among the pens stands the last record that was asked for. */
export const ASKED_THROUGH = "asked-through";

/** The keys that an open device lacks, as far as it knows: of what another tab takes in it learns when it is opened next. */
export class Lacking {
  /** @param {import("./store.js").Store} store */
  constructor(store) {
    this.store = store;
    /** @type {Promise<{records: Set<string>, known: Set<string>, erased: Set<string>}> | null} */
    this.looked = null;
  }

  /** The next records to ask for, at most 64. @returns {Promise<string[]>} */
  async next() {
    const { records, known, erased } = await this.#known(), lacking = [...records].filter((record) => !known.has(record) && !erased.has(record)).sort();
    for (const record of known) records.delete(record);
    const after = String((await this.store.db.get("pen", ASKED_THROUGH)) ?? ""), later = lacking.filter((record) => record > after);
    return (later.length > 0 ? later : lacking).slice(0, BATCH);
  }

  /** Learns from what an answer brought. @param {string[]} records of which entries came @param {string[]} keyed whose keys came @param {string[]} gone that were erased */
  async learn(records, keyed, gone) {
    const looked = await this.#known();
    for (const record of records) if (!looked.known.has(record)) looked.records.add(record);
    for (const record of keyed) looked.known.add(record);
    for (const record of gone) looked.erased.add(record);
  }

  /** The sets that were looked for once; after a look that failed it is looked for again. */
  #known() {
    this.looked ??= this.#look().catch((error) => {
      this.looked = null;
      throw error;
    });
    return this.looked;
  }

  async #look() {
    const [records, known, erased] = await Promise.all([this.store.records(), this.store.db.getAllKeys("keys"), this.store.db.getAllKeys("erased")]);
    return { records: new Set(records), known: new Set(known.map(String)), erased: new Set(erased.map(String)) };
  }
}
