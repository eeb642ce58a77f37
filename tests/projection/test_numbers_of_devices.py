"""Numbers that a device may send and no database holds: one entry with such a number ended the projection for good."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forms.versions.forms_made import document, raw
from tests.projection.town import Town

QUESTIONS = {"/naam": "text", "/uren": "integer maximum 99"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, [raw(document(QUESTIONS))])
    yield made
    made.close()


def attention(town: Town) -> list[tuple[str, str]]:
    return [(row["kind"], row["detail"]) for row in town.find("select kind, detail from _attention")]


@pytest.mark.parametrize("version", [2**64 - 1, 2**63, 2**31, 0, -(2**62)])
def test_a_form_version_beyond_every_other_stopped_the_projection(town: Town, tmp_path: Path, version: int) -> None:
    record = town.one.create("proef", version, {"/naam": "Testgezin"})
    town.one.create("proef", 1, {"/naam": "Een ander"})
    town.sync(town.one)
    assert [("unknown-form", f"proef {version}")] == attention(town)
    assert [record.hex()] == [row["record"] for row in town.searched("test*")]
    assert ["Een ander"] == [row["naam"] for row in town.find("select naam from proef") if row["naam"] != "Testgezin"]
    assert town.dump() == town.rebuilt(tmp_path)


@pytest.mark.parametrize("path", ["/naam", "/uren"])
def test_a_number_beyond_what_a_double_tells_apart_is_listed_and_not_shown(
    town: Town, tmp_path: Path, path: str
) -> None:
    town.one.create("proef", 1, {path: 2**53 - 1})
    town.one.create("proef", 1, {path: 2**64 - 1})
    town.sync(town.one)
    assert {"9007199254740991", "None"} == {str(row[path[1:]]) for row in town.find("select naam, uren from proef")}
    assert ("not-an-answer", path) in attention(town)
    assert town.dump() == town.rebuilt(tmp_path)
