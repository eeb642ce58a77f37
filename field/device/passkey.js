/**
 * Passkeys, as browsers give them: one is made beside a passphrase, and its PRF gives the secret of a slot. Whether a
 * device has it is learnt from the answer, never from the browser's name.
 * @module
 */

import { randomBytes } from "../crypto/primitives.js";
import { utf8 } from "../bytes.js";

const SALT = utf8("veldpost/1/device-slot/passkey/1"); // 32 bytes, the same for ever: another one gives another secret
const SECRET_BYTES = 32;

/** A passkey was not made, or gave nothing. */
export class PasskeyError extends Error {
  /** @param {"cancelled" | "no-prf"} code */
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/** True if this browser can be asked for a passkey at all: a passkey belongs to a name, and an address in figures is none. */
export function asksPasskeys() {
  return globalThis.isSecureContext && typeof globalThis.PublicKeyCredential === "function" && !/^[\d.]+$|:/.test(location.hostname);
}

/** Make a passkey on this device; `label` is what its list calls it. Throws `PasskeyError`. @param {string} label @returns {Promise<{id: Uint8Array, secret: Uint8Array}>} */
export async function makePasskey(label) {
  const made = await created(label, true).catch((error) => {
    if (error.name === "NotAllowedError") throw error;
    return created(label, false); // some refuse to evaluate while they create
  }).catch(cancelled);
  const id = new Uint8Array(made.rawId), found = made.getClientExtensionResults().prf;
  if (found === undefined || found.enabled === false) throw new PasskeyError("no-prf");
  return { id, secret: found.results === undefined ? await askPasskey(id) : secretOf(found) };
}

/** The secret of a passkey, after its holder agreed. Throws `PasskeyError`. @param {Uint8Array} id */
export async function askPasskey(id) {
  const publicKey = {
    challenge: randomBytes(32), allowCredentials: [{ type: /** @type {const} */ ("public-key"), id: new Uint8Array(id) }],
    userVerification: /** @type {const} */ ("required"), extensions: { prf: { eval: { first: SALT } } },
  };
  const given = await navigator.credentials.get({ publicKey }).catch(cancelled);
  return secretOf(/** @type {any} */ (given)?.getClientExtensionResults().prf);
}

/** @param {string} label @param {boolean} evaluates @returns {Promise<any>} */
async function created(label, evaluates) {
  const made = await navigator.credentials.create({
    publicKey: {
      rp: { name: "Veldpost" }, user: { id: randomBytes(16), name: label, displayName: label }, challenge: randomBytes(32),
      pubKeyCredParams: [{ type: "public-key", alg: -7 }, { type: "public-key", alg: -257 }],
      authenticatorSelection: { residentKey: "preferred", userVerification: "required" },
      extensions: { prf: evaluates ? { eval: { first: SALT } } : {} },
    },
  });
  if (made === null) throw new PasskeyError("cancelled");
  return made;
}

/** @param {any} prf */
function secretOf(prf) {
  const first = prf?.results?.first;
  if (first === undefined) throw new PasskeyError("no-prf");
  const secret = new Uint8Array(first);
  if (secret.length !== SECRET_BYTES) throw new PasskeyError("no-prf");
  return secret;
}

/** @param {Error} error @returns {never} */
function cancelled(error) {
  if (error instanceof PasskeyError) throw error;
  throw new PasskeyError("cancelled");
}
