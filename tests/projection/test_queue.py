"""What waits for a person stands in one queue: the protective first, then what fails after merging, oldest first."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.device.device import Device
from forms.definition.library import first_raw
from sync.facts import DESK
from tests.fleet.world import LocalTransport
from tests.projection.town import Town

QUESTION = "/_question/01ARZ3NDEKTSV4RRFFQ69G5FAV"
COMMENT = "/_comment/01ARZ3NDEKTSV4RRFFQ69G5FAV"


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, [first_raw(name) for name in ("dossier", "huisbezoek", "schoolcheck", "traject")])
    yield made
    made.close()


def queue(town: Town) -> list[tuple[int, str, str]]:
    rows = town.find("select rank, kind, name from _queue order by rank, since_ms, id")
    return [(row["rank"], row["kind"], row["name"]) for row in rows]


def test_a_safety_answer_stands_before_another_that_is_older(town: Town) -> None:
    record = town.shared("huisbezoek", {"/gezin_leest_mee": "akkoord"})
    town.parallel(record, "huisbezoek", {"/werker_ok": "ja"}, {"/werker_ok": "incident"})
    town.server.clock.ms += 60_000
    town.parallel(record, "huisbezoek", {"/zorg": "geen"}, {"/zorg": "twijfel"})
    town.parallel(record, "huisbezoek", {"/gezin_leest_mee": "akkoord"}, {"/gezin_leest_mee": "niet_akkoord"})
    expected = [(1, "conflict", "/zorg"), (3, "conflict", "/werker_ok"), (3, "conflict", "/gezin_leest_mee")]
    assert expected == queue(town)


def test_a_first_listed_answer_of_the_lowest_classes_is_no_protective_one(town: Town) -> None:
    record = town.shared("huisbezoek", {"/delen_met": ["school"]})
    town.parallel(
        record, "huisbezoek", {"/delen_grondslag": "toestemming_ouder"}, {"/delen_grondslag": "wettelijke_taak"}
    )
    assert [(3, "conflict", "/delen_grondslag")] == queue(town)


def test_a_record_deleted_while_somebody_wrote_in_it_stands_first(town: Town) -> None:
    record = town.shared("huisbezoek", {"/werker_ok": "ja"})
    first, second = town.one.open(record), town.two.open(record)
    town.one.delete(first)
    town.two.save(second, "huisbezoek", 1, {"/zorg": "ja"})
    town.sync()
    assert [(1, "contested", "")] == queue(town)


def fault(town: Town) -> list[dict[str, Any]]:
    return town.find("select path, shown, said from _fault")


def test_a_check_that_two_valid_edits_break_together_waits_for_a_person(town: Town, tmp_path: Path) -> None:
    record = town.shared("traject", {"/leeftijd": "16_17"})
    town.parallel(record, "traject", {"/leeftijd": "14_15"}, {"/soort": "betaald_werk"})
    assert [(2, "check-parallel", "/soort")] == queue(town)
    (row,) = fault(town)
    assert "Under 16 only an internship" in row["said"]
    assert town.dump() == town.rebuilt(tmp_path)


def test_a_check_that_its_last_author_saw_fail_waits_for_nobody(town: Town) -> None:
    record = town.shared("traject", {"/leeftijd": "14_15"})
    town.two.save(town.two.open(record), "traject", 1, {"/soort": "betaald_werk"})
    town.sync()
    assert [] == queue(town)
    assert [{"n": 1}] == town.find("select count(*) n from _attention where kind = 'check-error'")


def test_mending_one_of_the_answers_ends_the_waiting(town: Town) -> None:
    record = town.shared("traject", {"/leeftijd": "16_17"})
    town.parallel(record, "traject", {"/leeftijd": "14_15"}, {"/soort": "betaald_werk"})
    town.two.save(town.two.open(record), "traject", 1, {"/soort": "stage"})
    town.sync()
    assert [] == queue(town)


def stage(town: Town) -> str:
    (row,) = town.find("select stage from _review")
    return str(row["stage"])


def test_a_record_that_nobody_looked_at_was_received(town: Town) -> None:
    town.shared("huisbezoek", {"/werker_ok": "ja"})
    assert "received" == stage(town)


def test_an_approval_holds_until_somebody_changes_what_its_reviewer_had_read(town: Town) -> None:
    record = town.shared("huisbezoek", {"/werker_ok": "ja"})
    town.parallel(record, "huisbezoek", {"/_review": "approved"}, {COMMENT: "Let op de hond."})
    assert "" == stage(town)
    town.two.save(town.two.open(record), "huisbezoek", 1, {"/werker_ok": "incident"})
    town.sync()
    assert "changed" == stage(town)


def test_an_edit_in_parallel_with_the_approval_brings_the_record_back(town: Town) -> None:
    record = town.shared("huisbezoek", {"/werker_ok": "ja"})
    town.parallel(record, "huisbezoek", {"/_review": "approved"}, {"/zorg": "ja"})
    assert "changed" == stage(town)


def office_device(town: Town) -> Device:
    server = town.server
    invitation = server.run(server.municipality.enrolling.invite("desk:leiding", DESK, "beheer"))
    return Device.enrol(server.folder / "desk.db", None, invitation, LocalTransport(server), server.clock)


def test_a_record_begun_at_the_desk_waits_for_its_worker_and_for_nobody_else(town: Town) -> None:
    desk = office_device(town)
    record = desk.create("huisbezoek", 1, {"/bezoek_datum": "2026-03-04"})
    town.sync(desk)
    town.server.run(town.server.municipality.opening.grant(record, "werker-een", "beheer"))
    town.sync(desk, town.one)
    attention = "select count(*) n from _attention where kind = 'missing'"
    assert "begun" == stage(town) and [{"n": 0}] == town.find(attention)
    town.one.save(town.one.open(record), "huisbezoek", 1, {"/werker_ok": "ja"})
    town.sync(town.one)
    assert "received" == stage(town) and town.find(attention) != [{"n": 0}]


def test_a_returned_record_comes_back_when_its_question_is_answered(town: Town) -> None:
    record = town.shared("huisbezoek", {"/werker_ok": "ja"})
    desk = office_device(town)
    town.server.run(town.server.municipality.opening.grant(record, "desk:leiding", "beheer"))
    town.sync(desk)
    desk.save(desk.open(record), "huisbezoek", 1, {"/_review": "returned", QUESTION: "Was de bel stuk?"})
    town.sync(desk, town.one)
    assert "" == stage(town)
    asked = "select open, texts from _question"
    assert [1] == [row["open"] for row in town.find(asked)]
    town.one.save(town.one.open(record), "huisbezoek", 1, {QUESTION: "Ja, de bel was stuk."})
    town.sync(town.one)
    assert "answered" == stage(town)
    assert [0] == [row["open"] for row in town.find(asked)]
