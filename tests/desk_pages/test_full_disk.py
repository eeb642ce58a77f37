"""A full disk at the desk: people still come in, nobody gains by it, and nothing is half done."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyotp
import pytest

from backend.desk.rights import Role
from backend.errors import StoreFull
from backend.stores.people import CODES
from backend.stores.sessions import Session
from tests.desk_pages.office import PASSPHRASE, Browser, DeskOffice, Key, name_of
from tests.desk_pages.test_signing_in import invited
from tests.looking import inside

LEAD = name_of(Role.LEAD)
TEXT = "De fiets stond in de gang, met een nieuw slot."


class Full:
    """The disk of an office on which nothing more fits, until there is `room`."""

    def __init__(self, office: DeskOffice) -> None:
        self.office = office
        control = office.desk.control
        office.signed_in(Role.LEAD)  # it is opened
        self.dbs: list[Any] = [inside(office.server.municipality.journal), control._db.conn]  # type: ignore[union-attr]
        for db in self.dbs:
            (pages,) = db.execute("pragma page_count").fetchone()
            db.execute(f"pragma max_page_count = {pages}")
        with pytest.raises(StoreFull):
            for number in range(20_000):
                row = Session(b"%032d" % number, "GM0000", "x" * 400, 1, 1, 1, "", 1, "", "")
                control._run("insert into session values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        for detail in ("x" * 400, ""):  # until the smallest line finds no place
            with pytest.raises(StoreFull):
                for _ in range(20_000):
                    office.server.run(office.server.municipality.auditing.note("v", "show", None, detail))

    def room(self) -> None:
        for db in self.dbs:
            db.execute("pragma max_page_count = 1000000")


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path)
    yield made
    made.close()


def came_in(office: DeskOffice, shown: dict[str, str]) -> Browser | None:
    browser = office.visitor()
    answer = browser.post("/sign-in", shown)
    if answer.status_code != 303:
        assert 403 == answer.status_code
        return None
    own = next(one for one in answer.headers.get_list("set-cookie") if one.startswith("__Host-desk"))
    browser.id = own.split(";")[0].split("=")[1]
    return browser


def test_people_come_in_on_a_full_disk_and_nobody_gains_by_it(office: DeskOffice) -> None:
    key, before, clock = Key(office), office.signed_in(Role.LEAD), office.server.clock
    full = Full(office)
    shown = key.shown()
    assert None is came_in(office, key.shown(password="geraden woord"))
    browser = came_in(office, shown)
    assert browser is not None and 200 == browser.get("/today").status_code == before.get("/today").status_code
    assert None is came_in(office, shown)  # a code counts once, also where that cannot be written
    by_code = came_in(office, key.shown(code=key.codes[0]))
    assert by_code is not None and None is came_in(office, key.shown(code=key.codes[0]))
    clock.ms += 60_000
    office.house.tries._of.clear()
    assert 200 == browser.get("/today").status_code  # that it was seen is held too
    for one in (browser, before):
        assert one.post("/sign-out").status_code in (303, 507)
        assert 303 == one.get("/today").status_code  # and whoever signs out is out
    full.room()
    office.house.tries._of.clear()
    assert None is came_in(office, shown) is came_in(office, key.shown(code=key.codes[0]))
    assert 9 == len(office.server.municipality.people.factors(LEAD, CODES))
    clock.ms += 60_000
    again = came_in(office, key.shown())
    assert again is not None and 200 == by_code.get("/today").status_code
    assert 303 == before.get("/today").status_code
    late = [(line.result, line.detail.rpartition(" ")[0]) for line in office.audit() if line.detail.endswith("Z")]
    assert 5 == len(late) and {("done", "password totp"), ("done", "password recovery"), ("refused", "code")} < {*late}


def test_an_invitation_is_not_used_up_by_a_disk_that_was_full(office: DeskOffice) -> None:
    browser, path = invited(office, "nieuw.iemand", "maker")
    assert 303 == browser.post(path, {"password": PASSPHRASE}).status_code
    secret = re.findall(r"<code[^>]*>([A-Z2-7]{32})</code>", browser.get(path).text)[0]
    code = pyotp.TOTP(secret).at(office.server.clock.now_ms() // 1000)
    assert 303 == browser.post(path, {"code": code}).status_code
    page = browser.get(path).text
    codes = re.findall(r"<code[^>]*>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>", page)
    typed = {f"code-{at}": codes[int(at)] for at in re.findall(r'name="code-(\d+)"', page)}
    town = office.server.municipality

    async def nothing_fits(_work: object) -> None:
        raise StoreFull(store="journal")

    submit, town.submit = town.submit, nothing_fits  # type: ignore[method-assign, assignment]
    assert 507 == browser.post(path, typed).status_code
    assert [] == town.people.factors("nieuw.iemand")
    town.submit = submit  # type: ignore[method-assign]
    assert 303 == browser.post(path, typed).status_code
    assert 200 == office.signed_in(staff="nieuw.iemand").get("/today").status_code


def test_a_decision_on_a_full_disk_is_not_half_done_and_its_text_comes_back(tmp_path: Path) -> None:
    office = DeskOffice(tmp_path, "dossier", "huisbezoek")
    try:
        record = office.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2345"}).hex()
        office.sync()
        office.dump()
        at, lead = f"/review/{record}", office.signed_in(Role.LEAD)

        def field() -> dict[str, str]:
            (seal,) = re.findall(r'name="read_at" value="([^"]+)"', lead.get(at).text)
            return {"pick": "comment", "text": TEXT, "read_at": seal}

        fields, entries = field(), office.server.municipality.committed.entries
        full = Full(office)
        refused = lead.post(at, fields)
        assert 507 == refused.status_code and TEXT in refused.text  # in its own field again
        assert entries == office.server.municipality.committed.entries
        full.room()
        assert TEXT not in lead.get(at).text
        assert 303 == lead.post(at, fields).status_code
        office.dump()
        assert entries + 1 == office.server.municipality.committed.entries and TEXT in lead.get(at).text
    finally:
        office.close()
