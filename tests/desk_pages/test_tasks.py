"""Tasks about records: given at the record, listed and counted for whom they are, and gone with the record."""

import re
from collections.abc import Iterator

import pytest

from backend.desk.rights import Role
from forms.wording import day_of
from tests.desk_pages.office import OTHER_LEAD, DeskOffice

TODAY = "2026-01-01"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier", "huisbezoek", "signaal")
    yield made
    made.close()


def visit(office: DeskOffice) -> str:
    record = office.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2345"}).hex()
    office.sync()
    office.dump()
    return record


def task_in(page: str) -> str:
    found = re.findall(r"/tasks/([0-9a-f]{32})", page)
    assert found, page
    return str(found[0])


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [("due", "2020-01-01", "al voorbij"), ("note", "n" * 501, "hoogstens 500"), ("due", "morgen", "")],
)
def test_a_task_that_cannot_be_given_is_told_at_its_field_and_kept(
    office: DeskOffice, field: str, value: str, said: str
) -> None:
    at, lead = f"/record/{visit(office)}", office.signed_in()
    given = {"kind": "call", "whom": "de-reviewer", "due": "2099-01-01", "note": "Bel over de fiets."} | {field: value}
    answer = lead.post(f"{at}/tasks", given)
    assert 422 == answer.status_code and f'id="{field}-fault"' in answer.text and said in answer.text
    assert '<option value="call" selected>' in answer.text and '<option value="de-reviewer" selected>' in answer.text
    assert f'value="{given["due"]}"' in answer.text and f">{given['note']}</textarea>" in answer.text
    assert 'id="typed"' not in answer.text and "/tasks/" not in lead.get(at).text
    assert "maxlength" not in re.findall('<textarea id="note".*?>', answer.text)[0]


def test_a_task_waits_for_whom_it_is_until_it_is_done(office: DeskOffice) -> None:
    at, lead, reviewer = f"/record/{visit(office)}", office.signed_in(), office.signed_in(Role.REVIEWER)
    given = {
        "kind": "call",
        "whom": "de-reviewer",
        "due": day_of(office.server.clock.ms).isoformat(),
        "note": "Vraag naar de <b>fiets</b>.",
    }
    assert 303 == lead.post(f"{at}/tasks", given).status_code
    assert "taak voor vandaag" not in lead.get("/today").text
    assert "taak voor vandaag" in reviewer.get("/today").text and "te laat" not in reviewer.get("/tasks").text
    office.server.clock.ms += 24 * 3_600_000
    reviewer, lead = office.signed_in(Role.REVIEWER), office.signed_in()
    mine = reviewer.get("/tasks").text
    assert "Bellen" in mine and "ABCD-2345" in mine and "te laat" in mine and "&lt;b&gt;fiets" in mine
    assert "Voorbeeld de-lead" in mine
    task = task_in(reviewer.get(at).text)
    assert 303 == reviewer.post(f"{at}/tasks/{task}", {"do": "done"}).status_code
    assert "taak voor vandaag" not in reviewer.get("/today").text and "klaar" in lead.get(at).text
    assert 303 == lead.post(f"{at}/tasks/{task}", {"do": "again"}).status_code
    assert "Bellen" in reviewer.get("/tasks").text
    assert 303 == lead.post(f"{at}/tasks/{task}", {"do": "drop"}).status_code
    assert task not in lead.get(at).text and "Bellen" not in reviewer.get("/tasks").text
    assert not [line for line in office.audit() if "fiets" in line.detail]


def test_one_of_a_later_day_does_not_wait_yet(office: DeskOffice) -> None:
    at, lead = f"/record/{visit(office)}", office.signed_in()
    lead.post(f"{at}/tasks", {"kind": "visit", "whom": "de-lead", "due": "2199-01-01"})
    assert "taak voor vandaag" not in lead.get("/today").text and "Langsgaan" in lead.get("/tasks").text
    lead.post(f"{at}/tasks/{task_in(lead.get(at).text)}", {"do": "drop"})


def test_nobody_outside_the_scope_has_or_gives_one(office: DeskOffice) -> None:
    record = visit(office)
    at, lead = f"/record/{record}", office.signed_in()
    lead.post(f"{at}/tasks", {"kind": "check", "whom": "de-lead"})
    task = task_in(lead.get(at).text)
    other = f"/record/{visit(office)}"
    before = day_of(office.server.clock.ms - 24 * 3_600_000).isoformat()
    for whom in (OTHER_LEAD, "de-admin", "niemand", ""):  # of another team, of no such role, nobody
        assert 404 == lead.post(f"{at}/tasks", {"kind": "call", "whom": whom}).status_code
    for kind, due in (("x", ""), ("call", "morgen"), ("call", "0001-01-01"), ("call", "1999-01-01"), ("call", before)):
        assert 422 == lead.post(f"{at}/tasks", {"kind": kind, "whom": "de-lead", "due": due}).status_code
    assert 404 == lead.post(f"{other}/tasks/{task}", {"do": "drop"}).status_code
    for browser in [office.signed_in(staff=OTHER_LEAD), *map(office.signed_in, set(Role) - {Role.LEAD, Role.REVIEWER})]:
        for path in (f"{at}/tasks", f"{at}/tasks/{task}"):
            assert 404 == browser.post(path, {"kind": "call", "whom": "de-lead", "do": "drop"}).status_code
    assert task in lead.get(at).text
    assert "Taak geven" not in office.signed_in(Role.SIGNALS).get("/tasks").text


def test_they_go_with_the_record(office: DeskOffice) -> None:
    record = visit(office)
    at, lead = f"/record/{record}", office.signed_in()
    lead.post(f"{at}/tasks", {"kind": "check", "whom": "de-lead", "note": "Weg met de tekst"})
    assert "Weg met de tekst" in lead.get("/tasks").text
    office.ask("erase", record=record, reason="request")
    assert "Weg met de tekst" not in lead.get("/tasks").text
    assert [] == office.server.run(kept_of(office, record))


async def kept_of(office: DeskOffice, record: str) -> list[object]:
    from backend.desk.notes import with_notes

    return list(await with_notes(office.server.municipality, lambda store: store.tasks_of(record)))
