/**
 * Patterns over answers, matched by following all ways at once: time is linear in the answer, whatever the pattern
 * (forms/SPEC.md 6.8). `RegExp` never sees an answer.
 * @module
 */

/** @typedef {(code: number) => boolean} Test */
/** @typedef {{test?: Test, edge?: "start" | "end", next: number[]}} State no test and no edge: it is passed at once */

const CONTROLS = /** @type {Record<string, number>} */ ({ n: 0x0a, r: 0x0d, t: 0x09 });

/** A pattern of the portable part, made ready once. */
export class Pattern {
  /** @param {string} source */
  constructor(source) {
    const reader = new Reader(source);
    this.states = reader.states;
    const { start, ends } = reader.alternatives();
    this.start = start;
    this.accept = reader.add({ next: [] });
    for (const end of ends) this.states[end].next.push(this.accept);
  }

  /** True if it stands anywhere in a text. @param {string} text */
  isIn(text) {
    const signs = [...text].map((sign) => /** @type {number} */ (sign.codePointAt(0)));
    let current = new Set();
    for (let at = 0; at <= signs.length; at += 1) {
      this.#reach(this.start, current, at === 0, at === signs.length);
      if (current.has(this.accept)) return true;
      if (at === signs.length) return false;
      const after = new Set();
      for (const state of current) {
        const { test, next } = this.states[state];
        if (test?.(signs[at])) for (const one of next) this.#reach(one, after, false, at + 1 === signs.length);
      }
      current = after;
    }
    return false;
  }

  /** Everything that is reached from a state without a sign. @param {number} first @param {Set<number>} reached @param {boolean} isStart @param {boolean} isEnd */
  #reach(first, reached, isStart, isEnd) {
    const waiting = [first];
    for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
      if (reached.has(state)) continue;
      const { test, edge, next } = this.states[state];
      if ((edge === "start" && !isStart) || (edge === "end" && !isEnd)) continue;
      reached.add(state);
      if (test === undefined) waiting.push(...next);
    }
  }
}

/** @typedef {{start: number, ends: number[]}} Piece states whose `next` still lacks what follows are its ends */

class Reader {
  /** @param {string} source */
  constructor(source) {
    this.signs = [...source];
    this.at = 0;
    /** @type {State[]} */
    this.states = [];
  }

  /** @param {State} state */
  add(state) {
    return this.states.push(state) - 1;
  }

  /** @param {string} sign */
  takes(sign) {
    if (this.signs[this.at] !== sign) return false;
    this.at += 1;
    return true;
  }

  /** @returns {Piece} */
  alternatives() {
    const pieces = [this.sequence()];
    while (this.takes("|")) pieces.push(this.sequence());
    if (pieces.length === 1) return pieces[0];
    return { start: this.add({ next: pieces.map((piece) => piece.start) }), ends: pieces.flatMap((piece) => piece.ends) };
  }

  /** @returns {Piece} */
  sequence() {
    const start = this.add({ next: [] });
    let ends = [start];
    while (this.at < this.signs.length && this.signs[this.at] !== "|" && this.signs[this.at] !== ")") {
      ends = this.join(ends, this.repeated());
    }
    return { start, ends };
  }

  /** @param {number[]} ends @param {Piece} piece */
  join(ends, piece) {
    for (const end of ends) this.states[end].next.push(piece.start);
    return piece.ends;
  }

  /** One thing as often as it says; it is read again for each time, so that every time has states of its own. @returns {Piece} */
  repeated() {
    const from = this.at;
    let piece = this.atom();
    const behind = this.at, [least, most] = this.counts();
    if (least === 1 && most === 1) return piece;
    const after = this.at;
    /** @returns {Piece} */
    const again = () => {
      this.at = from;
      piece = this.atom();
      this.at = after;
      return piece;
    };
    const start = this.add({ next: [] });
    let ends = [start];
    for (let n = 0; n < least; n += 1) ends = this.join(ends, n === 0 ? piece : again());
    if (most === Infinity) {
      const loop = this.add({ next: [] });
      this.join(ends, { start: loop, ends: [] });
      this.join(this.join([loop], least === 0 ? piece : again()), { start: loop, ends: [] });
      ends = [loop];
    } else {
      for (let n = least; n < most; n += 1) ends = [...ends, ...this.join([...ends], n === 0 ? piece : again())];
    }
    this.at = Math.max(behind, after);
    return { start, ends };
  }

  /** @returns {[number, number]} */
  counts() {
    let found = /** @type {[number, number]} */ ([1, 1]);
    if (this.takes("*")) found = [0, Infinity];
    else if (this.takes("+")) found = [1, Infinity];
    else if (this.takes("?")) found = [0, 1];
    else if (this.signs[this.at] === "{") {
      const end = this.signs.indexOf("}", this.at);
      const [least, most] = this.signs.slice(this.at + 1, end).join("").split(",");
      this.at = end + 1;
      found = [Number(least), most === undefined ? Number(least) : most === "" ? Infinity : Number(most)];
    } else return found;
    this.takes("?");
    return found;
  }

  /** @returns {Piece} */
  atom() {
    const sign = this.signs[this.at];
    this.at += 1;
    if (sign === "(") {
      if (this.takes("?")) this.takes(":");
      const piece = this.alternatives();
      this.takes(")");
      return piece;
    }
    /** @type {State} */
    const state = { next: [] };
    if (sign === "^") state.edge = "start";
    else if (sign === "$") state.edge = "end";
    else if (sign === "[") state.test = this.class();
    else {
      const code = sign === "\\" ? this.escape() : /** @type {number} */ (sign.codePointAt(0));
      state.test = (one) => one === code;
    }
    const at = this.add(state);
    return { start: at, ends: [at] };
  }

  /** @returns {number} */
  escape() {
    const sign = this.signs[this.at];
    this.at += 1;
    if (sign in CONTROLS) return CONTROLS[sign];
    if (sign !== "x" && sign !== "u") return /** @type {number} */ (sign.codePointAt(0));
    const digits = sign === "x" ? 2 : 4;
    const code = Number.parseInt(this.signs.slice(this.at, this.at + digits).join(""), 16);
    this.at += digits;
    return code;
  }

  /** @returns {number} */
  member() {
    const sign = this.signs[this.at];
    this.at += 1;
    return sign === "\\" ? this.escape() : /** @type {number} */ (sign.codePointAt(0));
  }

  /** @returns {Test} */
  class() {
    const isDenied = this.takes("^");
    /** @type {[number, number][]} */
    const ranges = [];
    while (!this.takes("]")) {
      const low = this.member();
      const isRange = this.signs[this.at] === "-" && this.signs[this.at + 1] !== "]";
      if (isRange) this.at += 1;
      ranges.push([low, isRange ? this.member() : low]);
    }
    return (code) => ranges.some(([low, high]) => low <= code && code <= high) !== isDenied;
  }
}
