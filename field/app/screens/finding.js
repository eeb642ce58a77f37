/**
 * Searching: one field over everything, and what narrows it down; a page of what was found at a time.
 * @module
 */

import { useEffect, useMemo, useRef } from "preact/hooks";
import { titleOf } from "../showing.js";
import { ALL, found, marked, wordsOf } from "../records/searching.js";
import { back } from "../router.js";
import { Heading, html, say } from "../ui.js";
import { records, search } from "../work.js";
import { Cards } from "./today.js";

const PAGE = 40;

/** @param {{first: string}} props what is narrowed down from the beginning */
export function FindScreen({ first }) {
  const { wanted, shown } = search.value ?? { wanted: { ...ALL, needs: first === "needs", isNew: first === "news" }, shown: PAGE }, end = useRef(/** @type {any} */ (null));
  const all = records.value, list = useMemo(() => found(all, wanted), [all, wanted]), words = wordsOf(wanted.text);
  const want = (/** @type {Partial<typeof wanted>} */ change) => {
    search.value = { wanted: { ...wanted, ...change }, shown: PAGE };
  };
  const more = () => {
    search.value = { wanted, shown: shown + PAGE };
  };
  useEffect(() => {
    if (end.current === null || typeof IntersectionObserver === "undefined") return undefined;
    const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && more(), { rootMargin: "400px" });
    watch.observe(end.current);
    return () => watch.disconnect();
  }, [shown, list]);
  const forms = [...new Set(all.map((one) => one.form))].filter((slug) => slug !== ""), chip = (/** @type {string} */ name, /** @type {boolean} */ isOn, /** @type {() => void} */ press) => html`<button class="chip" aria-pressed=${isOn} onClick=${press}>${name}</button>`;
  const mark = (/** @type {string} */ text) => marked(text, words).map((part) => (part.hit ? html`<mark>${part.text}</mark>` : part.text));
  return html`<main><${Heading}>${say("find.title")}<//>
    <input type="search" aria-label=${say("find.field")} placeholder=${say("find.field")} autocomplete="off" value=${wanted.text} onInput=${(/** @type {any} */ event) => want({ text: event.target.value })} />
    <div class="chips">${chip(say("find.needs"), wanted.needs, () => want({ needs: !wanted.needs }))}${chip(say("find.new"), wanted.isNew, () => want({ isNew: !wanted.isNew }))}${chip(say("find.mine"), wanted.mine, () => want({ mine: !wanted.mine }))}
      ${chip(say("find.week"), wanted.sinceMs > 0, () => want({ sinceMs: wanted.sinceMs > 0 ? 0 : Date.now() - 7 * 86_400_000 }))}
      ${forms.length > 1 && forms.map((slug) => chip(titleOf(slug), wanted.form === slug, () => want({ form: wanted.form === slug ? "" : slug })))}</div>
    <p class="hint" role="status">${say("find.count", { count: list.length })}</p>
    <${Cards} records=${list.slice(0, shown)} mark=${words.length > 0 ? mark : undefined} />
    ${list.length > shown && html`<button class="small" ref=${end} onClick=${more}>${say("list.more", { count: list.length - shown })}</button>`}
    <div class="foot"><button onClick=${back}>${say("form.back")}</button></div></main>`;
}
