/**
 * A device that is enrolled and unlocked: it writes entries, seals them, and shows what its records say now
 * (sync/SPEC.md 8). Saving leaves the store whole whenever the power goes.
 * @module
 */

import { hex, unhex } from "../bytes.js";
import { EPOCH_AGE_MS_MAX, EPOCH_WRAPS_MAX, newEpoch, wrap } from "../crypto/epochs.js";
import { recordKeys, sealBody, touchesOf } from "../crypto/entries.js";
import { commitment } from "../crypto/keys.js";
import { randomBytes, sha256, signature, signingKey } from "../crypto/primitives.js";
import { signedBytes } from "../crypto/signatures.js";
import { compose, observedOf } from "../sync/device.js";
import { BODY_BYTES_MAX, encodeHeader, entryHash, parseHeader, recordId } from "../sync/entry.js";
import { TooLarge } from "../sync/errors.js";
import { FactBook, decodeFact, placeOfFact } from "../sync/facts.js";
import { Lacking } from "./lacking.js";
import { alone } from "./locks.js";
import { Looking } from "./looking.js";
import { Store, touch } from "./store.js";

const ZERO_HASH = new Uint8Array(32);

/** @typedef {import("./store.js").Row} Row */
/** @typedef {import("../sync/facts.js").Fact} Fact */
/**
 * @typedef {object} Pen what a device writes next, and what it remembers of its server
 * @property {string} municipality
 * @property {string} device
 * @property {{seq: number, hash: string}} head
 * @property {number} offsetMs the server's time minus ours
 * @property {number} number of the last entry that came
 * @property {string} life
 * @property {Uint8Array} cursor
 * @property {number} sendAfter
 * @property {number} durable
 * @property {any} receipt the last one, as it came
 * @property {any[]} receipts all that are kept
 * @property {boolean} showGone
 * @property {number | null} handedThrough
 * @property {number} factsHanded
 * @property {number | null} forkedAt
 * @property {{learntMs: number, stolen: boolean, answered: boolean, received: boolean, refused?: number, drafts?: number} | null} ended
 */
/** @typedef {import("./looking.js").Editing} Editing */
/**
 * @typedef {object} Beside what is kept in the transaction that saves an entry: both, or neither
 * @property {string[]} stores
 * @property {(record: string) => Promise<any>} ready what must be sealed before
 * @property {(tx: any, record: string, ready: any) => Promise<unknown>} work
 */

/** @type {Beside} */
const NOTHING = { stores: [], ready: async () => null, work: async () => undefined };

/** @param {string} municipality @param {string} device @param {number} offsetMs @returns {Pen} */
export function newPen(municipality, device, offsetMs) {
  return {
    municipality, device, head: { seq: 0, hash: hex(ZERO_HASH) }, offsetMs, number: 0, life: "", cursor: new Uint8Array(0), sendAfter: 0, durable: 0,
    receipt: null, receipts: [], showGone: false, handedThrough: null, factsHanded: 0, forkedAt: null, ended: null,
  };
}

/** One device, unlocked. */
export class Device extends Looking {
  /** @param {Store} store @param {import("./enrolling.js").Identity} identity @param {FactBook} book @param {CryptoKey} signing @param {() => number} now */
  constructor(store, identity, book, signing, now) {
    super(store, identity.device, book);
    this.identity = identity;
    this.signing = signing;
    this.now = now;
    this.lacking = new Lacking(store);
    /** @type {{id: Uint8Array, key: Uint8Array, wraps: number, ms: number} | null} */
    this.epoch = null;
    this.isSucceeded = false;
  }

  /** The device of an unlocked store. @param {Store} store @param {() => number} [now] */
  static async load(store, now = Date.now) {
    const own = await store.opened("keys", "own"), book = new FactBook();
    for await (const { raw } of store.eachFact()) book.add(decodeFact(raw));
    const identity = { device: own.get("device"), suite: own.get("suite"), signing: own.get("signing"), sealing: own.get("sealing") };
    return new Device(store, identity, book, await signingKey(identity.signing), now);
  }

  /** True if it goes on under another id, here or in another tab: then its store is to be loaded anew. */
  async hasGoneOn() {
    const pen = await this.store.pen(); // none where all went
    return this.isSucceeded || (pen ?? { device: this.id }).device !== this.id;
  }

  // --- writing ---

  /** A new record with its first entry; returns its id. @param {string} form @param {number} version @param {Map<string, unknown>} answers @param {Beside} [beside] */
  async create(form, version, answers, beside = NOTHING) {
    const recordKey = randomBytes(32), key = await commitment(recordKey), record = recordId(this.id, hex(key));
    const sealedKey = await this.store.sealed("keys", record, recordKey);
    await this.#write({ record, shown: [] }, "write", { form, version, answers }, beside, recordKey, sealedKey);
    return record;
  }

  /** Save what a person changed, and nothing else. @param {Editing} editing @param {string} form @param {number} version @param {Map<string, unknown>} changed @param {Beside} [beside] */
  async save(editing, form, version, changed, beside = NOTHING) {
    await this.#write(editing, "write", { form, version, answers: changed }, beside);
  }

