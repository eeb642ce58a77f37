"""What was settled is found again: in a list of its own, in the record's timeline, by who, when, what and why; and from
each there is a way to undo it or to decide anew."""

import json
import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import pytest

from backend.desk.rights import Role
from backend.sentences import library
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice
from tests.desk_pages.test_conflict_kinds import contested, hidden, item, revoked
from tests.desk_pages.test_conflicts import AT, FORM, fields, picks, shown, torn

WHY = "Nagevraagd bij beiden."


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek", "signaal")
    yield made
    made.close()


@pytest.fixture
def lead(office: DeskOffice) -> Browser:
    return office.signed_in(Role.LEAD)


def other_than(office: DeskOffice, record: bytes, page: str) -> str:
    """The card that is not shown now."""
    now = {"ja": "Ja", "incident": "Nee, er was een incident"}[shown(office, record)]
    return next(entry for said, entry in picks(page).items() if said != now)


def settle(office: DeskOffice, browser: Browser, record: bytes, id_: str, reason: str = WHY) -> None:
    """Choose the answer that is not shown."""
    page = browser.get(f"/conflicts/{id_}").text
    office.server.clock.ms += 60_000
    sent = {**fields(page), "pick": other_than(office, record, page), "reason": reason}
    assert 303 == browser.post(f"/conflicts/{id_}", sent).status_code
    office.dump()


def undo(office: DeskOffice, browser: Browser, id_: str, **more: str) -> None:
    office.server.clock.ms += 60_000
    page = browser.get(f"/conflicts/{id_}").text
    assert 303 == browser.post(f"/conflicts/{id_}/undo", {**fields(page), "pick": "undo", **more}).status_code
    office.dump()


def put(office: DeskOffice, browser: Browser, id_: str, **more: str) -> None:
    """Put the answer that does not stand in the place of the one that does."""
    page = browser.get(f"/conflicts/{id_}").text
    (card,) = set(re.findall(r'name="pick" value="([0-9a-f]{64})"', page))
    office.server.clock.ms += 60_000
    assert 303 == browser.post(f"/conflicts/{id_}/undo", {**fields(page), "pick": card, **more}).status_code
    office.dump()


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", page)).split())


