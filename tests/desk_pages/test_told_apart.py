"""Several visits of one family look alike by their code: each list says what tells them apart."""

import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backend.desk.authors import Authors
from backend.desk.rights import Role
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice, name_of

CODE = "ABCD-2345"
FIRST = "Datum: 3 mrt 2026, werker-een, nr. 1 van 2"
SECOND = "Datum: 9 mrt 2026, werker-een, nr. 2 van 2"


class Office(DeskOffice):
    """One family with two visits, the later one written first, and a visit of another team that nobody here reads."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "dossier", "huisbezoek", "signaal")
        self.visits = [self.visit("2026-03-09"), self.visit("2026-03-03")]
        self.two.create("huisbezoek", 1, {"/case_ref": CODE, "/bezoek_datum": "2026-03-01"})
        self.case = self.one.create("dossier", 1, {"/case_ref": CODE})
        self.sync()
        self.dump()

    def visit(self, day: str) -> bytes:
        self.server.clock.ms += 60_000
        answers: dict[str, Any] = {"/case_ref": CODE, "/bezoek_datum": day, "/toegang": "binnen"}
        return bytes(self.shared("huisbezoek", answers))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


def apart(browser: Browser, path: str) -> list[str]:
    page = browser.get(path)
    assert 200 == page.status_code
    return re.findall(r'class="apart"[^>]*>([^<]*)<', page.text)


def test_the_queue_of_reviews_says_day_worker_and_number(office: Office) -> None:
    found = apart(office.signed_in(), "/review")
    assert [SECOND, FIRST] == [one for one in found if one.startswith("Datum")]
    (case,) = [one for one in found if not one.startswith("Datum")]  # which asks for no day
    assert case.startswith("begonnen ") and case.endswith("CET, werker-een")
    english = office.signed_in().get("/review", headers={"accept-language": "en"}).text
    assert "Date: Mar 3, 2026, werker-een, no. 1 of 2" in english
    others = [one for one in apart(office.signed_in(staff=OTHER_LEAD), "/review") if one.startswith("Datum")]
    assert 3 == len(others) and all(one.endswith("van 3") for one in others)  # of what they may read, and no more


def test_the_table_says_what_its_columns_do_not(office: Office) -> None:
    lead = office.signed_in()
    assert {"werker-een, nr. 1 van 2", "werker-een, nr. 2 van 2"} == {*apart(lead, "/records/huisbezoek")}
    ticks = re.findall(r'<span class="visually-hidden">[^<]*ABCD[^<]*</span>', lead.get("/records/huisbezoek").text)
    assert 2 == len(ticks) == len({*ticks})
    shown = lead.post("/records/huisbezoek", {"column": ["case_ref"], "do": "show"}).headers["location"]
    assert {FIRST, SECOND} == {*apart(lead, shown.removeprefix(lead.home))}


def test_remarks_conflicts_tasks_and_what_is_done_for_several_say_it(office: Office) -> None:
    lead, visit = office.signed_in(), office.visits[1]
    office.parallel(visit, "huisbezoek", {"/tolk": "telefonisch"}, {"/tolk": "niet_nodig"})
    office.dump()
    assert [FIRST] == apart(lead, "/conflicts")
    (row,) = office.find("select id from _queue where record = ?", visit.hex())
    assert f"<bdi>{FIRST}</bdi>" in lead.get(f"/conflicts/{row['id']}").text
    assert f"<bdi>{FIRST}</bdi>" in lead.get(f"/review/{visit.hex()}").text
    theirs = office.signed_in(staff=OTHER_LEAD)
    assert "nr. 2 van 3" in theirs.get(f"/conflicts/{row['id']}").text
    assert "nr. 2 van 3" in theirs.get(f"/review/{visit.hex()}").text
    assert {FIRST, SECOND} <= {*apart(lead, "/attention")}
    several = {"which": "ticked", "do": "in_review", "record": [one.hex() for one in office.visits]}
    page = lead.post("/records/huisbezoek/bulk", several).text
    assert f"{CODE}, {FIRST}" in page and f"{CODE}, {SECOND}" in page
    task = {"kind": "call", "whom": "de-lead", "due": "2026-12-01", "note": "Bel"}
    assert 303 == lead.post(f"/record/{visit.hex()}/tasks", task).status_code
    assert f"{CODE}, {FIRST}" in office.signed_in(Role.LEAD).get("/tasks").text


def test_who_wrote_on_a_phone_is_told_from_who_sits_at_the_desk_under_the_same_name(office: Office) -> None:
    town, lead = office.server.municipality, name_of(Role.LEAD)
    for account, shown in ((lead, "Werker-Een"), (OTHER_LEAD, "werker-een"), (name_of(Role.REVIEWER), "werker-drie")):
        person = replace(office.hire(account, Role.LEAD), shown_name=shown)
        office.server.run(town.submit(partial(town.people.keep, person)))
    named = Authors(town, "nl").named
    asked = ("werker-een", "werker-twee", f"desk:{name_of(Role.REVIEWER)}", f"desk:{lead}", "desk:weg")
    told = ["werker-een (telefoon)", "werker-twee", "werker-drie", f"Werker-Een ({lead}) (kantoor)", "weg"]
    assert told == [named(one) for one in asked]
    for part in ("", "/course"):
        page = office.signed_in().get(f"/record/{office.visits[0].hex()}{part}").text
        assert "werker-een (telefoon)" in page, part
