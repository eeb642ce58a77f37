"""The commands that the running server answers: streams of rows; what shows answers leaves an audit line."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import ClassVar, Final

import msgspec

from backend.desk import accounts, answers, decisions, erasing, forms, granting, keys
from backend.desk.arguments import BadArgument, NoSuchRecord, device_id, worker_of
from backend.desk.desk import Desk, Row
from backend.desk.rescuing import rescue
from backend.desk.wire import Ask
from backend.errors import BackendError, RecordUnknown
from backend.municipality.returning import end_of
from backend.municipality.service import Municipality
from backend.projection.verify import verify_store
from backend.sentences import told
from sync.facts import DESK, WORKER

Progress = Callable[[int, int], None]


class UnknownCommand(BackendError):
    """The command line and the server are of different releases."""

    code: ClassVar[str] = "unknown-command"


async def run(desk: Desk, ask: Ask, progress: Progress) -> AsyncIterator[Row]:
    """Answer one command; what a device would be told in an app's words is told to a person at the terminal."""
    try:
        async for row in _answered(desk, ask, progress):
            yield row
    except RecordUnknown as error:
        raise NoSuchRecord(**error.facts) from None


async def _answered(desk: Desk, ask: Ask, progress: Progress) -> AsyncIterator[Row]:
    if ask.command == "status":
        async for row in _status(desk, ask):
            yield row
        return
    town = desk.municipalities.get(ask.municipality)
    if ask.command == accounts.FIRST:
        accounts.by_a_person(ask.command, ask.slot)
        await desk.unlocked(town.code, ask.slot, ask.key, ask.command, str(ask.args["name"]))
        yield (await accounts.first_account(town, ask.args))[0]
        return
    staff = town.staff.acting(ask.staff)
    if ask.command in _KEYED:
        accounts.by_a_person(ask.command, ask.slot)
        vault = await desk.unlocked(town.code, ask.slot, ask.key, ask.command, staff)
        if ask.command in _VAULT:
            yield await _VAULT[ask.command](desk, town, vault, staff, ask.args)
            return
    if ask.command in answers.READ:
        async for row in answers.READ[ask.command](desk, town, staff, ask.args):
            yield row
    elif ask.command in decisions.COMMANDS:
        async for row in decisions.COMMANDS[ask.command](desk, town, staff, ask.args):
            yield row
    elif ask.command in forms.COMMANDS:
        async for row in forms.COMMANDS[ask.command](desk, town, staff, ask.args):
            yield row
    elif ask.command == "erasures":
        async for row in erasing.erasures(desk, town, staff, ask.args):
            yield row
    elif ask.command == "verify":
        async for row in _verify(desk, town, progress):
            yield row
    elif ask.command in _ACT:
        for row in await _ACT[ask.command](desk, town, staff, ask.args):
            yield row
    else:
        raise UnknownCommand(command=ask.command)


async def _status(desk: Desk, ask: Ask) -> AsyncIterator[Row]:
    if ask.municipality and ask.municipality not in desk.municipalities.broken:
        desk.municipalities.get(ask.municipality)
    for counts in desk.municipalities.health():
        if not ask.municipality or counts["code"] == ask.municipality:
            ends = end_of(desk.municipalities.get(counts["code"]).outside) if counts["awaiting_list"] else ""
            yield {**counts, "list_ends": ends}
    for code, error in desk.municipalities.broken.items():
        if not ask.municipality or code == ask.municipality:
            what, remedy = told(error, ask.language)
            yield {"code": code, "broken": error.code, "what": what, "remedy": remedy}


async def _verify(desk: Desk, town: Municipality, progress: Progress) -> AsyncIterator[Row]:
    """The faults of a store as it is when this begins, each with how bad it is and what to do."""
    await desk.keeper(town.code).catch_up(progress)
    faults = await asyncio.to_thread(lambda: list(verify_store(town.folder, town.custody, progress)))
    for fault in faults:
        yield {"fault": fault.what, "severity": fault.severity, "do": fault.do}
    yield {"entries": town.committed.entries, "records": town.committed.records, "faults": len(faults)}


async def _invite(_desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    role = DESK if args.get("desk") else WORKER
    replaces = device_id(args["replaces"]) if args.get("replaces") else None
    invitation = await town.invite(worker_of(args), role, staff, replaces)
    row = {"invitation": msgspec.msgpack.encode(invitation).hex(), "worker": args["worker"], "minutes": 10}
    return [row if replaces is None else {**row, "replaces": replaces.hex()}]


async def _revoke(_desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    device = device_id(args["device"])
    last_seq = args.get("last_seq")
    if last_seq is not None and last_seq < 0:
        raise BadArgument(what="the-last-entry", wanted="entry-number")
    heirs = await town.revoke(device, staff, last_seq=last_seq, stolen=bool(args.get("stolen")))
    fact = town.book.revocations[device]
    ended = {"device": device.hex(), "last_seq": fact.last_seq, "stolen": bool(fact.stolen)}
    return [ended, *({"device": heir.hex(), "took_its_place": True, "revoked": False} for heir in heirs)]


async def _lock(desk: Desk, town: Municipality, staff: str, _args: Row) -> list[Row]:
    """Lock, and say so also where the line about it finds no place: whoever locks in a hurry must not believe that it
    failed."""
    await desk.keeper(town.code).lock()
    try:
        await town.submit(lambda: town.journal.audit(town.clock.now_ms(), staff, "lock"))
    except BackendError as error:
        return [{"locked": True, "no_audit_line": told(error).message}]
    return [{"locked": True}]


async def _devices(_desk: Desk, town: Municipality, _staff: str, _args: Row) -> list[Row]:
    tails = town.committed.tails
    return [
        {
            "device": c.device.hex(), "worker": c.worker, "role": c.role, "until_ms": c.until_ms,
            "received": tails[c.device].seq if c.device in tails else 0,
            "revoked": c.device in town.book.revocations,
        }
        for c in town.book.certificates.values()
    ]  # fmt: skip


async def _backup(_desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    return [await keys.back_up(town, str(args["to"]), staff)]


_ACT: Final = {
    "invite": _invite, "revoke": _revoke, "grant": granting.grant, "erase": erasing.erase, "lock": _lock,
    "devices": _devices, "backup": _backup, "rescue": rescue, "add-staff": accounts.add_staff,
    "confirm-account": accounts.confirm_account, "confirm-list": accounts.confirm_list,
    "publish-export": answers.publish_export,
}  # fmt: skip
_VAULT: Final = {"unlock": keys.unlock, "passphrase": keys.passphrase, "key-file": keys.key_file}
_KEYED: Final = {
    *_VAULT,
    *answers.READ,
    *decisions.COMMANDS,
    "grant",
    "erase",
    "verify",
    "form-counts",
    "add-staff",
    *accounts.BY_A_PERSON,
}
