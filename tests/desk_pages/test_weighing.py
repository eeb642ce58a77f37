"""Of some questions the most protective answer stands until a person has weighed it; of the gravest, two persons."""

import re
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.desk.passing import WEIGH, passed_alone
from backend.desk.people import handle_of
from backend.desk.rights import Role
from backend.desk.seconds import GONE, ask_seconds
from backend.desk.threads import proposal_of
from backend.desk.weighing import ReasonNeeded
from backend.stores.people import LEFT, Person
from tests.desk.office import STAFF
from tests.desk_pages.office import OTHER_LEAD, OTHER_TEAM, Browser, DeskOffice, name_of
from tests.desk_pages.test_conflicts import CHILD, FORM, SAFE, WEIGHED, fields, picks, torn


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("desk")), "dossier", "huisbezoek", "signaal")
    yield made
    made.close()


def stands(office: DeskOffice, record: bytes, path: str = WEIGHED) -> Any:
    office.dump()
    return office.ask("show", record=record.hex())[0]["shown"][path]["value"]


def waits(office: DeskOffice, id_: str) -> bool:
    return bool(office.find("select 1 from _queue where id = ?", id_))


def weigh(browser: Browser, id_: str, said: str, reason: str = "Samen besproken.") -> int:
    page = browser.get(f"/conflicts/{id_}").text
    return browser.post(f"/conflicts/{id_}", {**fields(page), "pick": picks(page)[said], "reason": reason}).status_code


