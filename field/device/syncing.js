/**
 * Syncs a device: send what the server lacks, take in what it answers, again until both are equal
 * (sync/SPEC.md 6, 8.3). Every effect is safe to repeat: it may be killed anywhere.
 * @module
 */

import { hex, unhex } from "../bytes.js";
import { openGrant } from "../crypto/epochs.js";
import { displaces, keepsStamp, learn, pushLength } from "../sync/device.js";
import { bodyHashOf, entryHash, parseHeader, readEntry, wireEntry } from "../sync/entry.js";
import { NotMessagePack, SyncError } from "../sync/errors.js";
import { decodeFact, factOf, isGenuine, placeOfFact, wireFact } from "../sync/facts.js";
import { decode, encode } from "../sync/messagepack.js";
import { checkNotWiped, learnRevocations, wasHandedIn, wipeWhatIsDue } from "./ending.js";
import { handIn } from "./handing.js";
import { ASKED_THROUGH } from "./lacking.js";
import { alone, exchangesOf } from "./locks.js";
import { EVERY, keepEntry, localName, touch, weightOf } from "./store.js";
import { ServerRefused } from "./transport.js";
import { turns } from "./turns.js";

const ROUNDS_MAX = 10_000;
const HANDED_BATCH = 100;
const FACT_BATCH = 200;
const UNAUTHORIZED = 401;
const REVOKED = "device-revoked";
/** Facts that may change what is shown of any record. */
const CHANGES_ANY = new Set(["revocation", "set-aside", "hole"]);

/** @typedef {import("./store.js").Row} Row */
/** @typedef {import("./device.js").Device} Device */
/** @typedef {{sent: number, received: number, unsent: number, rounds: number, refused: string | null, refusedSeq: number, forked: boolean, revoked: boolean, succeeded: boolean}} Outcome `succeeded`: nothing was exchanged, since the device goes on under another id and is to be loaded anew; how much was sent and received of what people wrote, so far or in all */
/** @typedef {{request: Record<string, any>, own: Row[], handed: Row[], facts: import("./store.js").FactRow[]}} Asked */

/** @type {Outcome} */
const NOTHING = { sent: 0, received: 0, unsent: 0, rounds: 0, refused: null, refusedSeq: 0, forked: false, revoked: false, succeeded: false };

/** The version of the app, as the address of this module has it; none in a test. */
const VERSION = /\/field\/v\/([^/]+)\//.exec(import.meta.url)?.[1];

/** The words about this device that the municipality's list shows. @param {import("./device.js").Pen} pen @returns {Promise<Record<string, any>>} */
async function statusOf(pen) {
  const storage = await globalThis.navigator?.storage?.persisted?.().catch(() => undefined);
  return { unsent: pen.head.seq - pen.sendAfter, off: pen.offsetMs, ...(VERSION && { app: VERSION }), ...(storage !== undefined && { storage }) };
}

/** Syncs one device over one transport. */
export class Sync {
  /** @param {Device} device @param {import("./transport.js").Transport} transport @param {(soFar: Outcome) => void} [tell] what is called after each answer */
  constructor(device, transport, tell = () => undefined) {
    this.device = device;
    this.transport = transport;
    this.tell = tell;
    /** @type {string[]} records of which the server wants a wrap */
    this.wanted = [];
    /** @type {Set<string>} */
    this.wrapped = new Set();
    this.stop = Infinity; // the own entry that was refused: it and what follows wait for a later sync
  }

  /** Exchange until nothing is left to send or to take in. Where the server refuses an entry, it and what follows wait, and others' are taken in all the same; `refusedSeq` names it. @param {number} [limit] @returns {Promise<Outcome>} */
  run(limit = 500) {
    return alone(exchangesOf(this.device), () => this.#run(limit));
  }

  /** A device that the municipality revoked hands in what it has, and wipes. @param {number} limit @returns {Promise<Outcome>} */
  async #run(limit) {
    const { store } = this.device;
    await checkNotWiped(store);
    if (await this.device.hasGoneOn()) return { ...NOTHING, succeeded: true };
    try {
      if ((await store.pen()).ended === null) {
        const outcome = await this.#exchanged(limit);
        if (outcome.forked) await handIn(store, this.transport, this.device.now);
        if ((await store.pen()).ended === null) return outcome;
      }
    } catch (error) {
      const isTold = error instanceof ServerRefused && error.code === REVOKED;
      if (!isTold || !(await learnRevocations(store, error.revocations, this.device.now()))) throw error;
    }
    return this.#left();
  }