  /** @param {Editing} editing @param {"delete" | "restore"} act @param {string} form @param {number} version */
  async mark(editing, act, form, version) {
    await this.#write(editing, act, { form, version, answers: new Map() }, NOTHING);
  }

  /** @param {Editing} editing @param {import("../sync/entry.js").Header["act"]} act @param {import("../crypto/entries.js").Plaintext} plain @param {Beside} beside @param {Uint8Array | null} [recordKey] @param {Uint8Array | null} [sealedKey] */
  async #write(editing, act, plain, beside, recordKey = null, sealedKey = null) {
    const { record } = editing, key = recordKey ?? (await this.store.recordKey(record));
    if (key === null) throw new Error("the key of this record is not here");
    const ready = await beside.ready(record), keys = await recordKeys(key), touches = (await touchesOf(keys, plain.answers.keys())).map(hex);
    await alone(`pen:${this.id}`, async () => {
      const pen = await this.store.pen(), held = await this.store.entriesOf(record);
      const { observed, followed } = this.#observed(editing, held, await this.store.at(this.id, pen.head.seq));
      const header = compose(pen, { record, key: hex(keys.key), act, observed, touches }, followed, this.now() + pen.offsetMs);
      const raw = encodeHeader(header);
      parseHeader(raw); // what no server may take is not saved: behind it the whole journal would wait for ever
      const body = await sealBody(keys, plain, raw);
      if (body.length > BODY_BYTES_MAX) throw new TooLarge("body", body.length, BODY_BYTES_MAX);
      const wraps = held.some((row) => row.device === this.id) ? [] : [await this.wrapped(record, key)];
      const row = await this.chained(pen, header, raw, body, wraps);
      await this.store.change(["journal", "pen", "keys", "pages", ...beside.stores], async (tx) => {
        const now = await tx.objectStore("pen").get("pen");
        if (now.head.seq !== pen.head.seq) throw new Error("the pen moved meanwhile");
        await tx.objectStore("journal").add(row);
        await tx.objectStore("pen").put({ ...now, head: { seq: row.seq, hash: row.hash }, number: row.number }, "pen");
        if (sealedKey !== null) await tx.objectStore("keys").put(sealedKey, record);
        await touch(tx, record);
        await beside.work(tx, record, ready);
      });
    });
  }

  /** @param {Editing} editing @param {Row[]} held of the record @param {Row | undefined} last the device's own last entry */
  #observed({ record, shown }, held, last) {
    const own = held.filter((row) => row.device === this.id).sort((a, b) => b.seq - a.seq)[0];
    const observed = observedOf(shown, own === undefined ? null : { device: own.device, seq: own.seq, short: own.hash.slice(0, 16), clock: own.header.clock });
    const seen = observed.flatMap(({ device, seq }) => held.find((row) => row.record === record && row.device === device && row.seq === seq) ?? []);
    const followed = [...seen, ...(last === undefined ? [] : [last])].map((row) => /** @type {[string, number | null]} */ ([row.header.clock, row.received]));
    return { observed, followed };
  }

  /** An entry behind the pen's head, signed. @param {Pen} pen @param {import("../sync/entry.js").Header} header @param {Uint8Array} raw @param {Uint8Array} body @param {import("../sync/entry.js").Wrap[]} wraps @returns {Promise<Row>} */
  async chained(pen, header, raw, body, wraps) {
    const prev = unhex(pen.head.hash), hash = entryHash(prev, raw, await sha256(body));
    const sig = await signature(this.signing, signedBytes("entry", [hash]));
    const entry = { prev, header: raw, body, bodyHash: null, sig, wraps };
    return { device: this.id, seq: header.seq, record: header.record, hash: hex(hash), header, entry, received: null, writtenMs: this.now(), number: pen.number + 1 };
  }

  /** A record's key, wrapped for the municipality under the present epoch. @param {string} record @param {Uint8Array} key */
  async wrapped(record, key) {
    const { municipality } = await this.store.pen(), { keys } = this.book, now = this.now();
    const isSpent = this.epoch === null || this.epoch.wraps >= EPOCH_WRAPS_MAX || now < this.epoch.ms || now - this.epoch.ms >= EPOCH_AGE_MS_MAX;
    if (isSpent) {
      const made = await newEpoch(municipality, unhex(this.id), Number(keys?.suite), keys?.sealing);
      await this.store.change(["epochs"], (tx) => tx.objectStore("epochs").put(made.wire, hex(made.id)));
      this.epoch = { id: made.id, key: made.key, wraps: 0, ms: now };
    }
    const epoch = /** @type {NonNullable<typeof this.epoch>} */ (this.epoch);
    epoch.wraps += 1;
    return wrap(epoch.key, municipality, unhex(record), epoch.id, key);
  }
}

/** @param {Fact} fact */
export function factRow(fact) {
  return { place: placeOfFact(fact), raw: fact.raw };
}