def test_what_was_settled_is_listed_with_who_when_what_and_why(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    assert "Nog niets is afgehandeld" in text_of(lead.get("/conflicts/settled").text)
    settle(office, lead, record, id_)
    assert "/conflicts/settled" in lead.get("/conflicts").text
    page = lead.get("/conflicts/settled").text
    assert f"/conflicts/{id_}" in page
    said = {"ja": "Ja", "incident": "Nee, er was een incident"}[shown(office, record)]
    for words in ("Bent u veilig vertrokken?", said, "Voorbeeld de-lead", WHY, record.hex()[:8]):
        assert words in text_of(page), words
    assert 200 == lead.get(f"/conflicts/{id_}").status_code


def test_an_undo_is_told_and_its_reason_is_its_own(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    before = shown(office, record)
    settle(office, lead, record, id_)
    undo(office, lead, id_, reason="Toch verkeerd begrepen.")
    assert before == shown(office, record)
    for address in (f"/conflicts/{id_}", "/conflicts/settled"):
        page = text_of(lead.get(address).text)
        assert "Ongedaan gemaakt" in page and "Toch verkeerd begrepen." in page and WHY in page, page
    page = lead.get(f"/conflicts/{id_}").text
    assert not re.findall(r'name="reason"[^>]*value="[^"]', page)
    assert 'value="undo"' not in page  # it was undone already
    course = text_of(lead.get(f"/record/{record.hex()}/course").text)
    assert "Voorbeeld de-lead maakte een beslissing ongedaan" in course


def test_another_answer_put_in_its_place_is_told_and_can_be_undone_again(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    settle(office, lead, record, id_)
    page = lead.get(f"/conflicts/{id_}").text
    before = shown(office, record)
    put(office, lead, id_, reason="Bij nader inzien.")
    assert before != shown(office, record)
    said = {"ja": "Ja", "incident": "Nee, er was een incident"}[shown(office, record)]
    for address in (f"/conflicts/{id_}", "/conflicts/settled"):
        page = text_of(lead.get(address).text)
        assert "ngedaan gemaakt" not in page and said in page and "Bij nader inzien." in page, page
        assert page.index("Bij nader inzien.") < page.index(WHY), page  # what was decided first stands behind it
    course = text_of(lead.get(f"/record/{record.hex()}/course").text)
    assert 2 == course.count("Voorbeeld de-lead handelde een conflict af") and "de-lead vulde in" not in course
    assert "Opmerking" not in course, course  # the mark says nothing to anybody


def test_what_was_undone_and_settled_anew_is_told_turn_by_turn(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    settle(office, lead, record, id_, "De eerste reden.")
    undo(office, lead, id_)
    other = office.signed_in(staff=OTHER_LEAD)
    put(office, other, id_)
    (row,) = office.find("select * from _settled")
    (last,) = office.find("select max(changed_ms) at_ms from _record")
    assert ("", last["at_ms"], "") == (row["state"], row["at_ms"], row["reason"])
    assert OTHER_LEAD in row["author"]
    for address in (f"/conflicts/{id_}", "/conflicts/settled"):
        page = text_of(lead.get(address).text)
        assert "De eerste reden." in page and "Voorbeeld de-lead maakte dat ongedaan" in page, page
        assert 1 == page.count("De eerste reden.") and "Voorbeeld de-lead besliste" in page, page
    course = text_of(lead.get(f"/record/{record.hex()}/course").text)
    assert 2 == course.count("handelde een conflict af") and "maakte een beslissing ongedaan" in course, course
    assert "de-lead vulde in" not in course and "ander vulde in" not in course, course
    undo(office, other, id_, reason="Toch maar niet.")
    (row,) = office.find("select * from _settled")
    assert ("undone", "Toch maar niet.") == (row["state"], row["then_reason"])
    assert ["settled", "undone"] == [turn["state"] for turn in json.loads(row["turns"])]


def test_the_timeline_says_that_a_conflict_was_settled_by_whom_and_why(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    settle(office, lead, record, id_, "")
    page = lead.get(f"/record/{record.hex()}/course").text
    assert "Voorbeeld de-lead handelde een conflict af" in text_of(page)
    assert f"/conflicts/{id_}" in page and "Voorbeeld de-lead vulde in" not in page
    only = lead.post(f"/record/{record.hex()}/course", {"kind": "decide", "who": "", "since": "", "until": ""})
    assert "handelde een conflict af" in only.text
    record, id_ = torn(office)
    settle(office, lead, record, id_)
    page = text_of(lead.get(f"/record/{record.hex()}/course").text)
    assert f"Waarom: {WHY}" in page
    reviewer = office.signed_in(Role.REVIEWER).get(f"/record/{record.hex()}/course").text
    assert "handelde een conflict af" in reviewer and f"/conflicts/{id_}" not in reviewer  # reads, and decides nothing


def test_mine_and_all_and_nothing_of_another_team(office: DeskOffice, lead: Browser) -> None:
    record, mine = torn(office)
    settle(office, lead, record, mine)
    other = office.signed_in(staff=OTHER_LEAD)
    record, theirs = torn(office)
    settle(office, other, record, theirs)
    everything = lead.get("/conflicts/settled").text
    assert mine in everything and theirs in everything  # both workers were in both records
    own = lead.get("/conflicts/settled?mine=1").text
    assert mine in own and theirs not in own
    alone = office.one.create(FORM, 1, {AT: "ja"})
    again = office.server.enrol(office.server.folder / "again.db", "werker-een")
    office.sync(office.one, again)
    office.one.save(office.one.open(alone), FORM, 1, {AT: "incident"})
    again.save(again.open(alone), FORM, 1, {AT: "ja"})
    office.sync(again, office.one)
    office.dump()
    (row,) = office.find("select id from _queue where record = ?", alone.hex())
    settle(office, lead, alone, row["id"])
    assert row["id"] in lead.get("/conflicts/settled").text
    assert row["id"] not in other.get("/conflicts/settled").text
    for role in (Role.REVIEWER, Role.ADMIN, Role.OPERATOR, Role.PRIVACY):
        assert 403 == office.signed_in(role).get("/conflicts/settled").status_code
    assert row["id"] not in office.signed_in(Role.SIGNALS).get("/conflicts/settled").text


@pytest.mark.parametrize(
    ("make", "choice", "did"),
    [
        (contested, "restore", "het dossier is bewaard"),
        (item, "keep", "bewaard"),
        (hidden, "confirm", "het antwoord blijft verborgen"),
        (lambda office: revoked(office, "werker-weg"), "take-in", "de woorden zijn overgenomen"),
    ],
)
def test_every_kind_is_listed_with_its_reason(office: DeskOffice, make: Any, choice: str, did: str) -> None:
    record, id_ = make(office)
    lead = office.signed_in(Role.LEAD)
    page = lead.get(f"/conflicts/{id_}").text
    sent = {**fields(page), "pick": choice, "reason": WHY}
    assert 303 == lead.post(f"/conflicts/{id_}", sent).status_code
    office.dump()
    page = text_of(lead.get("/conflicts/settled").text)
    assert did in page and WHY in page, page
    assert WHY in text_of(lead.get(f"/conflicts/{id_}").text)
    assert WHY in text_of(lead.get(f"/record/{record.hex()}/course").text)


def test_what_was_settled_stays_after_the_tables_are_made_anew(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    settle(office, lead, record, id_)
    undo(office, lead, id_)
    before = office.find("select * from _settled")
    office.server.run(office.keeper.rebuild(lambda _done, _all: None))
    assert 1 == len(before) and before == office.find("select * from _settled")
    assert 200 == lead.get(f"/conflicts/{id_}").status_code


def test_two_tabs_of_one_person_are_not_told_of_a_colleague(office: DeskOffice, lead: Browser) -> None:
    _, id_ = torn(office)
    page = lead.get(f"/conflicts/{id_}").text
    sent = {**fields(page), "pick": picks(page)["Ja"], "reason": "Uit het ene venster."}
    assert 303 == lead.post(f"/conflicts/{id_}", sent).status_code
    again = lead.post(f"/conflicts/{id_}", {**sent, "reason": "Uit het andere venster."})
    assert 409 == again.status_code and "Uit het andere venster." in again.text
    assert "collega was u voor" not in again.text and "U hebt dit zelf al beslist" in again.text


def test_a_row_that_a_colleague_settled_stands_struck_until_the_next_load(office: DeskOffice, lead: Browser) -> None:
    record, id_ = torn(office)
    assert id_ in lead.get("/conflicts").text
    other = office.signed_in(staff=OTHER_LEAD)
    assert id_ in other.get("/conflicts").text
    settle(office, other, record, id_)
    page = lead.get("/conflicts").text
    assert id_ in page and "afgehandeld door een collega" in page and "<del>" in page
    assert id_ not in other.get("/conflicts").text  # who settled it knows
    assert id_ not in lead.get("/conflicts").text
    assert library().phrase("conflicts-settled-row", "en")


@pytest.mark.parametrize("key", ["²-²-" + "0" * 32, "9" * 30 + "-" + "0" * 32, "1-" + "9" * 30 + "-" + "0" * 32, "~"])
def test_a_place_in_the_list_that_is_none_is_the_beginning(office: DeskOffice, lead: Browser, key: str) -> None:
    for page in ("/conflicts", "/conflicts/settled"):
        assert 200 == lead.get(page, params={"after": key, "age": key[:1]}).status_code
    for since in ("²", "9" * 30):
        assert 200 == lead.get("/review", params={"after": f"{since}-{'0' * 32}"}).status_code


def closed_before_opened(office: DeskOffice) -> tuple[bytes, str]:
    """A case that two workers made fail together: opened later by one, closed earlier by the other."""
    start = {"/case_ref": "ABCD-2345", "/status": "gesloten", "/geopend_op": "2026-01-05", "/gesloten_op": "2026-02-15"}
    record = office.shared("dossier", start)
    office.parallel(record, "dossier", {"/geopend_op": "2026-02-10"}, {"/gesloten_op": "2026-02-01"})
    office.dump()
    (row,) = office.find("select id from _queue where record = ?", record.hex())
    return record, row["id"]


def test_a_check_that_fails_after_merging_is_said_wherever_the_record_is_shown(
    office: DeskOffice, lead: Browser
) -> None:
    record, id_ = closed_before_opened(office)
    said = "Het dossier is gesloten voordat het werd geopend."
    for page in ("/conflicts", f"/conflicts/{id_}", f"/record/{record.hex()}"):
        assert said in text_of(lead.get(page).text), page
    page = lead.get(f"/conflicts/{id_}").text
    sent = {**fields(page), "pick": "change:/geopend_op", "value:/geopend_op": "2026-02-11"}
    assert 303 == lead.post(f"/conflicts/{id_}", sent).status_code
    office.dump()
    assert said in text_of(lead.get(f"/conflicts/{id_}").text)  # who decided it sees that it still fails


def test_an_answer_that_nobody_is_asked_for_says_so_without_empty_brackets(office: DeskOffice, lead: Browser) -> None:
    record = office.shared("dossier", {"/case_ref": "ABCD-2345", "/gesloten_op": "2026-02-01"})
    office.dump()
    assert [{"hidden_by": "[]"}] == office.find("select hidden_by from _hidden")
    for page in ("", "/print"):
        shown_ = text_of(lead.get(f"/record/{record.hex()}{page}").text)
        assert "Verborgen: dit wordt pas gevraagd na een antwoord" in shown_ and "()" not in shown_
    record, _ = hidden(office)
    assert "verborgen door /" not in text_of(lead.get(f"/record/{record.hex()}").text)
