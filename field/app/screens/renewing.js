/**
 * Go on under new keys: when the certificate ends, or where two copies of this device wrote. What waits goes along.
 * @module
 */

import { useState } from "preact/hooks";
import { arrived, invitationIn } from "../arriving.js";
import { renew } from "../renewing.js";
import { remedyOf } from "../remedies.js";
import { worker } from "../session.js";
import { Fault, Heading, Notice, html, say } from "../ui.js";
import { Link, Town } from "./entering.js";
import { Scan } from "./scanning.js";

/** @typedef {import("../../device/enrolling.js").Invitation} Invitation */

/** @param {{go: (...parts: string[]) => void}} props */
export function Renew({ go }) {
  const [step, setStep] = useState("begin"), [invitation, setInvitation] = useState(/** @type {Invitation | null} */ (null)), [fault, setFault] = useState(""), here = /** @type {any} */ (worker.value);
  const take = (/** @type {Invitation} */ read) => {
    arrived.value = "";
    setFault(read.municipality === here.municipality ? "" : say("renew.elsewhere"));
    setInvitation(read);
    setStep(read.municipality === here.municipality ? "town" : "begin");
  };
  const come = async () => {
    setStep("busy");
    try {
      await renew(/** @type {Invitation} */ (invitation));
      setStep("done");
    } catch (error) {
      setFault(remedyOf(error));
      setStep("begin");
    }
  };
  const fromAddress = () => {
    try {
      take(invitationIn(arrived.value));
    } catch {
      setFault(say("enrol.bad"));
    }
  };
  if (step === "scan") return html`<${Scan} go=${take} link=${() => setStep("link")} back=${() => setStep("begin")} />`;
  if (step === "link") return html`<${Link} go=${take} back=${() => setStep("begin")} />`;
  if (step === "town") return html`<${Town} invitation=${invitation} yes=${come} no=${() => setStep("begin")} />`;
  if (step === "done") return html`<main class="calm"><${Heading}>${say("renew.done")}<//><p>${say("renew.done.text")}</p><button class="main" onClick=${() => go()}>${say("today.title")}</button></main>`;
  return html`<main class="calm"><${Heading}>${say("renew.title")}<//><p>${say("renew.text")}</p>
    <${Notice} title=${say("renew.number", { device: here.device.slice(0, 8) })}><p>${say("renew.number.text")}</p><//><${Fault} text=${fault} /><p role="status">${step === "busy" ? say("renew.busy") : ""}</p>
    <div class="stack">${arrived.value !== "" && html`<button class="main" onClick=${fromAddress}>${say("renew.arrived")}</button>`}<button class="main" disabled=${step === "busy"} onClick=${() => setStep("scan")}>${say("welcome.scan")}</button><button class="wide" disabled=${step === "busy"} onClick=${() => setStep("link")}>${say("welcome.link")}</button><button class="plain" onClick=${() => go()}>${say("back")}</button></div></main>`;
}
