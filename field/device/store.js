/**
 * The store of one device, in IndexedDB: the only module that knows it. Journal, pen, facts and forms stand in clear, for
 * entries are sealed by themselves; keys, drafts and pictures are sealed under the store key. A locked store has no key:
 * what it saved can still be handed in.
 * @module
 */

import { deleteDB, openDB } from "idb";
import { hex, join, utf8 } from "../bytes.js";
import { aesKey, openWith, randomBytes, sealWith } from "../crypto/primitives.js";
import { keepsStamp } from "../sync/device.js";
import { decode, encode } from "../sync/messagepack.js";
import { turns } from "./turns.js";

/** @typedef {import("idb").IDBPDatabase} Database */
/**
 * @typedef {object} Row an entry as it is kept; hexadecimal where it is looked for, bytes as they travel
 * @property {string} device
 * @property {number} seq
 * @property {string} record
 * @property {string} hash
 * @property {import("../sync/entry.js").Header} header
 * @property {import("../sync/entry.js").Entry} entry
 * @property {number | null} received
 * @property {boolean} [earlierLife] whether its stamp is of a life before this one
 * @property {number} writtenMs
 * @property {number} number in the order of coming
 */
/** @typedef {{number?: number, place: string, raw: Uint8Array, sealed: Uint8Array | null}} FactRow */

/** Steps of the schema, from 1 on; a released one never changes. @type {((db: Database) => void)[]} */
const STEPS = [
  (db) => {
    const journal = db.createObjectStore("journal", { keyPath: ["device", "seq"] });
    journal.createIndex("record", "record");
    journal.createIndex("number", "number", { unique: true });
    for (const name of ["pen", "slots", "keys", "epochs", "shelf", "drafts", "pictures", "pages", "blobs"]) db.createObjectStore(name);
    db.createObjectStore("facts", { keyPath: "number", autoIncrement: true }).createIndex("place", "place", { unique: true });
    db.createObjectStore("grants", { keyPath: "place" });
    db.createObjectStore("erased");
  },
];
export const SCHEMA = STEPS.length;
const NONCE = 12;
const FRAME_BYTES = 250; // what an entry takes beside header, body and wraps, rounded up
const WRAP_BYTES = 150;
const FACT_BATCH = 250; // facts with their sealed keys, read at a time: twenty thousand at once keep a page waiting

/** The name of the database of a device. @param {string} municipality @param {string} device */
export function nameOf(municipality, device) {
  return `veldpost:${municipality}:${device}`;
}

/** The browser has no room for what was to be kept: nothing of it was. */
export class NoRoom extends Error {
  name = "QuotaExceededError"; // as the browser calls it
}

/** The browser took the store away while it was open. */
export class StoreGone extends Error {
  name = "StoreGone"; // by which it is known again when it comes from the worker
}

/** A newer version of the app wrote this store. */
export class StoreNewer extends Error {
  name = "StoreNewer";
}

/** A fault of the browser's store by its own kind, or as it was. @param {unknown} error @returns {unknown} */
export function storeFault(error) {
  const name = /** @type {Error | null} */ (error)?.name ?? "";
  if (name === "QuotaExceededError") return new NoRoom(String(error));
  if (name === "VersionError" || name === "StoreNewer") return new StoreNewer(String(error));
  const isGone = name === "StoreGone" || name === "InvalidStateError" || name === "NotFoundError" || (name === "AbortError" && /connection was closed/i.test(String(error)));
  return isGone ? new StoreGone(String(error)) : error;
}

/** Under this name among the pens stands whose keys they are, until they are certified. */
export const BEGUN = "begun";

/** One device's database, open; with its store key it is unlocked. */
export class Store {
  /** @param {Database} db @param {CryptoKey | null} key */
  constructor(db, key) {
    this.db = db;
    this.key = key;
    /** Called where the browser takes the store away while it is open. */
    this.onGone = () => {};
  }

  /** @param {string} name @param {Uint8Array | CryptoKey | null} [storeKey] */
  static async open(name, storeKey = null) {
    /** @type {Store | null} */
    let store = null;
    const db = await openDB(name, SCHEMA, {
      upgrade(raw, before) {
        for (const step of STEPS.slice(before)) step(raw);
      },
      blocking: () => store?.close(), // another tab takes the device away
      terminated: () => store?.onGone(),
    }).catch((error) => {
      throw storeFault(error);
    });
    store = new Store(db, storeKey instanceof Uint8Array ? await aesKey(storeKey) : storeKey);
    return store;
  }

