/**
 * Facts: what a municipality or a device signed for everybody (sync/SPEC.md 5), and what a set of them says.
 * @module
 */

import { sha256 } from "@noble/hashes/sha2.js";
import { isSignature } from "../crypto/primitives.js";
import { signedBytes } from "../crypto/signatures.js";
import { compare, hex } from "../bytes.js";
import { noFacts } from "./admission.js";
import { NotMessagePack } from "./errors.js";
import { decode, encode } from "./messagepack.js";

/** The members of each kind of fact, in order; `sig` stands behind them. */
export const KINDS = /** @type {Record<string, string[]>} */ ({
  keys: ["municipality", "serial", "signing", "sealing", "suite", "minimum_suite", "receipt", "at_ms"],
  certificate: ["municipality", "device", "worker", "role", "suite", "signing", "sealing", "from_ms", "until_ms", "succeeds"],
  revocation: ["municipality", "device", "last_seq", "last_hash", "stolen", "at_ms"],
  grant: ["municipality", "record", "key", "to", "suite", "sealed_hash", "by"],
  assignment: ["municipality", "record", "worker", "at_ms"],
  withdrawal: ["municipality", "record", "worker", "at_ms"],
  "set-aside": ["municipality", "record", "hash", "reason", "by"],
  report: ["municipality", "record", "hash", "reason", "by"],
  erasure: ["municipality", "record", "reason", "at_ms"],
  hole: ["municipality", "device", "first", "last", "last_hash", "at_ms"],
  form: ["municipality", "form", "version", "digest", "at_ms"],
  "form-retired": ["municipality", "form", "version", "at_ms"],
});
const TEXTS = new Set(["municipality", "worker", "role", "reason", "form"]);
const NUMBERS = new Set(["serial", "suite", "minimum_suite", "at_ms", "from_ms", "until_ms", "last_seq", "stolen", "first", "last", "version"]);
const MAY_LACK = new Set(["succeeds", "by"]);
const NUMBER_MAX = (1n << 63n) - 1n;
const DESK = "desk";
const DECLINED = "declined";
const PARTED = "parted";

/** @typedef {Record<string, any> & {kind: string, sig: Uint8Array, raw: Uint8Array}} Fact members by their names; bytes as bytes */

/** A fact from its bytes. @param {Uint8Array} raw @returns {Fact} @throws {NotMessagePack} */
export function decodeFact(raw) {
  return factOf(decode(raw, { exact: true }), raw);
}

/** A fact from its array. @param {unknown} value @param {Uint8Array} [raw] @returns {Fact} */
export function factOf(value, raw = encode(value)) {
  const [kind, ...members] = Array.isArray(value) ? value : [];
  const names = typeof kind === "string" ? KINDS[kind] : undefined;
  if (names === undefined || members.length !== names.length + 1) throw new NotMessagePack("it is no fact");
  /** @type {Fact} */
  const fact = { kind, sig: members[names.length], raw };
  names.forEach((name, n) => {
    if (!fits(name, members[n])) throw new NotMessagePack(`${name} of a fact`);
    fact[name] = members[n];
  });
  if (!(fact.sig instanceof Uint8Array)) throw new NotMessagePack("sig of a fact");
  return fact;
}

/** @param {string} name @param {unknown} value */
function fits(name, value) {
  if (value === null) return MAY_LACK.has(name);
  if (TEXTS.has(name)) return typeof value === "string";
  if (!NUMBERS.has(name)) return value instanceof Uint8Array;
  if (typeof value === "number") return Number.isInteger(value) && value >= 0;
  return typeof value === "bigint" && value >= 0n && value <= NUMBER_MAX;
}

/** The array that a fact is on the wire. @param {Fact} fact */
export function wireFact(fact) {
  return [fact.kind, ...KINDS[fact.kind].map((name) => fact[name]), fact.sig];
}

/** The bytes that the signature of a fact covers. @param {Fact} fact */
export function factBytes(fact) {
  return signedBytes(fact.kind, KINDS[fact.kind].map((name) => fact[name]));
}

/** The name of a fact's place in a cursor. @param {Fact} fact */
export function placeOfFact(fact) {
  return hex(sha256(fact.raw)).slice(0, 16);
}

/**
 * The meaning of the facts held, each kind by its own rule of which one counts (5.1).
 */
export class FactBook {
  constructor() {
    /** @type {Fact | null} */
    this.keys = null;
    /** @type {Map<string, Fact>} */
    this.certificates = new Map();
    /** @type {Map<string, Fact>} the revocation that counts of each device */
    this.revocations = new Map();
    /** @type {Set<string>} devices of which any revocation says stolen */
    this.stolen = new Set();
    /** @type {Map<string, Fact>} `record worker` -> newest assignment or withdrawal */
    this.decided = new Map();
    /** @type {Map<string, Fact>} newest version of each form */
    this.forms = new Map();
    /** @type {Map<string, number>} greatest retired version of each form */
    this.retired = new Map();
    /** @type {Set<string>} hashes of entries that hold no place: another of their device stands at their seq */
    this.parted = new Set();
    /** @type {Fact[]} */
    this.all = [];
    /** @type {import("./admission.js").Facts | null} */
    this.said = null;
  }

