"""Erasing at the desk: the command, and the list of all erasures with what is left over and who has not confirmed."""

from collections.abc import AsyncIterator
from typing import Final

from backend.desk.arguments import record_id
from backend.desk.desk import Desk, Row
from backend.municipality.service import Municipality
from backend.sentences import words

COPIED: Final = ("backup", "export", "export-fetched")  # acts that make copies which no erasure reaches


async def erase(desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    """Erase a record; the answer names whatever is left over."""
    record = record_id(args["record"])
    desk.completion(town.code)  # it reaches the tables and the devices of staff
    done = await town.erasing.erase(record, str(args["reason"]), staff)
    return [{"record": record.hex(), "bodies": done.bodies, **_state_of(town, record)}]


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
