"""What can be wrong with what a device sends: one class per broken rule (SPEC.md section 9)."""

from typing import Any, ClassVar


class SyncError(Exception):
    """A rule of the protocol was broken; nothing was taken in and nothing is lost.

    `code` is stable and may be matched by programs; `message` says what happened, with numbers; `remedy`
    says what the person who holds the phone can do.
    """

    code: ClassVar[str] = "sync"
    message: ClassVar[str] = "The exchange could not be understood."
    remedy: ClassVar[str] = "Nothing is lost. Try again, or update the app."

    def __init__(self, **facts: Any) -> None:
        self.facts = facts
        super().__init__(self.message.format(**facts))


class NotMessagePack(SyncError):
    """Section 6: a request is one MessagePack value of the documented shape."""

    code = "not-messagepack"
    message = "The request is not a MessagePack message of this protocol: {why}."
    remedy = "Nothing is lost. Update the app; if it goes on, export the rescue file and tell your administrator."


class UnknownProtocol(SyncError):
    """Section 6: both sides must speak the same version."""

    code = "unknown-protocol"
    message = "The request speaks protocol {protocol}; this server speaks {supported}."
    remedy = "Nothing is lost. Update the app or the server, whichever is older."


class ClockTooFarOff(SyncError):
    """Section 6: a signed request is fresh for ten minutes, so that a recorded one cannot be replayed later."""

    code = "clock"
    message = "The request was sent {off_ms} ms away from the server's time; at most {max_ms} ms is allowed."
    remedy = "Nothing is lost. The app learns the server's time from this answer and sends again by itself."


class TimesDiffer(SyncError):
    """Section 6: the time that the headers name, which was judged, is the time that the message names."""

    code = "times-differ"
    message = "The header Veldpost-Time says {header_ms} and the member `sent` says {sent_ms}."
    remedy = "Nothing is lost. Update the app: it signs one time and sends another."


class MalformedHeader(SyncError):
    """Section 3: a header is exactly the documented array, each member in its shortest encoding."""

    code = "malformed-header"
    message = "Entry header member {member} is malformed: {why}."
    remedy = "The app made an entry that nobody can read. Update the app; it enrols anew and writes it again."


class ForeignEntry(SyncError):
    """Section 6: what is pushed under `entries` is the sender's own, for this municipality."""

    code = "foreign-entry"
    message = "Entry {seq} belongs to another {what} than the request."
    remedy = "Nothing was taken in. The app sends its own entries to its own municipality only; update the app."


class BodyHashLies(SyncError):
    """Section 3: a body is present, or its hash stands for it, and both must agree."""

    code = "body-hash"
    message = "Entry {seq} names a body hash that is not the hash of its body, or has neither."
    remedy = "The app damaged this entry. It sends it again from its own journal."


class BodyMissing(SyncError):
    """Section 3: an entry comes with its body, unless its record was erased."""

    code = "body-missing"
    message = "Entry {seq} has no body, and this server does not know that its record was erased."
    remedy = "Nothing was taken in. The app sends the erasure of the record first, or the entry with its body."


class DeviceRevoked(SyncError):
    """Section 6: a revoked device is told its signed revocations and nothing else; it hands in what it holds."""

    code = "device-revoked"
    message = "This device was revoked."
    remedy = "What it wrote can still be handed in, sealed. Give the device to your administrator."

    def __init__(self, revocations: tuple[Any, ...] = ()) -> None:
        super().__init__()
        self.revocations = revocations


class BrokenChain(SyncError):
    """Section 6: each entry names the hash of the one before it."""

    code = "broken-chain"
    message = "Entry {seq} does not follow entry {after}: the hash of the previous entry differs."
    remedy = "Nothing is lost. The app enrols anew and writes again what the server has not taken in."


class GapInPush(SyncError):
    """Section 6: the entries of one push follow each other without gaps."""

    code = "gap-in-push"
    message = "Within one push entry {found} follows {after}."
    remedy = "Nothing is lost. The app sends the missing entries again by itself."


class TooLarge(SyncError):
    """Section 3: limits that a device enforces before it chains, so that no entry blocks the chain."""

    code = "too-large"
    message = "{what} is {size}; the limit is {limit}."
    remedy = "Nothing was taken in. Split the push; an entry above a limit is written again in parts."


class BadReceipt(SyncError):
    """Section 6: only a receipt that this municipality's server signed proves what was handed in."""

    code = "bad-receipt"
    message = "The receipt for entry {seq} was not signed by this municipality's server."
    remedy = "Nothing is lost. The app sends without the receipt; the server asks for what it lacks."
