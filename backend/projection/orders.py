"""Messages on the pipes of a process that reads a municipality's stores: what is asked, and what it answers.

Keys go over the pipe and nowhere else: no argument, no environment, no file.
"""

from typing import Final, TypeAlias

import msgspec

from backend.errors import (
    BackendError,
    StoreBusy,
    StoreCorrupt,
    StoreFailed,
    StoreFull,
    StoreTooNew,
    WrongStoreKey,
)
from backend.municipality.custody import ReadingKeys
from backend.sentences import Words
from backend.stores.places import RECORDS_FILE
from backend.stores.server_errors import ServerBehind, StandbyAway, StoreAway, StoreOfAnotherServer, StoreReadOnly
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


class Project(msgspec.Struct, frozen=True, tag="project"):
    """Begins to keep the tables of a folder, with the keys that read it."""

    folder: str
    minimum_suite: int
    sealing: bytes
    records_key: bytes

    def __repr__(self) -> str:
        return "Project(…)"


class Step(msgspec.Struct, frozen=True, tag="step"):
    """Projects the next piece of a folder's journal."""

    folder: str


class Rebuild(msgspec.Struct, frozen=True, tag="rebuild"):
    """Forgets a folder's tables; the next steps make them again."""

    folder: str


class Close(msgspec.Struct, frozen=True, tag="close"):
    """Closes a folder's stores and lets its keys go."""

    folder: str


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


class Strays(msgspec.Struct, frozen=True, tag="strays"):
    """Looks for what the tables hold and no record of the journal accounts for."""


Check: TypeAlias = Sound | Places | Chain | Tables | Strays
Keeping: TypeAlias = Project | Step | Rebuild | Close
Order: TypeAlias = Start | Check | Keeping


class Fault(msgspec.Struct, frozen=True, tag="fault"):
    """One fault: what was found, how bad it is, and what to do; both as words that are said to whoever reads them."""

    what: Words
    severity: str
    do: str


class Found(msgspec.Struct, frozen=True, tag="found"):
    """The result of a check: faults, entries whose signature does not fit, records whose tables differ."""

    faults: tuple[Fault, ...] = ()
    badly_signed: tuple[bytes, ...] = ()
    differing: tuple[bytes, ...] = ()


class Stepped(msgspec.Struct, frozen=True, tag="stepped"):
    """The result of a step of the projection: what the journal must be told, and how far it is."""

    position: int
    until: int
    failed: tuple[tuple[bytes, bytes, str], ...] = ()
    unopened: tuple[bytes, ...] = ()
    reopened: tuple[bytes, ...] = ()
    dirty: tuple[tuple[bytes, bytes], ...] = ()
    stale: bool = False
    waits: tuple[int, int, int] | None = None

    @property
    def more(self) -> bool:
        """True if the journal holds more than was projected, or a new form version has records to draw again."""
        return self.position < self.until or self.stale


class Broke(msgspec.Struct, frozen=True, tag="broke"):
    """The process could not do what was asked: the kind of error, and an error of a store with its facts."""

    kind: str
    code: str = ""
    facts: dict[str, str | int] = {}


Answer: TypeAlias = Found | Stepped | Broke

_orders: Final[msgspec.msgpack.Decoder[Order]] = msgspec.msgpack.Decoder(Order)
_answers: Final[msgspec.msgpack.Decoder[Answer]] = msgspec.msgpack.Decoder(Answer)
_STORE_ERRORS: Final[dict[str, type[BackendError]]] = {
    error.code: error
    for error in (
        StoreBusy, StoreCorrupt, StoreFailed, StoreFull, StoreTooNew, WrongStoreKey,
        ServerBehind, StandbyAway, StoreAway, StoreOfAnotherServer, StoreReadOnly,
    )
}  # fmt: skip
_encode: Final = msgspec.msgpack.Encoder().encode


def start_of(folder: str, keys: ReadingKeys) -> Start:
    """The message that lets a process read a municipality's stores."""
    return Start(folder, keys.minimum_suite, keys.sealing.seed().reveal(), keys.records_key.reveal())


def project_of(folder: str, keys: ReadingKeys) -> Project:
    """The message that lets a process keep a municipality's tables."""
    return Project(folder, keys.minimum_suite, keys.sealing.seed().reveal(), keys.records_key.reveal())


def keys_of(start: Start | Project, code: str) -> ReadingKeys:
    """The keys in a message."""
    return ReadingKeys(code, start.minimum_suite, Secret(start.sealing), Secret(start.records_key))


def framed(message: msgspec.Struct) -> bytes:
    """A message with its length before it."""
    raw = _encode(message)
    return len(raw).to_bytes(LENGTH_BYTES, "big") + raw


def broke(error: Exception) -> Broke:
    """An error as it crosses a pipe."""
    if isinstance(error, BackendError) and error.code in _STORE_ERRORS:
        return Broke(type(error).__name__, error.code, error.facts)
    return Broke(type(error).__name__)


def error_of(told: Broke) -> BackendError:
    """The error that crossed a pipe; one of no store is named by its kind."""
    made = _STORE_ERRORS.get(told.code)
    return StoreFailed(store=RECORDS_FILE, why=told.kind) if made is None else made(**told.facts)


def order(raw: bytes) -> Order:
    """An order from its bytes."""
    return _orders.decode(raw)


def answer(raw: bytes) -> Answer:
    """An answer from its bytes."""
    return _answers.decode(raw)
