"""Every command, every role: who may give it stands in the table of rights, and what it reads.

`EXPECTED` is written by hand: the actions of each command. `door` is what is there before anybody signed in, for which
a keyslot speaks or nobody has to; what the table gives to the operator is done by whoever speaks to the local socket.
"""

import base64
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from backend.desk import commands
from backend.desk.commands import COMMANDS, DOOR, Command, NoAction, must_have_an_action
from backend.desk.rights import ACTIONS, Role, Scope
from backend.desk.wire import Ask
from backend.errors import BackendError
from backend.sentences import told as sentence
from crypto.keyslots import KEY_FILE
from tests.desk_pages.office import OTHER_LEAD, DeskOffice, name_of
from tests.desk_pages.test_rights import expected
from tests.forms.versions.forms_made import document

EXPECTED: Final = """
sign-in door
sign-out terminal.use
whoami account.own
records records.read signals.read
show records.read signals.read
conflicts conflicts.decide signals.decide
attention attention.decide signals.decide
export export.read signals.read
publish-export export.read signals.read
audit log.read
resolve conflicts.decide signals.decide
decide conflicts.decide signals.decide
grant grants.change signals.decide
erase erase
erasures server.status
rescue attention.decide
verify server.verify
backup server.backup
host server.host
unlock door
lock keyslots.lock
passphrase keyslots.change
key-file keyslots.change
keyslots-list keyslots.change
keyslots-add keyslots.change
keyslots-remove keyslots.change
devices devices.read
workers devices.read
invite devices.invite
revoke devices.revoke
add-staff accounts.invite
invite-staff door accounts.invite
first-account door
confirm-account accounts.invite
own-secret account.own
replace-secret accounts.reset-factor
confirm-list server.restore
form-publish forms.propose forms.publish
form-draft forms.read
form-approve forms.approve
form-retire forms.retire
form-list forms.read
form-fetch forms.read
form-diff forms.read
form-counts forms.draft
list-publish lists.change
list-show forms.read
name house.change
theme-set house.change
theme-show house.change
theme-reset house.change
"""
BY_MACHINE: Final = {
    "sign-in", "unlock", "invite-staff", "first-account", "erasures", "verify", "backup", "host", "lock",
    "confirm-list",
}  # fmt: skip
ENDS: Final = ("sign-in", "sign-out", "lock")  # it would wait, or end what walks
WORD: Final = "Zandkasteel"


def by_hand() -> dict[str, tuple[str, ...]]:
    return {words[0]: tuple(words[1:]) for words in map(str.split, EXPECTED.strip().splitlines())}


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("commands")), "dossier", "signaal")
    made.tokens = {  # type: ignore[attr-defined]
        name: made.server.run(made.sign_in(made.server.municipality.people.person(name)))  # type: ignore[arg-type]
        for name in (*map(name_of, Role), OTHER_LEAD)
    }
    yield made
    made.close()


def told(
    office: DeskOffice, command: str, staff: str = "", *, keyed: bool = False, **args: Any
) -> tuple[str, list[Any]]:
    """The code with which a command is refused, or nothing; and its rows."""
    token = office.tokens[staff] if staff else ""  # type: ignore[attr-defined]
    slot, key = (KEY_FILE, office.server.key_file.hex()) if keyed else ("", "")
    ask, found = Ask(command, office.code, args, "", slot, key, token=token), []

    async def run() -> str:
        try:
            async for row in commands.run(office.desk, ask, lambda _done, _all: None):
                found.append(row)
        except BackendError as error:
            return error.code
        except KeyError:
            return "lacks"
        return ""

    return office.server.run(run()), found


async def said(office: DeskOffice, ask: Ask) -> str:
    """What a refused command tells a person."""
    with pytest.raises(BackendError) as refused:
        async for _ in commands.run(office.desk, ask, lambda _done, _all: None):
            pass
    return " ".join(sentence(refused.value, ask.language))


# --- the table ---


def test_the_actions_of_the_commands_are_those_that_were_written_by_hand() -> None:
    assert by_hand() == {name: command.actions for name, command in COMMANDS.items()}
    assert BY_MACHINE == {name for name, command in COMMANDS.items() if command.by_machine}


def test_a_command_without_an_action_does_not_start() -> None:
    async def nothing(*_args: Any) -> list[Any]:
        return []

    for action in ((), "no.such-action", ("records.read", "no.such-action"), ""):
        with pytest.raises(NoAction):
            must_have_an_action("x", Command(nothing, action))
    must_have_an_action("x", Command(nothing, DOOR))


# --- the walk ---