  /** @returns {Promise<Outcome>} */
  async #left() {
    const { store, now } = this.device, outcome = { ...NOTHING, rounds: 1, refused: REVOKED, revoked: true };
    if ((await wipeWhatIsDue(store, now())) || (await store.pen()).ended?.received) return outcome; // photos may wait, for whoever sends them
    const handed = await handIn(store, this.transport, now), { head, sendAfter } = await store.pen();
    await wasHandedIn(store, handed);
    this.device.keys.clear();
    await wipeWhatIsDue(store, now());
    return { ...outcome, sent: handed.held, unsent: handed.complete ? 0 : head.seq - sendAfter };
  }

  /** @param {number} limit @returns {Promise<Outcome>} */
  async #exchanged(limit) {
    const outcome = { ...NOTHING };
    this.stop = Infinity;
    for (let more = true; more; ) {
      outcome.rounds += 1;
      if (outcome.rounds === ROUNDS_MAX) throw new Error("the device and its server do not get equal");
      const asked = await this.#asked(limit), answer = await this.#post(asked.request);
      const taken = await this.#take(asked, answer), through = answer.received_through[0];
      outcome.sent += asked.own.filter((row) => row.seq <= through).length;
      outcome.received += taken.received;
      outcome.unsent = taken.pen.head.seq - taken.pen.sendAfter;
      if (answer.refused !== null) {
        outcome.refused = answer.refused.get("code");
        outcome.refusedSeq = this.stop = Number(answer.refused.get("seq")) || (asked.own[0]?.seq ?? 0); // the first of a push has no number of its own there
      }
      outcome.forked = taken.pen.forkedAt !== null;
      const sends = this.stop === Infinity ? outcome.unsent > 0 || answer.wanted !== null : taken.pen.sendAfter + 1 < this.stop;
      more = !outcome.forked && (answer.more || sends || taken.pen.handedThrough !== null || this.wanted.length > 0);
      this.tell({ ...outcome });
    }
    return outcome;
  }

  // --- asking ---

  /** @param {number} limit @returns {Promise<Asked>} */
  async #asked(limit) {
    const { device } = this, { store } = device, pen = await store.pen();
    const waiting = (await store.ownAfter(device.id, pen.sendAfter, 500)).filter(({ seq }) => seq < this.stop), own = waiting.slice(0, pushLength(waiting.map(weightOf)));
    const handed = pen.handedThrough === null ? await this.#rewrapped() : await this.#givenBack(pen.handedThrough);
    const facts = pen.handedThrough === null ? [] : await store.facts(pen.factsHanded, FACT_BATCH);
    const entries = own.map((row) => row.entry), others = handed.map((row) => row.entry), oldest = await store.oldest(device.id) ?? pen.head.seq + 1;
    const request = {
      protocol: 1, sent: device.now() + pen.offsetMs, cursor: pen.cursor, limit,
      head: pen.head.seq === 0 ? null : [pen.head.seq, unhex(pen.head.hash)], receipt: pen.receipt,
      gone: pen.showGone ? (pen.receipts.find((receipt) => receipt[3] === oldest - 1) ?? null) : null,
      forms: await this.#formsHeld(), epochs: await this.#epochsOf([...entries, ...others]), entries: entries.map(wireEntry), handed: others.map(wireEntry),
      facts: facts.map((fact) => wireFact(decodeFact(fact.raw))), erased: (await store.db.getAllKeys("erased")).map((record) => unhex(String(record))),
      lacking: (await this.device.lacking.next()).map(unhex), status: await statusOf(pen),
    };
    return { request, own, handed, facts };
  }

  async #formsHeld() {
    const held = await this.device.store.db.getAll("shelf");
    /** @type {Map<string, {version: number, digest: Uint8Array}>} */
    const newest = new Map();
    for (const { form, version, digest } of held) if ((newest.get(form)?.version ?? 0) < version) newest.set(form, { version, digest });
    return new Map([...newest].map(([form, { digest }]) => [form, digest]));
  }

  /** @param {import("../sync/entry.js").Entry[]} entries */
  async #epochsOf(entries) {
    const ids = new Set(entries.flatMap((entry) => entry.wraps.map((one) => hex(one[2]))));
    const found = await Promise.all([...ids].sort().map((id) => this.device.store.db.get("epochs", id)));
    return found.filter((epoch) => epoch !== undefined);
  }

  /** Others' entries after a new life, each with a wrap of our own where we have its record's key. @param {number} through */
  async #givenBack(through) {
    const rows = await this.device.store.othersAfter(this.device.id, through, HANDED_BATCH);
    const batch = rows.slice(0, pushLength(rows.map(weightOf)));
    return Promise.all(batch.map((row) => this.#withWrap(row)));
  }

  /** One entry of each record of which the server wants a wrap. */
  async #rewrapped() {
    const found = [];
    for (const record of this.wanted.splice(0, HANDED_BATCH)) {
      const [first] = (await this.device.store.entriesOf(record)).sort((a, b) => a.number - b.number);
      if (first !== undefined) found.push(await this.#withWrap(first));
    }
    return found;
  }

  /** @param {Row} row @returns {Promise<Row>} */
  async #withWrap(row) {
    const key = await this.device.store.recordKey(row.record);
    return key === null ? row : { ...row, entry: { ...row.entry, wraps: [await this.device.wrapped(row.record, key)] } };
  }

  /** Post, learning the server's time if ours was off, and our certificate's place if the server forgot it. @param {Record<string, any>} request */
  async #post(request) {
    const mended = new Set();
    for (;;) {
      try {
        return readAnswer(await this.transport.signed("POST", "/sync", encode(sparse(request)), request.sent, this.#signer()));
      } catch (error) {
        if (!(error instanceof ServerRefused)) throw error;
        const lacks = error.status === UNAUTHORIZED ? "certificate" : error.code;
        if (mended.has(lacks) || !["clock", "certificate"].includes(lacks)) throw error;
        mended.add(lacks);
        if (lacks === "clock") request.sent = this.device.now() + (await this.#learnTime(error));
        else await this.transport.post("/certificates", encode(wireFact(/** @type {any} */ (this.device.book.certificates.get(this.device.id)))));
      }
    }
  }

  #signer() {
    return { device: this.device.id, signing: this.device.signing };
  }

  /** @param {ServerRefused} refusal */
  async #learnTime(refusal) {
    if (refusal.serverTime === null) throw refusal;
    const offsetMs = refusal.serverTime - this.device.now();
    await this.device.store.change(["pen"], async (tx) => tx.objectStore("pen").put({ ...(await tx.objectStore("pen").get("pen")), offsetMs }, "pen"));
    return offsetMs;
  }

  // --- taking in ---

  /** @param {Asked} asked @param {Record<string, any>} answer */
  async #take(asked, answer) {
    const { device } = this, { store } = device, before = await store.pen();
    const rows = await rowsOf(answer.changes, device.now());
    const learnt = await this.#learntFacts(answer.changes);
    const oldest = (await store.oldest(device.id)) ?? before.head.seq + 1;
    const pen = await store.change(["journal", "pen", "facts", "keys", "erased", "pages", "pictures"], async (tx) => {
      let next = learn(await tx.objectStore("pen").get("pen"), answer, device.now(), oldest);
      if (next.isNewLife) await forEach(tx.objectStore("journal"), (row) => (row.received === null ? null : { ...row, earlierLife: true }));
      const erased = new Set([...(await tx.objectStore("erased").getAllKeys()), ...learnt.erased]);
      for (const one of await beside(tx, rows)) next = await takeEntry(tx, next, one, erased.has(one.row.record), device);
      for (const [first, last, received] of answer.stamps) for (const record of await stampOwn(tx, device.id, first, last, received)) await touch(tx, record);
      await keepFacts(tx, learnt.facts);
      await Promise.all(learnt.keys.map(([record, sealed]) => tx.objectStore("keys").put(sealed, record)));
      for (const record of learnt.erased) await erase(tx, record);
      for (const record of asked.request.erased) await tx.objectStore("erased").put(true, hex(record));
      next = handedOn(next, asked);
      const { isNewLife, isStuck: _stuck, ...kept } = next;
      const changed = new Set(isNewLife ? [EVERY] : [...rows.map(({ record }) => record), ...learnt.records]);
      await Promise.all([...changed].map((record) => touch(tx, record)));
      await tx.objectStore("pen").put(kept, "pen");
      if (asked.request.lacking.length > 0) await tx.objectStore("pen").put(hex(asked.request.lacking.at(-1)), ASKED_THROUGH);
      return kept;
    });
    await device.lacking.learn(rows.map(({ record }) => record), learnt.keys.map(([record]) => record), learnt.erased);
    this.#noteWanted(answer.notices);
    await learnRevocations(store, learnt.facts.filter(({ fact }) => fact.kind === "revocation").map(({ fact }) => fact.raw), device.now());
    return { pen, received: rows.length };
  }

  /** @param {Map<string, any>[]} notices */
  #noteWanted(notices) {
    for (const notice of notices) {
      const record = notice.get("record");
      if (notice.get("kind") !== "wrap-wanted" || !(record instanceof Uint8Array) || this.wrapped.has(hex(record))) continue;
      this.wrapped.add(hex(record));
      this.wanted.push(hex(record));
    }
  }

  /** The facts among changes that are true by their own signatures, in order, with what follows from them. @param {Map<string, any>[]} changes */
  async #learntFacts(changes) {
    const { device } = this, facts = [], keys = /** @type {[string, Uint8Array][]} */ ([]), erased = [], records = /** @type {string[]} */ ([]), turn = turns();
    for (const change of changes) {
      await turn();
      if (!change.has("fact")) continue;
      const fact = factOf(change.get("fact")), sealed = change.get("sealed") ?? null;
      if (!(await isGenuine(fact, device.book))) continue; // never the server's word alone
      device.book.add(fact);
      facts.push({ fact, sealed });
      records.push(fact.record instanceof Uint8Array ? hex(fact.record) : CHANGES_ANY.has(fact.kind) || (fact.kind === "certificate" && fact.succeeds !== null) ? EVERY : "");
      if (fact.kind === "erasure") erased.push(hex(fact.record));
      if (fact.kind === "grant" && hex(fact.to) === device.id && sealed !== null) {
        const key = await this.#keyOf(fact, sealed);
        if (key !== null) keys.push([hex(fact.record), await device.store.sealed("keys", hex(fact.record), key)]);
      }
    }
    return { facts, keys, erased, records: records.filter((record) => record !== "") };
  }

  /** @param {import("../sync/facts.js").Fact} grant @param {Uint8Array} sealed */
  async #keyOf(grant, sealed) {
    const { identity, book } = this.device;
    try {
      return await openGrant(identity.sealing, grant.municipality, grant.record, grant.key, unhex(this.device.id), Number(grant.suite), sealed, Number(book.keys?.minimum_suite ?? 2));
    } catch {
      return null;
    }
  }
}

