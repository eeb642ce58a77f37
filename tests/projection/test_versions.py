"""A new form version: what was written before it, beside it and after it by those who did not know of it yet."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.projection import projector
from backend.stores.record_rows import shown_answers
from forms import paths
from tests.forms.versions.forms_made import document, raw
from tests.projection.town import Town

ITEM = "01J9ZZZZZZZZZZZZZZZZZZZZZ1"
FIRST = {
    "/naam": "text", "/soort": "choice a b", "/weg": "text", "/uren": "integer maximum 168", "/kind/*/dag": "text",
    "/kind/*/over": "text",
}  # fmt: skip
SECOND = {
    "/roepnaam": "text",
    "/soort": "choices c b",
    "/uren": "decimal maximum 168",
    "/nieuw": "date!",
    "/kinderen/*/dag": "text",
}
MOVES = {
    "renamed": {"/naam": "/roepnaam", "/kind": "/kinderen"},
    "dropped": ["/weg", "/kind/*/over"],
    "mapped": {"/soort": {"a": "c"}},
}
ALL = {
    "/naam": "Testgezin", "/soort": "a", "/weg": "blijft bewaard", "/uren": 3, f"/kind/{ITEM}": {},
    f"/kind/{ITEM}/dag": "dinsdag", f"/kind/{ITEM}/over": "ook bewaard",
}  # fmt: skip


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Town]:
    """A municipality that published the first version."""
    made = Town(tmp_path, [raw(document(FIRST))])
    yield made
    made.close()


def publish_second(town: Town) -> None:
    town.server.publish(raw(document(SECOND, 2, MOVES)))


def row(town: Town) -> dict[str, Any]:
    return town.find("select roepnaam, soort, uren, nieuw from proef")[0]


def shown(town: Town, record: bytes) -> dict[str, Any]:
    return shown_answers(town.find("select shown from _record where record = ?", record.hex())[0]["shown"])


MOVED = {"roepnaam": "Testgezin", "soort": '["c"]', "uren": 3.0, "nieuw": None}


def earlier(town: Town, record: bytes) -> dict[str, tuple[Any, int]]:
    return {path: (one["value"], one["version"]) for path, one in shown(town, record).items() if not one["in_form"]}


def test_records_of_the_version_before_stand_in_the_new_columns(old: Town, tmp_path: Path) -> None:
    record = old.shared("proef", ALL)
    assert [{"naam": "Testgezin", "weg": "blijft bewaard"}] == old.find("select naam, weg from proef")
    publish_second(old)
    assert MOVED == row(old)
    assert [{"_item": ITEM, "dag": "dinsdag"}] == old.find("select _item, dag from proef__kinderen")
    assert {"/weg": ("blijft bewaard", 1), f"/kinderen/{ITEM}/over": ("ook bewaard", 1)} == earlier(old, record)
    assert {"proef", "proef__kinderen"} == {table for table, _ in old.dump() if not table.startswith("_")}
    assert [{"record": record.hex()}] == old.searched("bewaard")
    assert old.dump() == old.rebuilt(tmp_path)


def test_a_device_that_hands_in_old_version_entries_late_loses_nothing(old: Town, tmp_path: Path) -> None:
    record = old.one.create("proef", 1, {"/naam": "Oud gezin"})
    for number in range(30):  # a queue of weeks without a connection
        old.one.save(old.one.open(record), "proef", 1, {"/uren": number, "/weg": f"notitie {number}"})
    old.one.save(old.one.open(record), "proef", 1, ALL)
    publish_second(old)
    assert [] == old.find("select * from _record")
    old.sync(old.one)
    assert MOVED == row(old)
    answers = shown(old, record)
    assert len(ALL) - 1 == len(answers)  # the item itself is no answer
    assert {json.dumps(value) for path, value in ALL.items() if not paths.is_item(path)} >= {
        json.dumps(one["value"]) for path, one in answers.items() if path != "/soort"
    }
    assert old.dump() == old.rebuilt(tmp_path)


def test_a_new_version_makes_no_old_record_wrong(old: Town) -> None:
    record = old.shared("proef", ALL)
    publish_second(old)
    assert [] == old.find("select * from _attention")
    old.two.save(old.two.open(record), "proef", 2, {"/uren": 4.5})
    old.sync()
    assert [("missing", "/nieuw")] == [(n["kind"], n["name"]) for n in old.find("select kind, name from _attention")]
    assert [{"version": 2}] == old.find("select version from _record")
    assert MOVED | {"uren": 4.5} == row(old)


def test_an_edit_under_the_old_name_and_one_under_the_new_are_one_conflict(old: Town, tmp_path: Path) -> None:
    record = old.shared("proef", ALL)
    publish_second(old)
    first, second = old.one.open(record), old.two.open(record)
    old.one.save(first, "proef", 1, {"/naam": "Gezin oud formulier"})
    old.two.save(second, "proef", 2, {"/roepnaam": "Gezin nieuw formulier", "/nieuw": "2026-03-01"})
    old.sync()
    found = old.find("select path, survivors from _conflict")
    assert ["/roepnaam"] == [one["path"] for one in found]
    assert {"Gezin oud formulier", "Gezin nieuw formulier"} == {
        one["value"] for one in json.loads(found[0]["survivors"])
    }
    old.two.save(old.two.open(record), "proef", 2, {"/roepnaam": "Besloten"})
    old.sync()
    assert [] == old.find("select * from _conflict")
    assert "Besloten" == row(old)["roepnaam"]
    assert old.dump() == old.rebuilt(tmp_path)


def test_many_records_are_drawn_again_piece_by_piece(
    old: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "STEP_POSITIONS", 40)
    count = 2 * 40 + 10
    for number in range(count):
        old.one.create("proef", 1, {"/naam": f"Gezin {number}", "/weg": "bewaard"})
    old.sync(old.one)
    assert count == len(old.find("select naam from proef"))
    publish_second(old)
    assert {f"Gezin {number}" for number in range(count)} == {
        one["roepnaam"] for one in old.find("select roepnaam from proef")
    }
    assert [] == old.find("select * from _stale")
    assert old.dump() == old.rebuilt(tmp_path)


def test_three_versions_are_walked_through_and_a_question_can_come_back(old: Town, tmp_path: Path) -> None:
    record = old.shared("proef", ALL)
    publish_second(old)
    third = {path: kind for path, kind in SECOND.items() if path != "/roepnaam"} | {"/weg": "text", "/gezin": "text"}
    old.server.publish(raw(document(third, 3, {"renamed": {"/roepnaam": "/gezin"}})))
    assert [{"gezin": "Testgezin", "weg": "blijft bewaard"}] == old.find("select gezin, weg from proef")
    assert {f"/kinderen/{ITEM}/over": ("ook bewaard", 1)} == earlier(old, record)
    assert old.dump() == old.rebuilt(tmp_path)


def test_an_entry_of_a_version_that_nobody_published_is_shown_and_listed(old: Town, tmp_path: Path) -> None:
    record = old.shared("proef", ALL)
    old.two.save(old.two.open(record), "proef", 7, {"/naam": "Van elders", "/onbekend": "blijft"})
    old.sync()
    assert [("unknown-form", "proef 7")] == [
        (one["kind"], one["detail"]) for one in old.find("select kind, detail from _attention")
    ]
    assert [{"naam": "Van elders"}] == old.find("select naam from proef")
    assert {"/onbekend": ("blijft", 7)} == earlier(old, record)
    assert old.dump() == old.rebuilt(tmp_path)


def test_a_version_that_is_published_far_ahead_of_the_projection_moves_what_is_drawn_before_and_after(
    old: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(projector, "STEP_POSITIONS", 5)
    old.shared("proef", {"/naam": "Vroeg gezin", "/weg": "bewaard"})
    assert ["Vroeg gezin"] == [one["naam"] for one in old.find("select naam from proef")]
    for number in range(20):
        old.one.create("proef", 1, {"/naam": f"Gezin {number}"})
    old.sync(old.one)
    publish_second(old)
    assert 21 == len(old.find("select roepnaam from proef where roepnaam is not null"))
    assert old.dump() == old.rebuilt(tmp_path)