def wrong(office: DeskOffice, role: Role) -> dict[str, str]:
    """The commands at which a role is answered otherwise than the tables written by hand have it."""
    table, found = expected(), {}
    for name, actions in by_hand().items():
        if name in ENDS:
            continue
        needs = [action for action in actions if action != DOOR]  # beside a door, of who is signed in
        machine = name in BY_MACHINE and (DOOR not in actions or not needs)
        allowed = machine or any(table[action][role] != "." for action in needs)
        code, rows = told(office, name, name_of(role))
        if allowed == (code == "not-your-command") or (not allowed and rows):
            found[name] = code
    return found


@pytest.mark.parametrize("role", Role)
def test_each_command_is_there_for_the_roles_of_its_action_and_for_no_other(office: DeskOffice, role: Role) -> None:
    assert {} == wrong(office, role)


def test_the_walk_finds_a_right_too_many(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ACTIONS, "devices.read", {**ACTIONS["devices.read"], Role.MAKER: Scope.MUNICIPALITY})
    assert {"devices", "workers"} == {*wrong(office, Role.MAKER)}


def test_without_a_person_only_the_machine_acts_whatever_keyslot_is_shown(office: DeskOffice) -> None:
    """A keyslot alone reads nothing."""
    for name in {*COMMANDS} - {*ENDS, "first-account"}:
        code, rows = told(office, name, keyed=True)
        assert (code == "terminal-not-signed-in") == (name not in BY_MACHINE), name
        assert name in BY_MACHINE or not rows


def test_a_name_that_is_typed_names_nobody_else(office: DeskOffice) -> None:
    lead = name_of(Role.LEAD)

    async def run(command: str, staff: str, token: str) -> str:
        try:
            async for _ in commands.run(
                office.desk, Ask(command, office.code, {}, staff, token=token), lambda _d, _a: None
            ):
                pass
        except BackendError as error:
            return error.code
        return ""

    token = office.tokens[lead]  # type: ignore[attr-defined]
    assert "" == office.server.run(run("conflicts", lead, token))
    assert "staff-proves-nothing" == office.server.run(run("conflicts", OTHER_LEAD, token))
    assert "staff-proves-nothing" == office.server.run(run("erasures", lead, ""))
    assert "terminal-not-signed-in" == office.server.run(run("conflicts", lead, ""))


def test_what_is_refused_and_what_is_done_are_lines_like_those_of_pages(office: DeskOffice) -> None:
    told(office, "records", name_of(Role.ADMIN), form="dossier")
    refused, token = office.audit()[0], office.tokens[name_of(Role.ADMIN)]  # type: ignore[attr-defined]
    told(office, "devices", name_of(Role.ADMIN))
    told(office, "conflicts", name_of(Role.LEAD))
    done = office.audit()[0]
    assert "teamleider" in office.server.run(said(office, Ask("records", office.code, token=token, language="nl")))
    assert ("de-admin", "refused", "records.read", "refused") == (
        refused.staff, refused.act, refused.detail, refused.result,
    )  # fmt: skip
    assert ("de-lead", "conflicts", "done") == (done.staff, done.act, done.result)
    assert done.origin.startswith("terminal ") and done.origin != refused.origin
    told(office, "erasures")
    told(office, "unlock", keyed=True)
    machine = office.audit()[0]
    assert ("operator", "unlock", "done", "terminal") == (machine.staff, machine.act, machine.result, machine.origin)
    told(office, "unlock")
    assert "unlock" == office.audit()[0].act  # no keyslot was shown, so none was wrong


# --- the scope ---


def test_a_record_of_another_team_is_not_there_for_any_command(office: DeskOffice) -> None:
    secret = office.one.create("dossier", 1, {"/roepnaam": WORD}).hex()
    office.sync(office.one)
    office.server.run(office.keeper.catch_up())
    own, other = name_of(Role.LEAD), OTHER_LEAD
    assert WORD in str(told(office, "records", own, form="dossier")[1])
    assert WORD in str(told(office, "show", own, record=secret)[1])
    assert WORD in str(told(office, "export", own, form="dossier")[1])
    asked: list[tuple[str, dict[str, Any]]] = [
        ("records", {"form": "dossier"}), ("records", {"form": "dossier", "search": WORD}),
        ("show", {"record": secret}),
        ("conflicts", {"record": secret}), ("attention", {"record": secret}), ("export", {"form": "dossier"}),
        ("grant", {"record": secret, "worker": "werker-twee"}),
    ]  # fmt: skip
    for name, args in asked:
        code, rows = told(office, name, other, **args)
        nothing: Any = {**args, **({"record": "00" * 16} if "record" in args else {})}
        never = told(office, name, other, **nothing)
        assert code == never[0] and WORD not in str(rows), name
    assert "no-such-record" == told(office, "show", other, record=secret)[0]
    for role in (Role.ADMIN, Role.OPERATOR, Role.SECURITY, Role.MAKER, Role.SIGNALS, Role.PRIVACY):
        for name in COMMANDS:
            if name not in (*ENDS, "first-account", "unlock", "form-retire"):
                assert WORD not in str(told(office, name, name_of(role), form="dossier", record=secret)[1]), (
                    role,
                    name,
                )


