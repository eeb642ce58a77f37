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
    phone_rights,
    signing_terminals,
)
from backend.desk.arguments import BadArgument, NoSuchRecord, device_id, invited_worker
from backend.desk.desk import Desk, Row
from backend.desk.own_secrets import Proof
from backend.desk.rescuing import rescue
from backend.desk.rights import ACTIONS, Role, Scope, roles_with, scope_of
from backend.desk.seen import ATTEND, DECIDE, EXPORT, GRANT, READ
from backend.desk.standing import Standing
from backend.desk.terminals import TerminalNotSignedIn, TerminalOver
from backend.desk.wire import Ask
from backend.errors import BackendError, NoSuchDevice, RecordUnknown
from backend.municipality.returning import end_of
from backend.municipality.service import Municipality
from backend.projection.verify import verify_store
from backend.sentences import library, told, words, words_of
from backend.stores.rows import ORIGIN, RESULT
from sync.facts import WORKER

Progress = Callable[[int, int], None]
NO_KEY: Final = "none"
ANY_KEY: Final = "any"
BY_A_PERSON: Final = "person"  # a key file lies on the machine, and speaks for nobody
VAULT: Final = "vault"
PROGRESS: Final = "progress"
PROOF: Final = "proof"
TOKEN: Final = "token"  # noqa: S105 - the name of what a command is given
WHO: Final = "who"
DOOR: Final = "door"  # the action of what is there before anybody signed in
SOCKET: Final = "terminal"  # the origin of a line, with the token's mark where a person signed in
DONE: Final = "done"
REFUSED: Final = "refused"
HOST: Final = "host"
OPERATOR: Final = "operator"  # the machine's own acts; the account of the operating system stands beside it


class UnknownCommand(BackendError):
    """The command line and the server are of different releases."""

    code: ClassVar[str] = "unknown-command"


class NotYourCommand(BackendError):
    """A command that other roles have."""

    code: ClassVar[str] = "not-your-command"


class StaffProvesNothing(BackendError):
    """A name that somebody types says not who they are: `--staff` is no more than who they say should be signed in."""

    code: ClassVar[str] = "staff-proves-nothing"


class NoAction(TypeError):
    """A command that says not what it does: nobody could tell who may."""


class Command(NamedTuple):
    """All that is to be known of a command stands in its one row (`COMMANDS`).

    `action` is that of the table of rights, or those of which one is needed; a person who signed this terminal in must
    have it. What the table gives to the operator is done by whoever the operating system lets speak to the server's
    own socket, and so is a `DOOR`, for which a keyslot speaks or nobody has to; with an action beside it, who is signed
    in needs that. `keyslot` says what unlocks it besides: nothing, any slot, or one that a person must show. `acts` are
    the lines of the audit that it leaves, each where it is done; none for what shows no answer and changes nothing.
    """

    answer: Callable[..., Any]  # a stream of rows, or a list of them: (desk, municipality, staff, args)
    action: str | tuple[str, ...]
    acts: tuple[str, ...] = ()
    keyslot: str = NO_KEY
    takes: tuple[str, ...] = ()  # what it is given besides: the opened vault, how to tell progress, proof of who
    said: bool = True  # its rows may hold words that are said in the language of the terminal

    @property
    def actions(self) -> tuple[str, ...]:
        """The actions of which one is needed."""
        return (self.action,) if isinstance(self.action, str) else self.action

    @property
    def by_machine(self) -> bool:
        """True for what needs no person: it shows and changes no answer."""
        operators = (scope_of([Role.OPERATOR], action) for action in self.actions if action != DOOR)
        return DOOR in self.actions or Scope.MUNICIPALITY in operators


