/**
 * The steps to take in a tab of a phone that throws away what tabs keep: put Veldpost on the home screen, and nothing else.
 * @module
 */

import { useState } from "preact/hooks";
import { arrived } from "../arriving.js";
import { FootLine, Heading, Mark, Notice, html, say } from "../ui.js";

/** @param {{back: (() => void) | null}} props `back` where somebody works here already */
export function Install({ back }) {
  const [told, setTold] = useState(""), hasLink = arrived.value !== "";
  const copy = async () => {
    const link = location.origin + location.pathname + arrived.value;
    setTold(await navigator.clipboard.writeText(link).then(() => say("install.copied"), () => say("remedy.other")));
  };
  return html`<main class="calm"><${Mark} /><${Heading}>${say("install.title")}<//><p>${say("install.text")}</p>
    ${hasLink && html`<${Notice}><p>${say("install.link.text")}</p><button onClick=${copy}>${say("install.copy")}</button><p role="status">${told}</p><//>`}
    <ol class="steps"><li>${say("install.share")}</li><li>${say("install.add")}</li><li>${say(hasLink ? "install.open.link" : "install.open")}</li></ol>
    ${back !== null && html`<button class="plain" onClick=${back}>${say("back")}</button>`}<${FootLine} /></main>`;
}
