/**
 * Rows of `tests/vectors/sync/` about the device's half: what it learns, forgets and wipes, receipts, enrolment.
 * @module
 */

import { bigEndian, hex, unhex, utf8 } from "../bytes.js";
import { deviceId } from "../crypto/keys.js";
import { isSignature } from "../crypto/primitives.js";
import { checkAnswer, enrolmentRequest, readInvitation, EnrolmentRefused, NotSigned } from "../device/enrolling.js";
import { newPen } from "../device/device.js";
import * as clock from "../sync/clock.js";
import { displaces, dueToGo, forgetThrough, learn, observedOf, pushLength, reissued } from "../sync/device.js";
import { decodeFact } from "../sync/facts.js";
import { receiptBytes } from "../sync/messages.js";
import { decode } from "../sync/messagepack.js";
import { firstDifference } from "./comparing.js";

const NOW = 1_772_600_000_000, DAY = 24 * 3_600_000, TOWN = "GM9901";

/** The bytes that a letter stands for: as many of it, or zeros. @param {string} letter @param {number} size */
const bytesOf = (letter, size) => (letter === "0" ? new Uint8Array(size) : utf8(letter.repeat(size)));
/** @param {string} letter */
const wide = (letter) => hex(bytesOf(letter, 16));
/** @param {any} named device, seq and the letter of a hash */
const seenOf = ([device, seq, letter]) => ({ device: wide(device), seq, short: hex(bytesOf(letter, 8)) });
/** The first sign of a hexadecimal text. @param {string} text */
const letterOf = (text) => (/^0*$/.test(text) ? "0" : String.fromCharCode(Number.parseInt(text.slice(0, 2), 16)));
/** @param {import("../sync/entry.js").Seen[]} observed */
const named = (observed) => observed.map(({ device, seq, short }) => [letterOf(device), seq, letterOf(short)]);
/** @param {any} pair */
const placeOf = (pair) => (pair ? [pair[0], bytesOf(pair[1], 32)] : [0, new Uint8Array(32)]);
/** @param {any} pair @returns {any} */
const receiptOf = (pair) => (pair ? [TOWN, new Uint8Array(16), bytesOf("a", 16), ...placeOf(pair), NOW, new Uint8Array(64)] : null);

/** Every row with its section. @param {any} document */
export function deviceRows(document) {
  return Object.keys(SECTIONS).flatMap((section) => document[section].map((/** @type {any} */ row) => ({ section, ...row })));
}

/** @param {any} row */
export function deviceDifference(row) {
  return firstDifference(row.section, row.expect, SECTIONS[row.section](row));
}

