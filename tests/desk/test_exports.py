"""Exports for an office and an analyst: opened again, and compared value by value."""

import csv
import json
import sqlite3
from contextlib import closing
from datetime import datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from backend.cli import exports, workbook
from backend.cli.exporting import CSV
from backend.desk.arguments import BadArgument, NoSuchRecord
from backend.desk.threads import TextTooLong
from tests.desk.many import piece
from tests.desk.office import REASON, STAFF, Office

FORM = "huisbezoek"
FORMULA, ACCENTS = '=HYPERLINK("http://x")', "Łukasz zei: ‘café’\nen toen \x1b[31m\u202e niets; meer"
ANSWERS = {
    "/case_ref": "ABCD-2345", "/bezoek_datum": "2026-11-11", "/bezoek_soort": "school", "/rollen": ["tolk"],
    "/gelegitimeerd": True, "/doel_uitgelegd": False, "/toegang": "binnen", "/krachten_tekst": FORMULA,
    "/duiding": "Vertrouwelijkwoord", "/zorg": "twijfel", "/feiten": ACCENTS,
}  # fmt: skip


@pytest.fixture
def record(office: Office) -> str:
    made = office.shared(FORM, ANSWERS)
    office.parallel(made, FORM, {"/bezoek_soort": "vervolg"}, {"/bezoek_soort": "kennismaking", "/afgesproken": "ja"})
    return made.hex()


def jsonl(office: Office, folder: Path, **wishes: Any) -> list[dict[str, Any]]:
    file = folder / f"{len(list(folder.iterdir()))}.jsonl"
    exports.write_jsonl(office.ask("export", form=FORM, **wishes), file)
    return [json.loads(line) for line in file.read_text().splitlines()]


def main_row(office: Office, folder: Path, **wishes: Any) -> dict[str, Any]:
    [row] = [row for row in jsonl(office, folder, **wishes) if row["_table"] == FORM]
    return row


def test_json_lines_have_the_values_and_who_wrote_them_when(office: Office, record: str, tmp_path: Path) -> None:
    """Lists were text in text, truths numbers, and nobody saw an author, a version or an open conflict."""
    row = main_row(office, tmp_path)
    answers = {path[1:]: value for path, value in ANSWERS.items() if path != "/bezoek_soort"}
    assert answers == {name: row[name] for name in answers}
    assert (True, False) == (row["rollen__tolk"], row["rollen__outreachwerker"])
    assert (1, 1, "werker-een, werker-twee", False) == (
        row["_version"], row["_conflicts"], row["_authors"], row["_contested"],
    )  # fmt: skip
    assert row["_undecided"] >= 1 and row["_findings"] >= 1 and row["_first_written"] <= row["_last_written"]
    assert None is row["hulpvragen__wonen"], "of a question that nobody answered, nothing is false"


@pytest.mark.parametrize(
    ("written", "after", "state"),
    [({}, {}, "received"), ({"/_review": "approved"}, {}, "approved"), ({"/_review": "returned"}, {}, "answered"),
     ({"/_review": "approved"}, {"/zorg": "geen"}, "changed"), ({"/_review": "=1+1"}, {}, "=1+1")],
)  # fmt: skip
def test_a_row_says_how_far_the_office_is_with_the_record(
    office: Office, tmp_path: Path, written: dict[str, str], after: dict[str, str], state: str
) -> None:
    """An approval that somebody changed since is none; what is no state at all is told as it stands, and never runs."""
    record = office.shared(FORM, ANSWERS)
    for answers in filter(None, (written, after)):
        office.one.save(office.one.open(record), FORM, 1, answers)
        office.sync()
    assert state == main_row(office, tmp_path)["_review"]


