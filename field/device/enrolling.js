/**
 * The enrolment of a device: it shows an invitation, and believes nothing before the municipality's keys were
 * checked against it (sync/SPEC.md 7.4).
 * @module
 */

import { hex, same, unhex } from "../bytes.js";
import { hmac, isSignature, publicOfSeed, randomBytes, sha256 } from "../crypto/primitives.js";
import { sealingPublic, SUITE_XWING } from "../crypto/hpke.js";
import { deviceId } from "../crypto/keys.js";
import { signedBytes } from "../crypto/signatures.js";
import { NotMessagePack } from "../sync/errors.js";
import { KINDS, factBytes, factOf } from "../sync/facts.js";
import { decode, encode } from "../sync/messagepack.js";

/** @typedef {{municipality: string, token: Uint8Array, secret: Uint8Array, bundleHash: Uint8Array}} Invitation */
/** @typedef {{device: string, suite: number, signing: Uint8Array, sealing: Uint8Array}} Identity seeds of a device's own keys */

/** The server's keys are not those of the invitation, or the certificate is another device's. */
export class EnrolmentRefused extends Error {
  code = "enrolment-refused";
}

/** The municipality did not sign what came. */
export class NotSigned extends Error {
  code = "bad-signature";
}

/** The invitation in a link's fragment: its MessagePack in lower-case hexadecimal. @param {string} fragment @returns {Invitation} */
export function readInvitation(fragment) {
  let found;
  try {
    found = decode(unhex(fragment.replace(/^#/, "")));
  } catch {
    found = null;
  }
  const [municipality, token, secret, bundleHash] = Array.isArray(found) && found.length === 4 ? found : [];
  const isWhole = typeof municipality === "string" && /^GM[0-9]{4}$/.test(municipality) && [token, secret, bundleHash].every((part) => part instanceof Uint8Array);
  if (!isWhole) throw new NotMessagePack("it is no invitation");
  return { municipality, token, secret, bundleHash };
}

/** Fresh keys. @param {number} [suite] @returns {Promise<Identity>} */
export async function newIdentity(suite = SUITE_XWING) {
  const signing = randomBytes(32), sealing = randomBytes(32);
  const id = await deviceId(await publicOfSeed("Ed25519", signing), await sealingPublic(suite, sealing));
  return { device: hex(id), suite, signing, sealing };
}

/**
 * The request that is posted with an invitation for a device with these public keys.
 * @param {Invitation} invitation @param {number} suite @param {Uint8Array} signing @param {Uint8Array} sealing
 */
export async function enrolmentRequest({ token, secret }, suite, signing, sealing) {
  return { token, suite, signing, sealing, mac: await hmac(secret, signedBytes("enrol", [token, suite, signing, sealing])) };
}

/** The hash of the municipality's keys that an invitation carries. @param {import("../sync/facts.js").Fact} keys */
export function bundleHash(keys) {
  return sha256(signedBytes("bundle", KINDS.keys.map((name) => keys[name])));
}

/**
 * Check an answer: the keys by the invitation, then both facts by the keys.
 * @param {Invitation} invitation @param {import("../sync/facts.js").Fact} keys @param {import("../sync/facts.js").Fact} certificate @param {string} device
 */
export async function checkAnswer(invitation, keys, certificate, device) {
  const bundle = keys.kind === "keys" ? await bundleHash(keys) : new Uint8Array(0);
  const isOurs = same(bundle, invitation.bundleHash) && certificate.kind === "certificate" && hex(certificate.device) === device;
  if (!isOurs) throw new EnrolmentRefused("the server's keys are not those of the invitation");
  for (const fact of [keys, certificate]) {
    if (!(await isSignature(keys.signing, fact.sig, factBytes(fact)))) throw new NotSigned("the municipality did not sign what came");
  }
}

/**
 * Show an invitation with a device's public keys, and check the answer.
 * @param {Invitation} invitation @param {Identity} identity @param {import("./transport.js").Transport} transport
 */
export async function askToEnrol(invitation, identity, transport) {
  const signing = await publicOfSeed("Ed25519", identity.signing), sealing = await sealingPublic(identity.suite, identity.sealing);
  const request = await enrolmentRequest(invitation, identity.suite, signing, sealing);
  const answer = decode(await transport.post("/enrolments", encode(request)), { exact: true });
  if (!(answer instanceof Map)) throw new NotMessagePack("it is no answer to an enrolment");
  const keys = factOf(answer.get("keys")), certificate = factOf(answer.get("certificate"));
  await checkAnswer(invitation, keys, certificate, identity.device);
  return { keys, certificate, serverTime: Number(answer.get("server_time")) };
}