/** @type {Record<string, (row: any) => unknown>} */
const SECTIONS = {
  /** The meaning of an answer, and that the same answer learnt twice changes nothing more. */
  learn({ memory, answer: said, now, oldest, offset = 0 }) {
    const pen = {
      ...newPen(TOWN, wide("a"), offset), life: memory.life ? wide(memory.life) : "", cursor: utf8(memory.cursor ?? ""), sendAfter: memory.send_after ?? 0,
      durable: memory.durable ?? 0, receipt: receiptOf(memory.receipt), showGone: memory.show_gone ?? false, handedThrough: memory.handed_through ?? null,
    };
    const answer = {
      life: bytesOf(said.life, 16), server_time: said.server_time ?? 0, cursor: utf8(said.cursor ?? ""), received_through: placeOf(said.received_through),
      durable_through: placeOf(said.durable_through), wanted: said.wanted ?? null, receipt: receiptOf(said.receipt),
      fork: said.fork ? placeOf(said.fork) : null, refused: "refused" in said ? new Map([["seq", said.refused]]) : null,
    };
    const { isNewLife, isStuck, ...learnt } = learn(pen, answer, now, oldest), again = learn(learnt, answer, now, oldest);
    return {
      ...remembered(learnt), offset: learnt.offsetMs, fork_at: learnt.forkedAt, new_life: isNewLife, stuck: isStuck,
      twice: !again.isNewLife && firstDifference("", remembered(learnt), { ...remembered(again), handed_through: learnt.handedThrough }) === null,
    };
  },
  /** The successor's header; the successor is `s`. */
  reissue({ old: [device, seq, act], observed, fork_at: forkAt, common, moved, head }) {
    const touches = act === "write" ? [hex(utf8("tttttttt"))] : [], at = clock.atMs(NOW), source = hex(bytesOf("o", 32));
    const old = { municipality: TOWN, device: wide(device), seq, clock: at, record: wide("r"), key: wide("k"), act, observed: observed.map(seenOf), touches, from: null };
    const anew = new Map(moved.map((/** @type {any} */ [d, n, to, letter]) => [`${wide(d)} ${n}`, { seq: to, hash: hex(bytesOf(letter, 32)) }]));
    const pen = { municipality: TOWN, device: wide("s"), head: { seq: head, hash: hex(bytesOf("z", 32)) } };
    const made = reissued(old, source, pen, forkAt, common && seenOf(common), anew, null);
    const kept = { clock: at, record: old.record, key: old.key, act, touches, device: pen.device, from: source };
    const { seq: number, observed: names, municipality: _, ...rest } = made;
    return { seq: number, observed: named(names), kept: firstDifference("", kept, rest) === null };
  },
  /** An entry is [seq, days ago that it was written], with days ago of the server's stamp, which count for nothing. */
  forget({ entries, receipts, durable }) {
    const own = entries.map((/** @type {any} */ [seq, days]) => ({ seq, writtenMs: NOW - Math.trunc(days * DAY) }));
    return forgetThrough(own, durable, receipts, NOW);
  },
  wipe: ({ stolen, answered, received, after_ms: after, unsent }) => dueToGo({ learntMs: NOW, stolen, answered, received }, NOW + after, unsent),
  /** The number of entries that go into a push; each is [times, size, epochs that it names, the first of them, the step]. */
  slice({ waiting }) {
    return pushLength(waiting.flatMap((/** @type {number[]} */ [times, bytes, epochs, first, step]) => Array.from({ length: times }, (_, number) => (
      { bytes, epochs: Array.from({ length: epochs }, (_one, n) => hex(bigEndian(first + number * step + n, 8))) }
    ))));
  },
  /** The places that an edit observes; `many` devices more are there, each a millisecond later. */
  screen({ shown, many = 0 }) {
    const listed = shown.map((/** @type {any} */ [device, seq, ms, letter]) => ({ ...seenOf([device, seq, letter]), clock: clock.atMs(ms) }));
    const more = Array.from({ length: many }, (_, n) => ({ device: `ff${hex(bigEndian(n, 15))}`, seq: 1, short: hex(bytesOf("m", 8)), clock: clock.atMs(1_000 + n) }));
    const observed = observedOf([...listed, ...more], null), names = observed.map(({ device }) => device);
    return { count: observed.length, observed: named(observed.filter(({ device }) => !device.startsWith("ff"))), sorted: names.join() === [...names].sort().join() };
  },
  /** True if an entry that comes takes the place of the one that is there. */
  place: ({ there, comes, parted }) => displaces(there, comes, new Set(parted)),
};

/** @param {any} pen */
function remembered({ life, cursor, sendAfter, durable, receipt, showGone, handedThrough }) {
  return {
    life: letterOf(life), cursor: String.fromCharCode(...cursor), send_after: sendAfter, durable, receipt: receipt && [receipt[3], letterOf(hex(receipt[4]))],
    show_gone: showGone, handed_through: handedThrough,
  };
}

/** @param {any} row */
export async function receiptDifference(row) {
  const receipt = /** @type {any} */ (decode(unhex(row.receipt)));
  return firstDifference("genuine", row.genuine, await isSignature(unhex(row.public), receipt[6], receiptBytes(receipt)));
}

/** The request that a device posts with the invitation, and whether it believes one answer. @param {any} row @param {any} document */
export async function enrolmentDifference(row, document) {
  const invitation = readInvitation(`#${document.invitation}`), signing = unhex(document.signing), sealing = unhex(document.sealing);
  const { mac } = await enrolmentRequest(invitation, document.suite, signing, sealing), device = hex(await deviceId(signing, sealing));
  let error = null;
  try {
    await checkAnswer(invitation, decodeFact(unhex(row.keys)), decodeFact(unhex(row.certificate)), device);
  } catch (found) {
    if (!(found instanceof EnrolmentRefused || found instanceof NotSigned)) throw found;
    error = found.code;
  }
  const { mac: macPublished, device: devicePublished } = document;
  return firstDifference("enrolment", { mac: macPublished, device: devicePublished, error: row.error }, { mac: hex(mac), device, error });
}
