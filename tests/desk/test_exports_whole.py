"""Every cell of every table of an export, opened again by others, is the answer that went in: values and types.

The form has a question of each kind, the records have answers that fit, that are empty and that do not fit, with signs
that spoil files: accents, line ends, quotes, separators, formulas, numbers at their ends. Each kind of file has a small
renderer here, which says how a stored cell stands in it; nothing of the code that writes is used to expect.
"""

import asyncio
import csv
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import openpyxl
import pytest
from openpyxl.utils.escape import unescape

from backend.cli import exports, parquet
from backend.cli.exporting import CSV
from tests.desk.office import Office
from tests.desk.test_exports_opened import reader
from tests.forms.versions.forms_made import document, raw, said

QUESTIONS = {
    "/afspraak": "text", "/geheel": "integer maximum 168", "/deel": "decimal maximum 168", "/waar": "boolean",
    "/dag": "date", "/soort": "choice a b", "/meer": "choices x y", "/log": "text", "/kind/*/naam": "text",
    "/kind/*/aantal": "decimal maximum 168", "/kind/*/blij": "boolean",
}  # fmt: skip
CHOICES = {"/soort": {"a": "Ja, één", "b": "=Nee"}, "/meer": {"x": "Tolk; extra", "y": 'Zij zei "ja"'}}
NAMES = [path[1:] for path in QUESTIONS if "*" not in path]
IN_ITEM = [path.rpartition("/")[2] for path in QUESTIONS if "*" in path]
ITEM = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ"
SPOILT = 'Łukasz, „Zoë” & Straße; \'t "kan"\n\n=1+1\r\n| tab:\t\u202e 日本 \U0001f600'
RECORDS: list[dict[str, Any]] = [
    {"/afspraak": SPOILT, "/geheel": 2**53 - 1, "/deel": 0.1, "/waar": True, "/dag": "2026-02-28", "/soort": "b",
     "/meer": ["x", "y"], "/log": "=cmd|' /C calc'!A0",
     f"{ITEM}1": {}, f"{ITEM}1/naam": "+31 6 0000", f"{ITEM}1/aantal": 2.5, f"{ITEM}1/blij": False,
     f"{ITEM}2": {}, f"{ITEM}2/naam": "@naam", f"{ITEM}2/blij": True},
    {"/afspraak": "-", "/geheel": -7, "/deel": -1250.75, "/waar": False, "/dag": "1899-12-31", "/soort": "a",
     "/meer": []},
    {"/log": "alleen dit"},
    {"/afspraak": "past niet", "/geheel": "twaalf", "/waar": "ja", "/dag": "2026-13-45", "/soort": "z", "/meer": "x"},
]  # fmt: skip


def proef() -> bytes:
    """A form with a question of each kind and a group that repeats."""
    made = document(QUESTIONS)
    for path, field in made["fields"].items():
        field["label"] = said(f"Welke afspraak, {path.rpartition('/')[2]}")
    for path, codes in CHOICES.items():
        made["fields"][path]["choices"] = {code: {"nl": words, "en": words} for code, words in codes.items()}
    made["fields"]["/log"]["merge"] = "append"
    return raw(made)


class Sheet(NamedTuple):
    """A table as the server keeps it."""

    columns: list[str]
    kinds: list[str]
    labels: list[str]
    choices: list[dict[str, str]]
    rows: list[list[Any]]


def sheets(rows: list[dict[str, Any]]) -> dict[str, Sheet]:
    """The tables of an export, from its pieces."""
    found: dict[str, Sheet] = {}
    for row in rows:
        if "columns" in row:
            about = row.get("about") or [{}] * len(row["columns"])
            found[row["table"]] = Sheet(
                row["columns"], [one.get("kind", "") for one in about],
                [one.get("label", {}).get("nl") or name for one, name in zip(about, row["columns"], strict=True)],
                [{code: words["nl"] for code, words in one.get("choices", {}).items()} for one in about], [],
            )  # fmt: skip
        else:
            columns = [cells or [None] * row["count"] for cells in row["cells"]]
            found[row["table"]].rows.extend(map(list, zip(*columns, strict=True)))
    return found