def test_a_workbook_has_dates_numbers_truths_and_text_that_is_no_formula(
    office: Office, record: str, tmp_path: Path
) -> None:
    file = tmp_path / "h.xlsx"
    written = exports.write_workbook(office.ask("export", form=FORM), file, None, "nl")
    book = openpyxl.load_workbook(file)
    assert {"huisbezoek", "kind", "afspraak", "earlier", "texts", "hidden", "undecided", "codebook"} == set(
        book.sheetnames
    )
    sheet = book["huisbezoek"]
    cells = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    shown = {
        head: cells[head].value for head in ("Dossiercode", "Datum", "Ik heb mij gelegitimeerd", "Mocht u binnenkomen?")
    }
    assert {"Dossiercode": "ABCD-2345", "Datum": datetime(2026, 11, 11), "Ik heb mij gelegitimeerd": True,
            "Mocht u binnenkomen?": "Ja, ik was binnen"} == shown  # fmt: skip
    assert True is cells["Wie waren erbij (rol): Tolk"].value and isinstance(
        cells["Het laatst geschreven (UTC)"].value, datetime
    )
    texts = {cell.value: cell for cell in sheet[2] if isinstance(cell.value, str)}
    assert "s" == texts[FORMULA].data_type
    assert ACCENTS.replace("\x1b", "_x001B_") in texts or ACCENTS in texts
    assert (0, sum(one.max_row - 1 for one in book)) == (written.cut, written.rows)
    words = [
        row[4:] for row in book["codebook"].iter_rows(values_only=True) if row[1:4] == ("toegang", "choice", "binnen")
    ]
    assert ("nl", "Ja, ik was binnen") in words
    assert 0o600 == file.stat().st_mode & 0o777


def test_excel_in_dutch_gets_its_own_signs_and_programs_get_theirs(office: Office, record: str, tmp_path: Path) -> None:
    """With commas and a mark all columns stood in A, and a number with a point was text."""
    rows = office.ask("export", form=FORM)
    for kind in ("csv", "csv-nl"):
        exports.write_csv(rows, tmp_path / kind, dialect=CSV[kind])
    dutch = (tmp_path / "csv-nl" / "huisbezoek.csv").read_bytes()
    assert dutch.startswith("\ufeffDossier;Dossiercode;Datum;".encode()) and b"\r\n" in dutch
    [row] = csv.DictReader(dutch.decode("utf-8-sig").splitlines(keepends=True), delimiter=";")
    assert ("Ja, ik was binnen", "Tolk", "ja", "ja") == (
        row["Mocht u binnenkomen?"], row["Wie waren erbij (rol)"], row["Ik heb mij gelegitimeerd"],
        row["Wie waren erbij (rol): Tolk"],
    )  # fmt: skip
    plain = (tmp_path / "csv" / "huisbezoek.csv").read_bytes()
    assert plain.startswith(b"_record,case_ref,")
    with (tmp_path / "csv" / "huisbezoek.csv").open(encoding="utf-8", newline="") as file:
        [row] = csv.DictReader(file)
    assert ("binnen", "tolk", "true", "true", "false", "'" + FORMULA, ACCENTS) == (
        row["toegang"], row["rollen"], row["gelegitimeerd"], row["rollen__tolk"], row["rollen__jeugdconsulent"],
        row["krachten_tekst"], row["feiten"],
    )  # fmt: skip


def test_numbers_are_written_as_each_reader_writes_them(tmp_path: Path) -> None:
    """A number with a point was text in Dutch Excel."""
    head: dict[str, Any] = {"table": "proef", "columns": ["a", "b"], "types": ["float", "text"], "key": [],
            "about": [{"kind": "decimal"}, {"kind": "text"}]}  # fmt: skip
    rows: list[dict[str, Any]] = [
        head,
        *(piece("proef", values) for values in ([12.5, "1.5"], [-0.25, "-1"], [3, None])),
    ]
    for kind in ("csv", "csv-nl"):
        exports.write_csv(rows, tmp_path / kind, dialect=CSV[kind])
    assert b"a,b\r\n12.5,1.5\r\n-0.25,'-1\r\n3,\r\n" == (tmp_path / "csv" / "proef.csv").read_bytes()
    dutch = (tmp_path / "csv-nl" / "proef.csv").read_text("utf-8-sig")
    assert "a;b\n12,5;1.5\n-0,25;'-1\n3;\n" == dutch
    exports.write_workbook(rows, tmp_path / "a.xlsx")
    found = [*openpyxl.load_workbook(tmp_path / "a.xlsx")["proef"].iter_rows(values_only=True, min_row=2)]
    assert [(12.5, "1.5"), (-0.25, "-1"), (3, None)] == found


