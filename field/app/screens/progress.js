/**
 * The progress of long work, in numbers: what was sent and received so far, and how many records were opened.
 * @module
 */

import { locale } from "../times.js";
import { sync } from "../syncing.js";
import { html, say } from "../ui.js";
import { working } from "../work.js";

/** Work that is done in a moment is not worth a line that comes and goes. */
const SMALL = 50;
/** A reader hears of every so many: one that is told every number says nothing else any more. */
const SPOKEN_EVERY = 1_000;

/** @param {number} count */
function numbered(count) {
  return count.toLocaleString(locale());
}

/** The work that is under way and long enough to be told: a name of words, how many, and of how many where that is known. @returns {{name: string, done: number, of: number | null}[]} */
export function underWay() {
  const { sent, of, received } = sync.value.soFar ?? { sent: 0, of: 0, received: 0 }, opened = working.value, found = [];
  if (of > SMALL && sent < of) found.push({ name: "progress.sent", done: sent, of });
  if (received > SMALL) found.push({ name: "progress.received", done: received, of: null });
  if (opened.of > SMALL) found.push({ name: "progress.opened", done: opened.done, of: opened.of });
  return found;
}

/** The progress, seen at once and heard now and then. */
export function Progress() {
  const found = underWay(), text = (/** @type {ReturnType<typeof underWay>[number]} */ { name, of }, /** @type {number} */ done) => say(name, { done: numbered(done), of: numbered(of ?? 0) });
  const heard = found.filter(({ done }) => done >= SPOKEN_EVERY).map((one) => text(one, one.done - (one.done % SPOKEN_EVERY)));
  return html`${found.length > 0 && html`<ul class="progress">${found.map((one) => html`<li key=${one.name}><span id=${one.name}>${text(one, one.done)}</span>
      <progress aria-labelledby=${one.name} max=${one.of ?? undefined} value=${one.of === null ? undefined : one.done} /></li>`)}</ul>`}<p class="visually-hidden" role="status">${heard.join(". ")}</p>`;
}
