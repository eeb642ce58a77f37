/**
 * The look of a municipality: its style sheet over ours, once it is known whose device this is. The service worker keeps it.
 * @module
 */

import { effect } from "@preact/signals";
import { worker } from "./session.js";

const KEPT = "themes"; // where the service worker looks for them

/** Put on the theme of whoever works here; without anybody all is ours. */
export function wearThemes() {
  /** @type {HTMLLinkElement | null} */
  let sheet = null;
  effect(() => {
    const town = worker.value?.municipality, href = town && `/field/theme/${encodeURIComponent(town)}.css`;
    if (href === (sheet?.getAttribute("href") ?? undefined)) return;
    sheet?.remove();
    sheet = href ? Object.assign(document.createElement("link"), { rel: "stylesheet", href }) : null;
    if (sheet === null || !href) return;
    document.head.append(sheet);
    void keep(href).catch(() => undefined); // without a connection there is none to keep
  });
}

/** Keep a theme also where the service worker came too late to see it fetched. @param {string} href */
async function keep(href) {
  const kept = await caches.open(KEPT);
  if ((await kept.match(href)) === undefined) await kept.add(href);
}