def test_a_database_has_types_and_its_tables_point_at_each_other(office: Office, record: str, tmp_path: Path) -> None:
    exports.write_sqlite(office.ask("export", form=FORM), tmp_path / "e.db")
    with closing(sqlite3.connect(tmp_path / "e.db")) as db:
        keys = db.execute("pragma foreign_key_list([huisbezoek__kind])").fetchall()
        types = {row[1]: row[2].lower() for row in db.execute("pragma table_info(huisbezoek)")}
        [row] = db.execute("select case_ref, rollen__tolk, json_extract(rollen, '$[0]') from huisbezoek")
        assert [] == db.execute("pragma foreign_key_check").fetchall()
    assert [("huisbezoek", "_record", "_record")] == [key[2:5] for key in keys]
    assert ("integer", "integer", "text") == (types["rollen__tolk"], types["_version"], types["_first_written"])
    assert ("ABCD-2345", 1, "tolk") == row


def test_a_period_a_version_records_and_columns_are_chosen_and_typos_refused(
    office: Office, record: str, tmp_path: Path
) -> None:
    other = office.shared(FORM, {"/case_ref": "ABCD-2346", "/zorg": "geen"}).hex()
    now = office.server.clock.now_ms()

    def found(**wishes: Any) -> set[str]:
        return {row["_record"] for row in jsonl(office, tmp_path, **wishes) if row["_table"] == FORM}

    assert {record, other} == found() == found(since_ms=now - 1000, until_ms=now + 1000, version=1)
    assert set() == found(since_ms=now + 1) == found(until_ms=now - 10_000_000) == found(version=2)
    assert {other} == found(records=[other])
    rows = jsonl(office, tmp_path, columns=["zorg", "rollen"])
    assert {FORM, f"{FORM}___codebook"} == {row["_table"] for row in rows}
    columns = {name for row in rows if row["_table"] == FORM for name in row}
    assert {"_table", "_record", "zorg", "rollen"} == {name for name in columns if not name.startswith("rollen__")}
    with pytest.raises(NoSuchRecord):
        found(records=["ab" * 16])
    for wrong in ({"columns": ["zorgg"]}, {"reader": "buren"}, {"pseudonyms": " "}):
        with pytest.raises(BadArgument):
            found(**wrong)
    for long in ({"pseudonyms": "x" * 101}, {"reason": "x" * 201}):
        with pytest.raises(TextTooLong):
            found(**long)


def test_whoever_gets_the_export_for_parents_finds_nothing_that_is_kept_from_them(
    office: Office, record: str, tmp_path: Path
) -> None:
    """The attacker reads every byte of every kind of file: the words of the answers, and columns made of them."""
    office.parallel(bytes.fromhex(record), FORM, {"/delen_met": ["school"]}, {"/toegang": "niemand_thuis"})
    rows = office.ask("export", form=FORM, reader="parents")
    exports.write_csv(rows, tmp_path / "c")
    exports.write_jsonl(rows, tmp_path / "e.jsonl")
    exports.write_sqlite(rows, tmp_path / "e.db")
    for file in (path for path in tmp_path.rglob("*") if path.suffix in (".csv", ".jsonl", ".db")):
        assert b"Vertrouwelijkwoord" not in file.read_bytes(), file
    row = main_row(office, tmp_path, reader="parents")
    assert (None, None) == (row["zorg"], row["duiding"])
    assert {None} == {value for name, value in row.items() if name.startswith("delen_met")}
    assert "ABCD-2345" == row["case_ref"] and "_authors" not in row
    assert {FORM, f"{FORM}___codebook"} == {row["_table"] for row in jsonl(office, tmp_path, reader="parents")}
    assert "Vertrouwelijkwoord" == main_row(office, tmp_path, reader="child")["duiding"]
    [line] = [line for line in office.ask("audit") if line["detail"] == f"{FORM} reader=child {REASON}"]
    assert "emergency" in {line["act"] for line in office.ask("audit")}  # of one person alone
    assert ("export", STAFF) == (line["act"], line["staff"])


