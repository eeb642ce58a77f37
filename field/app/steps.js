/**
 * The steps of a screen that is no place of its own, as on the way in: going back leads to the step before, and out of the
 * app only from the first.
 * @module
 */

import { useEffect, useState } from "preact/hooks";

/** @param {string} first @returns {[string, (next: string) => void]} the step, and how to go on to the next */
export function useSteps(first) {
  const [step, setStep] = useState(first);
  useEffect(() => {
    const come = (/** @type {PopStateEvent} */ event) => setStep(event.state?.step ?? first);
    addEventListener("popstate", come);
    return () => removeEventListener("popstate", come);
  }, []);
  const turn = (/** @type {string} */ next) => {
    history.pushState({ step: next }, "");
    setStep(next);
    scrollTo(0, 0);
  };
  return [step, turn];
}
