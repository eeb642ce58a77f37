"""The signed head of a municipality's audit, and the line that a restore leaves about lines that it lacks."""

from collections.abc import Callable
from typing import Any, Final, Protocol

import msgspec

from backend.clock import Clock
from backend.municipality.custody import Custody
from backend.municipality.outside import AUDIT_HEAD, Outside
from backend.stores.ledger import Journal
from backend.stores.rows import RESULT
from crypto.errors import BadSignature
from crypto.keys import verify
from sync.audit import HEAD, LOST, AuditHead, AuditLine, Broken, Wanted, faults

META: Final = "audit-head"
HEAD_MS: Final = 60_000  # so long a chain may grow before its head is signed again and goes to the list outside
HEADS_CHECKED: Final = 1_000  # the newest heads of the list; each covers all lines before it


class Answers(Protocol):
    """Answers about the journal that are kept until its next commit."""

    def audit(self) -> tuple[AuditHead | None, int]:
        """The head that was signed last, and the number of the last line."""


class Town(Protocol):
    """The parts of a municipality that its audit needs."""

    code: str
    clock: Clock

    @property
    def journal(self) -> Journal: ...
    @property
    def resting(self) -> Answers: ...
    @property
    def outside(self) -> Outside: ...
    @property
    def locked(self) -> bool: ...
    @property
    def custody(self) -> Custody: ...

    async def submit(self, work: Callable[[], Any]) -> Any: ...


class Auditing:
    """Writes and reads the audit of one municipality: who did what with answers, devices and forms."""

    def __init__(self, town: Town) -> None:
        self._town = town

    def write(self, staff: str, act: str, record: bytes | None = None, detail: str = "", result: str = "") -> None:
        """Write a line that somebody does something now; inside a transaction, with what they do."""
        result = result or RESULT.get()
        self._town.journal.audit(self._town.clock.now_ms(), staff, act, record, detail, result)

    async def note(self, staff: str, act: str, record: bytes | None = None, detail: str = "", result: str = "") -> None:
        """Write a line that a member of staff did something now; it is committed when this returns."""
        await self._town.submit(lambda: self.write(staff, act, record, detail, result))

    def lines(self, record: bytes | None, limit: int) -> list[AuditLine]:
        """The newest lines, or those about a record, newest first; all of them where the limit is -1."""
        return self._town.journal.audit_lines(record, limit)

    def page(self, wanted: Wanted, limit: int) -> list[AuditLine]:
        """The newest lines of those that somebody asks for."""
        return self._town.journal.audit_page(wanted, limit)

    def checked(self) -> tuple[int, list[Broken]]:
        """The number of the last line, and every place at which the audit is not what it was; reads all of it."""
        town = self._town
        end = town.journal.audit_end()[0]
        heads = [] if town.locked else self._genuine()
        return end, [*faults(town.journal.audit_chain(), heads)]

    def _genuine(self) -> list[AuditHead]:
        town = self._town
        return genuine_heads(town.journal, town.outside, town.code, town.custody.signing.public)

    async def sign_head(self, *, now: bool = False) -> bool:
        """Sign the last line if there is a newer one; at most once a minute, or `now`.

        Returns whether lines are left that wait for their minute.
        """
        town = self._town
        if town.locked:
            return False
        at_ms = town.clock.now_ms()
        known, last = town.resting.audit()
        if last == (known.number if known is not None else 0):
            return False  # nor is the writer asked: its word would be heard as news, and be answered with the same look
        if known is not None and not now and 0 <= at_ms - known.at_ms < HEAD_MS:
            return True
        head = await town.submit(lambda: self._signed(at_ms))
        if head is not None:
            town.outside.append(AUDIT_HEAD, msgspec.msgpack.encode(head))  # its lines are committed
        return False

    def _signed(self, at_ms: int) -> AuditHead | None:
        town = self._town
        number, hash_ = town.journal.audit_end()
        if number == 0:
            return None
        head = AuditHead(town.code, number, hash_, at_ms)
        head = msgspec.structs.replace(head, sig=town.custody.signing.sign(HEAD, *head.signed_fields()))
        town.journal.set_meta(META, msgspec.msgpack.encode(head))
        return head


def kept_head(journal: Journal) -> AuditHead | None:
    """The head that was signed last."""
    raw = journal.meta(META)
    return msgspec.msgpack.decode(raw, type=AuditHead) if raw is not None else None


def genuine_heads(journal: Journal, outside: Outside, code: str, signing: bytes) -> list[AuditHead]:
    """The heads of the journal and of the list outside whose signature fits."""
    raws = [row.raw for row in outside.rows() if row.kind == AUDIT_HEAD][-HEADS_CHECKED:]
    kept = journal.meta(META)
    return [
        head
        for raw in (*raws, *((kept,) if kept is not None else ()))
        if (head := _read(raw)) is not None and head.municipality == code and _is_signed(head, signing)
    ]


def _read(raw: bytes) -> AuditHead | None:
    try:
        return msgspec.msgpack.decode(raw, type=AuditHead)
    except msgspec.MsgspecError:
        return None


def _is_signed(head: AuditHead, signing: bytes) -> bool:
    try:
        verify(signing, head.sig, HEAD, *head.signed_fields())
    except BadSignature:
        return False
    return True


def note_lost(journal: Journal, outside: Outside, code: str, signing: bytes, now_ms: int) -> bool:
    """In a restore, inside its transaction: leave a line about the lines that a head knows and the journal lacks."""
    greatest = max((head.number for head in genuine_heads(journal, outside, code, signing)), default=0)
    if greatest <= journal.audit_end()[0]:
        return False
    journal.audit(now_ms, "operator", LOST, None, str(greatest))
    return True
