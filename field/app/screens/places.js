/**
 * The screen at each place (`router.js`).
 * @module
 */

import { go, place } from "../router.js";
import { html } from "../ui.js";
import { FillingScreen } from "./filling.js";
import { FindScreen } from "./finding.js";
import { Saved } from "./finishing.js";
import { BothScreen } from "./both.js";
import { NewScreen } from "./beginning.js";
import { RecordScreen } from "./record.js";
import { Renew } from "./renewing.js";
import { Me } from "./settings.js";
import { Sending } from "./syncing.js";
import { TodayScreen } from "./today.js";

/** The screen of a place, and what it is told: the parts behind its name. @type {Record<string, (rest: string[]) => any>} */
const SCREENS = {
  new: () => html`<${NewScreen} />`,
  find: (rest) => html`<${FindScreen} key=${rest.join("/")} first=${rest[0] ?? ""} />`,
  saved: ([record = ""]) => html`<${Saved} record=${record} />`,
  sync: () => html`<${Sending} go=${go} />`,
  me: () => html`<${Me} go=${go} />`,
  renew: () => html`<${Renew} go=${go} />`,
  d: ([id, at = ""]) => html`<${FillingScreen} key=${id} id=${id} at=${at} />`,
  r: ([record, at = "", n = ""]) => (at === "both" ? html`<${BothScreen} key=${`${record} ${n}`} record=${record} number=${Number(n)} />` : html`<${RecordScreen} key=${record} record=${record} />`),
};

export function Place() {
  const [name = "", ...rest] = place.value;
  return Object.hasOwn(SCREENS, name) ? SCREENS[name](rest) : html`<${TodayScreen} />`;
}
