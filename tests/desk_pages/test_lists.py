"""The pages of named lists: a table becomes the next version, doubts are shown first, codes stay."""

import re
from base64 import b64encode
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backend.desk.four_eyes import waiting
from backend.desk.rights import Role
from forms.definition.library import first_raw
from tests.desk_pages.office import Browser, DeskOffice, name_of

SCHOOLS = "naam\nDe Regenboog\nHet Kompas\nDe Brug\nDe Wijzer\n"


def brought(browser: Browser, table: str | bytes, name: str = "scholen", **fields: str) -> Any:
    raw = table.encode() if isinstance(table, str) else table
    files = {"file": ("scholen.csv", raw)}
    return browser.post("/lists", {"name": name, "title": "Scholen", **fields}, files=files)


@pytest.mark.parametrize("role", [Role.LEAD, Role.REVIEWER, Role.PRIVACY, Role.SECURITY, Role.OPERATOR])
def test_whoever_makes_no_lists_brings_none(desk_office: DeskOffice, role: str) -> None:
    assert 403 == brought(desk_office.signed_in(role), SCHOOLS).status_code
    assert 404 == desk_office.signed_in(Role.ADMIN).get("/lists/scholen").status_code


def test_a_table_becomes_a_list_and_the_next_one_says_what_changed(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    assert "is gepubliceerd" in brought(admin, SCHOOLS).text
    assert "zegt niets nieuws" in brought(admin, SCHOOLS).text
    assert "is gepubliceerd" in brought(admin, SCHOOLS + "De Vlieger\n").text
    page = desk_office.signed_in(Role.LEAD).get("/lists/scholen").text
    assert "De Vlieger" in page and "versie 2" in page
    table = admin.get("/lists/scholen/table")
    assert "De Regenboog" in table.text and "attachment" == table.headers["content-disposition"]
    assert ["publish-list"] * 2 == [line.act for line in desk_office.audit() if line.act == "publish-list"]


def test_a_list_in_dutch_alone_is_read_by_who_reads_english(desk_office: DeskOffice) -> None:
    """A municipality names its schools in one language; the page answered 500 to the other."""
    admin = desk_office.signed_in(Role.ADMIN)
    brought(admin, SCHOOLS)
    admin.headers["accept-language"] = "en"
    assert "Scholen" in admin.get("/lists").text and "De Regenboog" in admin.get("/lists/scholen").text


def test_a_list_of_which_most_goes_is_doubted_and_let_through_by_who_means_it(desk_office: DeskOffice) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    brought(admin, "naam\nDe Regenboog\n" + "".join(f"School {n}\n" for n in range(20)))
    doubted = brought(admin, "naam\nDe Regenboog\n")
    assert 422 == doubted.status_code and 'name="anyway"' in doubted.text
    assert "is gepubliceerd" in brought(admin, "naam\nDe Regenboog\n", anyway="1").text
    assert "niet meer aangeboden" in admin.get("/lists/scholen").text


@pytest.mark.parametrize("table", [b"", b"\x89PNG\r\n\x1a\n" + b"0" * 99, b"PK\x03\x04" + b"0" * 99])
def test_what_is_no_table_is_refused_and_nothing_is_kept(desk_office: DeskOffice, table: bytes) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    assert 422 == brought(admin, table).status_code
    assert 404 == admin.get("/lists/scholen").status_code


@pytest.mark.parametrize("name", ["", "Scholen!", "../../etc", "x" * 300, "<script>alert(1)</script>"])
def test_what_is_no_name_of_a_list_is_refused(desk_office: DeskOffice, name: str) -> None:
    answer = brought(desk_office.signed_in(Role.ADMIN), SCHOOLS, name)
    assert answer.status_code in (400, 422) and "<script>alert" not in answer.text


@pytest.mark.parametrize("title", ["Sch\u202eolen", "Sch\x07olen", "Scholen\nvan ons", "Van ABCD-2345", "abcd 2345"])
def test_a_title_with_unseen_signs_or_the_code_of_a_case_is_refused(desk_office: DeskOffice, title: str) -> None:
    admin = desk_office.signed_in(Role.ADMIN)
    refused = brought(admin, SCHOOLS, title=title)
    assert 400 == refused.status_code and "kan deze titel niet hebben" in refused.text
    assert 404 == admin.get("/lists/scholen").status_code


def test_a_file_whose_name_has_unseen_signs_is_taken_and_its_name_written_out(desk_office: DeskOffice) -> None:
    admin, name = desk_office.signed_in(Role.ADMIN), "lijst\u202e\x07.csv"
    files = {"file": (name, SCHOOLS.encode())}
    assert 200 == admin.post("/lists", {"name": "scholen", "title": ""}, files=files).status_code
    made = admin.post("/forms/import", files={"file": (f"{name}.json", first_raw("dossier"))})
    assert 303 == made.status_code
    for page in (admin.get("/forms").text, admin.get("/log").text):
        assert not {"\u202e", "\x07"} & {*page}
    assert "lijst\\u202e" in admin.get("/forms").text


def test_who_means_it_is_offered_only_where_that_helps_and_no_code_heads_a_finding(desk_office: DeskOffice) -> None:
    """A picture and a table without names had "publish all the same" below them, and nothing came of it."""
    admin = desk_office.signed_in(Role.ADMIN)
    for table in ("\x89PNG", "zomaar tekst"):
        refused = brought(admin, table)
        assert 422 == refused.status_code and 'name="anyway"' not in refused.text, table
        listed = refused.text[refused.text.index('id="findings"') :]
        assert "<code>" not in listed[: listed.index("</section>")]
    twice = brought(admin, "code;naam\na;Een\na;Twee\n").text
    assert "rij 3" in twice[twice.index('id="findings"') :]


@pytest.mark.parametrize(
    "row", ["a;Twee", ";\n1 2;Drie", "1 2;Drie", f"b;{'x' * 500}"], ids=["twice", "no name", "bad code", "long"]
)
def test_a_row_that_is_not_taken_stops_the_list_until_somebody_means_it(desk_office: DeskOffice, row: str) -> None:
    """What is published stays for good; the row was told of afterwards."""
    admin = desk_office.signed_in(Role.ADMIN)
    stopped = brought(admin, f"code;naam\na;Een\n{row}\n")
    assert 422 == stopped.status_code and 'name="anyway"' in stopped.text
    assert re.search(r"rij [34]", stopped.text[stopped.text.index('id="findings"') :])
    assert 404 == admin.get("/lists/scholen").status_code
    assert "is gepubliceerd" in brought(admin, f"code;naam\na;Een\n{row}\n", anyway="1").text
    assert 200 == admin.get("/lists/scholen").status_code


def test_what_one_person_changed_of_a_list_stays_until_a_colleague_read_it(desk_office: DeskOffice) -> None:
    """Rows that go round the words of the lint passed with nobody else reading them."""
    admin, town = desk_office.signed_in(Role.ADMIN), desk_office.server.municipality
    brought(admin, SCHOOLS, "straten")
    assert [] == town.people.notices()  # no form offers it, and nothing was let through
    brought(admin, "naam\nSchool Łódzka szkoła dla dzieci\n", "wijken", anyway="yes")
    (told,) = town.people.notices()
    assert ("list", "wijken") == (told.proposal.kind, told.proposal.label) and "Łódzka" in told.reason
    security = desk_office.signed_in(Role.SECURITY)
    page = security.get("/proposals").text
    assert "Łódzka" in page and "Wat er verandert" in page and "Waarom" not in page
    assert 403 == admin.post(f"/proposals/{told.proposal.id}/read").status_code
    assert 303 == security.post(f"/proposals/{told.proposal.id}/read").status_code and [] == town.people.notices()


def test_other_words_for_a_choice_that_a_form_offers_wait_for_a_second_person(tmp_path: Path) -> None:
    """One person renamed a school, and every record of it said the other name."""
    office = DeskOffice(tmp_path)
    admin, town = office.signed_in(Role.ADMIN), office.server.municipality
    brought(admin, "code;naam\na;De Brug\n")
    office.server.publish(first_raw("dossier"))
    assert "is gepubliceerd" in brought(admin, "code;naam\na;De Brug\nb;De Molen\n").text  # nobody answered it yet
    renamed = "code;naam\na;Het Kompas\nb;De Molen\n"
    assert "nog niet gepubliceerd" in brought(admin, renamed).text
    (asked,) = waiting(town)
    assert (2, "list") == (town.book.newest_form("list/scholen"), asked.kind)
    assert "wacht op een tweede persoon" in office.signed_in(Role.LEAD).get("/lists").text
    security = office.signed_in(Role.SECURITY)
    page = security.get("/proposals").text
    assert "<del><bdi>De Brug</bdi></del> <ins><bdi>Het Kompas</bdi></ins>" in page
    assert 403 == admin.post(f"/proposals/{asked.id}/agree").status_code
    assert 303 == security.post(f"/proposals/{asked.id}/agree").status_code
    kept = town.shelf.versions("list/scholen")[-1]
    assert (3, name_of(Role.ADMIN), name_of(Role.SECURITY)) == (kept.version, kept.published_by, kept.seconded_by)
    assert "Het Kompas" in kept.document.decode() and None is town.people.held_list(asked.id)
    form = town.shelf.versions("dossier")[-1]
    later = replace(form, version=99, document=form.document.replace(b'"scholen"', b'"wijken"'))
    office.server.run(town.submit(lambda: town.shelf.keep(later)))
    assert "nog niet gepubliceerd" in brought(admin, renamed.replace("Kompas", "Roer")).text, "it was answered before"
    office.close()


def test_the_command_line_says_that_a_list_waits_and_publishes_nothing(tmp_path: Path) -> None:
    office = DeskOffice(tmp_path)
    office.ROLES = (Role.MAKER,)  # type: ignore[assignment]
    states = []
    for label in ("De Brug", "de  brug", "Het Kompas"):  # capitals and spaces are no other words
        table = b64encode(f"code;naam\na;{label}\n".encode()).decode()
        rows = office.ask("list-publish", name="scholen", document=table, filename="s.csv", title="Scholen")
        states.append((rows[-1]["state"], rows[-1]["version"]))
    assert [("published", 1), ("published", 2), ("waiting", 3)] == states
    assert 2 == office.server.municipality.book.newest_form("list/scholen")
    assert ["list"] == [one.kind for one in waiting(office.server.municipality)]
    office.close()


def test_a_version_of_a_list_that_waited_too_long_is_not_put_over_a_newer_one(tmp_path: Path) -> None:
    office = DeskOffice(tmp_path)
    admin, town = office.signed_in(Role.ADMIN), office.server.municipality
    brought(admin, "code;naam\na;De Brug\n")
    office.server.publish(first_raw("dossier"))
    brought(admin, "code;naam\na;Het Kompas\n")
    (asked,) = waiting(town)
    brought(admin, "code;naam\na;De Brug\nb;De Molen\n")
    assert 409 == office.signed_in(Role.SECURITY).post(f"/proposals/{asked.id}/agree").status_code
    assert "De Molen" in town.shelf.versions("list/scholen")[-1].document.decode()
    office.close()
