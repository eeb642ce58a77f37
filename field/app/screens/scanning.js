/**
 * Scan an invitation: with the camera, or from a picture of it.
 * @module
 */

import { useEffect, useRef, useState } from "preact/hooks";
import { invitationIn } from "../arriving.js";
import { Fault, Heading, html, say } from "../ui.js";

/** @param {{go: (read: any) => void, link: () => void, back: () => void}} props */
export function Scan({ go, link, back }) {
  const video = useRef(/** @type {HTMLVideoElement | null} */ (null)), [fault, setFault] = useState(""), [hasCamera, setCamera] = useState(true);
  const take = (/** @type {string | null} */ text) => {
    try {
      if (text === null) throw new Error("no code");
      go(invitationIn(text));
      return true;
    } catch {
      setFault(say(text === null ? "scan.none" : "scan.other"));
      return false;
    }
  };
  useEffect(() => {
    const leaving = new AbortController();
    import("../scanning.js").then(({ watch }) => watch(/** @type {HTMLVideoElement} */ (video.current), take, leaving.signal)).catch((error) => {
      if (leaving.signal.aborted) return;
      setCamera(false);
      setFault(say("scan.camera"));
      if (error.name !== "Error") console.error(error);
    });
    return () => leaving.abort();
  }, []);
  const pick = async (/** @type {any} */ event) => {
    const [picture] = event.target.files;
    if (picture === undefined) return;
    event.target.value = "";
    const { readPicture } = await import("../scanning.js");
    take(await readPicture(picture).catch(() => null));
  };
  return html`<main class="calm"><${Heading}>${say("scan.title")}<//><p>${say("scan.text")}</p>
    ${hasCamera && html`<div class="finder"><video ref=${video} muted playsinline aria-label=${say("scan.view")}></video></div>`}
    <${Fault} text=${fault} />
    <div class="stack"><label class="file"><span class="button">${say("scan.picture")}</span><input type="file" accept="image/*" aria-label=${say("scan.picture")} onChange=${pick} /></label>
    <button class="wide" onClick=${link}>${say("scan.link")}</button><button class="plain" onClick=${back}>${say("back")}</button></div></main>`;
}
