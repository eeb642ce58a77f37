"""Erasing at the desk: the command, and the list of all erasures with what is left over and who has not confirmed.

What was erased comes back for nobody, so two people do it: who looks after privacy proposes, an admin, who reads no
answer of it, agrees on the page for two people, and within a day it is typed again. Where nobody else could agree it
passes, and that is shown until a colleague has read it.
"""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import ClassVar, Final

from msgspec.structs import replace

from backend.desk import four_eyes
from backend.desk.arguments import record_id
from backend.desk.desk import Desk, Row
from backend.errors import BackendError, StoreFull
from backend.municipality.service import Municipality
from backend.sentences import words
from backend.stores.people import Notice, Proposal

COPIED: Final = ("backup", "export", "export-fetched")  # acts that make copies which no erasure reaches


class EraseForTwo(BackendError):
    """A record is erased by two people: one proposes, a second one agrees."""

    code: ClassVar[str] = "erase-for-two"


async def erase(desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    """Erase a record; the answer names whatever is left over. Raises `EraseForTwo` until a second person agreed.

    What was agreed stands until the record is erased: a server that stops between, or a disk that is full, asks nobody
    a second time.
    """
    record = record_id(args["record"])
    agreed = await _passed(town, staff, record, str(args["reason"])) if town.erasing.would_forget(record) else None
    desk.completion(town.code)  # it reaches the tables and the devices of staff
    done = await town.erasing.erase(record, str(args["reason"]), staff)
    if agreed is not None:
        with suppress(StoreFull):  # it ends within a day by itself
            await town.submit(lambda: town.people.drop_proposal(agreed.id))
    return [{"record": record.hex(), "bodies": done.bodies, **_state_of(town, record)}]


async def _passed(town: Municipality, staff: str, record: bytes, reason: str) -> Proposal | None:
    """The agreement with an erasure, or nothing where nobody could agree, which is told; otherwise it is proposed."""
    asked = four_eyes.new(town, four_eyes.ERASE, staff, "", label=f"{record.hex()} {reason}")
    for one in town.people.proposals():
        same = (one.kind, one.by, one.label) == (asked.kind, staff, asked.label)
        if same and one.first and town.clock.now_ms() < one.ends_ms:
            return one
    if not four_eyes.nobody_can(town, asked):
        await town.submit(lambda: four_eyes.propose(town, asked))
        raise EraseForTwo

    def told() -> None:
        town.people.keep_notice(Notice(asked, reason))
        town.auditing.write(staff, "emergency", None, four_eyes.said_of(asked), four_eyes.DONE)

    with suppress(StoreFull):  # what is to be forgotten does not wait for room; the list outside the stores tells of it
        await town.submit(told)
    return None


async def agree(town: Municipality, staff: str, id_: str) -> None:
    """Agree, as a second person, with an erasure within a day."""

    def work() -> None:
        found = four_eyes.agreed(town, id_, staff)
        town.people.keep_proposal(replace(found, first=staff, ends_ms=town.clock.now_ms() + four_eyes.DAY_MS))

    await town.submit(work)


async def erasures(_desk: Desk, town: Municipality, _staff: str, _args: Row) -> AsyncIterator[Row]:
    """Every erasure: finished or what is left over, the devices that have not confirmed, and copies made before."""
    for fact in town.erasing.made():
        about: Row = {"record": fact.record.hex(), "reason": fact.reason, "since_ms": fact.at_ms}
        yield about | _state_of(town, fact.record)


def _state_of(town: Municipality, record: bytes) -> Row:
    at_ms = next((fact.at_ms for fact in town.erasing.made() if fact.record == record), 0)
    unfinished = record in town.erasing.unfinished
    waiting = town.erasing.unconfirmed(record)
    workers = {c.device: c.worker for c in town.book.certificates.values()}
    lines = town.auditing.lines(None, -1)
    erased = min((line.number for line in lines if line.act == "erase" and line.record == record), default=0)
    copied = (line for line in lines if line.act in COPIED)  # before it in the audit: no clock decides that
    copies = [line for line in copied if (line.number < erased if erased else line.at_ms <= at_ms)]
    return {
        "finished": not unfinished,
        "left": [words("left", place=one.place, why=one.why) for one in town.erasing.leftovers] if unfinished else [],
        "unconfirmed": sorted(f"{device.hex()} ({workers.get(device, '?')})" for device in waiting),
        "copies": [
            words("copied", act=words(f"copied-{one.act}"), detail=one.detail, staff=one.staff, at_ms=one.at_ms)
            for one in copies
        ],
    }