def test_one_lead_alone_does_not_put_the_gravest_answer_aside(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    assert 422 == weigh(lead, id_, "Nee", "")
    assert 303 == weigh(lead, id_, "Nee")
    assert ("twijfel", True) == (stands(office, record), waits(office, id_))
    page = lead.get(f"/conflicts/{id_}").text
    assert "U koos “Nee”" in page and "Samen besproken." in page
    assert 422 == weigh(lead, id_, "Nee")  # nobody is their own second reader
    assert ("twijfel", True) == (stands(office, record), waits(office, id_))
    theirs = other.get(f"/conflicts/{id_}").text
    assert "Voorbeeld de-lead koos “Nee”" in theirs and "Samen besproken." in theirs
    assert "wacht op een tweede lezer" in other.get("/conflicts").text
    assert 422 == weigh(other, id_, "Nee", "")
    assert 303 == weigh(other, id_, "Nee", "Zelf ook gelezen.")
    assert ("geen", False) == (stands(office, record), waits(office, id_))
    acts = [line.act for line in office.audit()]
    assert "weigh" in acts and "weigh-alone" not in acts


def test_the_gravest_answer_is_kept_by_one_lead(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    assert 303 == weigh(office.signed_in(Role.LEAD), id_, "Twijfel", "")
    assert ("twijfel", False) == (stands(office, record), waits(office, id_))


def test_a_choice_for_one_answer_is_no_second_one_for_another(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "ja")
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    page = lead.get(f"/conflicts/{id_}").text
    other_answer = {**fields(page), "pick": "other", "value": "twijfel", "reason": "Er is minder aan de hand."}
    assert 303 == lead.post(f"/conflicts/{id_}", other_answer).status_code
    assert 303 == weigh(other, id_, "Nee")  # the least protective one: the first who chooses that
    assert ("ja", True) == (stands(office, record), waits(office, id_))


def test_a_remark_that_a_worker_writes_at_its_place_is_no_first_choice(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    office.two.save(office.two.open(record), FORM, 1, {proposal_of(id_, "geen"): "Namens het kantoor."})
    office.sync()
    office.dump()
    assert 303 == weigh(office.signed_in(Role.LEAD), id_, "Nee")
    assert ("twijfel", True) == (stands(office, record), waits(office, id_))


def test_the_command_line_has_no_way_around(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    with pytest.raises(ReasonNeeded):
        office.ask("resolve", conflict=id_, value="geen")
    (row,) = office.ask("resolve", conflict=id_, value="geen", reason="Alleen bekeken.")
    assert row["proposed"] and row["open"]
    assert "twijfel" == stands(office, record)
    assert 303 == weigh(office.signed_in(Role.LEAD), id_, "Nee")
    assert ("geen", False) == (stands(office, record), waits(office, id_))


def test_the_page_of_a_record_does_not_put_the_protective_answer_aside_in_passing(office: DeskOffice) -> None:
    record, id_ = torn(office, SAFE, "ja", "nee")
    lead, item = office.signed_in(Role.LEAD), CHILD.rpartition("/")[2]
    record_page = lead.get(f"/record/{record.hex()}").text
    section = re.findall(rf"/record/{record.hex()}/edit/([0-9]+\?item={item})", record_page)[0]
    page = lead.get(f"/record/{record.hex()}/edit/{section}").text
    (name,) = re.findall(r'<select[^>]* name="(q[0-9]+)"[^>]*>(?:(?!</select>).)*wisselend', page, re.DOTALL)
    sent = {**fields(page), f"{name}.was": "nee", name: "ja"}
    answer = lead.post(f"/record/{record.hex()}/edit/{section}", sent)
    assert 409 == answer.status_code and "wacht op een afweging" in answer.text
    assert re.search(r'value="ja" selected', answer.text), "what was chosen is kept"
    assert ("nee", True) == (stands(office, record, SAFE), waits(office, id_))
    assert 303 == lead.post(f"/record/{record.hex()}/edit/{section}", {**sent, name: "nee"}).status_code


def test_who_is_alone_weighs_with_a_reason_and_the_log_says_so(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    town = office.server.municipality
    gone = [person for name in (OTHER_LEAD, STAFF) if (person := town.people.person(name)) is not None]

    def keep(people: Iterable[Person]) -> None:
        for person in people:
            office.server.run(town.submit(partial(town.people.keep, person)))

    keep(msgspec.structs.replace(person, state=LEFT) for person in gone)
    try:
        assert 303 == weigh(office.signed_in(Role.LEAD), id_, "Nee")
        assert "weigh-alone" in [line.act for line in office.audit()]
        assert "minder zwaar maken" in office.signed_in(Role.REVIEWER).get("/today").text  # hidden from nobody
        reader, (notice,) = office.signed_in(Role.SECURITY), town.people.notices()
        page = reader.get("/proposals").text
        assert f", {record.hex()[:8]}<" in page and "Samen besproken" not in page  # who reads no answers
        assert 303 == reader.post(f"/proposals/{notice.proposal.id}/read").status_code and [] == town.people.notices()
        assert 303 == edited(office.signed_in(Role.LEAD), record, "twijfel").status_code
        before, page = len(town.people.notices()), office.signed_in(Role.LEAD).get(f"/conflicts/{id_}").text
        entry = next(one[:64] for one in page.split('name="pick" value="')[1:] if not one.startswith("undo"))
        sent = {**fields(page), "pick": entry, "reason": "Alleen."}
        assert 303 == office.signed_in(Role.LEAD).post(f"/conflicts/{id_}/undo", sent).status_code
        assert before + 1 == len(town.people.notices())  # told once, not by each of two checks
    finally:
        keep(gone)
    assert ("geen", False) == (stands(office, record), waits(office, id_))


def test_putting_a_less_protective_answer_in_its_place_later_takes_two_as_well(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    assert 303 == weigh(lead, id_, "Twijfel", "")
    for browser, reason, status, value in (
        (lead, "", 422, "twijfel"), (lead, "Toch niet.", 303, "twijfel"), (lead, "Toch niet.", 422, "twijfel"),
        (other, "Ook gelezen.", 303, "geen"),
    ):  # fmt: skip
        page = browser.get(f"/conflicts/{id_}").text
        entry = next(one[:64] for one in page.split('name="pick" value="')[1:] if not one.startswith("undo"))
        sent = {**fields(page), "pick": entry, "reason": reason}
        assert status == browser.post(f"/conflicts/{id_}/undo", sent).status_code
        assert value == stands(office, record)


def edited(browser: Browser, record: bytes, answer: str, reason: str | None = None, sure: str = "") -> Any:
    """An ordinary edit of the gravest question at the page of its section; `sure` as a page gave it back."""
    at = f"/record/{record.hex()}"
    sections = dict.fromkeys(re.findall(rf"{at}/edit/([0-9]+)\"", browser.get(at).text))
    pages = {one: browser.get(f"{at}/edit/{one}").text for one in sections}
    section = next(one for one, page in pages.items() if 'value="twijfel"' in page)
    asks = r'<select[^>]* name="(q[0-9]+)"[^>]*>(?:(?!</select>).)*value="twijfel"'
    (name,) = re.findall(asks, pages[section], re.DOTALL)
    was = [*re.findall(rf'name="{name}.was" value="([^"]*)"', pages[section]), ""]
    sent = {**fields(pages[section]), f"{name}.was": was[0], name: answer}
    sent |= {"sure": sure} if sure else {}
    return browser.post(f"{at}/edit/{section}", sent if reason is None else sent | {"reason": reason})


def test_an_ordinary_edit_after_it_was_lower_by_twos_the_gravest_answer_by_two(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    assert 303 == weigh(lead, id_, "Twijfel", "")
    asked = edited(lead, record, "geen")
    assert 422 == asked.status_code and 'name="reason"' in asked.text and "vraagt een reden" in asked.text
    waits = edited(lead, record, "geen", "Toch rustig.")
    assert 200 == waits.status_code and "Wacht op een tweede lezer" in waits.text and "ander-team" in waits.text
    assert 422 == edited(lead, record, "geen", "Toch rustig.").status_code  # nobody is their own second reader
    assert "twijfel" == stands(office, record)
    assert 303 == edited(other, record, "geen", "Zelf ook gelezen.").status_code
    assert "geen" == stands(office, record)
    assert 303 == edited(lead, record, "ja").status_code  # a graver answer takes nobody else
    assert "ja" == stands(office, record)
    assert 422 == edited(other, record, "twijfel").status_code  # less grave than what stands


def test_the_gravest_answer_that_never_was_in_conflict_is_lowered_by_two_as_well(office: DeskOffice) -> None:
    record = office.shared(FORM, {"/case_ref": "ABCD-2345", WEIGHED: "ja"})
    office.dump()
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    assert 422 == edited(lead, record, "geen").status_code  # without a reason
    for value, said in (("geen", "Nee"), ("", "geen antwoord")):  # another answer, and none at all
        assert 200 == edited(lead, record, value, "Het was een misverstand.").status_code
        assert "ja" == stands(office, record)
        page = other.get(f"/record/{record.hex()}").text
        assert f"minder zwaar antwoord, “{said}”" in page and "Het was een misverstand." in page
    assert 303 == edited(other, record, "geen", "Zelf ook gelezen.").status_code
    assert "geen" == stands(office, record)
    assert "minder zwaar antwoord" not in other.get(f"/record/{record.hex()}").text
    course = other.get(f"/record/{record.hex()}/course").text
    assert "Het was een misverstand." in course and "Zelf ook gelezen." in course  # the reason stays with the record
    assert 303 == edited(lead, record, "twijfel").status_code  # a graver one takes nobody else


def test_who_meant_what_the_form_doubts_is_asked_that_once_and_for_the_reason_after(office: DeskOffice) -> None:
    child = {"/toegang": "binnen", CHILD: {}, f"{CHILD}/kind_alleen": "ja", SAFE: "wisselend"}
    record = office.shared(FORM, {"/case_ref": "ABCD-2345", WEIGHED: "ja", **child})
    office.dump()
    lead = office.signed_in(Role.LEAD)
    doubted = edited(lead, record, "geen")
    assert 422 == doubted.status_code and "Klopt dit?" in doubted.text
    (sure,) = re.findall(r'name="sure" value="([0-9a-f]{32})"', doubted.text)
    asked = edited(lead, record, "geen", sure=sure)
    assert 422 == asked.status_code and "vraagt een reden" in asked.text and f'value="{sure}"' in asked.text
    assert 200 == edited(lead, record, "geen", "Het was een misverstand.", sure).status_code


def test_a_first_choice_for_another_answer_that_stood_is_none(office: DeskOffice) -> None:
    record = office.shared(FORM, {"/case_ref": "ABCD-2345", WEIGHED: "twijfel"})
    office.dump()
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    assert 200 == edited(lead, record, "geen", "Het was een misverstand.").status_code
    office.one.save(office.one.open(record), FORM, 1, {WEIGHED: "ja"})
    office.sync()
    office.dump()
    assert 200 == edited(other, record, "geen", "Zelf ook gelezen.").status_code  # of what stands now, the first
    assert "ja" == stands(office, record)


def test_an_answer_that_two_lowered_and_that_is_raised_again_is_lowered_by_two_anew(office: DeskOffice) -> None:
    record, id_ = torn(office, WEIGHED, "geen", "twijfel")
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    assert 303 == weigh(lead, id_, "Nee") == weigh(other, id_, "Nee")
    assert 303 == edited(lead, record, "twijfel").status_code
    assert 200 == edited(other, record, "geen", "Toch rustig.").status_code  # of what stands now, the first
    assert "twijfel" == stands(office, record)
    assert ["Voorbeeld ander-team koos"] == re.findall(r"(U koos|[^>]* koos) “Nee”", lead.get(f"/conflicts/{id_}").text)
    assert 303 == edited(lead, record, "geen", "Ook gelezen.").status_code
    assert "geen" == stands(office, record)


def test_who_answers_what_nobody_answered_lowers_nothing(office: DeskOffice) -> None:
    record = office.shared(FORM, {"/case_ref": "ABCD-2345"})
    office.dump()
    assert 303 == edited(office.signed_in(Role.LEAD), record, "geen").status_code
    assert "geen" == stands(office, record)


def test_a_first_choice_to_lower_is_a_task_of_who_can_choose_the_same(office: DeskOffice) -> None:
    """It stood on the record's own page alone, which nobody had a reason to open."""
    record = office.shared(FORM, {"/case_ref": "ABCD-2345", WEIGHED: "ja"})
    office.dump()
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    for _ in range(2):
        edited(lead, record, "geen", "Het was een misverstand.")
    rows = [row for row in other.get("/tasks").text.split("<tr") if f"/record/{record.hex()}#tasks" in row]
    assert 1 == len(rows) and "ABCD-2345" in rows[0] and "een minder zwaar antwoord" in rows[0]
    assert "misverstand" not in rows[0] and 'href="/m/GM9901/tasks"><span class="many">' in other.get("/today").text
    for browser in (lead, office.signed_in(Role.REVIEWER)):
        assert record.hex() not in browser.get("/tasks").text
    assert 303 == edited(other, record, "geen", "Zelf ook gelezen.").status_code and "geen" == stands(office, record)
    assert record.hex() not in other.get("/tasks").text


def test_a_task_of_a_record_that_the_journal_lacks_closes_no_page(office: DeskOffice) -> None:
    """A journal that was put back lacks it until its device hands it in; Today was not found until then."""
    asked = ask_seconds(office.server.municipality, STAFF, "ab" * 16, FORM, GONE, [OTHER_LEAD])
    office.server.run(asked)
    other = office.signed_in(staff=OTHER_LEAD)
    assert [200, 200] == [other.get(page).status_code for page in ("/today", "/tasks")]


def test_a_first_reader_who_may_decide_no_more_is_no_second_person(tmp_path: Path) -> None:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek", "signaal")
    made.hire("derde.lead", Role.LEAD)
    made.team(OTHER_TEAM, [OTHER_LEAD, "derde.lead"], ["werker-twee"])
    record, id_ = torn(made, WEIGHED, "geen", "twijfel")
    assert 303 == weigh(made.signed_in(Role.LEAD), id_, "Nee")
    admin = made.signed_in(Role.ADMIN)
    assert 303 == admin.post(f"/people/{handle_of(made.code, name_of(Role.LEAD))}/block", {"do": "yes"}).status_code
    assert 303 == weigh(made.signed_in(staff=OTHER_LEAD), id_, "Nee")
    assert "twijfel" == stands(made, record)
    assert 303 == weigh(made.signed_in(staff="derde.lead"), id_, "Nee")
    assert "geen" == stands(made, record)
    made.close()


class OfTwo(DeskOffice):
    """A municipality of two accounts, each of which keeps house and reads."""

    ROLES = tuple(Role)  # type: ignore[assignment]

    def _staffed(self) -> None:
        for name in (STAFF, "tweede"):
            self.hire(name, *Role)


def test_two_who_keep_house_and_read_are_two_readers(tmp_path: Path) -> None:
    made = OfTwo(tmp_path, "dossier", "huisbezoek", "signaal")
    try:
        made.team(OTHER_TEAM, [STAFF, "tweede"], ["werker-een", "werker-twee"])
        assert {STAFF, "tweede"} == {one.name for one in made.server.municipality.staff.all()}
        record, id_ = torn(made, WEIGHED, "geen", "twijfel")
        one, two = made.signed_in(staff=STAFF), made.signed_in(staff="tweede")
        assert 303 == weigh(one, id_, "Nee")
        assert ("twijfel", True) == (stands(made, record), waits(made, id_))
        assert 422 == weigh(one, id_, "Nee")
        assert 303 == weigh(two, id_, "Nee", "Zelf ook gelezen.")
        assert ("geen", False) == (stands(made, record), waits(made, id_))
        lines = [line for line in made.audit() if line.act in ("weigh", "weigh-alone")]
        assert {"weigh"} == {line.act for line in lines} and all("few-accounts" in line.origin for line in lines)
    finally:
        made.close()


def test_a_notice_names_its_record_by_the_code_of_its_case_to_who_reads_it(office: DeskOffice) -> None:
    record, town = office.shared(FORM, {"/case_ref": "ABCD-2345"}), office.server.municipality
    office.dump()
    office.server.run(passed_alone(town, WEIGH, name_of(Role.LEAD), record, FORM))
    try:
        other = office.signed_in(staff=OTHER_LEAD)
        for role, path in ((Role.SECURITY, "/proposals"), (Role.MAKER, "/today")):
            page = office.signed_in(role).get(path).text
            assert f", {record.hex()[:8]}<" in page and "ABCD-2345" not in page
        for browser in (office.signed_in(Role.REVIEWER), other):
            assert "ABCD-2345, " in browser.get("/today").text, "the record was opened to a worker of both teams"
    finally:
        for notice in town.people.notices():
            office.server.run(town.submit(partial(town.people.drop_notice, notice.proposal.id)))
