/**
 * A phone for tests: the device of `field/` under Node, over IndexedDB in memory, told what to do line by line in JSON.
 * @module
 */

import "fake-indexeddb/auto";
import { createInterface } from "node:readline";
import { hex, unhex } from "./bytes.js";
import { workOut } from "./app/working.js";
import { begin, enrol, goOn } from "./device/beginning.js";
import { Device } from "./device/device.js";
import { Door, serve } from "./device/door.js";
import { readInvitation } from "./device/enrolling.js";
import { handIn, rescueFile } from "./device/handing.js";
import { addPasskey, setPassphrase, unlockByPasskey, unlockByPassphrase, waysIn } from "./device/lock.js";
import { Store, nameOf } from "./device/store.js";
import { resume, succeedByInvitation } from "./device/succession.js";
import { Summaries } from "./device/summaries.js";
import { Sync } from "./device/syncing.js";
import { Transport, Unreachable } from "./device/transport.js";
import { decode } from "./sync/messagepack.js";

/** @type {Map<string, {device: Device, transport: Transport, editing: Map<string, any>}>} */
const phones = new Map();
const SOON_MS = 2_000; // in which an exchange that nothing holds up is answered
const storeKey = new Uint8Array(32).fill(7);
const { port1, port2 } = new MessageChannel(), door = new Door(/** @type {any} */ (port1));
serve(/** @type {any} */ (port2), { workOut });
for (const port of [port1, port2]) port.unref(); // it ends with what tells it