  /** True if a device is in it: a browser that threw it away opens an empty one. */
  async isEmpty() {
    const [pen, slots] = await Promise.all([this.db.count("pen"), this.db.count("slots")]);
    return pen === 0 || (slots === 0 && (await this.db.get("pen", "wiped")) === undefined);
  }

  /** True if its keys wait to be certified: no device yet. */
  async isBegun() {
    return (await this.db.get("pen", BEGUN)) !== undefined;
  }

  close() {
    this.db.close();
    this.key = null;
  }

  // --- sealed values: sealed before a transaction and opened after it, for awaiting WebCrypto would end it ---

  /** @param {string} store @param {string} name @param {unknown} value */
  async sealed(store, name, value) {
    if (this.key === null) throw new Error("the store is locked");
    const nonce = randomBytes(NONCE);
    return join(nonce, await sealWith(this.key, nonce, encode(value), aadOf(store, name)));
  }

  /** A sealed value, or nothing. @param {string} store @param {string} name @param {IDBValidKey} [key] where it stands, if that is not its name @returns {Promise<any>} */
  async opened(store, name, key = name) {
    if (this.key === null) throw new Error("the store is locked");
    const whole = await this.db.get(store, key);
    if (whole === undefined) return null;
    const plain = await openWith(this.key, whole.subarray(0, NONCE), whole.subarray(NONCE), aadOf(store, name));
    if (plain === null) throw new Error(`a value of ${store} does not open`);
    return decode(plain);
  }

  // --- reading ---

  /** The pen: what is written next, and what the server is known to have. @returns {Promise<import("./device.js").Pen>} */
  pen() {
    return this.db.get("pen", "pen");
  }

  /** Entries of a device after a seq, in order. @param {string} device @param {number} seq @param {number} [limit] @returns {Promise<Row[]>} */
  ownAfter(device, seq, limit) {
    return this.db.getAll("journal", IDBKeyRange.bound([device, seq], [device, Infinity], true), limit);
  }

  /** Entries of a device before a seq and after another, newest first. @param {string} device @param {number} seq @param {number} after @param {number} limit @returns {Promise<Row[]>} */
  async ownBefore(device, seq, after, limit) {
    const found = [], range = IDBKeyRange.bound([device, after], [device, seq], true, true);
    let cursor = await this.db.transaction("journal").store.openCursor(range, "prev");
    for (; cursor !== null && found.length < limit; cursor = await cursor.continue()) found.push(cursor.value);
    return found;
  }

  /** @param {string} device @param {number} seq @returns {Promise<Row | undefined>} */
  at(device, seq) {
    return this.db.get("journal", [device, seq]);
  }

  /** The smallest seq of a device that is still held, or null. @param {string} device */
  async oldest(device) {
    const [key] = await this.db.getAllKeys("journal", IDBKeyRange.bound([device, 0], [device, Infinity]), 1);
    return key === undefined ? null : /** @type {[string, number]} */ (key)[1];
  }

  /** @param {string} record @returns {Promise<Row[]>} */
  entriesOf(record) {
    return this.db.getAllFromIndex("journal", "record", record);
  }

  /** Entries of others, in the order of their coming. @param {string} device @param {number} after @param {number} limit @returns {Promise<Row[]>} */
  async othersAfter(device, after, limit) {
    const found = [];
    let cursor = await this.db.transaction("journal").store.index("number").openCursor(IDBKeyRange.lowerBound(after, true));
    for (; cursor !== null && found.length < limit; cursor = await cursor.continue()) if (cursor.value.device !== device) found.push(cursor.value);
    return found;
  }

  /** @returns {Promise<string[]>} the records of which anything is held */
  async records() {
    const found = new Set();
    let cursor = await this.db.transaction("journal").store.index("record").openKeyCursor(null, "nextunique");
    for (; cursor !== null; cursor = await cursor.continue()) found.add(cursor.key);
    return /** @type {string[]} */ ([...found]);
  }

  /** Facts after one, in order. @param {number} after @param {number} limit @returns {Promise<FactRow[]>} */
  facts(after, limit) {
    return this.db.getAll("facts", IDBKeyRange.lowerBound(after, true), limit);
  }

  /** All facts after one, in order and in turns. @param {number} [after] @returns {AsyncGenerator<FactRow, void>} */
  async *eachFact(after = 0) {
    for (let last = after, turn = turns(); ; ) {
      const rows = await this.facts(last, FACT_BATCH);
      for (const row of rows) {
        await turn();
        yield row;
      }
      if (rows.length < FACT_BATCH) return;
      last = /** @type {number} */ (rows[rows.length - 1].number);
    }
  }

  /** The key of a record, or null. @param {string} record @returns {Promise<Uint8Array | null>} */
  recordKey(record) {
    return this.opened("keys", record);
  }

