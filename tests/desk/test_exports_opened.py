"""Every kind of export, opened again by what people have, and compared whole with what was answered.

pandas, pyarrow and Datasette come with `make readers`; LibreOffice is used where it is. What is not there is skipped,
and said at the end of a run (`-rs`).
"""

import asyncio
import csv
import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from backend.cli import exports, parquet
from backend.cli.exporting import CSV
from tests.desk.office import Office
from tests.desk.test_exports import ACCENTS, FORM, FORMULA

CHILD = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
TEXTS = {
    "/krachten_tekst": FORMULA,
    "/feiten": ACCENTS,
    "/duiding": "  Łukasz, Sørensen & Straße; «çédille»\n\n€ 1.234,50\t|  ",
}
ANSWERS: dict[str, Any] = {
    "/case_ref": "ABCD-2345", "/bezoek_datum": "2026-11-11", "/bezoek_soort": "school", "/rollen": ["tolk"],
    "/gelegitimeerd": True, "/doel_uitgelegd": False, "/toegang": "binnen", "/zorg": "twijfel",
    CHILD: {}, f"{CHILD}/kind_dag": "school", f"{CHILD}/kind_stem": "+31 6 is geen som", **TEXTS,
}  # fmt: skip
CODES = ("case_ref", "bezoek_soort", "toegang", "zorg")
READERS = "make readers"


@pytest.fixture
def rows(office: Office) -> list[dict[str, Any]]:
    office.shared(FORM, ANSWERS)
    return office.ask("export", form=FORM)


def reader(name: str) -> Any:
    return pytest.importorskip(name, reason=f"THERE IS NO {name} HERE: `{READERS}`")


def texts() -> dict[str, str]:
    return {path[1:]: text for path, text in TEXTS.items()}


def quoted(text: str) -> str:
    return "'" + text if text.startswith(("=", "+", "-", "@")) else text


