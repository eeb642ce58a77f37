/**
 * Hybrid clocks (sync/SPEC.md 1): sixteen hexadecimal digits, whose order as text is their order.
 * @module
 */

const FAST_MS = 300_000;
const GREATEST = (1n << 64n) - 1n;

/** The clock of a moment with a count of 0. @param {number} ms */
export function atMs(ms) {
  return (BigInt(ms) << 16n).toString(16).padStart(16, "0");
}

/** The Unix milliseconds in a clock. @param {string} clock */
export function msOf(clock) {
  return Number.parseInt(clock.slice(0, 12), 16);
}

/** The clock that decides what is shown first: never after the stamp. @param {string} clock @param {number | null} received */
export function effective(clock, received) {
  if (received === null) return clock;
  const stamp = atMs(received);
  return clock < stamp ? clock : stamp;
}

/** The clock of what is written now, after all that is followed. @param {string} latest @param {number} nowMs */
export function tick(latest, nowMs) {
  const wall = BigInt(nowMs) << 16n;
  const after = BigInt(`0x${latest}`) + 1n;
  const next = wall > after ? wall : after;
  return (next > GREATEST ? GREATEST : next).toString(16).padStart(16, "0");
}

/**
 * The greatest effective clock among the own last entry and all that is observed; zeros where there is none.
 * @param {Iterable<[string, number | null]>} followed clock and smallest known stamp of each
 */
export function latest(followed) {
  let greatest = "0".repeat(16);
  for (const [clock, received] of followed) {
    const shown = effective(clock, received);
    if (shown > greatest) greatest = shown;
  }
  return greatest;
}

/** True if an entry says a time more than five minutes after its stamp. @param {string} clock @param {number} received */
export function isOff(clock, received) {
  return BigInt(`0x${clock}`) >> 16n > BigInt(received + FAST_MS);
}
