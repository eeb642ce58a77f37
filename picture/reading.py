"""The entries of a record after they were opened, and what a picture is told beside them (SPEC.md section 2)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from picture.sheets import Sheets
from sync.clock import effective, wall_ms
from sync.factbook import FactBook
from sync.facts import DESK
from sync.merge import Arrival, RecordState

AMSTERDAM: Final = ZoneInfo("Europe/Amsterdam")
LAST_MS: Final = 253_370_000_000_000  # in the year 9998: a clock beyond it has no date

Order = tuple[int, bytes, int]


class Opened(NamedTuple):
    """One admitted entry with its answers; a delete or restore has none."""

    arrival: Arrival
    form: str
    version: int
    answers: Mapping[str, Any]

    @property
    def order(self) -> Order:
        """The place of the entry among others: effective clock, device, seq."""
        header = self.arrival.header
        return effective(header.clock, self.arrival.received), header.device, header.seq

    @property
    def at_ms(self) -> int:
        """The time at which the entry was written, never after its receipt."""
        return wall_ms(effective(self.arrival.header.clock, self.arrival.received))


class Failed(NamedTuple):
    """An admitted entry that fails a check, with the reason that a set-aside carries for it."""

    hash: bytes
    device: bytes
    reason: str


class Aside(NamedTuple):
    """An entry that does not count and that a person may take in: of a revoked device, or of a journal that parted.

    `answers` are empty where it does not open.
    """

    arrival: Arrival
    reason: str
    answers: Mapping[str, Any] | None


class Reading(NamedTuple):
    """A record as far as it can be read now; without `touch` nothing of it opens.

    `touch` gives the name of a path in headers. `held` are entries (hash, device, reason) that do not count, and
    `bodiless` are admitted ones (hash, device) whose body has not come.
    """

    record: bytes
    touch: Callable[[str], bytes] | None
    state: RecordState
    opened: tuple[Opened, ...]
    failed: tuple[Failed, ...] = ()
    held: tuple[tuple[bytes, bytes, str], ...] = ()
    bodiless: tuple[tuple[bytes, bytes], ...] = ()
    aside: tuple[Aside, ...] = ()


class Around(NamedTuple):
    """Everything outside the record that its picture depends on: forms and facts of the municipality."""

    municipality: str
    sheets: Sheets
    facts: FactBook

    def worker(self, device: bytes) -> str:
        """Return the worker of a device, or the device's id where it was never certified."""
        return self.facts.worker(device) or device.hex()

    def is_office(self, device: bytes) -> bool:
        """Report whether a device speaks for the office: its role is `desk`."""
        return self.facts.role(device) == DESK

    def takes_in(self, device: bytes, old: bytes) -> bool:
        """Report whether an entry of `device` may stand for one of `old`: a desk device's may, and the successor's."""
        return self.is_office(device) or (self.facts.certified(device) and self.facts.predecessor(device) == old)


def today_of_draft(device_ms: int, offset_ms: int) -> str:
    """Return what `today()` is while a form is filled in: the date that the entry will have (`forms/SPEC.md` 10.6).

    `device_ms` is the device's clock, `offset_ms` what it learnt of the server's (`sync/SPEC.md` 8.3).
    """
    return today_at(device_ms + offset_ms)


def today_at(ms: int) -> str:
    """Return the date in the Netherlands at a moment."""
    return datetime.fromtimestamp(min(ms, LAST_MS) / 1000, AMSTERDAM).date().isoformat()