def must_have_an_action(name: str, command: Command) -> None:
    """Refuse to start with a command that names no action of the table."""
    if not command.actions or any(action not in ACTIONS and action != DOOR for action in command.actions):
        raise NoAction(f"{name}: {command.action}")


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
    except NotYourCommand as error:
        roles = ", ".join(library().words(role, ask.language) for role in error.facts["roles"])
        raise NotYourCommand(roles=roles) from None


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
        who = _person(desk, town, ask, command)
    except (TerminalNotSignedIn, TerminalOver, StaffProvesNothing):
        raise
    except BackendError as error:
        town.set_apart(error)  # the first reading of stores that rested, and beside the writer, who would notice
        raise
    staff = who.staff if who is not None else _unnamed(ask)
    RESULT.set(DONE)
    if who is not None and (not command.by_machine or (command.action != DOOR and DOOR in command.actions)):
        await _must_be_allowed(town, who, command)
    async with desk.vault_turn(town.code) if VAULT in command.takes else nullcontext():
        more = await _given(desk, town, who, ask, command)
        more |= {"progress": progress} if PROGRESS in command.takes else {}
        rows = command.answer(desk, town, staff, ask.args, **more)
        if isinstance(rows, AsyncGenerator):
            async with aclosing(rows):  # whoever goes away ends it now, and not when somebody tidies up
                async for row in rows:
                    yield row
        else:
            for row in await rows:
                yield row


async def _given(desk: Desk, town: Municipality, who: Standing | None, ask: Ask, command: Command) -> dict[str, Any]:
    """The things that a command takes besides, such as the vault, once its keyslot was looked at."""
    more: dict[str, Any] = {TOKEN: ask.token} if TOKEN in command.takes else {}
    staff = who.staff if who is not None else _unnamed(ask)
    if WHO in command.takes:
        more[WHO] = who
    if PROOF in command.takes:
        more["proof"] = Proof(desk, town, staff, ask.command, ask.secret, fresh=desk.terminals.is_fresh(ask.token))
    if command.keyslot != NO_KEY:
        if command.keyslot == BY_A_PERSON:
            accounts.by_a_person(ask.command, ask.slot)
        vault = await desk.unlocked(town.code, ask.slot, ask.key, ask.command, staff)
        more |= {"vault": vault} if VAULT in command.takes else {}
    return more


def _person(desk: Desk, town: Municipality, ask: Ask, command: Command) -> Standing | None:
    """The person who signed this terminal in; nobody where the machine acts and none did.

    Raises `TerminalNotSignedIn`, `TerminalOver`, and `StaffProvesNothing` where somebody else is named.
    """
    who: Standing | None = None
    origin = SOCKET
    if not command.by_machine or ask.token:
        try:
            who, session = desk.terminals.standing(town, ask.token)
            origin = f"{SOCKET} {session.hash.hex()[:8]}{who.mixed}"
        except (TerminalNotSignedIn, TerminalOver):
            if not command.by_machine:
                raise
    ORIGIN.set(origin)
    if ask.staff and (who is None or ask.staff != who.staff):
        raise StaffProvesNothing(name=ask.staff, municipality=town.code)
    return who


def _unnamed(ask: Ask) -> str:
    """The name of who acts without having signed in, as the audit has it: the machine, or the first account."""
    return str(ask.args["name"]) if ask.command == accounts.FIRST else OPERATOR


async def _must_be_allowed(town: Municipality, who: Standing, command: Command) -> None:
    actions = [action for action in command.actions if action != DOOR]
    if any(who.may(action) for action in actions):
        return
    await town.auditing.note(who.staff, "refused", None, actions[0], REFUSED)
    roles = dict.fromkeys(role for action in actions for role in roles_with(action))
    raise NotYourCommand(roles=[words(f"role-{role}") for role in roles])


async def _status(desk: Desk, ask: Ask) -> AsyncIterator[Row]:
    if ask.municipality and ask.municipality not in desk.municipalities.broken:
        desk.municipalities.get(ask.municipality)
    for counts in desk.municipalities.health():
        if not ask.municipality or counts["code"] == ask.municipality:
            ends = end_of(desk.municipalities.get(counts["code"]).outside) if counts["awaiting_list"] else ""
            yield {**counts, "list_ends": ends}
    elsewhere = desk.municipalities.elsewhere()
    for code, error in desk.municipalities.broken.items():
        if ask.municipality and code != ask.municipality:
            continue
        if code in elsewhere:
            yield {"code": code, "elsewhere": elsewhere[code].address or elsewhere[code].owner}
        else:
            what, remedy = told(error, ask.language)
            yield {"code": code, "broken": error.code, "what": what, "remedy": remedy}