/** A message without members that have their default. @param {Record<string, any>} message */
function sparse(message) {
  const isDefault = (/** @type {any} */ value) => value === null || ((Array.isArray(value) || value instanceof Uint8Array) && value.length === 0) || (value instanceof Map && value.size === 0);
  return Object.fromEntries(Object.entries(message).filter(([, value]) => !isDefault(value)));
}

/** @param {Uint8Array} raw @returns {Record<string, any>} */
export function readAnswer(raw) {
  const found = decode(raw);
  if (!(found instanceof Map) || !found.has("life") || !found.has("cursor")) throw new NotMessagePack("it is no answer to an exchange");
  const defaults = { more: false, wanted: null, fork: null, refused: null, receipt: null, stamps: [], changes: [], forms: [], notices: [], refused_grants: [] };
  return { ...defaults, ...Object.fromEntries(found) };
}

/** The entries of an answer as they are kept, read in turns: five hundred at once keep a slow page waiting. @param {Map<string, any>[]} changes @param {number} nowMs */
async function rowsOf(changes, nowMs) {
  const rows = /** @type {Row[]} */ ([]), turn = turns();
  for (const change of changes) {
    if (change.has("entry")) rows.push(...rowOf(change, nowMs));
    await turn();
  }
  return rows;
}

/** An entry of an answer as it is kept; none where a server sent what it should have refused. @param {Map<string, any>} change @param {number} nowMs @returns {Row[]} */
function rowOf(change, nowMs) {
  try {
    const entry = readEntry(change.get("entry")), header = parseHeader(entry.header);
    const hash = hex(entryHash(entry.prev, entry.header, bodyHashOf(entry)));
    return [{ device: header.device, seq: header.seq, record: header.record, hash, header, entry, received: change.get("received") ?? null, writtenMs: nowMs, number: 0 }];
  } catch (error) {
    if (error instanceof SyncError) return [];
    throw error;
  }
}

