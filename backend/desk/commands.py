"""The commands that the running server answers: streams of rows; what shows answers leaves an audit line."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import aclosing, nullcontext
from typing import Any, ClassVar, Final, NamedTuple

import msgspec

from backend.desk import (
    accounts,
    answers,
    decisions,
    erasing,
    forms,
    granting,
    joining,
    keys,
    keyslots,
    looks,
    own_secrets,
    signing_terminals,
)
from backend.desk.arguments import BadArgument, NoSuchRecord, device_id, invited_worker
from backend.desk.desk import Desk, Row
from backend.desk.own_secrets import Proof
from backend.desk.rescuing import rescue
from backend.desk.wire import Ask
from backend.errors import BackendError, RecordUnknown
from backend.municipality.returning import end_of
from backend.municipality.service import Municipality
from backend.projection.verify import verify_store
from backend.sentences import library, told, words, words_of
from sync.facts import DESK, WORKER

Progress = Callable[[int, int], None]
NO_KEY: Final = "none"
ANY_KEY: Final = "any"
BY_A_PERSON: Final = "person"  # a key file lies on the machine, and speaks for nobody
VAULT: Final = "vault"
PROGRESS: Final = "progress"
PROOF: Final = "proof"
TOKEN: Final = "token"  # noqa: S105 - the name of what a command is given
HOST: Final = "host"
OPERATOR: Final = "operator"  # the machine's own acts; the account of the operating system stands beside it


class UnknownCommand(BackendError):
    """The command line and the server are of different releases."""

    code: ClassVar[str] = "unknown-command"


class Command(NamedTuple):
    """All that is to be known of a command stands in its one row (`COMMANDS`).

    `keyslot` says what unlocks it: nothing, any slot, or one that a person must show. `acts` are the lines of the audit
    that it leaves, each where it is done; none for what shows no answer and changes nothing.
    """

    answer: Callable[..., Any]  # a stream of rows, or a list of them: (desk, municipality, staff, args)
    acts: tuple[str, ...] = ()
    keyslot: str = NO_KEY
    takes: tuple[str, ...] = ()  # what it is given besides: the opened vault, how to tell progress, proof of who
    said: bool = True  # its rows may hold words that are said in the language of the terminal
    by_machine: bool = False  # a timer may give it without an account: it shows and changes no answer


async def run(desk: Desk, ask: Ask, progress: Progress) -> AsyncIterator[Row]:
    """Answer one command in the language of the terminal; what a device would be told in an app's words is told to a
    person."""
    said = ask.command not in COMMANDS or COMMANDS[ask.command].said
    try:
        async with aclosing(_answered(desk, ask, progress)) as rows:
            async for row in rows:
                yield library().row(row, ask.language) if said else row
    except RecordUnknown as error:
        raise NoSuchRecord(**error.facts) from None


async def _answered(desk: Desk, ask: Ask, progress: Progress) -> AsyncGenerator[Row, None]:
    if ask.command == "status":
        async for row in _status(desk, ask):
            yield row
        return
    if ask.command == HOST:
        desk.host(ask.municipality)
    town = desk.municipalities.get(ask.municipality)
    command = COMMANDS.get(ask.command)
    if command is None:
        raise UnknownCommand(command=ask.command)
    try:
        staff = _acting(town, ask, command)
    except BackendError as error:
        town.set_apart(error)  # the first reading of stores that rested, and beside the writer, who would notice
        raise
    async with desk.vault_turn(town.code) if VAULT in command.takes else nullcontext():
        more = await _given(desk, town, staff, ask, command)
        more |= {"progress": progress} if PROGRESS in command.takes else {}
        rows = command.answer(desk, town, staff, ask.args, **more)
        if isinstance(rows, AsyncGenerator):
            async with aclosing(rows):  # whoever goes away ends it now, and not when somebody tidies up
                async for row in rows:
                    yield row
        else:
            for row in await rows:
                yield row


async def _given(desk: Desk, town: Municipality, staff: str, ask: Ask, command: Command) -> dict[str, Any]:
    """The vault and the proof of who acts, for a command that takes them, once its keyslot was looked at."""
    more: dict[str, Any] = {}
    if PROOF in command.takes:
        more["proof"] = Proof(desk, town, staff, ask.command, ask.secret)
    if TOKEN in command.takes:
        more["token"] = ask.token
    if command.keyslot != NO_KEY:
        if command.keyslot == BY_A_PERSON:
            accounts.by_a_person(ask.command, ask.slot)
        vault = await desk.unlocked(town.code, ask.slot, ask.key, ask.command, staff)
        more |= {"vault": vault} if VAULT in command.takes else {}
    return more


def _acting(town: Municipality, ask: Ask, command: Command) -> str:
    """The name of the person who acts, as the audit has it."""
    if ask.command == accounts.FIRST:  # nobody has an account yet
        return str(ask.args["name"])
    if command.by_machine and not ask.staff:
        return OPERATOR
    return town.staff.acting(ask.staff)


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


async def _verify(desk: Desk, town: Municipality, _staff: str, _args: Row, *, progress: Progress) -> AsyncIterator[Row]:
    """The faults of a store as it is when this begins, each with how bad it is and what to do."""
    await desk.keeper(town.code).catch_up(progress)
    faults = await asyncio.to_thread(lambda: list(verify_store(town.folder, town.custody, progress)))
    for fault in faults:
        yield {"fault": fault.what, "severity": fault.severity, "do": words(fault.do)}
    yield {"entries": town.committed.entries, "records": town.committed.records, "faults": len(faults)}


async def _invite(_desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    role = DESK if args.get("desk") else WORKER
    replaces = device_id(args["replaces"]) if args.get("replaces") else None
    worker, renews = invited_worker(args), bool(args.get("renew"))
    invitation = await town.enrolling.invite(worker, role, staff, replaces, renews=renews)
    row = {"invitation": msgspec.msgpack.encode(invitation).hex(), "worker": args["worker"], "minutes": 10}
    return [row if replaces is None else {**row, "replaces": replaces.hex()}]


async def _revoke(_desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    device = device_id(args["device"])
    last_seq = args.get("last_seq")
    if last_seq is not None and last_seq < 0:
        raise BadArgument(what="the-last-entry", wanted="entry-number")
    heirs = await town.acts.revoke(device, staff, last_seq=last_seq, stolen=bool(args.get("stolen")))
    fact = town.book.revocations[device]
    ended = {"device": device.hex(), "last_seq": fact.last_seq, "stolen": bool(fact.stolen)}
    return [ended, *({"device": heir.hex(), "took_its_place": True, "revoked": False} for heir in heirs)]


async def _lock(desk: Desk, town: Municipality, staff: str, _args: Row) -> list[Row]:
    """Lock, and say so also where the line about it finds no place: whoever locks in a hurry must not believe that it
    failed."""
    await desk.written()
    await desk.keeper(town.code).lock()
    desk.exports.end_of(town.code, "locked")
    try:
        await town.auditing.note(staff, "lock")
    except BackendError as error:
        return [{"locked": True, "no_audit_line": words_of(error)}]
    return [{"locked": True}]


async def _whoami(_desk: Desk, town: Municipality, staff: str, _args: Row) -> list[Row]:
    """Name the account that acts, so that nobody types a passphrase only to hear that they should have said who."""
    return [{"municipality": town.code, "staff": staff}]


async def _host(_desk: Desk, town: Municipality, staff: str, _args: Row) -> list[Row]:
    """Say that a municipality is hosted; it was opened before anybody could be asked who acts."""
    await town.auditing.note(staff, HOST)
    return [{"municipality": town.code, "locked": town.locked}]


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


async def _workers(_desk: Desk, town: Municipality, _staff: str, _args: Row) -> list[Row]:
    """Everybody who has or had a device, or was assigned a record: with that, a mistyped name is seen."""
    book, ends = town.book, town.book.revocations
    certified = [c for c in book.certificates.values() if c.role == WORKER]
    assigned = town.opening.workers() - {c.worker for c in book.certificates.values() if c.role != WORKER}
    rows: list[Row] = []
    for worker in sorted(assigned | {c.worker for c in certified}):
        own = [c for c in certified if c.worker == worker]
        alive = [c.until_ms for c in own if c.device not in ends]
        row = {"worker": worker, "devices": len(alive), "ended": len(own) - len(alive)}
        row["assigned"] = len(book.records_assigned_to(worker))
        rows.append({**row, "until_ms": max(alive)} if alive else row)
    return rows


COMMANDS: Final[dict[str, Command]] = {
    "records": Command(answers.records, ("records",), ANY_KEY),
    "show": Command(answers.show, ("show",), ANY_KEY),
    "conflicts": Command(answers.conflicts, ("conflicts",), ANY_KEY),
    "attention": Command(answers.attention, ("attention",), ANY_KEY),
    "export": Command(answers.export, ("export",), ANY_KEY, (PROGRESS,), said=False),
    "publish-export": Command(answers.publish_export),
    "audit": Command(answers.audit, ("audit",), ANY_KEY),
    "resolve": Command(decisions.resolve, ("resolve",), ANY_KEY),
    "decide": Command(decisions.decide, ("decide",), ANY_KEY),
    "verify": Command(_verify, (), ANY_KEY, (PROGRESS,)),
    "grant": Command(granting.grant, ("grant", "withdraw", "assign"), ANY_KEY),
    "erase": Command(erasing.erase, ("erase",), ANY_KEY),
    "erasures": Command(erasing.erasures),
    "rescue": Command(rescue, ("rescue",)),
    "unlock": Command(keys.unlock, ("unlock", "vault-older"), ANY_KEY, (VAULT,)),
    "lock": Command(_lock, ("lock",)),
    "passphrase": Command(keyslots.passphrase, ("passphrase",), ANY_KEY, (VAULT,)),
    "key-file": Command(keyslots.key_file, ("key-file",), ANY_KEY, (VAULT,)),
    "keyslots-list": Command(keyslots.listing, ("keyslots",), ANY_KEY, (VAULT,)),
    "keyslots-add": Command(keyslots.add, ("add-keyslot",), BY_A_PERSON, (VAULT,)),
    "keyslots-remove": Command(keyslots.remove, ("remove-keyslot",), BY_A_PERSON, (VAULT,)),
    "backup": Command(keys.back_up, ("backup", "backup-failed"), by_machine=True),
    "devices": Command(_devices),
    "workers": Command(_workers),
    "whoami": Command(_whoami),
    HOST: Command(_host, (HOST,), by_machine=True),
    "invite": Command(_invite, ("invite",)),
    "revoke": Command(_revoke, ("revoke",)),
    "add-staff": Command(accounts.add_staff, ("add-staff",), ANY_KEY, (VAULT,)),
    "invite-staff": Command(joining.by_command, ("invite-staff",), BY_A_PERSON),
    "sign-in": Command(signing_terminals.sign_in, by_machine=True),
    "sign-out": Command(signing_terminals.sign_out, ("terminal-sign-out",), takes=(TOKEN,), by_machine=True),
    "first-account": Command(accounts.first_account, ("first-account",), BY_A_PERSON),
    "confirm-account": Command(accounts.confirm_account, ("confirm-account",), BY_A_PERSON, (VAULT, PROOF)),
    "own-secret": Command(own_secrets.choose, ("own-secret",), BY_A_PERSON, (VAULT, PROOF)),
    "replace-secret": Command(own_secrets.replace, ("replace-secret", "agree-secret"), BY_A_PERSON, (VAULT, PROOF)),
    "confirm-list": Command(accounts.confirm_list, ("confirm-list",), BY_A_PERSON),
    "form-publish": Command(forms.publish, ("propose-form", "publish-form"), takes=(PROOF,)),
    "form-draft": Command(forms.draft),
    "form-approve": Command(forms.approve, ("publish-form", "reject-form"), takes=(PROOF,)),
    "form-retire": Command(forms.retire, ("retire-form",)),
    "form-list": Command(forms.listing),
    "form-fetch": Command(forms.fetch),
    "form-diff": Command(forms.differ),
    "form-counts": Command(forms.counted, ("count-form",), ANY_KEY),
    "list-publish": Command(forms.revise_list, ("publish-list",)),
    "list-show": Command(forms.show_list),
    "name": Command(looks.call, ("name",)),
    "theme-set": Command(looks.put_on, ("set-theme",)),
    "theme-show": Command(looks.show),
    "theme-reset": Command(looks.take_off, ("reset-theme",)),
}