async def _verify(desk: Desk, town: Municipality, _staff: str, _args: Row, *, progress: Progress) -> AsyncIterator[Row]:
    """The faults of a store as it is when this begins, each with how bad it is and what to do."""
    await desk.keeper(town.code).catch_up(progress)
    faults = await asyncio.to_thread(lambda: list(verify_store(town.folder, town.custody, progress)))
    for fault in faults:
        yield {"fault": fault.what, "severity": fault.severity, "do": words(fault.do)}
    yield {"entries": town.committed.entries, "records": town.committed.records, "faults": len(faults)}


async def _invite(desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> list[Row]:
    replaces = device_id(args["replaces"]) if args.get("replaces") else None
    worker, renews = invited_worker(args), bool(args.get("renew"))
    still = await phone_rights.allowed(desk.keeper(town.code), who, phone_rights.Phone(worker, replaces))
    invitation = await town.enrolling.invite(worker, WORKER, staff, replaces, renews=renews, still=still)
    row = {"invitation": msgspec.msgpack.encode(invitation).hex(), "worker": args["worker"], "minutes": 10}
    return [row if replaces is None else {**row, "replaces": replaces.hex()}]


async def _revoke(_desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> list[Row]:
    device, workers = device_id(args["device"]), who.workers("devices.revoke")
    held = town.book.certificates.get(device)
    if workers is not None and (held is None or held.worker not in workers):
        raise NoSuchDevice(device=device.hex())
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
    await desk.keeper(town.code).lock(staff)
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


async def _devices(_desk: Desk, town: Municipality, _staff: str, _args: Row, *, who: Standing) -> list[Row]:
    tails, workers = town.committed.tails, who.workers("devices.read")
    return [
        {
            "device": c.device.hex(), "worker": c.worker, "role": c.role, "until_ms": c.until_ms,
            "received": tails[c.device].seq if c.device in tails else 0,
            "revoked": c.device in town.book.revocations,
        }
        for c in town.book.certificates.values()
        if workers is None or c.worker in workers
    ]  # fmt: skip


async def _workers(_desk: Desk, town: Municipality, _staff: str, _args: Row, *, who: Standing) -> list[Row]:
    """Everybody who has or had a device, or was assigned a record: with that, a mistyped name is seen."""
    own_teams = who.workers("devices.read")
    book, ends = town.book, town.book.revocations
    certified = [c for c in book.certificates.values() if c.role == WORKER]
    assigned = town.opening.workers() - {c.worker for c in book.certificates.values() if c.role != WORKER}
    rows: list[Row] = []
    every = assigned | {c.worker for c in certified}
    for worker in sorted(every if own_teams is None else every & own_teams):
        own = [c for c in certified if c.worker == worker]
        alive = [c.until_ms for c in own if c.device not in ends]
        row = {"worker": worker, "devices": len(alive), "ended": len(own) - len(alive)}
        row["assigned"] = len(book.records_assigned_to(worker))
        rows.append({**row, "until_ms": max(alive)} if alive else row)
    return rows


FORMS: Final = "forms.read"
COMMANDS: Final[dict[str, Command]] = {
    "sign-in": Command(signing_terminals.sign_in, DOOR),
    "sign-out": Command(signing_terminals.sign_out, "terminal.use", ("terminal-sign-out",), takes=(TOKEN,)),
    "whoami": Command(_whoami, "account.own"),
    "records": Command(answers.records, READ, ("records",), takes=(WHO,)),
    "show": Command(answers.show, READ, ("show",), takes=(WHO,)),
    "conflicts": Command(answers.conflicts, DECIDE, ("conflicts",), takes=(WHO,)),
    "attention": Command(answers.attention, ATTEND, ("attention",), takes=(WHO,)),
    "export": Command(answers.export, EXPORT, ("export",), takes=(PROGRESS, PROOF, WHO), said=False),
    "publish-export": Command(answers.publish_export, EXPORT),
    "audit": Command(answers.audit, "log.read", ("audit",), takes=(WHO,)),
    "resolve": Command(decisions.resolve, DECIDE, ("resolve",), takes=(WHO,)),
    "decide": Command(decisions.decide, DECIDE, ("decide",), takes=(WHO,)),
    "grant": Command(granting.grant, GRANT, ("grant", "withdraw", "assign"), takes=(WHO,)),
    "erase": Command(erasing.erase, "erase", ("erase", "propose", "emergency")),
    "erasures": Command(erasing.erasures, "server.status"),
    "rescue": Command(rescue, "attention.decide", ("rescue",), takes=(WHO,)),
    "verify": Command(_verify, "server.verify", (), ANY_KEY, (PROGRESS,)),
    "backup": Command(keys.back_up, "server.backup", ("backup", "backup-failed")),
    HOST: Command(_host, "server.host", (HOST,)),
    "unlock": Command(keys.unlock, DOOR, ("unlock", "vault-older"), ANY_KEY, (VAULT,)),
    "lock": Command(_lock, "keyslots.lock", ("lock",)),
    "passphrase": Command(keyslots.passphrase, "keyslots.change", ("passphrase",), ANY_KEY, (VAULT,)),
    "key-file": Command(keyslots.key_file, "keyslots.change", ("key-file",), ANY_KEY, (VAULT,)),
    "keyslots-list": Command(keyslots.listing, "keyslots.change", ("keyslots",), ANY_KEY, (VAULT,)),
    "keyslots-add": Command(keyslots.add_by_command, "keyslots.change", ("add-keyslot",), BY_A_PERSON, (VAULT,)),
    "keyslots-remove": Command(
        keyslots.remove_by_command, "keyslots.change", ("remove-keyslot",), BY_A_PERSON, (VAULT,)
    ),
    "devices": Command(_devices, "devices.read", takes=(WHO,)),
    "workers": Command(_workers, "devices.read", takes=(WHO,)),
    "invite": Command(_invite, "devices.invite", ("invite",), takes=(WHO,)),
    "revoke": Command(_revoke, "devices.revoke", ("revoke",), takes=(WHO,)),
    "add-staff": Command(accounts.add_staff, "accounts.invite", ("add-staff",), ANY_KEY, (VAULT,)),
    "invite-staff": Command(joining.by_command, (DOOR, "accounts.invite"), ("invite-staff",), BY_A_PERSON, (WHO,)),
    accounts.FIRST: Command(accounts.first_account, DOOR, ("first-account",), BY_A_PERSON),
    "confirm-account": Command(
        accounts.confirm_account, "accounts.invite", ("confirm-account",), BY_A_PERSON, (VAULT, PROOF)
    ),
    "own-secret": Command(own_secrets.choose, "account.own", ("own-secret",), BY_A_PERSON, (VAULT, PROOF)),
    "replace-secret": Command(
        own_secrets.replace, "accounts.reset-factor", ("replace-secret", "agree-secret"), BY_A_PERSON, (VAULT, PROOF)
    ),
    "confirm-list": Command(accounts.confirm_list, "server.restore", ("confirm-list",), BY_A_PERSON),
    "form-publish": Command(
        forms.publish, ("forms.propose", "forms.publish"), ("propose-form", "publish-form"), takes=(PROOF, WHO)
    ),
    "form-draft": Command(forms.draft, FORMS),
    "form-approve": Command(forms.approve, "forms.approve", ("publish-form", "reject-form"), takes=(PROOF,)),
    "form-retire": Command(forms.retire, "forms.retire", ("retire-form",)),
    "form-list": Command(forms.listing, FORMS),
    "form-fetch": Command(forms.fetch, FORMS),
    "form-diff": Command(forms.differ, FORMS),
    "form-counts": Command(forms.counted, "forms.draft", ("count-form",)),
    "list-publish": Command(forms.revise_list, "lists.change", ("publish-list",)),
    "list-show": Command(forms.show_list, FORMS),
    "name": Command(looks.call, "house.change", ("name",)),
    "theme-set": Command(looks.put_on, "house.change", ("set-theme",)),
    "theme-show": Command(looks.show, "house.change"),
    "theme-reset": Command(looks.take_off, "house.change", ("reset-theme",)),
}
for _name, _command in COMMANDS.items():
    must_have_an_action(_name, _command)