@pytest.fixture
def proefs(tmp_path: Path) -> Iterator[tuple[list[dict[str, Any]], dict[str, Sheet]]]:
    office = Office(tmp_path / "office", (proef(),))
    made = [office.one.create("proef", 1, answers).hex() for answers in RECORDS]
    office.sync()
    rows = office.ask("export", form="proef")
    found = sheets(rows)
    assert went_in(made) == came_out(found), "what the server sends is what the devices wrote"
    yield rows, found
    office.close()


def went_in(made: list[str]) -> tuple[Any, Any]:
    """The answers of every record by its id, and those of every item."""
    main, child = {}, {}
    for record, answers in zip(made, RECORDS, strict=True):
        main[record] = {name: answers.get(f"/{name}") for name in NAMES}
        for number in "12":
            if f"{ITEM}{number}" in answers:
                item = {name: answers.get(f"{ITEM}{number}/{name}") for name in IN_ITEM}
                child[record, f"{ITEM}{number}".rpartition("/")[2], int(number) - 1] = item
    return main, child


def came_out(found: dict[str, Sheet]) -> tuple[Any, Any]:
    main, child = found["proef"], found["proef__kind"]
    one = [dict(zip(main.columns, map(answered, main.kinds, row), strict=True)) for row in main.rows]
    two = [dict(zip(child.columns, map(answered, child.kinds, row), strict=True)) for row in child.rows]
    assert {("werker-een", 1, False)} == {(row["_authors"], row["_version"], row["_contested"]) for row in one}
    counted = {tuple(row["meer"]): (row["meer__x"], row["meer__y"]) for row in one if isinstance(row["meer"], list)}
    assert {("x", "y"): (True, True), (): (False, False)} == counted
    return (
        {row["_record"]: {name: row[name] for name in NAMES} for row in one},
        {(row["_record"], row["_item"], row["_place"]): {name: row[name] for name in IN_ITEM} for row in two},
    )


def answered(kind: str, cell: Any) -> Any:
    if kind == "boolean" and type(cell) is int:
        return bool(cell)
    return json.loads(cell) if kind == "choices" and isinstance(cell, str) and cell[0] == "[" else cell


# --- how a stored cell stands in each kind of file ---


def plain(kind: str, cell: Any) -> str:
    """In CSV for programs."""
    value = answered(kind, cell)
    if isinstance(value, bool):
        return str(value).lower()
    text = "" if value is None else " ".join(value) if isinstance(value, list) else str(value)
    return "'" + text if isinstance(value, str) and text[:1] in {"=", "+", "-", "@", "\t", "\r"} else text


def dutch(kind: str, choices: dict[str, str], cell: Any) -> str:
    """In CSV for Excel in Dutch."""
    value = answered(kind, cell)
    if isinstance(value, bool):
        return "ja" if value else "nee"
    if isinstance(value, float):
        return str(value).replace(".", ",")
    if isinstance(value, list):
        value = "; ".join(choices[code] for code in value)
        return plain("", value)
    return plain("", choices.get(value, value) if isinstance(value, str) and kind == "choice" else value)


def in_excel(kind: str, cell: Any) -> Any:
    """In a workbook, in codes."""
    value = answered(kind, cell)
    if isinstance(value, list):
        return " ".join(value)
    if kind == "date" and value in ("2026-02-28",):
        return datetime(2026, 2, 28)
    if kind == "moment":
        return datetime.fromisoformat(value.removesuffix("Z"))
    return str(value) if type(value) is int and abs(value) >= 10**15 else value


def in_parquet(kind: str, cell: Any) -> Any:
    value = answered(kind, cell)
    fits = {"boolean": bool, "integer": int, "choices": list}.get(kind, object)
    if kind == "date":
        return None if value in (None, "2026-13-45") else date.fromisoformat(value)
    if kind == "moment":
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    if kind == "decimal" and value is not None:
        return float(value)
    return value if isinstance(value, fits) else None


