/**
 * The last visit to the same family: its answers one by one, of which the worker chooses what holds again.
 * @module
 */

import { useEffect, useState } from "preact/hooks";
import { newItem } from "../filling/items.js";
import { lastAbout, offersOf, take } from "../filling/starting.js";
import { labelOf, valueOf } from "../showing.js";
import { moment } from "../times.js";
import { Heading, html, said, say } from "../ui.js";
import { glance, records } from "../work.js";

/** @typedef {import("../filling/starting.js").Offer} Offer */

/** @param {{desk: import("./filling.js").Desk}} props */
export function LastVisit({ desk }) {
  const { filling, turn } = desk, [last] = useState(() => lastAbout(filling, records.value)), [offers, setOffers] = useState(/** @type {Offer[]} */ ([])), [chosen, setChosen] = useState(/** @type {Set<Offer>} */ (new Set()));
  useEffect(() => {
    if (last !== null) void glance(last.record).then(({ picture }) => setOffers(offersOf(filling, picture)));
  }, []);
  const { form, draft } = filling, flip = (/** @type {Offer} */ one) => setChosen(new Set(chosen.has(one) ? [...chosen].filter((other) => other !== one) : [...chosen, one]));
  const accept = () => {
    let ms = Date.now();
    take(filling, offers.filter((one) => chosen.has(one)), () => newItem((ms += 1)));
    desk.changed();
    turn(draft.section);
  };
  const sections = form.sections.map(({ title }, n) => ({ title, own: offers.filter((one) => filling.sectionOf(one.path) === n) })).filter(({ own }) => own.length > 0), items = [...new Set(offers.map((one) => one.group))].filter((group) => group !== null);
  /** Of which item an answer is. @param {Offer} one @param {Record<string, string>} title */
  const itemOf = ({ group }, title) => (group === null ? "" : say("form.item", { what: said(title), n: items.filter((item) => item.startsWith(group.slice(0, group.lastIndexOf("/") + 1))).indexOf(group) + 1 }));
  return html`<main class="form"><${Heading}>${say("last.title")}<//><p class="hint">${last === null ? say("last.none") : say("last.text", { when: moment(last.changedMs) })}</p>
    ${sections.map(({ title, own }) => html`<section><h2>${said(title)}</h2><div class="options">${own.map((one) => html`<label class="option" key=${one.path}><input type="checkbox" checked=${chosen.has(one)} onChange=${() => flip(one)} /> <span>${one.group !== null && html`<span class="hint">${itemOf(one, title)}</span> `}<strong>${labelOf(form, one.path)}</strong><br />${valueOf(form, one.path, one.value)}</span></label>`)}</div></section>`)}
    <div class="foot"><button onClick=${() => turn(draft.section)}>${say("form.back")}</button><button class="main" disabled=${chosen.size === 0} onClick=${accept}>${say("last.take", { count: chosen.size })}</button></div></main>`;
}
