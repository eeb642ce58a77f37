"""Errors in what a device sends: one class per broken rule (SPEC.md section 9)."""

from typing import Any, ClassVar


class SyncError(Exception):
    """A rule of the protocol was broken; nothing was taken in and nothing is lost.

    `code` is stable and may be matched by programs. The sentences of a code, what happened and what the person who
    holds the phone can do, stand in `said/`, a file a language, and are filled with the facts.
    """

    code: ClassVar[str] = "sync"

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.code)

    def __str__(self) -> str:
        facts = ", ".join(f"{name}={value!r}" for name, value in self.facts.items())
        return f"{self.code} ({facts})" if facts else self.code


class NotMessagePack(SyncError):
    """Section 6: a request is one MessagePack value of the documented shape."""

    code = "not-messagepack"


class UnknownProtocol(SyncError):
    """Section 6: both sides must speak the same version."""

    code = "unknown-protocol"


class ClockTooFarOff(SyncError):
    """Section 6: a signed request is fresh for ten minutes, so that a recorded one cannot be replayed later."""

    code = "clock"


class TimesDiffer(SyncError):
    """Section 6: the time that the headers name, which was judged, is the time that the message names."""

    code = "times-differ"


class MalformedHeader(SyncError):
    """Section 3: a header is exactly the documented array, each member in its shortest encoding."""

    code = "malformed-header"


class ForeignEntry(SyncError):
    """Section 6: what is pushed under `entries` is the sender's own, for this municipality."""

    code = "foreign-entry"


class BodyHashLies(SyncError):
    """Section 3: a body is present, or its hash stands for it, and both must agree."""

    code = "body-hash"


class BodyMissing(SyncError):
    """Section 3: an entry comes with its body, unless its record was erased."""

    code = "body-missing"


class DeviceRevoked(SyncError):
    """Section 6: a revoked device is told its signed revocations and nothing else; it hands in what it holds."""

    code = "device-revoked"

    def __init__(self, revocations: tuple[Any, ...] = ()) -> None:
        super().__init__()
        self.revocations = revocations


class BrokenChain(SyncError):
    """Section 6: each entry names the hash of the one before it."""

    code = "broken-chain"


class GapInPush(SyncError):
    """Section 6: the entries of one push follow each other without gaps."""

    code = "gap-in-push"


class TooLarge(SyncError):
    """Section 3: limits that a device enforces before it chains, so that no entry blocks the chain."""

    code = "too-large"


class BadReceipt(SyncError):
    """Section 6: only a receipt that this municipality's server signed proves what was handed in."""

    code = "bad-receipt"