# --- opened again ---

Proefs = tuple[list[dict[str, Any]], dict[str, Sheet]]


def test_csv_for_programs_is_whole(proefs: Proefs, tmp_path: Path) -> None:
    rows, found = proefs
    exports.write_csv(rows, tmp_path / "c")
    assert {f"{name}.csv" for name in found} == {path.name for path in (tmp_path / "c").iterdir()}
    pandas = reader("pandas")
    for name, sheet in found.items():
        wanted = [[plain(kind, cell) for kind, cell in zip(sheet.kinds, row, strict=True)] for row in sheet.rows]
        with (tmp_path / "c" / f"{name}.csv").open(encoding="utf-8", newline="") as file:
            assert [sheet.columns, *wanted] == [*csv.reader(file)], name
        frame = pandas.read_csv(tmp_path / "c" / f"{name}.csv", dtype=str, keep_default_na=False, lineterminator="\n")
        assert (sheet.columns, len(wanted)) == ([str(one).strip() for one in frame.columns], len(frame)), name


def test_csv_for_dutch_excel_is_whole(proefs: Proefs, tmp_path: Path) -> None:
    rows, found = proefs
    exports.write_csv(rows, tmp_path / "c", dialect=CSV["csv-nl"])
    for name, sheet in found.items():
        with (tmp_path / "c" / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            head, *read = csv.reader(file, delimiter=";")
        assert sheet.labels == head, name
        about = [*zip(sheet.kinds, sheet.choices, strict=True)]
        wanted = [[dutch(*one, cell) for one, cell in zip(about, row, strict=True)] for row in sheet.rows]
        assert wanted == read, name


def test_json_lines_are_whole_with_their_types(proefs: Proefs, tmp_path: Path) -> None:
    rows, found = proefs
    exports.write_jsonl(rows, tmp_path / "h.jsonl")
    wanted = [
        {"_table": name, **dict(zip(sheet.columns, map(answered, sheet.kinds, row), strict=True))}
        for name, sheet in found.items() for row in sheet.rows
    ]  # fmt: skip
    read = [json.loads(line) for line in (tmp_path / "h.jsonl").read_text("utf-8").split("\n")[:-1]]
    assert wanted == read and [[*map(type, one.values())] for one in wanted] == [
        [*map(type, one.values())] for one in read
    ]


def sheet_names(found: dict[str, Sheet]) -> dict[str, str]:
    return {name: name.removeprefix("proef").strip("_") or "proef" for name in found}


def test_a_workbook_is_whole_with_its_types(proefs: Proefs, tmp_path: Path) -> None:
    rows, found = proefs
    exports.write_workbook(rows, tmp_path / "h.xlsx")
    book = openpyxl.load_workbook(tmp_path / "h.xlsx")
    assert [*sheet_names(found).values()] == book.sheetnames
    for name, sheet in found.items():
        head, *cells = book[sheet_names(found)[name]].iter_rows()
        assert sheet.columns == [one.value for one in head], name
        wanted = [[in_excel(kind, cell) for kind, cell in zip(sheet.kinds, row, strict=True)] for row in sheet.rows]
        read = [[unescape(one.value) if isinstance(one.value, str) else one.value for one in row] for row in cells]
        assert wanted == read, name
        assert [] == [one.coordinate for row in cells for one in row if one.data_type == "f"], "no text is a formula"
        types = [[bool if type(one) is bool else type(one) for one in row] for row in read]
        assert [[type(one) for one in row] for row in wanted] == types, name
    pandas = reader("pandas")
    read = pandas.read_excel(tmp_path / "h.xlsx", sheet_name=None, dtype=object, keep_default_na=False)
    assert {one: len(found[name].rows) for name, one in sheet_names(found).items()} == {
        n: len(f) for n, f in read.items()
    }


def test_a_database_is_whole_with_its_types(proefs: Proefs, tmp_path: Path) -> None:
    rows, found = proefs
    exports.write_sqlite(rows, tmp_path / "h.db")
    with closing(sqlite3.connect(tmp_path / "h.db")) as db:
        for name, sheet in found.items():
            cursor = db.execute(f"select * from [{name}] order by rowid")
            assert sheet.columns == [one[0] for one in cursor.description], name
            read = [[*row] for row in cursor]
            assert sheet.rows == read, name
            assert [[*map(type, row)] for row in sheet.rows] == [[*map(type, row)] for row in read], name
    app = reader("datasette.app")
    served = app.Datasette([str(tmp_path / "h.db")])

    async def asked(name: str) -> Any:
        answer = await served.client.get(f"/h/{name}.json?_shape=arrays&_size=max&_sort=rowid")
        return answer.json() if answer.status_code == 200 else (
            await served.client.get(f"/h/{name}.json?_shape=arrays&_size=max")).json()  # fmt: skip

    for name, sheet in found.items():
        read = asyncio.run(asked(name))["rows"]
        shown = [row[len(row) - len(sheet.columns) :] for row in read]  # the number of a row, where it has no key
        assert sorted(map(repr, sheet.rows)) == sorted(map(repr, shown)), name


def test_parquet_is_whole_with_its_types(proefs: Proefs, tmp_path: Path) -> None:
    reader("pyarrow.parquet")
    read_table = parquet.parquet().parquet.read_table
    rows, found = proefs
    exports.write_parquet(rows, tmp_path / "p")
    for name, sheet in found.items():
        read = read_table(tmp_path / "p" / f"{name}.parquet")
        assert sheet.columns == read.column_names, name
        if name == "proef" or name == "proef__kind":
            wanted = [
                [in_parquet(kind, cell) for kind, cell in zip(sheet.kinds, row, strict=True)] for row in sheet.rows
            ]
            assert wanted == [[*row.values()] for row in read.to_pylist()], name
        assert len(sheet.rows) == read.num_rows, name
    misfits = read_table(tmp_path / "p" / "proef___misfits.parquet").to_pylist()
    assert {("geheel", "twaalf"), ("waar", "ja"), ("dag", "2026-13-45"), ("meer", "x")} == {
        (one["column"], one["value"]) for one in misfits
    }


def test_libreoffice_shows_every_cell_of_every_sheet(proefs: Proefs, tmp_path: Path) -> None:
    program = shutil.which("soffice") or shutil.which("libreoffice")
    if program is None:
        pytest.skip("THERE IS NO LibreOffice HERE")
    rows, found = proefs
    exports.write_workbook(rows, tmp_path / "h.xlsx")
    every_sheet = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    where = ["--outdir", str(tmp_path / "o"), f"-env:UserInstallation=file://{tmp_path}/profile"]
    command = [program, "--headless", "--convert-to", every_sheet, *where, str(tmp_path / "h.xlsx")]
    subprocess.run(command, check=True, capture_output=True, timeout=180)
    for name, one in sheet_names(found).items():
        with (tmp_path / "o" / f"h-{one}.csv").open(encoding="utf-8", newline="") as file:
            head, *read = csv.reader(file)
        sheet = found[name]
        assert sheet.columns == head, name
        wanted = [
            [in_office(in_excel(kind, cell)) for kind, cell in zip(sheet.kinds, row, strict=True)] for row in sheet.rows
        ]
        assert wanted == [[cell.replace("\r\n", "\n") for cell in row] for row in read], name


def in_office(value: Any) -> str:
    """A cell as LibreOffice writes it as text, not formatted."""
    if isinstance(value, datetime):
        return (
            value.strftime("%Y-%m-%d %H:%M:%S") if value.hour or value.minute or value.second else f"{value:%Y-%m-%d}"
        )
    if isinstance(value, bool):
        return str(value).upper()
    return "" if value is None else str(value).replace("\r\n", "\n")
