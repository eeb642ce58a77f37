"""Search names every record that has the words, however many others have them, and says what it leaves out."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.cli import exports
from tests.desk.many import piece
from tests.desk.office import Office


def test_records_of_another_form_do_not_use_up_the_places_of_a_list(office: Office) -> None:
    """520 short records of one form had the word, and the 10 longer ones of the other were not found."""
    for _ in range(30):
        office.one.create("dossier", 1, {"/roepnaam": "vuurtoren"})
    long = "vuurtoren " + "een langer verhaal " * 20
    wanted = {office.one.create("huisbezoek", 1, {"/duiding": long}).hex() for _ in range(3)}
    office.sync(office.one)
    assert wanted == {row["_record"] for row in office.ask("records", form="huisbezoek", search="vuurtoren", limit=5)}


def test_a_list_that_ends_early_says_how_many_more_there_are(office: Office) -> None:
    for number in range(5):
        office.one.create("dossier", 1, {"/roepnaam": f"vuurtoren {number}"})
    office.sync(office.one)
    for words in ("", "vuurtoren"):
        rows = office.ask("records", form="dossier", search=words, limit=2)
        assert [{"more": 3}] == rows[2:]
        assert 5 == len(office.ask("records", form="dossier", search=words, limit=5))


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        ("Łukasz", "lukasz"), ("Sørensen", "sorensen"), ("Straße", "strasse"), ("Strasse", "straße"),
        ("Đorđe", "djorde dorde"), ("Renée", "renee"), ("İpek", "ipek"), ("Æbelø", "aebelo"),
    ],
)  # fmt: skip
def test_letters_are_found_as_people_type_them(office: Office, written: str, typed: str) -> None:
    office.one.create("huisbezoek", 1, {"/duiding": f"bij {written} thuis"})
    office.sync(office.one)
    assert 1 == len(office.ask("records", form="huisbezoek", search=typed.split()[-1]))


def test_what_is_typed_is_no_query_language(office: Office) -> None:
    office.one.create("huisbezoek", 1, {"/duiding": "rustig"})
    office.sync(office.one)
    for typed in ('"', "rustig OR", "a\0b", "NEAR(", "*", "-", "rustig)"):
        office.ask("records", form="huisbezoek", search=typed)


# --- export files ---


def some_rows(failing: bool, folder: Path, seen: list[int]) -> Iterator[dict[str, Any]]:
    yield {"table": "proef", "columns": ["_record", "antwoord"], "types": ["text", "text"], "key": ["_record"]}
    for number in range(2_000):
        yield piece("proef", [str(number), "geheimtaal " * 50])
    seen += [path.stat().st_mode & 0o077 for path in folder.iterdir()]
    if failing:
        raise OSError(28, "No space left on device")


@pytest.mark.parametrize("kind", ["csv", "jsonl", "sqlite"])
@pytest.mark.parametrize("failing", [False, True])
def test_what_is_being_exported_is_readable_by_its_owner_alone(tmp_path: Path, kind: str, failing: bool) -> None:
    """The side files of an SQLite export were readable by all, and stayed when the disk was full."""
    before = os.umask(0)
    seen: list[int] = []
    write: Any = {"csv": exports.write_csv, "jsonl": exports.write_jsonl, "sqlite": exports.write_sqlite}[kind]
    try:
        if failing:
            with pytest.raises(OSError, match="No space"):
                write(some_rows(True, tmp_path, seen), tmp_path / "out")
        else:
            write(some_rows(False, tmp_path, seen), tmp_path / "out")
    finally:
        os.umask(before)
    assert [0] == seen
    written = ["out", "out.metadata.json"] if kind == "sqlite" else ["out"]
    assert ([] if failing else written) == sorted(path.name for path in tmp_path.iterdir())
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.rglob("*"))
    if kind == "jsonl" and not failing:
        assert "proef" == json.loads((tmp_path / "out").read_text().splitlines()[0])["_table"]
