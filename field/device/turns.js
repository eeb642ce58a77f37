/**
 * Long work in turns: whoever works at many things asks after each whether it is somebody else's turn, so that a page
 * answers meanwhile.
 * @module
 */

/** The length of one turn: at a sixth of the speed still shorter than what anybody notices. */
const TURN_MS = 5;

/** Wait until everybody else had a turn. A timer would do, but of a page that is not shown it is put off for a second and more, and a first sync then takes hours. */
function others() {
  const { scheduler } = /** @type {{scheduler?: {postTask: (task: () => void) => Promise<void>}}} */ (globalThis);
  return scheduler?.postTask(() => undefined) ?? new Promise((resolve) => setTimeout(resolve));
}

/** A function that returns at once while a turn lasts, and otherwise after everybody else had one. */
export function turns() {
  let since = performance.now();
  return async () => {
    if (performance.now() - since < TURN_MS) return;
    await others();
    since = performance.now();
  };
}
