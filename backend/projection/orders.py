"""What is asked of a process that reads a municipality's stores, and what it answers, as messages on its pipes.

Keys go over the pipe and nowhere else: no argument, no environment, no file.
"""

from typing import Final, TypeAlias

import msgspec

from backend.municipality.custody import ReadingKeys
from crypto.secrets import Secret

LENGTH_BYTES: Final = 4


class Start(msgspec.Struct, frozen=True, tag="start"):
    """Opens the stores of a folder with the keys that read them."""

    folder: str
    minimum_suite: int
    sealing: bytes
    records_key: bytes

    def __repr__(self) -> str:
        return "Start(…)"


class Sound(msgspec.Struct, frozen=True, tag="sound"):
    """Looks at the pages of a store."""

    store: str


class Places(msgspec.Struct, frozen=True, tag="places"):
    """Checks the entries and facts between two positions, the later one included."""

    after: int
    until: int


class Chain(msgspec.Struct, frozen=True, tag="chain"):
    """Checks that a device's journal hangs together between two seqs, the later one included."""

    device: bytes
    after: int
    until: int


class Tables(msgspec.Struct, frozen=True, tag="tables"):
    """Compares the tables with what the journal gives, for the records with numbers between two.

    Entries up to `checked` were checked; `badly_signed` are those that failed.
    """

    after: int
    until: int
    checked: int
    badly_signed: tuple[bytes, ...]


Check: TypeAlias = Sound | Places | Chain | Tables


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """One fault: what was found, how bad it is, and what to do."""

    what: str
    severity: str
    do: str


class Found(msgspec.Struct, frozen=True, tag="found"):
    """What a check found: faults, entries whose signature does not fit, records whose tables differ."""

    faults: tuple[Fault, ...] = ()
    badly_signed: tuple[bytes, ...] = ()
    differing: tuple[bytes, ...] = ()


class Broke(msgspec.Struct, frozen=True, tag="broke"):
    """The process could not do what was asked."""

    why: str


_orders: Final[msgspec.msgpack.Decoder[Start | Check]] = msgspec.msgpack.Decoder(Start | Check)
_answers: Final[msgspec.msgpack.Decoder[Found | Broke]] = msgspec.msgpack.Decoder(Found | Broke)
_encode: Final = msgspec.msgpack.Encoder().encode


def start_of(folder: str, keys: ReadingKeys) -> Start:
    """The message that lets a process read a municipality's stores."""
    return Start(folder, keys.minimum_suite, keys.sealing.seed().reveal(), keys.records_key.reveal())


def keys_of(start: Start, code: str) -> ReadingKeys:
    """The keys in a message."""
    return ReadingKeys(code, start.minimum_suite, Secret(start.sealing), Secret(start.records_key))


def framed(message: msgspec.Struct) -> bytes:
    """A message with its length before it."""
    raw = _encode(message)
    return len(raw).to_bytes(LENGTH_BYTES, "big") + raw


def order(raw: bytes) -> Start | Check:
    """An order from its bytes."""
    return _orders.decode(raw)


def answer(raw: bytes) -> Found | Broke:
    """An answer from its bytes."""
    return _answers.decode(raw)