def test_a_signal_is_read_by_its_readers_alone(office: DeskOffice) -> None:
    signal = office.one.create("signaal", 1, {"/acuut": "nee"}).hex()
    office.sync(office.one)
    office.server.run(office.keeper.catch_up())
    for name, code in ((name_of(Role.LEAD), "no-such-record"), (name_of(Role.SIGNALS), "")):
        assert code == told(office, "show", name, record=signal)[0]
    assert "form-not-published" == told(office, "records", name_of(Role.LEAD), form="signaal")[0]
    assert "" == told(office, "records", name_of(Role.SIGNALS), form="signaal")[0]
    assert "form-not-published" == told(office, "export", name_of(Role.LEAD), form="signaal")[0]


def test_the_beginning_of_an_id_tells_nothing_of_records_that_others_read(office: DeskOffice) -> None:
    """Two signals stand before the only case whose id begins so: whoever reads no signals is told of the case."""
    others = {one["record"][0] for one in office.find("select record from _record where form = 'dossier'")}
    case = "00"
    while case[0] in others or case[1] < "8":
        others.add(case[0])
        case = office.one.create("dossier", 1, {"/roepnaam": WORD}).hex()
    digit, before = case[0], 0
    while before < 2:
        before += digit <= office.one.create("signaal", 1, {"/acuut": "nee"}).hex() < case
    office.sync(office.one)
    office.server.run(office.keeper.catch_up())
    lead = name_of(Role.LEAD)
    assert ("", [case]) == ((shown := told(office, "show", lead, record=digit))[0], [row["record"] for row in shown[1]])
    assert "" == told(office, "conflicts", lead, record=digit)[0] == told(office, "attention", lead, record=digit)[0]
    assert "no-such-record" == told(office, "show", OTHER_LEAD, record=digit)[0]


def test_a_reader_for_a_reason_is_sent_to_the_desk(office: DeskOffice) -> None:
    for name in ("records", "show", "export"):
        code = told(office, name, name_of(Role.PRIVACY), form="dossier", record="00" * 16)[0]
        assert "reason-at-desk" == code, name


def test_who_may_only_propose_publishes_nothing_by_a_command(office: DeskOffice) -> None:
    draft = base64.b64encode(json.dumps(document({"/naam": "text"})).encode()).decode()
    said: Any = {"controller": "College van Voorbeeldstad", "register": "https://example.org/12"}
    code, rows = told(office, "form-publish", name_of(Role.MAKER), document=draft, **said)
    assert ("", "waiting") == (code, rows[-1]["state"])
    listed = told(office, "form-list", name_of(Role.MAKER))[1]
    assert {"waiting"} == {row["state"] for row in listed if row["form"] == "proef"}


def test_devices_are_those_of_the_own_teams(office: DeskOffice) -> None:
    workers = {row["worker"] for row in told(office, "devices", name_of(Role.LEAD))[1]}
    assert {"werker-een"} == workers
    assert {"werker-een", "werker-twee"} <= {row["worker"] for row in told(office, "devices", name_of(Role.ADMIN))[1]}
    assert "desk-not-of-team" == told(office, "invite", name_of(Role.LEAD), worker="werker-twee")[0]
    assert "no-such-device" == told(office, "revoke", name_of(Role.LEAD), device=office.two.id.hex())[0]


def test_a_newcomer_is_granted_before_enrolment_and_nobody_of_another_team(office: DeskOffice) -> None:
    record = office.one.create("dossier", 1, {"/roepnaam": WORD}).hex()
    office.sync(office.one)
    office.team("oost", [OTHER_LEAD], ["werker-oost"])
    granted = {"record": record, "before_enrolment": True}
    for worker, code in (
        ("werker-nieuw", ""),
        ("werker-oost", "desk-not-of-team"),
        ("werker-twee", "desk-not-of-team"),
    ):
        asked: Any = granted | {"worker": worker}
        assert code == told(office, "grant", name_of(Role.LEAD), **asked)[0], worker


def test_the_log_is_the_own_lines_or_all_and_of_records_for_who_may_know(office: DeskOffice) -> None:
    record = office.one.create("dossier", 1, {"/roepnaam": WORD}).hex()
    office.sync(office.one)
    told(office, "show", name_of(Role.LEAD), record=record)
    told(office, "conflicts", OTHER_LEAD)
    assert {"de-lead"} == {row["staff"] for row in told(office, "audit", name_of(Role.LEAD))[1]}
    assert OTHER_LEAD in {row["staff"] for row in told(office, "audit", name_of(Role.SECURITY))[1]}
    assert not any(row["record"] for row in told(office, "audit", name_of(Role.SECURITY), limit=1000)[1])
    assert any(row["record"] for row in told(office, "audit", name_of(Role.PRIVACY), limit=1000)[1])
