"""What somebody typed is theirs: whoever signs in next in that browser neither sees it nor sends it on as their own."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from backend.desk.rights import Role
from backend.desk.sessions import IDLE_MS, csrf_of
from tests.desk_pages.office import Browser, DeskOffice, Key, name_of

TEXT = "De fiets stond in de gang, met een nieuw slot."
AT = "/people"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek")
    yield made
    made.close()


def at_the_door(office: DeskOffice, role: Role = Role.ADMIN) -> tuple[Browser, str]:
    """The page that somebody gets whose session ended while they typed on a page that keeps nothing by itself."""
    typing = office.signed_in(role)
    assert f'name="csrf" value="{typing.csrf}"' in typing.get("/account").text
    office.server.clock.ms += IDLE_MS
    answer = typing.post(AT, {"name": "nieuw", "shown_name": TEXT})
    assert 401 == answer.status_code
    return typing, answer.text


def carried(page: str) -> dict[str, str]:
    """The hidden fields of the door's first form."""
    form = page.partition('action="/m/GM9901/sign-in">')[2].partition("</form>")[0]
    return {name: unescape(value) for name, value in re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)}


def test_the_next_person_at_the_door_gets_nothing_of_it(office: DeskOffice) -> None:
    key = Key(office, name_of(Role.LEAD))
    browser, page = at_the_door(office)
    assert TEXT not in page and "voor uw account alleen" in page
    answer = browser.ask("POST", f"{browser.home}/sign-in", data=carried(page) | key.shown())
    assert 303 == answer.status_code and TEXT not in answer.text
    assert TEXT not in office.signed_in(Role.LEAD).get("/typed").text


def test_who_typed_it_gets_it_back_also_behind_a_wrong_try(office: DeskOffice) -> None:
    key = Key(office, name_of(Role.ADMIN))
    browser, page = at_the_door(office)
    wrong = browser.ask("POST", f"{browser.home}/sign-in", data=carried(page) | key.shown(password="x"))
    assert 403 == wrong.status_code and TEXT not in wrong.text
    answer = browser.ask("POST", f"{browser.home}/sign-in", data=carried(wrong.text) | key.shown())
    assert 200 == answer.status_code and TEXT in answer.text
    assert TEXT in office.signed_in(Role.ADMIN).get("/typed").text


@pytest.mark.parametrize("how", ["changed", "of another municipality", "no seal"])
def test_what_the_server_did_not_seal_is_nothing(office: DeskOffice, how: str) -> None:
    key = Key(office, name_of(Role.ADMIN))
    browser, page = at_the_door(office)
    fields = carried(page)
    seal = fields["kept-sealed"]
    other = office.house.key.seal(b"\x93\xa1a\x90\xa0", b"veldpost/1/typed\0GM0000").hex()
    given = {"changed": seal[:-6] + "AAAAAA", "of another municipality": other, "no seal": "é" * 40}[how]
    answer = browser.ask("POST", f"{browser.home}/sign-in", data=fields | {"kept-sealed": given} | key.shown())
    assert 303 == answer.status_code and TEXT not in answer.text


def test_a_page_of_who_was_here_before_says_nothing_of_it_to_who_is_here_now(office: DeskOffice) -> None:
    """Two windows of one browser: the one of before is sent while somebody else is signed in."""
    left = office.signed_in(Role.REVIEWER)
    record = office.shared("huisbezoek", {"/case_ref": "ABCD-2345"})
    office.dump()
    lead = office.signed_in(Role.LEAD)
    sent = {"csrf": left.csrf, "pick": "comment", "text": TEXT}
    answer = lead.post(f"/review/{record.hex()}", sent)
    assert 403 == answer.status_code and TEXT not in answer.text and "een ander account" in answer.text
    again = lead.post(f"/review/{record.hex()}", sent | {"csrf": office.signed_in(Role.LEAD).csrf})
    assert 403 == again.status_code and TEXT in again.text and "ander venster" in again.text


def test_the_mark_of_an_account_tells_nothing_and_opens_nothing(office: DeskOffice) -> None:
    lead = office.signed_in(Role.LEAD)
    mark = lead.mark
    assert f"{csrf_of(lead.id)}.{mark}" in lead.get("/account").text and 32 == len(mark)
    assert mark != office.signed_in(Role.ADMIN).mark and "lead" not in mark
    for forged in (f".{mark}", f"{'0' * 64}.{mark}", mark, f"{mark}.{mark}"):
        assert 403 == lead.post("/sign-out", {"csrf": forged}).status_code
