/**
 * A form being filled: it is held by one tab, kept a moment after the last key, and shown page by page, as an overview,
 * or with what is missing. Leaving loses nothing and asks nothing.
 * @module
 */

import { signal } from "@preact/signals";
import { useEffect, useMemo, useReducer, useRef, useState } from "preact/hooks";
import { hold } from "../../device/locks.js";
import { isEmpty } from "../filling/draft.js";
import { Filling } from "../filling/filling.js";
import { hintsOn } from "../filling/hints.js";
import { today } from "../showing.js";
import { clock } from "../times.js";
import { go } from "../router.js";
import { Heading, html, say } from "../ui.js";
import { holdForm } from "../updating.js";
import { drafts, keep, offsetMs, readDrafts, shelf } from "../work.js";
import { Finish } from "./finishing.js";
import { Overview } from "./overview.js";
import { SectionPage } from "./section.js";
import { LastVisit } from "./last_visit.js";
import { NewerVersion } from "./newer_version.js";

/** The time after a key at which what follows from it is drawn: typing goes on meanwhile. */
const DRAWN_MS = 280;
/** Nothing moves under a finger that is down, but not for ever. */
const PRESS_MS_MAX = 2_000;
let pressedMs = 0;
addEventListener("pointerdown", () => {
  pressedMs = Date.now();
}, true);
for (const end of ["pointerup", "pointercancel"]) {
  addEventListener(end, () => {
    pressedMs = 0;
  }, true);
}

/** @typedef {import("../filling/draft.js").Draft} Draft */
/** @typedef {"typed" | "left"} How */
/**
 * @typedef {object} Desk what the screens of one form share
 * @property {Filling} filling
 * @property {(path: string, value: unknown, how?: How) => void} set
 * @property {(how?: How) => void} changed more than one answer changed
 * @property {(at: string | number) => void} turn to a section, `overview`, `finish` or `last`
 * @property {import("@preact/signals").Signal<string>} kept what is said of keeping
 * @property {{path: string}} sought the place that the next page is turned to for, or empty
 */

/** @param {{id: string, at: string}} props */
export function FillingScreen({ id, at }) {
  const [held, setHeld] = useState(/** @type {"asking" | "mine" | "elsewhere"} */ ("asking")), draft = useMemo(() => drafts.peek().find((one) => one.id === id), [id]);
  useEffect(() => {
    let isGone = false, release = /** @type {(() => void) | null} */ (null);
    const close = holdForm(); // a newer version of the app waits as long
    void hold(`draft:${id}`).then((mine) => {
      release = mine;
      if (isGone) mine?.();
      else setHeld(mine === null ? "elsewhere" : "mine");
    });
    return () => {
      isGone = true;
      void readDrafts().catch(() => undefined).then(() => {
        release?.();
        close();
      });
    };
  }, [id]);
  const form = draft && shelf.peek().form(draft.form, draft.version);
  if (draft === undefined || form === null || form === undefined) return html`<${Nothing} said="draft.gone" />`;
  if (held === "asking") return null;
  return held === "mine" ? html`<${Held} draft=${draft} form=${form} at=${at} />` : html`<${Nothing} said="draft.elsewhere" />`;
}

/** @param {{said: string}} props */
function Nothing({ said }) {
  return html`<main class="calm"><${Heading}>${say(said)}<//><button class="main" onClick=${() => go()}>${say("today.title")}</button></main>`;
}

/** @param {{draft: Draft, form: import("../../forms/definition/document.js").Form, at: string}} props */
function Held({ draft: first, form: own, at }) {
  const [form, setForm] = useState(own), [draft, setDraft] = useState(first), [, redraw] = useReducer((/** @type {number} */ n) => n + 1, 0), timer = useRef(/** @type {any} */ (0));
  const filling = useMemo(() => new Filling(form, structuredClone(draft), { today: today(offsetMs.value), lists: shelf.value.codes() }), [form, draft]);
  filling.at(today(offsetMs.value));
  const kept = useMemo(() => signal(""), []);
  const acts = useMemo(() => deskOf(filling, kept, timer, () => redraw(0)), [filling]);
  const desk = { ...acts }; // another one each time: what is drawn from an answer is drawn again
  useEffect(() => () => clearTimeout(timer.current), []);
  const carry = (/** @type {Draft} */ moved) => {
    const form = /** @type {typeof own} */ (shelf.value.form(moved.form, moved.version));
    setForm(form);
    setDraft(moved);
    void keep(moved);
    go("d", moved.id, 0);
  };
  if (at === "overview") return html`<${Overview} desk=${desk} />`;
  if (at === "finish") return html`<${Finish} desk=${desk} />`;
  if (at === "last") return html`<${LastVisit} desk=${desk} />`;
  if (at === "newer") return html`<${NewerVersion} desk=${desk} carry=${carry} />`;
  return html`<${SectionPage} key=${at} desk=${desk} at=${Number(at) || 0} />`;
}

/** @param {Filling} filling @param {import("@preact/signals").Signal<string>} kept @param {{current: any}} timer @param {() => void} redraw @returns {Desk} */
function deskOf(filling, kept, timer, redraw) {
  const { draft } = filling;
  let isWritten = draft.record !== null || !isEmpty(filling.form, draft);
  const store = () => {
    kept.value = "";
    isWritten ||= !isEmpty(filling.form, draft);
    if (!isWritten) return;
    const tell = (/** @type {string} */ text) => {
      kept.value = text;
    };
    keep(draft).then(() => tell(say("form.kept.at", { when: clock(Date.now()) })), () => tell(say("form.full")));
  };
  let face = "", typed = /** @type {unknown} */ (null);
  /** The look of it now: what follows from answers, and the hints at the text that is typed. */
  const faceNow = () => JSON.stringify([filling.face(), typeof typed === "string" ? hintsOn(typed) : []]);
  const drawNow = () => {
    redraw();
    face = faceNow();
  };
  const draw = (/** @type {How} */ how) => {
    if (Date.now() - pressedMs < PRESS_MS_MAX) timer.current = setTimeout(draw, DRAWN_MS, how);
    else if (how === "left" || face !== faceNow()) drawNow();
  };
  const changed = (/** @type {How | undefined} */ how = undefined) => {
    store();
    clearTimeout(timer.current);
    if (how === undefined) drawNow();
    else timer.current = setTimeout(draw, DRAWN_MS, how);
  };
  return {
    filling, kept, changed, sought: { path: "" },
    set: (path, value, how) => {
      filling.set(path, value);
      typed = value;
      changed(how);
    },
    turn: (at) => {
      if (typeof at === "number" && draft.section !== at) {
        draft.section = at;
        store();
      }
      go("d", draft.id, at);
    },
  };
}
