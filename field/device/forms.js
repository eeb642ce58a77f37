/**
 * The forms and lists that a device keeps: fetched as the server names them, believed by the digest that the municipality
 * signed, and every version kept that a record may be of (forms/SPEC.md 6.1).
 * @module
 */

import { hex, same } from "../bytes.js";
import { sha256 } from "../crypto/primitives.js";
import { Form } from "../forms/definition/document.js";
import { EVERY, touch } from "./store.js";

const LIST = "list/";

/** @typedef {import("./device.js").Device} Device */
/** @typedef {import("./looking.js").Looking} Looking */
/** @typedef {{form: string, version: number, digest: Uint8Array, raw: Uint8Array}} Kept */

/** Fetch every version that the facts name and that is not here yet. @param {Device} device @param {import("./transport.js").Transport} transport */
export async function fetchForms(device, transport) {
  const held = new Set(await device.store.db.getAllKeys("shelf")), { offsetMs } = await device.store.pen();
  for (const fact of device.book.all) {
    if (fact.kind !== "form" || held.has(hex(fact.digest))) continue;
    const path = fact.form.startsWith(LIST) ? `/lists/${fact.form.slice(LIST.length)}` : `/forms/${fact.form}`;
    const raw = await transport.signed("GET", `${path}/versions/${fact.version}`, new Uint8Array(0), device.now() + offsetMs, { device: device.id, signing: device.signing });
    if (!same(await sha256(raw), fact.digest)) continue; // not what was signed: asked for again the next time
    const kept = { form: fact.form, version: Number(fact.version), digest: fact.digest, raw };
    await device.store.change(["shelf", "pages"], async (tx) => {
      await tx.objectStore("shelf").put(kept, hex(fact.digest));
      await touch(tx, EVERY); // records of it are shown otherwise from now on
    });
    held.add(hex(fact.digest));
  }
}

/** The forms that are here, by name and version, and the municipality's lists. */
export class Shelf {
  /** @param {Kept[]} kept @param {Map<string, number>} retired greatest retired version of each form */
  constructor(kept, retired) {
    this.retired = retired;
    this.count = kept.length;
    /** @type {Map<string, Form>} */
    this.forms = new Map();
    /** @type {Map<string, any>} newest version of each list */
    this.lists = new Map();
    for (const { form, version, raw } of kept) {
      const document = JSON.parse(new TextDecoder().decode(raw));
      if (!form.startsWith(LIST)) this.forms.set(`${form} ${version}`, new Form(document));
      else if ((this.lists.get(form.slice(LIST.length))?.version ?? 0) < version) this.lists.set(form.slice(LIST.length), document);
    }
  }

  /** The forms of a device, which shows its records by them from here on; the same as before where none came or was retired. @param {Looking} device @param {Shelf | null} [before] */
  static async of(device, before = null) {
    const { store, book } = device, isSame = before !== null && before.retired === book.retired && (await store.db.count("shelf")) === before.count;
    const shelf = isSame ? before : new Shelf(await store.db.getAll("shelf"), book.retired);
    device.form = (slug, version) => shelf.form(slug, version);
    device.newest = (slug) => shelf.newest(slug);
    return shelf;
  }

  /** @param {string} slug @param {number} version */
  form(slug, version) {
    return this.forms.get(`${slug} ${version}`) ?? null;
  }

  /** @param {string} slug */
  newest(slug) {
    return Math.max(0, ...[...this.forms.values()].filter((form) => form.slug === slug).map((form) => form.version));
  }

  /** The newest version of every form that a record may begin with. */
  offered() {
    const newest = [...this.forms.values()].filter((form) => form.version === this.newest(form.slug));
    return newest.filter((form) => form.version > (this.retired.get(form.slug) ?? 0));
  }

  /** Every version of a form from one on, in order. @param {string} slug @param {number} version */
  from(slug, version) {
    return [...this.forms.values()].filter((form) => form.slug === slug && form.version >= version).sort((a, b) => a.version - b.version);
  }

  /** The forms that questions of others refer to. @returns {Set<string>} */
  referred() {
    return new Set([...this.forms.values()].flatMap((form) => [...form.questions, ...form.local].flatMap(({ field }) => field.form ?? [])));
  }

  /** The codes of every list with their attributes, those that are no longer offered included. @returns {Map<string, Map<string, Record<string, string>>>} */
  codes() {
    return new Map([...this.lists].map(([name, list]) => [name, new Map(list.items.map((/** @type {any} */ item) => [item.code, item.attributes ?? {}]))]));
  }
}
