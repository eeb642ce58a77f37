"""A large export at a terminal asks anew who it is, as the page does: by a fresh sign-in or the account's secret."""

from typing import Any

import pytest

from backend.desk import commands, export_asking, own_secrets
from backend.desk.own_secrets import NoOwnSecret, WrongOwnSecret
from backend.desk.sessions import ELEVATED_MS
from backend.desk.wire import Ask, SecretNeeded
from tests.desk.office import REASON, STAFF, Office

SECRET = "een eigen geheim van vier woorden"
FORM = "dossier"


@pytest.fixture
def large(office: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    monkeypatch.setattr(export_asking, "LARGE", 1)
    for number in range(2):
        office.one.create(FORM, 1, {"/case_ref": f"ABCD-234{number}"})
    office.sync()
    return office


def export(office: Office, secret: str = "", **args: Any) -> list[dict[str, Any]]:
    town = office.server.municipality
    ask = Ask("export", town.code, {"form": FORM, "reason": REASON, **args}, secret=secret, token=office.token())

    async def rows() -> list[dict[str, Any]]:
        return [row async for row in commands.run(office.desk, ask, lambda _done, _all: None)]

    return office.server.run(rows())


def choose(office: Office) -> None:
    town = office.server.municipality
    office.server.run(own_secrets.keep(town, town.keyring.vault().with_key_file(office.server.key_file), STAFF, SECRET))


def test_a_terminal_that_was_signed_in_just_now_is_fresh(large: Office) -> None:
    assert export(large)


def test_an_older_one_shows_the_secret_of_the_account(large: Office) -> None:
    assert export(large)
    choose(large)
    large.server.clock.ms += ELEVATED_MS
    before = [line["act"] for line in large.ask("audit")].count("export")
    with pytest.raises(SecretNeeded):
        export(large)
    with pytest.raises(WrongOwnSecret):
        export(large, SECRET + "!")
    assert before == [line["act"] for line in large.ask("audit")].count("export"), "nothing was read"
    assert export(large, SECRET)


def test_an_account_without_a_secret_signs_in_anew(large: Office) -> None:
    assert export(large)
    large.server.clock.ms += ELEVATED_MS
    with pytest.raises(NoOwnSecret):
        export(large)
    large._tokens.clear()
    assert export(large)


def test_a_small_export_asks_nothing_anew(office: Office) -> None:
    office.shared(FORM, {"/case_ref": "ABCD-2345"})
    office.token()
    office.server.clock.ms += ELEVATED_MS
    assert export(office)
