"""Authority: the signer of each fact, whose grants count, and who is sent a record now (SPEC.md 4.1, 5 and 6.8).

Three questions that must have one answer on every server, device and reader:

- *Who signs this fact?* `signer_of` names the only key whose signature makes a fact true.
- *Who may write in this record?* The least fixed point over a set of grants: from the creator and the municipality
  outwards. Facts arrive in any order, so it never asks when something was said.
- *Who is sent this record now?* Of those who may write, the devices that are not revoked and whose worker's newest
  assignment or withdrawal of the record is not a withdrawal.

Nothing here verifies a signature: the callers do, with the key that `signer_of` names.
"""

from collections.abc import Callable, Collection, Iterable
from typing import Final, Literal, NamedTuple, Protocol, TypeAlias

from sync.entry import record_id
from sync.facts import DESK, WORKER, Fact, Grant, Hole, Report, SetAside

MUNICIPALITY: Final = "municipality"  # the municipality's signing key
RECEIPT: Final = "receipt"  # its receipt key, which a server holds apart

Signer: TypeAlias = Literal["municipality", "receipt"] | bytes


class Roles(Protocol):
    """The roles of devices, as the municipality said them."""

    def role(self, device: bytes) -> str | None:
        """The role that a device was ever certified with; nothing if it never was."""


def signer_of(fact: Fact, roles: Roles) -> Signer | None:
    """Return whose signature makes a fact true: a key of the municipality, a device, or nobody.

    A device signs its own grants and reports, and a desk device what it sets aside. Whether a grant counts is another
    question, since its signer may be granted the record later: `granted_devices` answers it.
    """
    match fact:
        case Hole():
            return RECEIPT
        case Grant(by=by) if by is not None:
            return by if roles.role(by) in (WORKER, DESK) else None
        case SetAside(by=by) if by is not None:
            return by if roles.role(by) == DESK else None
        case Report():
            return fact.by if roles.role(fact.by) in (WORKER, DESK) else None
        case _:
            return MUNICIPALITY


class Gift(NamedTuple):
    """A grant as admission sees it: who opened which record, under which key, to whom; `by` nil is the municipality."""

    record: bytes
    key: bytes
    by: bytes | None
    to: bytes


class Standing(Protocol):
    """The statements of the municipality, as the rules about grants ask for them."""

    def predecessor(self, device: bytes) -> bytes | None:
        """The device whose place this one took."""

    def passes_on(self, record: bytes, device: bytes) -> bool:
        """True if what the device granted counts without a copy by the municipality.

        It does until the device is revoked or the record is withdrawn from its worker.
        """


def granted_devices(gifts: Collection[Gift], facts: Standing) -> frozenset[bytes]:
    """Return the devices to which the grants of one record open it: the least fixed point.

    What the municipality granted counts always. What a device granted counts if the device passes on and may write
    itself, in whatever order the grants came.
    """
    counted = {gift.to for gift in gifts if gift.by is None}
    waiting = [gift for gift in gifts if gift.by is not None and facts.passes_on(gift.record, gift.by)]
    while True:
        fresh = {
            gift.to
            for gift in waiting
            if gift.to not in counted
            and gift.by is not None
            and holds(gift.record, gift.key, gift.by, counted.__contains__, facts)
        }
        if not fresh:
            return frozenset(counted)
        counted |= fresh


def holds(record: bytes, key: bytes, device: bytes, granted: Callable[[bytes], bool], facts: Standing) -> bool:
    """True if a device created a record, was granted it, or succeeds a device that did or was."""
    visited: set[bytes] = set()
    holder: bytes | None = device
    while holder is not None and holder not in visited:
        if record_id(holder, key) == record or granted(holder):
            return True
        visited.add(holder)
        holder = facts.predecessor(holder)
    return False


class Delivery(Protocol):
    """The statements of the municipality, as delivery asks for them."""

    def worker(self, device: bytes) -> str | None:
        """The worker of a certified device."""

    def revoked(self, device: bytes) -> bool:
        """True if the device was revoked."""

    def delivers(self, record: bytes, worker: str) -> bool:
        """True if the worker's newest assignment or withdrawal of the record, if any, is not a withdrawal."""


def is_sent(record: bytes, device: bytes, facts: Delivery) -> bool:
    """True if a device that may write in a record is sent it now."""
    worker = facts.worker(device)
    return worker is not None and not facts.revoked(device) and facts.delivers(record, worker)


def readers(record: bytes, holders: Iterable[bytes], facts: Delivery) -> tuple[bytes, ...]:
    """Return the devices that are sent a record now, of those that may write in it."""
    return tuple(device for device in dict.fromkeys(holders) if is_sent(record, device, facts))


REVOKED: Final = "device-revoked"
WITHDRAWN: Final = "withdrawn"
NO_ACCESS: Final = "no-access"
OWN_WORKER: Final = "own-worker"
UNCERTIFIED: Final = "device-unknown"


def is_signed_too(grant: Grant, may_write: bool, facts: Delivery, *, promised: bool = False) -> bool:
    """True if the municipality signs what a device granted: its signer has the record now, whatever was before.

    A grant that was taken while it counted, and that nobody could sign before its signer lost the record, is promised:
    it is signed as soon as its signer may write by the grants that are signed.
    """
    assert grant.by is not None
    if promised:
        return may_write
    giver = facts.worker(grant.by)
    return giver is not None and may_write and not facts.revoked(grant.by) and facts.delivers(grant.record, giver)


def against_taking(grant: Grant, facts: Delivery) -> str | None:
    """Return why a device's grant is never taken, however it comes and whoever may write later; nothing if it may be.

    Its grantee is not certified or is revoked, is the signer's own worker's, or the record was withdrawn from that
    worker: what was taken away gives nothing, also where nobody knows yet that the signer ever had it.
    """
    assert grant.by is not None
    giver, receiver = facts.worker(grant.by), facts.worker(grant.to)
    if receiver is None or facts.revoked(grant.to):
        return UNCERTIFIED
    if receiver == giver:
        return OWN_WORKER
    return None if giver is None or facts.delivers(grant.record, giver) else WITHDRAWN


def against_grant(grant: Grant, may_write: bool, facts: Delivery) -> str | None:
    """Return why a server does not take a device's grant now; nothing if it takes it.

    A grant is taken from a device that has the record now, to another worker's device that is not revoked. What was
    taken goes on counting whatever happens to its signer, because the municipality signs it too.
    """
    assert grant.by is not None
    if facts.revoked(grant.by):
        return REVOKED
    why = against_taking(grant, facts)
    if why is not None:
        return why
    return NO_ACCESS if facts.worker(grant.by) is None or not may_write else None


def finishes_upload(last_good: int | None, first_counting: int | None) -> bool:
    """True if a device that has ended may still bring an attachment of a record (SPEC.md section 11.7).

    `first_counting` is the seq of its first entry in the record that counts, `last_good` where a revocation ends it.
    The server cannot read which attachment an entry names; that the device wrote there, and that it counts, it can.
    """
    return first_counting is not None and (last_good is None or first_counting <= last_good)
