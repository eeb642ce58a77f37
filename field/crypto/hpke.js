/**
 * Sealing to a public key, single shot (crypto/SPEC.md 1). A context is never kept: the library's contexts reuse nonces.
 * @module
 */

import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";
import { XWing } from "@hpke/hybridkem-x-wing";
import { join } from "../bytes.js";
import { CryptoError } from "./errors.js";
import { own, publicOfSeed } from "./primitives.js";

export const SUITE_X25519 = 1;
export const SUITE_XWING = 2;
/** @type {Record<number, {kem: () => any, encapsulated: number}>} */
const SUITES = {
  [SUITE_X25519]: { kem: () => new DhkemX25519HkdfSha256(), encapsulated: 32 },
  [SUITE_XWING]: { kem: () => new XWing(), encapsulated: 1_120 },
};

/** @param {number} suite @param {number} [minimum] */
function suiteOf(suite, minimum = SUITE_X25519) {
  if (!(suite in SUITES)) throw new CryptoError("unknown-suite");
  if (suite < minimum) throw new CryptoError("suite-too-weak");
  const { kem, encapsulated } = SUITES[suite];
  return { suite: new CipherSuite({ kem: kem(), kdf: new HkdfSha256(), aead: new Aes256Gcm() }), encapsulated };
}

/** @param {number} suite @param {Uint8Array} publicKey @param {Uint8Array} plain @param {Uint8Array} info */
export async function sealTo(suite, publicKey, plain, info) {
  const { suite: hpke } = suiteOf(suite);
  const recipientPublicKey = await hpke.kem.deserializePublicKey(own(publicKey).buffer);
  const sender = await hpke.createSenderContext({ recipientPublicKey, info: own(info).buffer });
  const ciphertext = await sender.seal(own(plain).buffer);
  return join(new Uint8Array(sender.enc), new Uint8Array(ciphertext));
}

/**
 * Nothing where it does not open; `suite-too-weak` before anything is tried.
 * @param {number} suite @param {Uint8Array} seed @param {Uint8Array} sealed @param {Uint8Array} info @param {number} minimum
 */
export async function openFrom(suite, seed, sealed, info, minimum) {
  const { suite: hpke, encapsulated } = suiteOf(suite, minimum);
  const recipientKey = await hpke.kem.importKey("raw", own(seed).buffer, false);
  const enc = own(sealed.subarray(0, encapsulated)).buffer;
  try {
    const recipient = await hpke.createRecipientContext({ recipientKey, enc, info: own(info).buffer });
    return new Uint8Array(await recipient.open(own(sealed.subarray(encapsulated)).buffer));
  } catch {
    return null;
  }
}

/** The public key of a sealing seed. @param {number} suite @param {Uint8Array} seed */
export async function sealingPublic(suite, seed) {
  if (suite === SUITE_X25519) return publicOfSeed("X25519", seed);
  suiteOf(suite);
  const pair = await new XWing().generateKeyPairDerand(own(seed));
  return new Uint8Array(await new XWing().serializePublicKey(pair.publicKey));
}
