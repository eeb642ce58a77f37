/**
 * The kinds of vector files that only a server needs, each with the difference that one row makes.
 * @module
 */

import { hex, unhex, utf8 } from "../../field/bytes.js";
import { Form } from "../../field/forms/definition/document.js";
import { Refused } from "../../field/sync/errors.js";
import { decode } from "../../field/sync/messagepack.js";
import { recordId } from "../../field/sync/entry.js";
import { firstDifference } from "../../field/vectors/comparing.js";
import { bookOf, wide } from "../../field/vectors/tables.js";
import { act, enrol, upload } from "./acting.js";
import { attachmentsDifference } from "./attaching.js";
import { againstGrant, decideHandIn, decidePush, isSignedToo, readPush, wasRestored } from "./deciding.js";
import { byStrength, finishesUpload, prove } from "./proving.js";
import { readTheme, said } from "./theming.js";
import { withheldFrom } from "./withholding.js";

const long = (/** @type {string} */ letter) => (letter === "0" ? "0".repeat(64) : hex(utf8(letter)).repeat(32));
const short = (/** @type {string} */ hash) => (/^0+$/.test(hash) ? "0" : String.fromCharCode(Number.parseInt(hash.slice(0, 2), 16)));
const placeOf = (/** @type {any} */ pair) => (pair === null ? null : { seq: pair[0], hash: long(pair[1]) });
const pairOf = (/** @type {any} */ place) => (place === null ? null : [place.seq, short(place.hash)]);
const seqs = (/** @type {any[]} */ links) => links.map((link) => link.seq);
const heldOf = (/** @type {any} */ row) => (/** @type {number} */ seq) => (String(seq) in row.held ? long(row.held[seq]) : undefined);
const FAULTS = /** @type {Record<string, string | null>} */ ({ "": null, erased: null, sig: "bad-signature", device: "foreign-entry", bare: "body-missing" });

/** @type {Record<string, (row: any, document: any) => string | null | Promise<string | null>>} */
export const KINDS = {
  attachments: attachmentsDifference,
  theme(row, document) {
    const found = row.contrast === undefined ? readTheme(document.table, row.light, row.dark) : String(said(row.contrast[0], row.contrast[1]));
    return firstDifference("expected", row.expected, found);
  },
  chains(row) {
    try {
      readPush(/** @type {unknown[]} */ (decode(unhex(row.entries))), row.municipality, row.device);
      return firstDifference("refused", row.refused, null);
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      return firstDifference("refused", row.refused, { code: error.code, seq: error.seq });
    }
  },
  push(row) {
    const pushed = row.pushed.map((/** @type {any} */ [seq, prev, hash]) => ({ seq, prev: long(prev), hash: long(hash) }));
    const found = decidePush(pushed, /** @type {any} */ (placeOf(row.tail)), heldOf(row), placeOf(row.head), placeOf(row.gone));
    return firstDifference("expect", row.expect, {
      fresh: seqs(found.fresh), known: seqs(found.known), forked: seqs(found.forked), tail: pairOf(found.tail), wanted: found.wanted,
      fork: pairOf(found.fork), hole: found.hole && [found.hole[0], found.hole[1], short(found.hole[2])],
    });
  },
  handin(row) {
    const entries = row.entries.map((/** @type {any} */ [seq, prev, hash, fault]) => ({ seq, prev: long(prev), hash: long(hash), fault: FAULTS[fault] }));
    const found = decideHandIn(entries, /** @type {any} */ (placeOf(row.tail)), heldOf(row), row.last_good ?? 0);
    return firstDifference("expect", { apart: [], ...row.expect }, {
      fresh: seqs(found.fresh), known: seqs(found.known), forked: seqs(found.forked), apart: seqs(found.apart), bad: found.bad, tail: pairOf(found.tail), receipt: pairOf(found.receipt),
    });
  },
  proofs(row) {
    const [ends, receipts] = [row.ends, row.receipts ?? []].map((said) => said.map((/** @type {any} */ end) => ({ ...placeOf(end), atMs: end[2] })));
    const found = prove(byStrength(ends, receipts), /** @type {any} */ (placeOf(row.tail)), heldOf(row), (seq) => row.received?.[seq], (seq) => new Map(Object.entries(row.links[seq] ?? {}).map(([hash, prev]) => [long(hash), long(/** @type {string} */ (prev))])));
    const proven = Object.fromEntries([...found.proven].map(([seq, hash]) => [String(seq), short(hash)]));
    return firstDifference("row", { proven: row.proven, after: row.after }, { proven, after: pairOf(found.tail) });
  },
  uploads(row) {
    return firstDifference("taken", row.taken, finishesUpload(row.last_good, row.first));
  },
  acting(row) {
    return firstDifference("expect", row.expect, act(row));
  },
  enrolling(row) {
    return firstDifference("expect", row.expect, enrol(row));
  },
  uploading(row) {
    return firstDifference("expect", row.expect, upload(row));
  },
  life(row) {
    const cursor = row.cursor && { life: row.cursor[0], position: row.cursor[1], place: row.cursor[2] };
    const receipt = row.receipt && { life: row.receipt[0], seq: row.receipt[1] };
    return firstDifference("restored", row.restored, wasRestored(row.life, row.tail[0], cursor, receipt, (position) => row.places[position]));
  },
  delivery(row) {
    const book = bookOf(row), record = recordId(wide("a"), wide("k"));
    const found = (row.grants ?? []).map((/** @type {any} */ [by, to]) => [by, to, againstGrant({ record, key: wide("k"), by: wide(by), to: wide(to) }, row.holders.includes(by), book)]);
    const copies = (row.copies ?? []).map((/** @type {any} */ [by, to, promised]) => [by, to, promised, isSignedToo({ record, by: wide(by) }, row.holders.includes(by), book, promised)]);
    return firstDifference("row", { grants: row.grants ?? [], copies: row.copies ?? [] }, { grants: found, copies });
  },
  withheld(row, document) {
    const { withheld, seen } = withheldFrom(new Form(document.form), row.who, row.document, row.today);
    return firstDifference("row", { withheld: row.withheld, seen: row.seen }, { withheld, seen: { ...seen, findings: seen.findings.map(({ code, path }) => [code, path]) } });
  },
};

/** The first difference in a vector file, with the row where it is. @param {string} name @param {any} document */
export async function difference(name, document) {
  const rows = name === "attachments" ? [document] : (document.rows ?? document);
  for (const [number, row] of rows.entries()) {
    const found = await KINDS[name](row, document);
    if (found !== null) return `row ${number} (${row.name}): ${found}`;
  }
  return null;
}