  /** Let a fact count; it was checked before. @param {Fact} fact */
  add(fact) {
    this.said = null;
    this.all.push(fact);
    switch (fact.kind) {
      case "keys":
        this.keys = newer(this.keys, fact, "serial");
        break;
      case "certificate":
        this.certificates.set(hex(fact.device), newer(this.certificates.get(hex(fact.device)) ?? null, fact, "from_ms"));
        break;
      case "revocation":
        this.#revoke(fact);
        break;
      case "assignment":
      case "withdrawal":
        this.#decide(fact);
        break;
      case "form":
        this.forms.set(fact.form, newer(this.forms.get(fact.form) ?? null, fact, "version"));
        break;
      case "set-aside":
        if (fact.reason === PARTED && fact.by === null) this.parted.add(hex(fact.hash));
        break;
      case "form-retired":
        this.retired.set(fact.form, Math.max(Number(fact.version), this.retired.get(fact.form) ?? 0));
        break;
    }
  }

  /** @param {Fact} fact */
  #revoke(fact) {
    const device = hex(fact.device);
    if (Number(fact.stolen) === 1) this.stolen.add(device);
    const known = this.revocations.get(device);
    if (known === undefined || isEarlierEnd(fact, known)) this.revocations.set(device, fact);
  }

  /** @param {Fact} fact */
  #decide(fact) {
    const name = `${hex(fact.record)} ${fact.worker}`, known = this.decided.get(name);
    const isNewer = known === undefined || fact.at_ms > known.at_ms || (fact.at_ms === known.at_ms && fact.kind === "withdrawal");
    if (isNewer) this.decided.set(name, fact);
  }

  /** The worker whom a device is certified for. @param {string} device */
  worker(device) {
    return this.certificates.get(device)?.worker ?? null;
  }

  /** @param {string} device */
  isDesk(device) {
    return this.certificates.get(device)?.role === DESK;
  }

  /** The answers of these facts to admission. @returns {import("./admission.js").Facts} */
  facts() {
    if (this.said === null) this.said = this.#collected();
    return this.said;
  }

  #collected() {
    const said = noFacts();
    for (const [device, { worker, succeeds }] of this.certificates) {
      said.certified.add(device);
      said.workers.set(device, worker);
      if (succeeds !== null) said.succeeds.set(device, hex(succeeds));
    }
    for (const [device, { last_seq: lastSeq }] of this.revocations) said.lastGood.set(device, Number(lastSeq));
    for (const fact of this.all) {
      if (fact.kind === "grant") said.gifts.push({ record: hex(fact.record), key: hex(fact.key), by: fact.by && hex(fact.by), to: hex(fact.to) });
      if (fact.kind === "withdrawal") said.withdrawn.add(`${hex(fact.record)} ${fact.worker}`);
      if (fact.kind === "erasure") said.erased.add(hex(fact.record));
      if (fact.kind === "hole") said.holes.set(hex(fact.device), [...(said.holes.get(hex(fact.device)) ?? []), [Number(fact.first), Number(fact.last)]]);
    }
    for (const fact of this.all) {
      if (fact.kind === "set-aside" && fact.reason !== DECLINED && this.#passesOn(fact, said)) said.setAside.add(hex(fact.hash));
      if (fact.kind === "set-aside" && fact.reason === PARTED && fact.by === null) said.parted.add(`${hex(fact.record)} ${hex(fact.hash).slice(0, 16)}`);
    }
    return said;
  }

  /** True if a desk device's word about a record still counts. @param {Fact} fact @param {import("./admission.js").Facts} said */
  #passesOn(fact, said) {
    if (fact.by === null) return true;
    const by = hex(fact.by);
    return this.isDesk(by) && !this.revocations.has(by) && !said.withdrawn.has(`${hex(fact.record)} ${this.worker(by)}`);
  }

  /** True if a device of those who may write is sent a record now (5.2). @param {string} record @param {string} device */
  isDelivered(record, device) {
    const worker = this.worker(device);
    if (worker === null || this.revocations.has(device)) return false;
    return this.decided.get(`${record} ${worker}`)?.kind !== "withdrawal";
  }
}

/** @param {Fact | null} known @param {Fact} fact @param {string} member */
function newer(known, fact, member) {
  if (known === null || fact[member] > known[member]) return fact;
  return fact[member] === known[member] && compare(fact.raw, known.raw) > 0 ? fact : known;
}

/** @param {Fact} fact @param {Fact} known */
function isEarlierEnd(fact, known) {
  if (fact.last_seq !== known.last_seq) return fact.last_seq < known.last_seq;
  return compare(fact.last_hash, known.last_hash) < 0 || (compare(fact.last_hash, known.last_hash) === 0 && compare(fact.raw, known.raw) < 0);
}

/**
 * The signer of a fact (5.1): `municipality`, `receipt`, the hexadecimal id of a device, or null where nobody may say it.
 * @param {Fact} fact @param {FactBook} book
 */
export function signerOf(fact, book) {
  if (fact.kind === "hole") return "receipt";
  if (!["grant", "set-aside", "report"].includes(fact.kind)) return "municipality";
  if (fact.by === null) return fact.kind === "report" ? null : "municipality";
  const by = hex(fact.by), may = fact.kind === "set-aside" ? book.isDesk(by) : book.certificates.has(by);
  return may ? by : null;
}

/** True if a fact carries the signature of whoever may say it. @param {Fact} fact @param {FactBook} book @returns {Promise<boolean>} */
export async function isGenuine(fact, book) {
  const signer = signerOf(fact, book), { keys } = book;
  if (signer === null || keys === null) return false;
  if (signer === "municipality") return isSignature(keys.signing, fact.sig, factBytes(fact));
  const key = signer === "receipt" ? keys.receipt : book.certificates.get(signer)?.signing;
  return key !== undefined && isSignature(key, fact.sig, factBytes(fact));
}
