"""Decides acts of staff: the fact of each, its members, and what is refused (SPEC.md section 5.8).

Each act is decided whole from what is held, before anything is signed or written. `Act` carries the fact with every
member but its signature; the caller signs it, puts it on the list outside the backups where it belongs there, and
saves it. Nothing here asks who may act: whoever has an account and the keys does.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final, NamedTuple, Protocol, TypeAlias

from sync.facts import (
    Assignment,
    Certificate,
    Erasure,
    FormRetired,
    Revocation,
    SetAside,
    Withdrawal,
)
from sync.messages import Place
from sync.proving import where_it_ends

# By a fact's purpose: what only takes away, which is done from the list alone; and what is on the list.
TAKES_AWAY: Final = ("erasure", "revocation", "withdrawal", "form-retired")
LISTED: Final = (*TAKES_AWAY, "assignment")

Deed: TypeAlias = Revocation | Withdrawal | Assignment | SetAside | Erasure | FormRetired


class Denial(NamedTuple):
    """Why nothing is done: the code of an error, and the facts that fill its sentence."""

    code: str
    facts: Mapping[str, Any]


class Act(NamedTuple):
    """The changes that an act makes: its fact, unsigned, or none where it was said before.

    `copies`: what devices said and the server took is signed before it, so that it goes on counting. `opens_to` are the
    devices to which the record is granted at once, as far as its key can be opened.
    """

    fact: Deed | None
    copies: bool = False
    opens_to: tuple[bytes, ...] = ()


class Ended(NamedTuple):
    """The end of a device, and the devices that took its place and live on: each is revoked by name."""

    act: Act
    heirs: tuple[bytes, ...]


class Book(Protocol):
    """The facts held, as acts ask them."""

    @property
    def certificates(self) -> Mapping[bytes, Certificate]:
        """The newest certificate of each device."""

    @property
    def revocations(self) -> Mapping[bytes, Revocation]:
        """The end of each revoked device."""

    def revoked(self, device: bytes) -> bool:
        """True if the device was revoked."""

    def revocations_of(self, device: bytes) -> tuple[Revocation, ...]:
        """All signed revocations of a device."""

    def heirs(self, device: bytes) -> list[bytes]:
        """The devices that took this one's place, and theirs."""

    def devices_of(self, worker: str) -> list[Certificate]:
        """The certificates of a worker's devices that are not revoked."""

    def decided_at(self, record: bytes, worker: str) -> int:
        """The time at which the newest assignment or withdrawal of a record for a worker was signed; 0 without one."""

    def erased(self, record: bytes) -> bool:
        """True if the record was erased."""


class World(Protocol):
    """The state of a server from which an act is decided; reading changes nothing."""

    municipality: str

    @property
    def book(self) -> Book:
        """The facts held now."""

    def tail(self, device: bytes) -> Place:
        """The last entry of a device's unbroken journal."""

    def last_seq(self, device: bytes) -> int:
        """The greatest seq held of a device, its own or handed in."""

    def held(self, device: bytes, seq: int) -> bytes | None:
        """The hash of what is held at a device's seq."""


def end(device: bytes, now_ms: int, world: World, *, stolen: bool, last_seq: int | None = None) -> Ended | Denial:
    """Revoke a device where its journal ends, or before, at `last_seq` (SPEC.md 5.6).

    It is signed after every revocation of the device that is held: a server's wrong clock makes no later end the first.
    """
    book = world.book
    if device not in book.certificates:
        return Denial("no-such-device", {"device": device.hex()})
    ended = book.revocations.get(device)
    before = None if ended is None else Place(ended.last_seq, ended.last_hash)
    tail, held = world.tail(device), partial(world.held, device)
    last = where_it_ends(before, tail, world.last_seq(device), held, last_seq)
    at_ms = max((now_ms, *(one.at_ms + 1 for one in book.revocations_of(device))))
    fact = Revocation(world.municipality, device, last.seq, last.hash, int(stolen), at_ms)
    heirs = tuple(heir for heir in book.heirs(device) if heir != device and not book.revoked(heir))
    return Ended(Act(fact, copies=True), heirs)


def withdraw(record: bytes, worker: str, now_ms: int, world: World) -> Act:
    """Take a record from a worker; also one that is not held, or that they do not have: it may still come."""
    return Act(Withdrawal(world.municipality, record, worker, _after_all(record, worker, now_ms, world)), copies=True)


def assign(record: bytes, worker: str, now_ms: int, world: World, *, known: bool) -> Act | Denial:
    """Give a record to a worker, if it is held (`known`): to every device they have, and will have."""
    if not known:
        return unknown(record)
    fact = Assignment(world.municipality, record, worker, _after_all(record, worker, now_ms, world))
    return Act(fact, opens_to=tuple(one.device for one in world.book.devices_of(worker)))


def set_aside(record: bytes, hash_: bytes, reason: str, world: World) -> Act:
    """Leave an entry out of every merge, by the municipality's own word."""
    return Act(SetAside(world.municipality, record, hash_, reason, None))


def erase(record: bytes, reason: str, now_ms: int, world: World, *, known: bool) -> Act | Denial:
    """Forget a record, if it is held (`known`). One that was erased is only forgotten again: nothing new is said."""
    if not known:
        return unknown(record)
    return Act(None if world.book.erased(record) else Erasure(world.municipality, record, reason, now_ms))


def retire(form: str, newest: int, now_ms: int, world: World) -> Act | Denial:
    """Begin nothing new with a form, up to the newest version that was published; 0 is none."""
    if newest == 0:
        return Denial("form-not-published", {"form": form})
    return Act(FormRetired(world.municipality, form, newest, now_ms))


def unknown(record: bytes) -> Denial:
    """The refusal of an act on a record that is not held."""
    return Denial("record-unknown", {"record": record.hex()})


def _after_all(record: bytes, worker: str, now_ms: int, world: World) -> int:
    """A time after every assignment and withdrawal of a record for a worker, so that no server clock decides."""
    return max(now_ms, world.book.decided_at(record, worker) + 1)
