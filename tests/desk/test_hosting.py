"""A municipality that is added while the server runs is hosted, and the others never stop."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from backend.cli import local
from backend.desk import commands
from backend.desk.wire import Ask
from backend.errors import MunicipalityUnknown, StoreCorrupt, StoreMissing
from backend.settings import Settings
from tests.desk.office import Office

CODE, PHRASE = "GM9904", "paard batterij nietje proef"


def ask(office: Office, command: str, code: str, token: str = "", **args: Any) -> list[dict[str, Any]]:
    async def rows() -> list[dict[str, Any]]:
        return [
            row
            async for row in commands.run(office.desk, Ask(command, code, args, token=token), lambda _done, _all: None)
        ]

    return office.server.run(rows())


async def set_up(folder: Path) -> None:
    settings = Settings(folder, folder / "no-keys", "127.0.0.1", 8321, "info")
    await asyncio.to_thread(local.set_up, settings, CODE, "beheer", PHRASE, False, lambda _code: True)


def test_a_newcomer_is_hosted_and_named_in_its_audit_while_the_others_go_on(office: Office, tmp_path: Path) -> None:
    first = office.server.municipality
    with pytest.raises(MunicipalityUnknown):
        ask(office, "host", CODE)
    office.server.run(set_up(office.server.folder.parent))
    assert [{"municipality": CODE, "locked": True}] == ask(office, "host", CODE)
    assert [{"municipality": CODE, "locked": True}] == ask(office, "host", CODE), "safe to repeat"
    town = office.desk.municipalities.get(CODE)
    assert ["host", "host"] == [line.act for line in town.journal.audit_lines(None, 10) if line.act == "host"]
    assert first is office.desk.municipalities.get(first.code) and not first.locked
    assert {first.code, CODE} == set(office.desk.keepers)
    office.server.run(town.close())


def test_one_that_was_set_apart_is_hosted_when_it_is_mended(office: Office, tmp_path: Path) -> None:
    data = office.desk.municipalities.data
    (data / CODE).mkdir()
    with pytest.raises(StoreMissing):
        ask(office, "host", CODE)
    assert [CODE] == [*office.desk.municipalities.broken]
    (data / CODE).rmdir()
    office.server.run(set_up(data))
    assert ask(office, "host", CODE)
    assert {} == office.desk.municipalities.broken
    office.server.run(office.desk.municipalities.get(CODE).close())


@pytest.mark.parametrize("code", ["..", "GM", "", "../GM9904", "GM9904/x"])
def test_no_name_is_ever_used_as_a_path(office: Office, code: str) -> None:
    with pytest.raises(MunicipalityUnknown):
        ask(office, "host", code)


def test_stores_that_were_damaged_at_rest_set_their_municipality_apart_at_the_first_command(office: Office) -> None:
    town = office.server.municipality
    token = office.token()
    office.server.run(town.resting.rest())
    store = town.folder / "journal.db"
    with store.open("r+b") as file:
        file.seek(100)
        file.write(b"\x5a" * (store.stat().st_size - 100))
    with pytest.raises(StoreCorrupt):
        ask(office, "whoami", town.code, token=token)
    assert isinstance(office.desk.municipalities.broken[town.code], StoreCorrupt)
