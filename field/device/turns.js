/**
 * Long work in turns: whoever works at many things asks after each whether it is somebody else's turn, so that a page
 * answers meanwhile.
 * @module
 */

/** How long one turn is: at a sixth of the speed still shorter than what anybody notices. */
const TURN_MS = 10;

/** What returns at once while a turn lasts, and otherwise after everybody else had one. */
export function turns() {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN_MS) return;
    await new Promise((resolve) => setTimeout(resolve));
    since = performance.now();
  };
}
