"""Names: nobody comes in beside somebody whose name reads the same; none is cut, or goes without a role, unsaid."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from backend.desk.arguments import BadArgument
from backend.desk.people import handle_of
from backend.desk.rights import Role
from backend.municipality.opening import WorkerAlike
from forms.lint.fold import looks
from tests.desk_pages.office import DeskOffice

ALIKE = (
    "Werker-Een",
    "WERKER-EEN",
    "wеrker-een",
    "ｗerker-een",
    "werker\u2011een",
    "werker-e\u200ben",
    "vverker-een",
    "wérker-een",
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("names")))
    yield made
    made.close()


@pytest.mark.parametrize("name", ALIKE)
def test_a_newcomer_who_is_read_as_a_worker_gets_no_phone_and_no_record(office: DeskOffice, name: str) -> None:
    answer = office.signed_in(Role.ADMIN).post("/devices/invite", {"worker": name})
    assert answer.status_code in (400, 409) and 'class="qr"' not in answer.text  # what does not show is no name
    record = office.shared("dossier", {"/roepnaam": "Voorbeeld"}).hex()
    with pytest.raises((WorkerAlike, BadArgument)):
        office.ask("grant", record=record, worker=name, before_enrolment=True)
    assert name not in office.server.municipality.opening.workers()


def test_the_worker_themselves_and_other_newcomers_are_not_taken_for_somebody_else(office: DeskOffice) -> None:
    lead, admin = office.signed_in(Role.LEAD), office.signed_in(Role.ADMIN)
    assert 200 == lead.post("/devices/invite", {"worker": "werker-een"}).status_code
    for name in ("werker-eén-b", "werker-6", "werker-9", "jansen"):
        assert 200 == admin.post("/devices/invite", {"worker": name}).status_code
    assert looks("werker-6") != looks("werker-9") and looks("werker-l") == looks("werker-1") == looks("werker-I")


@pytest.mark.parametrize("name", ["DE-LEAD", "de\u2011lead", "dе-lead", "de-Iead", "operator", "Operat0r", "openid"])
def test_an_account_that_is_read_as_another_one_is_none(office: DeskOffice, name: str) -> None:
    answer = office.signed_in(Role.ADMIN).post("/people", {"name": name, "role-maker": "on"})
    assert answer.status_code in (400, 409) and "/join/" not in answer.text
    assert None is office.server.municipality.people.person(name)


def test_nobody_is_invited_without_a_role(office: DeskOffice) -> None:
    answer = office.signed_in(Role.ADMIN).post("/people", {"name": "zonder.rol", "shown_name": "Zonder Rol"})
    assert 422 == answer.status_code and "minstens één rol" in answer.text and "Zonder Rol" in answer.text
    assert None is office.server.municipality.people.person("zonder.rol")


@pytest.mark.parametrize("state", ["active", "invited", "blocked"])
def test_who_is_there_is_not_invited_as_somebody_new(office: DeskOffice, state: str) -> None:
    name, people = f"al.{state}", office.server.municipality.people
    office.hire(name, Role.LEAD)
    person = people.person(name)
    assert person is not None
    kept = msgspec.structs.replace(person, shown_name="Al Bekend", state=state)
    office.server.run(office.server.municipality.submit(lambda: people.keep(kept)))
    admin = office.signed_in(Role.ADMIN)
    answer = admin.post("/people", {"name": name, "shown_name": "Iemand Nieuw", "role-maker": "on"})
    assert 409 == answer.status_code and "/join/" not in answer.text and kept == people.person(name)
    own = f'/people/{handle_of(office.code, name)}">Dat account openen</a>'
    assert own in answer.text and f'name="name" value="{name}"' in answer.text
    assert 'value="Iemand Nieuw"' in answer.text and 'name="role-maker" checked' in answer.text
    again = admin.post(f"/people/{handle_of(office.code, name)}/invite")
    assert (409 if state == "blocked" else 200) == again.status_code


@pytest.mark.parametrize("name", ["Jan de Vries!", "x", "n" * 61])
def test_a_name_that_cannot_be_is_told_the_rule_where_it_was_typed(office: DeskOffice, name: str) -> None:
    answer = office.signed_in(Role.ADMIN).post("/people", {"name": name, "shown_name": "Jan", "role-maker": "on"})
    assert 400 == answer.status_code and 'id="name-fault"' in answer.text
    assert "Deze naam kan niet: 2 tot 60 letters" in answer.text and f'name="name" value="{name}"' in answer.text
    assert 'name="role-maker" checked' in answer.text


@pytest.mark.parametrize(
    ("path", "fields"),
    [
        ("/people", {"name": "lang.iemand", "shown_name": "n" * 81, "role-maker": "on"}),
        ("/account/name", {"shown_name": "n" * 81}),
        ("/teams", {"name": "t" * 61}),
    ],
)
def test_a_name_that_is_too_long_is_said_and_not_cut(office: DeskOffice, path: str, fields: dict[str, str]) -> None:
    answer = office.signed_in(Role.ADMIN).post(path, fields)
    assert 422 == answer.status_code and "hoogstens" in answer.text
    people = office.server.municipality.people
    assert not any("n" * 60 in one.shown_name for one in people.all()) and None is people.person("lang.iemand")
    assert not any("t" * 50 in team.shown_name for team in people.teams())
