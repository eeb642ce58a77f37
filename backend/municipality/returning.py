"""Notices at the start that a journal was put back, and applies to it what was taken away since (sync/SPEC.md 7.2).

A journal is put back by `veldpost restore`, which leaves `restore.json` in the folder, or by anybody who copies a
snapshot back: then a row that was committed and is on the list outside the backups is missing. Either begins a new
life that waits for a person: until somebody confirms where the list ends, nothing is delivered, for the list itself may
be an old copy, and a revocation that nobody knows of cannot be applied.

A row that was never committed (the process was killed between the list and the commit, or the disk was full) is applied
as well where it takes something away; it is no restore. An assignment gives: one that was never committed is none, for
whoever gave it was told that it failed, or was told nothing.
"""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import ClassVar, Final, NamedTuple, Protocol

import msgspec

from backend.clock import Clock
from backend.errors import BackendError
from backend.municipality.auditing import Auditing, genuine_heads, note_lost
from backend.municipality.erasing import Erasing
from backend.municipality.exchange import Exchange, about_of
from backend.municipality.intake import Intake
from backend.municipality.outside import AUDIT_HEAD, KINDS, Outside, Row, name_of
from backend.municipality.unit import Unit
from backend.sentences import words
from backend.signing import is_genuine
from backend.stores.ledger import Engine, Journal
from backend.stores.rows import ACCOUNT, ORIGIN
from sync.audit import LOST
from sync.factbook import FactBook
from sync.facts import Assignment, Erasure, Fact, decode_fact, purpose_of, record_of

RESTORE_FILE: Final = "restore.json"
RESTORE: Final = "restore"  # under this name the audit keeps what a restore did by itself
EMPTY_LIST: Final = "empty"


class ListNotConfirmed(BackendError):
    """A restored municipality delivers nothing until a person says where its list ends."""

    code: ClassVar[str] = "list-not-confirmed"


class ListDiffers(BackendError):
    """The list ends elsewhere: whoever confirms it names its end, so that an old copy is noticed."""

    code: ClassVar[str] = "list-differs"


class Restored(msgspec.Struct, frozen=True):
    """A note that `veldpost restore` leaves in the folder that it put in place."""

    aside: str
    at_ms: int


class Town(Protocol):
    """The parts of a municipality that the comparison needs."""

    @property
    def folder(self) -> Path: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def book(self) -> FactBook: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def exchanges(self) -> Exchange: ...
    @property
    def outside(self) -> Outside: ...
    @property
    def erasing(self) -> Erasing: ...
    @property
    def unit(self) -> Unit: ...
    @property
    def auditing(self) -> Auditing: ...


class _Lacking(NamedTuple):
    facts: tuple[tuple[Row, Fact], ...]
    heads: bool  # whether an audit head that was signed is of a later line than the journal holds

    @property
    def was_restored(self) -> bool:
        return self.heads or any(row.done for row, _ in self.facts)


def take_up(town: Town) -> None:
    """Compare the journal with the list, begin a new life if it was restored, and apply what it lacks."""
    marker, now_ms = town.folder / RESTORE_FILE, town.clock.now_ms()
    told = _told(marker)
    if told is not None and told.aside:
        _carry_audit(town, town.folder.parent / told.aside)
    lacking = _lacking(town)
    with town.unit.at_start():
        if lacking.heads:
            note_lost(town.journal, town.outside, town.folder.name, _signing(town), now_ms)
        if told is not None:
            aside = words("audit-restored-aside", folder=told.aside) if told.aside else words("audit-restored")
            _begin(town, "restored", aside.kept)
        elif lacking.was_restored:
            _begin(town, "behind-the-list", words("audit-list-knows-more").kept)
        for _, fact in lacking.facts:
            if not isinstance(fact, Erasure):
                town.intake.take_fact(fact, town.clock.now_ms())
                _audit(town, purpose_of(fact), record_of(fact), about_of(fact))
        town.erasing.replay([fact for _, fact in lacking.facts if isinstance(fact, Erasure)])
    town.erasing.clean_up()
    town.outside.complete(
        (kind, raw) for kind in KINDS for raw in town.journal.payloads(kind) if not town.outside.is_done(raw)
    )
    marker.unlink(missing_ok=True)


def end_of(outside: Outside) -> str:
    """The time of the newest fact on a list, in UTC to the second, as a person compares it."""
    times = [getattr(decode_fact(row.raw), "at_ms", 0) for row in outside.rows() if row.kind in KINDS]
    return shown_time(max(times)) if times else EMPTY_LIST


def shown_time(at_ms: int) -> str:
    """A time in UTC as people type it back."""
    return datetime.fromtimestamp(min(at_ms, 253_402_300_799_999) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _told(marker: Path) -> Restored | None:
    if not marker.exists():
        return None
    try:
        return msgspec.json.decode(marker.read_bytes(), type=Restored)
    except msgspec.MsgspecError:
        return Restored("", 0)


def _lacking(town: Town) -> _Lacking:
    present = {name_of(raw) for kind in KINDS for raw in town.journal.payloads(kind)}
    facts = []
    for row in town.outside.rows():
        if row.kind != AUDIT_HEAD and name_of(row.raw) not in present:
            fact = decode_fact(row.raw)
            known = isinstance(fact, Erasure) and town.book.erased(fact.record)
            gives = isinstance(fact, Assignment) and not row.done
            if (
                not known
                and not gives
                and getattr(fact, "municipality", "") == town.folder.name
                and is_genuine(fact, town.book)
            ):
                facts.append((row, fact))
    return _Lacking(tuple(facts), _lacks_audit(town))


def _signing(town: Town) -> bytes:
    return town.book.keys.signing if town.book.keys is not None else b""


def _lacks_audit(town: Town) -> bool:
    """True if a signed head is of a later line than there is, and no earlier restore has said so already."""
    if town.book.keys is None:
        return False
    heads = genuine_heads(town.journal, town.outside, town.folder.name, _signing(town))
    greatest = max((head.number for head in heads), default=0)
    if greatest <= town.journal.audit_end()[0]:
        return False
    said = (int(line.detail) for line, _ in town.journal.audit_chain() if line.act == LOST and line.detail.isdecimal())
    return greatest > max(said, default=0)


def _begin(town: Town, why: str, detail: str) -> None:
    town.exchanges.begin_life(town.clock.now_ms(), why)
    _audit(town, RESTORE, None, detail)


def _audit(town: Town, act: str, record: bytes | None, detail: str) -> None:
    town.auditing.write(RESTORE, act, record, detail)


def _carry_audit(town: Town, aside: Path) -> None:
    """Bring over the audit lines that the folder set aside has and the backup lacks, where both tell one story."""
    if not town.engine.holds(aside):
        return
    number, hash_ = town.journal.audit_end()
    try:
        with closing(town.engine.read(aside)) as before, before.moment():
            lines = [line for line in before.journal.audit_chain() if line[0].number >= number]
    except BackendError:
        return  # the folder was set aside because it was damaged; what is lost is noted from the list
    if number and (not lines or lines[0][1] != hash_):
        return
    with town.unit.at_start():
        for line, _ in lines[1:] if number else lines:
            account, origin = ACCOUNT.set(line.account), ORIGIN.set(line.origin)
            town.journal.audit(line.at_ms, line.staff, line.act, line.record, line.detail, line.result)
            ACCOUNT.reset(account)
            ORIGIN.reset(origin)
