"""The vectors `entries -> picture`, and the faults that they find (picture/SPEC.md)."""

import json
from pathlib import Path
from random import Random
from typing import Any

import msgspec
import pytest

from backend.check_vectors import difference
from picture.check_vectors import drawn, forms_of, picture_difference, published
from tests.picture.planted import PLANTED
from tests.planting import VECTORS, names_of, plant, rows_of

DOCUMENT: dict[str, Any] = json.loads((VECTORS / "picture" / "picture.json").read_text())
FORMS = forms_of(DOCUMENT["forms"])
FAULTS = "picture/picture.faults.json"
Row = dict[str, Any]


@pytest.mark.parametrize("row", DOCUMENT["rows"], ids=lambda row: row["name"])
def test_a_picture_is_drawn_as_its_vector_says(row: Row) -> None:
    assert row["picture"] == published(drawn(row, FORMS), row)


@pytest.mark.parametrize("row", DOCUMENT["rows"], ids=lambda row: row["name"])
def test_the_order_in_which_entries_came_makes_no_difference(row: Row) -> None:
    entries = Random(row["name"]).sample(row["entries"], len(row["entries"]))
    assert row["picture"] == published(drawn({**row, "entries": entries}, FORMS), row)


@pytest.mark.parametrize("row", DOCUMENT["rows"], ids=lambda row: row["name"])
def test_a_picture_is_json_and_comes_back_from_it(row: Row) -> None:
    picture = drawn(row, FORMS)
    assert picture == msgspec.json.decode(msgspec.json.encode(picture), type=type(picture))


def test_the_list_of_faults_is_the_list_that_is_planted() -> None:
    assert names_of(FAULTS) == list(PLANTED)


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_is_found_by_the_row_that_is_named(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (row,) = [row for row in DOCUMENT["rows"] if row["name"] == rows_of(FAULTS)[fault]]
    plant(PLANTED[fault], monkeypatch)
    forms = forms_of(DOCUMENT["forms"])
    found = picture_difference({"forms": DOCUMENT["forms"], "rows": [row]})
    assert found is not None and found.startswith(row["name"])
    assert row["picture"] != published(drawn(row, forms), row)


def test_every_row_names_a_section_that_the_spec_has() -> None:
    spec = (Path(__file__).parents[2] / "picture" / "SPEC.md").read_text()
    for row in DOCUMENT["rows"]:
        assert f"\n## {row['section']}. " in spec, row["name"]


def test_check_vectors_names_the_row_and_the_member_that_differ() -> None:
    assert difference("picture", DOCUMENT) is None
    row = {**DOCUMENT["rows"][0], "picture": {**DOCUMENT["rows"][0]["picture"], "entries": 2}}
    found = difference("picture", {**DOCUMENT, "rows": [row]})
    assert found == f"{row['name']}.entries: expected 2, found 1"