/** @type {Record<string, (said: any, phone: any) => Promise<unknown>>} */
const ACTS = {
  async enrol({ name, url, invitation }) {
    const read = readInvitation(`#${invitation}`);
    const transport = new Transport(url, read.municipality);
    const device = await enrol(read, transport, storeKey);
    phones.set(name, { device, transport, editing: new Map() });
    return device.id;
  },
  /** Show an invitation, and lose the answer; `isSent` says whether the server got it. */
  async loseEnrolment({ name, url, invitation, isSent }) {
    const read = readInvitation(invitation), id = await begin(read, storeKey), store = await Store.open(nameOf(read.municipality, id), storeKey), transport = new Transport(url, read.municipality);
    const deaf = /** @type {any} */ ({ post: async (/** @type {string} */ path, /** @type {Uint8Array} */ body) => {
      if (isSent) await transport.post(path, body);
      throw new Unreachable("lost");
    } });
    await goOn(store, deaf).catch((error) => {
      if (!(error instanceof Unreachable)) throw error;
    });
    phones.set(name, /** @type {any} */ ({ device: { id, store }, transport, editing: new Map() }));
    return id;
  },
  /** The page is opened anew: go on with the keys that wait; `offMs` is how far its clock is off. */
  async goOn({ offMs = 0 }, phone) {
    const store = await Store.open(phone.device.store.db.name, storeKey);
    await goOn(store, phone.transport, () => Date.now() + offMs);
    phone.device = await Device.load(store, () => Date.now() + offMs);
    return phone.device.id;
  },
  begun: async (_said, { device }) => device.store.isBegun(),
  create: async ({ form, version, answers }, { device }) => device.create(form, version, new Map(Object.entries(answers))),
  async open({ record }, { device, editing }) {
    editing.set(record, await device.open(record));
  },
  async save({ record, form, version, answers }, { device, editing }) {
    await device.save(editing.get(record) ?? (await device.open(record)), form, version, new Map(Object.entries(answers)));
  },
  mark: async ({ record, mark, form, version }, { device, editing }) => device.mark(await device.open(record), mark, form, version),
  /** `pushed`: how many entries each request had; `told`: what was told after each answer. */
  async sync({ limit }, { device, transport }) {
    const pushed = /** @type {number[]} */ ([]), told = /** @type {any[]} */ ([]), heard = /** @type {any} */ ({
      post: (/** @type {[string, Uint8Array]} */ ...asked) => transport.post(...asked),
      signed(/** @type {Parameters<Transport["signed"]>} */ ...asked) {
        if (asked[1] === "/sync") pushed.push(/** @type {any} */ (decode(asked[2])).get("entries")?.length ?? 0);
        return transport.signed(...asked);
      },
    });
    return { ...(await new Sync(device, heard, (soFar) => told.push(soFar)).run(limit)), pushed, told };
  },
  lockWith: async ({ passphrase }, { device }) => setPassphrase(device.store, storeKey, passphrase),
  passkey: async ({ secret }, { device }) => addPasskey(device.store, storeKey, unhex("c0ffee"), unhex(secret)),
  ways: async (_said, { device }) => (await waysIn(device.store)).map(({ kind }) => kind),
  unlock: async ({ passphrase, secret, at }, { device }) => hex(await (secret === undefined ? unlockByPassphrase(device.store, passphrase, at) : unlockByPasskey(device.store, unhex(secret), at))),
  /** Another copy of the same phone, as a restored backup is: both go on under one id. */
  async copy({ as }, { device, transport }) {
    const name = `${device.store.db.name}:${as}`, store = await Store.open(name, storeKey);
    for (const kept of device.store.db.objectStoreNames) {
      const tx = device.store.db.transaction(kept), keys = await tx.store.getAllKeys(), values = await tx.store.getAll();
      await store.change([kept], async (into) => {
        for (const [n, value] of values.entries()) await into.objectStore(kept).put(value, ...(into.objectStore(kept).keyPath === null ? [keys[n]] : []));
      });
    }
    phones.set(as, { device: await Device.load(store), transport, editing: new Map() });
  },
  async succeed({ invitation }, phone) {
    await succeedByInvitation(phone.device, readInvitation(invitation), phone.transport);
    phone.device = await Device.load(phone.device.store);
    return phone.device.id;
  },
  /** The server took it in the place of the old one, and before it hears so, an exchange begins: of a timer, or another tab. */
  async succeedWhileItSyncs({ invitation, byResuming }, phone) {
    const { device, transport } = phone, exchanges = /** @type {Promise<any>[]} */ ([]), slow = /** @type {any} */ ({
      signed: (/** @type {Parameters<Transport["signed"]>} */ ...asked) => transport.signed(...asked),
      async post(/** @type {[string, Uint8Array]} */ ...asked) {
        const answer = await transport.post(...asked);
        exchanges.push(byResuming ? resume(device, transport) : new Sync(device, transport).run());
        await Promise.race([exchanges[0], new Promise((resolve) => setTimeout(resolve, SOON_MS))]);
        return answer;
      },
    });
    await succeedByInvitation(device, readInvitation(invitation), slow);
    const [told] = await Promise.all(exchanges), { ended } = await device.store.pen();
    phone.device = await Device.load(device.store);
    return { told, ended, asked: exchanges.length };
  },
  /** Its last entry loses a byte of its signature on the disk: no server ever takes it. */
  async spoil(_said, { device }) {
    const { head } = await device.store.pen(), row = await device.store.db.get("journal", [device.id, head.seq]);
    await device.store.db.put("journal", { ...row, entry: { ...row.entry, sig: row.entry.sig.slice(1) } });
    return head.seq;
  },
  rescue: async (_said, { device }) => hex(await rescueFile(device.store)),
  picture: async ({ record }, { device }) => device.picture(record),
  /** What its lists show, worked out behind the door of a worker. */
  async lists(_said, { device: { store, id } }) {
    await door.ask("workOut", { name: store.db.name, key: store.key, device: id });
    const summaries = new Summaries(store);
    await summaries.read();
    return [...summaries.all.values()].map(({ record, form, text, mine, name, needs }) => ({ record, form, text, mine, name, needs }));
  },
  device: async (_said, { device }) => device.id,
  records: async (_said, { device }) => device.store.records(),
  /** Everything that its database holds, as bytes, to be searched for words. */
  async dump(_said, { device }) {
    const parts = [];
    for (const name of device.store.db.objectStoreNames) {
      for (const value of await device.store.db.getAll(name)) parts.push(JSON.stringify(value, (_, one) => (one instanceof Uint8Array ? `${hex(one)} ${Buffer.from(one).toString("latin1")}` : one)));
    }
    return parts.join("\n");
  },
  /** What it posts to a server that answers as it is told, one answer after another; `ended` says that it was revoked. */
  async scripted({ answers, ended = false }, { device }) {
    const posted = /** @type {string[]} */ ([]), post = async (/** @type {Uint8Array} */ body) => {
      posted.push(hex(body));
      return unhex(answers[posted.length - 1]);
    };
    const transport = /** @type {any} */ ({ post: (/** @type {string} */ _path, /** @type {Uint8Array} */ body) => post(body), signed: (/** @type {any[]} */ ...said) => post(said[2]) });
    if (!ended) await new Sync(device, transport).run();
    else {
      const pen = await device.store.pen();
      await device.store.change(["pen"], (tx) => tx.objectStore("pen").put({ ...pen, ended: { learntMs: 0, stolen: false, answered: false, received: false } }, "pen"));
      await handIn(device.store, transport);
    }
    return posted;
  },
  /** The hashes of what it holds, by device and seq. */
  async held(_said, { device }) {
    return (await device.store.db.getAll("journal")).map(({ device: author, seq, hash }) => [author, seq, hash]);
  },
  async tamper({ record, raw }, { device }) {
    await device.store.db.put("keys", unhex(raw), record);
    device.keys.clear();
  },
};

for await (const line of createInterface({ input: process.stdin })) {
  const said = JSON.parse(line);
  let answer;
  try {
    answer = { done: (await ACTS[said.act](said, phones.get(said.name))) ?? null };
  } catch (error) {
    const { name, code, message, stack } = /** @type {any} */ (error);
    answer = { failed: code ?? name, message, stack };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
process.exit(0); // whoever told it what to do is gone, and nothing else keeps it