def test_whoever_gets_names_cannot_find_an_id_nor_join_two_purposes(
    office: Office, record: str, tmp_path: Path
) -> None:
    """The attacker knows every id, and has two exports of the same records for different purposes."""
    for number in range(6):
        office.shared(FORM, {"/case_ref": f"ABCD-234{number + 6}"[:9], "/zorg": "geen"})
    office.parallel(bytes.fromhex(record), FORM, {"/toegang": "niemand_thuis"}, {"/feiten": "nog iets"})
    known = {"werker-een", "werker-twee", "ABCD-2345"} | {row["_record"] for row in office.ask("records", form=FORM)}
    ids = known | {row["conflict"] for row in office.ask("conflicts")}
    first, second = (jsonl(office, tmp_path, pseudonyms=purpose) for purpose in ("evaluatie", "onderzoek"))
    for file in tmp_path.iterdir():
        if file.suffix == ".jsonl":
            assert [] == [one for one in ids if one in file.read_text()], file
    assert first == jsonl(office, tmp_path, pseudonyms="evaluatie"), "one purpose, one name"

    def order(rows: list[dict[str, Any]]) -> list[str]:
        return [row["_record"] for row in rows if row["_table"] == FORM]

    assert set() == set(order(first)) & set(order(second))
    assert order(first) == sorted(order(first)) and order(second) == sorted(order(second))
    vault = office.server.municipality.keyring.vault().with_key_file(office.server.key_file)
    secret = vault.secret("pseudonyms").reveal()
    assert all(secret not in path.read_bytes() for path in tmp_path.iterdir() if path.is_file())


def test_a_text_that_excel_cannot_hold_is_counted_and_too_many_rows_write_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    head: dict[str, Any] = {
        "table": "proef",
        "columns": ["_record", "t"],
        "types": ["text", "text"],
        "key": ["_record"],
    }
    rows = [head, piece("proef", ["1", "x" * 40_000]), piece("proef", ["2", "kort"])]
    assert (2, 1) == exports.write_workbook(rows, tmp_path / "a.xlsx")
    texts = [row[1] for row in openpyxl.load_workbook(tmp_path / "a.xlsx")["proef"].iter_rows(values_only=True)]
    assert texts[1].endswith("x…") and "kort" == texts[2]
    monkeypatch.setattr(workbook, "ROWS_MAX", 2)
    with pytest.raises(workbook.TooManyRows):
        exports.write_workbook(rows, tmp_path / "b.xlsx")
    assert ["a.xlsx"] == [path.name for path in tmp_path.iterdir()]


@pytest.mark.parametrize("cell", ["1899-01-01", "0001-01-01", "geen datum", "2026-13-45", 10**30, -(10**16), 1e308, ""])
def test_what_excel_cannot_count_stays_text(tmp_path: Path, cell: Any) -> None:
    about = [{"kind": "date"}]
    head = {"table": "proef", "columns": ["d"], "types": ["text"], "key": [], "about": about}
    exports.write_workbook([head, piece("proef", [cell])], tmp_path / "a.xlsx")
    [_, (found,)] = openpyxl.load_workbook(tmp_path / "a.xlsx")["proef"].iter_rows(values_only=True)
    assert str(cell) == (found or "")