/** Entries with what is held in their places, asked for together: one after the other, each waits for the disk. An entry whose place comes twice is asked for in its turn. @param {any} tx @param {Row[]} rows @returns {Promise<{row: Row, there: Row | undefined, isAlone: boolean}[]>} */
async function beside(tx, rows) {
  const times = new Map();
  for (const { device, seq } of rows) times.set(`${device} ${seq}`, (times.get(`${device} ${seq}`) ?? 0) + 1);
  const held = await Promise.all(rows.map(({ device, seq }) => tx.objectStore("journal").get([device, seq])));
  return rows.map((row, n) => ({ row, there: held[n], isAlone: times.get(`${row.device} ${row.seq}`) === 1 }));
}

/** @param {any} tx @param {any} pen @param {Awaited<ReturnType<typeof beside>>[number]} taken @param {boolean} isErased @param {{id: string, book: import("../sync/facts.js").FactBook}} device */
async function takeEntry(tx, pen, { row, there: found, isAlone }, isErased, { id, book }) {
  if (row.device === id && row.seq > pen.head.seq) {
    if (row.seq !== pen.head.seq + 1 || hex(row.entry.prev) !== pen.head.hash) return pen;
    pen = { ...pen, head: { seq: row.seq, hash: row.hash } };
  }
  const journal = tx.objectStore("journal"), place = [row.device, row.seq], there = isAlone ? found : await journal.get(place), kept = { ...row, number: pen.number + 1 };
  if (there !== undefined && displaces(there.hash, row.hash, book.parted)) await journal.delete(place); // the server keeps it
  if (isAlone && there === undefined) journal.add(kept).catch(() => undefined); // whether it was taken the transaction says
  else await keepEntry(tx, kept, isErased);
  return { ...pen, number: pen.number + 1 };
}