def test_pandas_reads_the_csv_for_programs_with_every_sign(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    pandas = reader("pandas")
    exports.write_csv(rows, tmp_path / "c")
    [row] = pandas.read_csv(tmp_path / "c" / f"{FORM}.csv", keep_default_na=False).to_dict("records")
    assert {name: quoted(text) for name, text in texts().items()} == {name: row[name] for name in texts()}
    assert {name: ANSWERS[f"/{name}"] for name in CODES} == {name: row[name] for name in CODES}
    assert (True, False, "tolk", "2026-11-11") == (
        bool(row["gelegitimeerd"]), bool(row["doel_uitgelegd"]), row["rollen"], row["bezoek_datum"],
    )  # fmt: skip
    [child] = pandas.read_csv(tmp_path / "c" / f"{FORM}__kind.csv", keep_default_na=False).to_dict("records")
    assert ("school", "'+31 6 is geen som", row["_record"]) == (child["kind_dag"], child["kind_stem"], child["_record"])


def test_pandas_reads_the_csv_for_dutch_excel(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    pandas = reader("pandas")
    exports.write_csv(rows, tmp_path / "c", dialect=CSV["csv-nl"])
    read = pandas.read_csv(
        tmp_path / "c" / f"{FORM}.csv", sep=";", decimal=",", encoding="utf-8-sig", keep_default_na=False
    )
    [row] = read.to_dict("records")
    assert ("ABCD-2345", "Ja, ik was binnen", "ja", ACCENTS) == (
        row["Dossiercode"], row["Mocht u binnenkomen?"], row["Ik heb mij gelegitimeerd"],
        row["Feiten: gezien en gehoord"],
    )  # fmt: skip


def test_pandas_and_openpyxl_read_the_workbook_with_its_types(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    exports.write_workbook(rows, tmp_path / "h.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "h.xlsx")[FORM]
    cells = {head.value: cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    escaped = {name: text.replace("\x1b", "_x001B_") for name, text in texts().items()}
    read = {name: str(cells[name].value).replace("\x1b", "_x001B_") for name in texts()}
    assert escaped == read and {"s"} == {cells[name].data_type for name in texts()}
    assert (datetime(2026, 11, 11), True, False) == tuple(
        cells[name].value for name in ("bezoek_datum", "gelegitimeerd", "doel_uitgelegd")
    )
    pandas = reader("pandas")
    [row] = pandas.read_excel(tmp_path / "h.xlsx", sheet_name=FORM).to_dict("records")
    assert (FORMULA, pandas.Timestamp(2026, 11, 11), True) == (
        row["krachten_tekst"], row["bezoek_datum"], row["gelegitimeerd"],
    )  # fmt: skip


def test_json_lines_are_read_by_pandas_and_the_library(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    exports.write_jsonl(rows, tmp_path / "h.jsonl")
    [row, *_] = [json.loads(line) for line in (tmp_path / "h.jsonl").read_text("utf-8").splitlines()]
    flat = {path[1:]: value for path, value in ANSWERS.items() if path.count("/") == 1}
    assert flat == {name: row[name] for name in flat}
    pandas = reader("pandas")
    read = pandas.read_json(tmp_path / "h.jsonl", lines=True, dtype=False, convert_dates=False)
    first = read[read["_table"] == FORM].to_dict("records")[0]
    assert flat == {name: first[name] for name in flat}


def test_sqlite_has_types_keys_search_and_views_in_words(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    exports.write_sqlite(rows, tmp_path / "h.db")
    with closing(sqlite3.connect(tmp_path / "h.db")) as db:
        db.row_factory = sqlite3.Row
        [row] = map(dict, db.execute(f"select * from {FORM}"))
        [dutch] = map(dict, db.execute(f"select * from {FORM}___nl"))
        [child] = map(dict, db.execute(f"select * from {FORM}__kind___nl"))
        found = [db.execute(f"select count(*) from {FORM}_fts where {FORM}_fts match ?", (word,)).fetchone()[0]
                 for word in ("cafe", "cedille", "niemand")]  # fmt: skip
        assert [] == db.execute("pragma foreign_key_check").fetchall()
        assert ["ok"] == [one[0] for one in db.execute("pragma integrity_check")]
        keys = {table: {key["table"] for key in db.execute(f"pragma foreign_key_list([{FORM}{table}])")}
                for table in ("__kind", "___texts", "___earlier", "___hidden")}  # fmt: skip
    assert texts() == {name: row[name] for name in texts()}
    assert (1, 0, '["tolk"]', 1) == (row["gelegitimeerd"], row["doel_uitgelegd"], row["rollen"], row["rollen__tolk"])
    assert ("Ja, ik was binnen", "Tolk", "ja", "nee", FORMULA) == (
        dutch["Mocht u binnenkomen?"], dutch["Wie waren erbij (rol)"], dutch["Ik heb mij gelegitimeerd"],
        dutch["Doel uitgelegd"], dutch["Toelichting op wat goed gaat"],
    )  # fmt: skip
    assert "School" == child["Dagbesteding"] and [1, 1, 0] == found
    assert {table: {FORM} for table in keys} == keys


def test_what_does_not_fit_its_question_stays_in_the_words_of_a_view(office: Office, tmp_path: Path) -> None:
    office.shared(FORM, {**ANSWERS, "/toegang": "door het raam", "/gelegitimeerd": "ja", "/rollen": "tolk"})
    exports.write_sqlite(office.ask("export", form=FORM), tmp_path / "h.db")
    with closing(sqlite3.connect(tmp_path / "h.db")) as db:
        shown = f'select "Mocht u binnenkomen?", "Ik heb mij gelegitimeerd", "Wie waren erbij (rol)" from {FORM}___nl'
        assert [("door het raam", "ja", "tolk")] == db.execute(shown).fetchall()


def test_datasette_shows_tables_views_search_and_descriptions(rows: list[dict[str, Any]], tmp_path: Path) -> None:
    app = reader("datasette.app")
    exports.write_sqlite(rows, tmp_path / "h.db", language="nl")
    about = json.loads((tmp_path / "h.metadata.json").read_text("utf-8"))
    served = app.Datasette([str(tmp_path / "h.db")], metadata=about)

    async def asked(path: str) -> Any:
        return await served.client.get(path)

    async def story() -> tuple[Any, ...]:
        return (
            (await asked(f"/h/{FORM}.json?_shape=array")).json(),
            (await asked(f"/h/{FORM}.json?_shape=array&_search=cafe")).json(),
            (await asked(f"/h/{FORM}___nl.json?_shape=array")).json(),
            (await asked(f"/h/{FORM}")).text,
        )

    table, searched, view, page = asyncio.run(story())
    assert texts() == {name: table[0][name] for name in texts()}
    assert 1 == len(searched) and "Ja, ik was binnen" == view[0]["Mocht u binnenkomen?"]
    assert "Een regel per dossier van huisbezoek" in page and "Mocht u binnenkomen?" in page
    assert 0o600 == (tmp_path / "h.metadata.json").stat().st_mode & 0o777


def test_parquet_has_its_types_and_says_what_does_not_fit(office: Office, tmp_path: Path) -> None:
    reader("pyarrow.parquet")
    read = parquet.parquet().parquet.read_table
    office.shared(FORM, ANSWERS)
    wrong = office.shared(FORM, {**ANSWERS, "/bezoek_datum": "2026-13-45", "/gelegitimeerd": "ja"}).hex()
    files = exports.write_parquet(office.ask("export", form=FORM), tmp_path / "p")
    rows = {row["_record"]: row for row in read(tmp_path / "p" / f"{FORM}.parquet").to_pylist()}
    bad = rows.pop(wrong)
    [row] = rows.values()
    assert texts() == {name: row[name] for name in texts()}
    assert (date(2026, 11, 11), True, False, ["tolk"], True) == tuple(
        row[name] for name in ("bezoek_datum", "gelegitimeerd", "doel_uitgelegd", "rollen", "rollen__tolk")
    )
    assert (None, None) == (bad["bezoek_datum"], bad["gelegitimeerd"])
    misfits = read(tmp_path / "p" / f"{FORM}___misfits.parquet").to_pylist()
    assert {("bezoek_datum", "2026-13-45"), ("gelegitimeerd", "ja")} == {(m["column"], m["value"]) for m in misfits}
    assert {wrong} == {one["record"] for one in misfits} and {0o600} == {file.stat().st_mode & 0o777 for file in files}


def test_where_pyarrow_is_not_installed_it_is_said_before_anything_is_read(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(parquet, "import_module", missing)
    with pytest.raises(parquet.ParquetMissing):
        exports.write_parquet(iter(()), tmp_path / "p")
    assert [] == list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", ["xlsx", "csv-nl"])
def test_libreoffice_opens_it_and_writes_the_same_words(rows: list[dict[str, Any]], tmp_path: Path, kind: str) -> None:
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        pytest.skip("THERE IS NO LibreOffice HERE")
    write: dict[str, Callable[[], Any]] = {
        "xlsx": lambda: exports.write_workbook(rows, tmp_path / f"{FORM}.xlsx", None, "nl"),
        "csv-nl": lambda: exports.write_csv(rows, tmp_path / "c", dialect=CSV["csv-nl"]),
    }
    write[kind]()
    source = tmp_path / (f"{FORM}.xlsx" if kind == "xlsx" else f"c/{FORM}.csv")
    options = ["--infilter=CSV:59,34,76,1"] if kind == "csv-nl" else []
    where = ["--outdir", str(tmp_path / "o"), f"-env:UserInstallation=file://{tmp_path}/profile"]
    command = [office, "--headless", *options, "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1", *where]
    subprocess.run([*command, str(source)], check=True, capture_output=True, timeout=180)
    with (tmp_path / "o" / f"{FORM}.csv").open(encoding="utf-8", newline="") as file:
        [row, *_] = csv.DictReader(file)
    assert ("ABCD-2345", "Ja, ik was binnen") == (row["Dossiercode"], row["Mocht u binnenkomen?"])
    assert row["Toelichting op wat goed gaat"].lstrip("'") == FORMULA
