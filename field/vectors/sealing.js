/**
 * Rows of `entry.json` and `attachments.json`: sealed journals and streams with every key, opened step by step.
 * @module
 */

import { hex, unhex } from "../bytes.js";
import { openEntry, recordKeys, touchOf } from "../crypto/entries.js";
import { CryptoError } from "../crypto/errors.js";
import { openEpoch, openGrant, unwrap } from "../crypto/epochs.js";
import { SUITE_XWING, sealingPublic } from "../crypto/hpke.js";
import { commitment, keyId } from "../crypto/keys.js";
import { sha256 } from "../crypto/primitives.js";
import { entryHash, parseHeader, recordId } from "../sync/entry.js";
import { firstDifference } from "./comparing.js";

/** @param {any} vector */
export async function entryDifference(vector) {
  for await (const [step, published, ours] of steps(vector)) {
    const found = firstDifference(step, published, ours);
    if (found !== null) return found;
  }
  return null;
}

/** @param {any} vector @returns {AsyncGenerator<[string, unknown, unknown]>} */
async function* steps(vector) {
  const town = unhex(vector.municipality_seed), own = unhex(vector.device_sealing_seed);
  const townPublic = await sealingPublic(SUITE_XWING, town);
  yield ["municipality_public", vector.municipality_public, hex(townPublic)];
  yield ["municipality_key_id", vector.municipality_key_id, hex(await keyId(townPublic))];
  yield ["device_sealing_public", vector.device_sealing_public, hex(await sealingPublic(SUITE_XWING, own))];
  const recordKey = unhex(vector.record_key);
  yield ["key", vector.key, hex(await commitment(recordKey))];
  yield ["record", vector.record, recordId(vector.device, vector.key)];
  const [id, , suite, sealed] = vector.epoch;
  const device = unhex(vector.device);
  const epochKey = await openEpoch(town, vector.municipality, device, unhex(id), suite, unhex(sealed), SUITE_XWING);
  yield ["epoch_key", vector.epoch_key, hex(epochKey)];
  const wrapped = vector.wrap.map(unhex);
  yield ["wrap", vector.record_key, hex(await unwrap(epochKey, vector.municipality, wrapped))];
  const { record, key, to, suite: grantSuite, sealed: grantSealed } = vector.grant;
  const opened = await openGrant(own, vector.municipality, unhex(record), unhex(key), unhex(to), grantSuite, unhex(grantSealed), SUITE_XWING);
  yield ["grant", vector.record_key, hex(opened)];
  yield* entries(vector, recordKey);
}

/** @param {any} vector @param {Uint8Array} recordKey @returns {AsyncGenerator<[string, unknown, unknown]>} */
async function* entries(vector, recordKey) {
  const keys = await recordKeys(recordKey), author = unhex(vector.device_signing_public);
  let prev = "00".repeat(32);
  for (const [n, row] of vector.entries.entries()) {
    const raw = unhex(row.header), body = unhex(row.body), header = parseHeader(raw);
    yield [`entry ${n + 1} prev`, row.prev, prev];
    const hash = entryHash(unhex(prev), raw, await sha256(body));
    yield [`entry ${n + 1} hash`, row.hash, hex(hash)];
    yield [`entry ${n + 1} act`, row.act, header.act];
    const { key, act, touches } = header;
    const plain = await openEntry({ header: raw, body, hash, sig: unhex(row.sig), key, act, touches }, author, keys);
    const said = { form: plain.form, version: plain.version, answers: Object.fromEntries(plain.answers) };
    yield [`entry ${n + 1}`, { form: row.form, version: row.form_version, answers: row.answers }, said];
    const found = await Promise.all(Object.keys(row.answers).map(async (path) => [path, hex(await touchOf(keys, path))]));
    yield [`entry ${n + 1} touches`, row.touches, Object.fromEntries(found)];
    prev = hex(hash);
  }
}

/** One opened entry, or the first check that it fails. @param {any} row */
export async function openingDifference(row) {
  const raw = unhex(row.header), body = unhex(row.body), header = parseHeader(raw);
  const hash = entryHash(new Uint8Array(32), raw, await sha256(body));
  const { key, act, touches } = header;
  const found = { hash: hex(hash), error: /** @type {string | null} */ (null), reason: /** @type {string | null} */ (null), opened: /** @type {any} */ (null) };
  try {
    const entry = { header: raw, body, hash, sig: unhex(row.sig), key, act, touches };
    const plain = await openEntry(entry, unhex(row.author), await recordKeys(unhex(row.record_key)));
    found.opened = { form: plain.form, version: plain.version, answers: plainly(plain.answers) };
  } catch (error) {
    if (!(error instanceof CryptoError)) throw error;
    Object.assign(found, { error: error.code, reason: error.reason });
  }
  const { hash: published, error, reason, opened } = row;
  return firstDifference("entry", { hash: published, error, reason, opened }, found);
}

/** Maps as objects, all the way down. @param {any} value @returns {any} */
function plainly(value) {
  if (value instanceof Map) return Object.fromEntries([...value].map(([name, member]) => [name, plainly(member)]));
  return Array.isArray(value) ? value.map(plainly) : value;
}
