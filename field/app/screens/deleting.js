/**
 * Asks before a record is deleted: what goes, and who decides.
 * @module
 */

import { useEffect, useRef } from "preact/hooks";
import { isForTwo } from "../records/deleting.js";
import { titleOf } from "../showing.js";
import { html, say } from "../ui.js";
import { mark, records, shelf } from "../work.js";

/** @typedef {import("./record.js").Look} Look */
/** @typedef {import("../../forms/definition/document.js").Form} Form */

/** The question before a record is deleted. @param {{look: Look, form: Form | null, close: () => void}} props */
export function Deleting({ look, form, close }) {
  const place = useRef(/** @type {HTMLDialogElement | null} */ (null)), picture = /** @type {any} */ (look.picture);
  useEffect(() => place.current?.showModal(), []);
  const name = records.value.find((one) => one.record === picture.record)?.name.join(", ") ?? "", isTwo = isForTwo(look.history, form, (slug, version) => shelf.value.form(slug, version));
  const go = async () => {
    place.current?.close();
    await mark(look.editing, "delete", picture);
  };
  return html`<dialog ref=${place} class="asks" aria-labelledby="deleting" onClose=${close}><h2 id="deleting">${say("delete.title")}</h2>
    <p><strong><bdi>${name || titleOf(picture.form, picture.columns)}</bdi></strong>${name && html`<br />${titleOf(picture.form, picture.columns)}`}</p>
    <p>${say(isTwo ? "delete.two" : "delete.goes")}</p>
    <div class="stack"><button class="wide" autofocus onClick=${() => place.current?.close()}>${say("delete.no")}</button><button class="danger" onClick=${go}>${say(isTwo ? "delete.ask" : "delete.yes")}</button></div></dialog>`;
}
