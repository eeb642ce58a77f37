"""All that a command needs stands in its one row: its keyslot, and the lines of the audit that it leaves."""

import ast
import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk import commands
from backend.desk.commands import ANY_KEY, BY_A_PERSON, COMMANDS, NO_KEY
from backend.desk.desk import KeyslotNeeded
from backend.desk.wire import Ask
from backend.errors import BackendError
from crypto.keyslots import KEY_FILE
from tests.desk.office import Office

CLI = Path(__file__).parents[2] / "backend" / "cli"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


def asked_for() -> set[str]:
    """The names of the commands that the command line asks for."""
    place = {"ask": 1, "Ask": 0, "_acting": 0, "_reading": 0}
    found = set()
    for path in CLI.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            at = place.get(getattr(node.func, "id", "")) if isinstance(node, ast.Call) else None
            if at is not None and isinstance(node, ast.Call) and len(node.args) > at:
                name = node.args[at]
                found |= {name.value} if isinstance(name, ast.Constant) and isinstance(name.value, str) else set()
    return found


def test_whatever_the_command_line_asks_for_has_its_row() -> None:
    assert asked_for() > {"records", "unlock", "form-publish"}
    assert set() == asked_for() - set(COMMANDS) - {"status"}


def refusal(office: Office, command: str, slot: str, key: str) -> str:
    """The code with which a command is refused that a member of staff asks with this keyslot."""
    code = office.server.municipality.code
    ask = Ask(command, code, {"name": "nieuw"}, "", slot, key, token=office.token())

    async def first() -> str:
        try:
            async for _ in commands.run(office.desk, ask, lambda _done, _all: None):
                return ""
        except (BackendError, KeyError) as error:
            return error.code if isinstance(error, BackendError) else ""
        return ""

    return office.server.run(first())


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """One office for what is refused before it does anything."""
    made = Office(tmp_path_factory.mktemp("refusing"))
    yield made
    made.close()


@pytest.mark.parametrize("command", COMMANDS)
def test_a_keyslot_is_asked_for_where_the_row_says_so(refusing: Office, command: str) -> None:
    needs = COMMANDS[command].keyslot
    assert needs in (NO_KEY, ANY_KEY, BY_A_PERSON)
    if needs != NO_KEY:
        assert KeyslotNeeded.code == refusal(refusing, command, "", "")
    if needs == BY_A_PERSON:
        assert "person-needed" == refusal(refusing, command, KEY_FILE, refusing.server.key_file.hex())


def test_a_command_leaves_the_lines_that_its_row_names(office: Office, tmp_path: Path) -> None:
    record = office.shared("dossier", {"/roepnaam": "Voorbeeld"})
    journal, looked_at = office.server.municipality.journal, set()
    told: dict[str, dict[str, Any]] = {
        "records": {"form": "dossier"}, "show": {"record": record.hex()}, "conflicts": {}, "attention": {},
        "export": {"form": "dossier"}, "audit": {}, "verify": {}, "devices": {}, "erasures": {}, "form-list": {},
        "form-fetch": {"form": "dossier", "version": 1}, "form-counts": {"document": ""}, "list-show": {"name": ""},
        "invite": {"worker": "werker-drie"}, "backup": {"to": str(tmp_path / "b")},
        "add-staff": {"name": "collega", "secret": "een eigen zinnetje"},
        "grant": {"record": record.hex(), "worker": "werker-twee"}, "passphrase": {"new": "een twee drie"},
        "erase": {"record": record.hex(), "reason": "request"}, "theme-show": {}, "theme-reset": {},
        "theme-set": {"light": base64.b64encode(b'{"basis-border-radius-md": {"value": 0}}').decode()},
        "unlock": {}, "lock": {}, "key-file": {},
    }  # fmt: skip
    for command, args in told.items():
        before = len(journal.audit_lines(None, -1))
        try:
            office.ask(command, **args)
        except BackendError:
            assert "form-counts" == command  # an empty document is refused, before anything is counted
            continue
        acts = {line.act for line in journal.audit_lines(None, -1)[: len(journal.audit_lines(None, -1)) - before]}
        assert acts <= set(COMMANDS[command].acts) and bool(acts) == bool(COMMANDS[command].acts), command
        looked_at.add(command)
    assert len(looked_at) > 18
