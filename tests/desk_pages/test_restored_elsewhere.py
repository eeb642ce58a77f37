"""A municipality that is put back on another machine: its people come in there, and only the codes of apps are new."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.desk.desk import Desk
from backend.desk.people import handle_of
from backend.desk.rights import Role
from backend.municipality.registry import Municipalities
from backend.municipality.restoring import finish, put_back
from backend.municipality.service import Municipality
from backend.stores.people import PASSKEY, PASSWORD
from backend.web.app import create_app
from backend.web.house import House
from tests.desk_pages.office import Browser, DeskOffice, Key, name_of
from tests.desk_pages.test_passkeys import Software, asked, options_of, signs_in
from tests.desk_pages.test_signing_in import joined
from tests.fleet.world import Server

ADMIN, LEAD = name_of(Role.ADMIN), name_of(Role.LEAD)


class Elsewhere:
    """Another machine with a server key of its own, on which the newest backup was put back."""

    def __init__(self, office: DeskOffice, backup: Path, data: Path) -> None:
        data.mkdir()
        (data / "keys").mkdir()
        assert put_back(data, office.code, backup, office.server.clock.now_ms()) is None
        finish(data, office.code)
        self.code = office.code
        self.server = Server.__new__(Server)
        self.server.stand_by(data / office.code, office.server.clock)
        self.server.municipality = Municipality(data / office.code, office.server.clock, engine=self.server.engine)
        towns = Municipalities(data, data / "keys", office.server.clock)
        towns.add(self.server.municipality)
        self.desk = Desk(towns)
        self.app = create_app(towns, office.server.clock, self.desk)
        self.house: House = self.app.state.house
        self.app.state.run = self.server.run

    def visitor(self) -> Browser:
        return Browser(self.app, self.code)

    def close(self) -> None:
        self.server.desk = self.desk
        self.server.stop()


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path / "here")
    yield made
    made.close()


def test_accounts_roles_passwords_and_passkeys_stand_and_an_app_is_set_up_anew(
    office: DeskOffice, tmp_path: Path
) -> None:
    admin, lead, device = Key(office, ADMIN), Key(office, LEAD), Software()
    browser = office.signed_in(Role.LEAD)
    made = browser.post(
        "/account/passkeys", {"answer": device.made(options_of(browser.get("/account").text)), "label": "x"}
    )
    assert 303 == made.status_code
    device.counter += 1
    office.ask("backup", to=str(tmp_path / "backup"))
    before = office.server.municipality.people.all()
    moved = Elsewhere(office, tmp_path / "backup", tmp_path / "there")
    try:
        people = moved.server.municipality.people
        assert before == people.all() and {"lead"} == people.person(LEAD).role_names  # type: ignore[union-attr]
        assert office.house.key.mark("x") != moved.house.key.mark("x")  # the server is another one
        assert 303 == Browser(moved.app, moved.code, browser.id).get("/today").status_code  # no session came along
        visitor = moved.visitor()
        assert 403 == visitor.post("/sign-in", lead.shown()).status_code  # no code of an app
        assert signs_in(moved, device.shown(asked(moved))) is not None  # type: ignore[arg-type]
        answer = visitor.post("/sign-in", admin.shown(code=admin.codes[0]))  # the codes on paper stand
        assert 303 == answer.status_code
        visitor.id = answer.headers["set-cookie"].split(";")[0].split("=")[1]
        page = visitor.post(f"/people/{handle_of(moved.code, LEAD)}/invite")
        path = re.findall(r"/m/GM9901(/join/[0-9a-f]{64})", page.text)[0]
        fresh = moved.visitor()
        assert (
            422 == fresh.post(path, {"password": "een ander wachtwoord dan dat"}).status_code
        )  # the link alone is not
        fresh.id = joined(moved, fresh, path)  # type: ignore[arg-type]
        assert 200 == fresh.get("/account").status_code  # and the records are there once it is unlocked
        kinds = {factor.kind for factor in people.factors(LEAD)}
        assert {PASSWORD, PASSKEY} < kinds and {"lead"} == people.person(LEAD).role_names  # type: ignore[union-attr]
    finally:
        moved.close()


def test_what_waits_for_a_second_person_comes_along_and_is_over_in_its_time(office: DeskOffice, tmp_path: Path) -> None:
    asked_ = office.signed_in(Role.ADMIN).post(
        f"/people/{handle_of(office.code, 'de-maker')}/roles", {"role-lead": "on"}
    )
    assert 303 == asked_.status_code
    office.ask("backup", to=str(tmp_path / "backup"))
    moved = Elsewhere(office, tmp_path / "backup", tmp_path / "there")
    try:
        (one,) = moved.server.municipality.people.proposals()
        id_ = moved.house.sessions.begin(moved.code, ADMIN, "password", "test", "test")
        assert 403 == Browser(moved.app, moved.code, id_).post(f"/proposals/{one.id}/agree").status_code
        id_ = moved.house.sessions.begin(moved.code, name_of(Role.SECURITY), "password", "test", "test")
        security = Browser(moved.app, moved.code, id_)
        assert 303 == security.post(f"/proposals/{one.id}/agree").status_code
        assert {"lead"} == moved.server.municipality.people.person("de-maker").role_names  # type: ignore[union-attr]
    finally:
        moved.close()
