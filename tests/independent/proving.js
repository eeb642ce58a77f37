/**
 * What the ends of a revoked device's journal prove, and which photos it finishes, from sync/SPEC.md 5.7 and 11.7 alone.
 * @module
 */

/** @typedef {{seq: number, hash: string}} Place */
/** @typedef {Place & {atMs: number}} End what the municipality signed, and when */

/**
 * The ends of a journal, the strongest first: revocations as they were signed, then receipts.
 * @param {End[]} revocations @param {End[]} receipts
 */
export function byStrength(revocations, receipts) {
  const signed = [...revocations].sort((one, two) => one.atMs - two.atMs || one.seq - two.seq || (one.hash < two.hash ? -1 : 1));
  return [...signed, ...receipts];
}

/**
 * @param {End[]} ends the strongest first @param {Place} tail @param {(seq: number) => string | undefined} held
 * @param {(seq: number) => number | undefined} received the stamp of what is held
 * @param {(seq: number) => Map<string, string>} links what is in its place or kept apart at a seq: hash to prev
 */
export function prove(ends, tail, held, received, links) {
  /** @type {Map<number, string>} */
  const proven = new Map();
  /** @type {Place[]} */
  const down = [];
  for (const end of ends) {
    if (walksDown(end, proven, down, tail, held, received, links)) down.push(end);
  }
  const left = [...proven].filter(([seq, hash]) => seq <= tail.seq && held(seq) !== hash).map(([seq]) => seq);
  let after = tail;
  if (left.length > 0) {
    const before = Math.min(...left) - 1;
    after = { seq: before, hash: held(before) ?? "0".repeat(64) };
  }
  for (const end of down) if (end.seq > after.seq) after = end;
  for (;;) {
    const above = after.seq + 1, hash = proven.get(above) ?? held(above);
    if (after.seq < ends[0].seq || hash === undefined || links(above).get(hash) !== after.hash) return { proven, tail: after };
    after = { seq: above, hash };
  }
}

/**
 * One chain, from its end as far as it goes; whether it comes down to what is unbroken.
 * @param {End} end @param {Map<number, string>} proven @param {Place[]} down @param {Place} tail
 * @param {(seq: number) => string | undefined} held @param {(seq: number) => number | undefined} received @param {(seq: number) => Map<string, string>} links
 */
function walksDown(end, proven, down, tail, held, received, links) {
  let { seq, hash } = end;
  for (; seq > 0; seq -= 1) {
    const there = proven.get(seq);
    if (there !== undefined) return there === hash && down.some((one) => one.seq >= seq);
    if (seq <= tail.seq && held(seq) === hash) return true;
    if (seq <= tail.seq && held(seq) !== undefined && (received(seq) ?? Infinity) <= end.atMs) return false;
    const prev = links(seq).get(hash);
    if (prev === undefined) return seq === tail.seq && hash === tail.hash;
    proven.set(seq, hash);
    hash = prev;
  }
  return true;
}

/**
 * Whether a device that has ended may bring an attachment of a record.
 * @param {number | null} lastGood @param {number | null} first seq of its first entry there that counts
 */
export function finishesUpload(lastGood, first) {
  return first !== null && (lastGood === null || first <= lastGood);
}