/** @param {any} tx @param {string} device @param {number} first @param {number} last @param {number} received */
async function stampOwn(tx, device, first, last, received) {
  const range = IDBKeyRange.bound([device, first], [device, last]), records = /** @type {Set<string>} */ (new Set());
  await forEach(tx.objectStore("journal"), (row) => {
    records.add(row.record);
    return keepsStamp(row, received);
  }, range);
  return records;
}

/** @param {any} store @param {(row: any) => any} change the row as it becomes, or null @param {IDBKeyRange} [range] */
async function forEach(store, change, range) {
  for (let cursor = await store.openCursor(range); cursor !== null; cursor = await cursor.continue()) {
    const after = change(cursor.value);
    if (after !== null) await cursor.update(after);
  }
}

/** @param {any} tx @param {{fact: import("../sync/facts.js").Fact, sealed: Uint8Array | null}[]} learnt */
async function keepFacts(tx, learnt) {
  const facts = tx.objectStore("facts"), each = /** @type {Map<string, import("./store.js").FactRow>} */ (new Map());
  for (const { fact, sealed } of learnt) {
    const place = placeOfFact(fact);
    each.set(place, { place, raw: fact.raw, sealed: sealed ?? each.get(place)?.sealed ?? null });
  }
  const known = await Promise.all([...each.keys()].map((place) => facts.index("place").get(place)));
  const changed = [...each.values()].map((row, n) => (known[n] === undefined ? row : row.sealed === null ? null : { ...known[n], sealed: row.sealed }));
  await Promise.all(changed.filter((row) => row !== null).map((row) => facts.put(row))); // a new one takes its number here
}

/** Forget a record: its key, the answers that only this device had, and bodies; hashes stay so that chains can be checked. @param {any} tx @param {string} record */
async function erase(tx, record) {
  await tx.objectStore("keys").delete(record);
  await tx.objectStore("pictures").delete(localName(record));
  await touch(tx, record);
  for (const row of await tx.objectStore("journal").index("record").getAll(record)) {
    const { entry } = row, bare = { ...entry, body: null, bodyHash: bodyHashOf(entry), wraps: [] };
    await tx.objectStore("journal").put({ ...row, entry: bare });
  }
  await tx.objectStore("erased").put(false, record);
}

/** The progress of handing in; it ends when nothing was left. @param {any} pen @param {Asked} asked */
function handedOn(pen, { handed, facts }) {
  if (pen.isNewLife || pen.handedThrough === null) return pen;
  if (handed.length === 0 && facts.length === 0) return { ...pen, handedThrough: null };
  return { ...pen, handedThrough: handed.at(-1)?.number ?? pen.handedThrough, factsHanded: facts.at(-1)?.number ?? pen.factsHanded };
}