  // --- changing ---

  /**
   * All or nothing, on disk when this returns; `work` must await nothing but the transaction's own requests.
   * @template T @param {string[]} stores @param {(tx: any) => Promise<T>} work @returns {Promise<T>}
   */
  async change(stores, work) {
    let tx;
    try {
      tx = this.db.transaction(stores, "readwrite", { durability: "strict" });
    } catch (error) {
      throw storeFault(error);
    }
    try {
      const done = await work(tx);
      await tx.done;
      return done;
    } catch (error) {
      try {
        tx.abort();
      } catch {
        // it had ended already
      }
      const ended = await tx.done.then(() => null, (/** @type {unknown} */ reason) => reason); // why it ended says more than the step that met it
      throw storeFault(storeFault(ended) === ended ? error : ended);
    }
  }
}

/** @param {string} store @param {string} name */
function aadOf(store, name) {
  return utf8(JSON.stringify([store, name, SCHEMA]));
}

/**
 * Keep an entry; one that is known takes a smaller stamp and the body that it lacks. False where another holds its place.
 * @param {any} tx @param {Row} row @param {boolean} isErased
 */
export async function keepEntry(tx, row, isErased) {
  const journal = tx.objectStore("journal"), known = await journal.get([row.device, row.seq]);
  if (known === undefined) {
    await journal.add(row);
    return true;
  }
  if (known.hash !== row.hash) return false;
  const stamped = row.received === null ? known : keepsStamp(known, row.received);
  const lacksBody = known.entry.body === null && row.entry.body !== null && !isErased;
  await journal.put(lacksBody ? { ...stamped, entry: { ...known.entry, body: row.entry.body, bodyHash: null } } : stamped);
  return true;
}

const TOUCHED = "touched:";
const TOUCHED_END = "touched:~";
/** Stands for all records, where facts came that may change any of them. */
export const EVERY = "*";

/** Note, in the transaction that changes what is known of a record, that lists show it as it was. @param {any} tx over `pages` @param {string} record or `EVERY` */
export async function touch(tx, record) {
  await tx.objectStore("pages").put(hex(randomBytes(8)), TOUCHED + record);
}

/** The records of which lists show less than is known, with the mark of each. @param {Store} store @param {number} limit @returns {Promise<Map<string, string>>} */
export async function touched(store, limit) {
  const range = IDBKeyRange.bound(TOUCHED, TOUCHED_END), tx = store.db.transaction("pages");
  const [names, marks] = await Promise.all([tx.store.getAllKeys(range, limit), tx.store.getAll(range, limit)]);
  return new Map(names.map((name, n) => [String(name).slice(TOUCHED.length), String(marks[n])]));
}

/** Of how many records lists show less than is known. @param {Store} store @returns {Promise<number>} */
export function countTouched(store) {
  return store.db.count("pages", IDBKeyRange.bound(TOUCHED, TOUCHED_END));
}

/** Take marks off again, but those that were set anew meanwhile. @param {any} tx over `pages` @param {Map<string, string>} marks */
export async function untouch(tx, marks) {
  const pages = tx.objectStore("pages");
  for (const [record, mark] of marks) if ((await pages.get(TOUCHED + record)) === mark) await pages.delete(TOUCHED + record);
}

/** The name among the pictures under which the answers to a record stand that never leave the device. @param {string} record */
export function localName(record) {
  return `local:${record}`;
}

/** The bytes that an entry takes in a request. @param {Row} row */
export function weightOf({ entry }) {
  const bytes = entry.header.length + (entry.body?.length ?? 0) + FRAME_BYTES + WRAP_BYTES * entry.wraps.length;
  return { bytes, epochs: entry.wraps.map((one) => hex(one[2])) };
}

// --- which devices live in this browser ---

/** @typedef {{name: string, municipality: string, device: string, label: string}} Living a device that lives here; `label` is what its worker chose to be called on the lock screen */

/** @returns {Promise<Database>} */
function openList() {
  return openDB("veldpost", 1, {
    upgrade(db) {
      db.createObjectStore("devices", { keyPath: "name" });
    },
  });
}

/** The devices that live in this browser. @returns {Promise<Living[]>} */
export async function living() {
  const db = await openList();
  try {
    return await db.getAll("devices");
  } finally {
    db.close();
  }
}

/** Note a device that lives here from now on. @param {Living} device */
export async function settle(device) {
  const db = await openList();
  await db.put("devices", device);
  db.close();
}

/** Take a device away, and all that it kept. @param {string} name */
export async function remove(name) {
  const db = await openList();
  await db.delete("devices", name);
  db.close();
  await deleteDB(name);
}
