/**
 * The errors of what came over the wire: one class a rule, with its stable code (sync/SPEC.md 9).
 * @module
 */

/** A broken rule of sync/SPEC.md. */
export class SyncError extends Error {
  static code = "sync";

  /** @param {Record<string, unknown>} [facts] */
  constructor(facts = {}) {
    super(/** @type {typeof SyncError} */ (new.target).code);
    this.code = /** @type {typeof SyncError} */ (new.target).code;
    this.facts = facts;
  }
}

/** Bytes are not the MessagePack that a message has. */
export class NotMessagePack extends SyncError {
  static code = "not-messagepack";

  /** @param {string} why */
  constructor(why) {
    super({ why });
  }
}

/** A member of a header is not what 3.2 says. */
export class MalformedHeader extends SyncError {
  static code = "malformed-header";

  /** @param {string} member */
  constructor(member) {
    super({ member });
  }
}

/** More of something than 3.3 allows. */
export class TooLarge extends SyncError {
  static code = "too-large";

  /** @param {string} what @param {number} size @param {number} limit */
  constructor(what, size, limit) {
    super({ what, size, limit });
  }
}

/** An entry of another municipality, or of another device than pushes it. */
export class ForeignEntry extends SyncError {
  static code = "foreign-entry";
}

/** A body that is not the one of its hash, or neither of the two. */
export class BodyHash extends SyncError {
  static code = "body-hash";
}

/** A new entry came without its body. */
export class BodyMissing extends SyncError {
  static code = "body-missing";
}

/** An entry does not name the one before it. */
export class BrokenChain extends SyncError {
  static code = "broken-chain";
}

/** The seqs of a push do not follow each other. */
export class GapInPush extends SyncError {
  static code = "gap-in-push";
}

/** A request whose time is more than ten minutes off. */
export class ClockOff extends SyncError {
  static code = "clock";
}

/** A request of another version of the protocol. */
export class UnknownProtocol extends SyncError {
  static code = "unknown-protocol";
}

/** The first fault of a push, and the seq at which it stands. */
export class Refused extends Error {
  /** @param {number} seq @param {SyncError} cause */
  constructor(seq, cause) {
    super(cause.code);
    this.seq = seq;
    this.cause = cause;
    this.code = cause.code;
  }
}
