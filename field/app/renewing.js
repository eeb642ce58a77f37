/**
 * Gives an open device other keys: by a new invitation, another passphrase, a passkey.
 * @module
 */

import { addPasskey, removePasskey, setPassphrase } from "../device/lock.js";
import { makePasskey } from "../device/passkey.js";
import { succeedByInvitation } from "../device/succession.js";
import { harden } from "./beside.js";
import { own } from "./holder.js";
import { worker } from "./session.js";
import { synchronise } from "./syncing.js";

/** Go on under new keys, as an invitation in this device's place allows; the queue goes along. @param {import("../device/enrolling.js").Invitation} invitation */
export async function renew(invitation) {
  const held = own();
  await succeedByInvitation(held.device, invitation, held.transport);
  await held.again();
  await synchronise();
}

/** @param {string} passphrase */
export async function changePassphrase(passphrase) {
  const { device, storeKey } = own();
  await setPassphrase(device.store, storeKey, passphrase, harden);
}

/** Put a passkey beside the passphrase; throws `PasskeyError`. */
export async function putPasskey() {
  const { device, storeKey } = own(), { id, secret } = await makePasskey(`Veldpost ${worker.value?.label ?? ""}`.trim());
  await addPasskey(device.store, storeKey, id, secret);
}

export async function dropPasskey() {
  await removePasskey(own().device.store);
}
