"""The tables of a form as its versions change: the same as made afresh, and all of a step or nothing of it."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.projection import projector
from backend.projection.projector import Projector
from backend.stores.database import open_database, transaction
from backend.stores.records import Records
from tests.forms.versions.forms_made import document, raw
from tests.projection.test_versions import ALL, FIRST, MOVES, SECOND, publish_second
from tests.projection.town import Town


@pytest.fixture
def old(tmp_path: Path) -> Iterator[Town]:
    """A municipality that published the first version."""
    made = Town(tmp_path, [raw(document(FIRST))])
    yield made
    made.close()


def opened(town: Town, target: Path | None = None) -> Projector:
    municipality = town.server.municipality
    return Projector(municipality.folder, municipality.custody, target)


def columns(records: Records) -> dict[str, list[tuple[str, str, int]]]:
    """The columns of every form's table, in order, with their types and places in the key."""
    return {
        name: [(column.name, column.type, column.is_pk) for column in records.db.table(name).columns]
        for name in records.form_tables()
    }


def test_tables_that_went_through_versions_are_as_tables_made_afresh(old: Town, tmp_path: Path) -> None:
    old.shared("proef", ALL)
    old.dump()
    third = {"/gezin": "text", "/weg": "text", "/uren": "decimal maximum 168"}
    moves = {"renamed": {"/roepnaam": "/gezin"}, "dropped": ["/soort", "/nieuw", "/kinderen/*/dag"]}
    fourth = {"/erbij": "integer maximum 9", **third}
    forms = [document(SECOND, 2, MOVES), document(third, 3, moves), document(fourth, 4)]
    seen = set()
    for number, form in enumerate(forms):
        old.server.publish(raw(form))
        old.dump()
        fresh = opened(old, tmp_path / f"{number}.db")
        fresh.run()
        made = columns(fresh.records)
        assert made == old.server.run(old.keeper.read(columns))
        seen.add(str(made))
        fresh.close()
    assert 3 == len(seen)


def test_rows_stay_until_they_are_drawn_in_the_new_columns(old: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(7):
        old.one.create("proef", 1, {"/naam": f"Gezin {number}", "/uren": number})
    old.sync(old.one)
    old.dump()
    publish_second(old)
    monkeypatch.setattr(projector, "DRAWN_MAX", 3)
    tables = opened(old)
    tables.step()
    tables.step()
    rows = tables.records.find("select uren, roepnaam from proef")
    tables.close()
    assert set(range(7)) == {row["uren"] for row in rows}
    assert 3 == sum(row["roepnaam"] is not None for row in rows)


def test_a_kill_at_any_statement_leaves_a_step_whole_or_undone(old: Town, tmp_path: Path) -> None:
    old.shared("proef", ALL)
    before = old.dump()
    publish_second(old)
    tables = opened(old)
    key, path = old.server.municipality.custody.records_key.reveal(), old.server.folder / "records.db"
    statements: list[str] = []
    left: list[Any] = []

    def killed_here(statement: str) -> None:
        copy = tmp_path / f"killed-{len(statements)}.db"
        for suffix in ("", "-wal"):
            shutil.copy(path.with_name(path.name + suffix), copy.with_name(copy.name + suffix))
        records = Records(copy, key)
        left.append(list(records.dump()))
        records.close()
        statements.append(statement.lower())

    tables.records.db.conn.set_trace_callback(killed_here)
    tables.run()
    tables.records.db.conn.set_trace_callback(None)
    after = list(tables.records.dump())
    tables.close()
    assert before != after and {str(before), str(after)} == {str(one) for one in left}
    assert any("rename to" in one for one in statements), "no table was changed"
    commits = [number for number, one in enumerate(statements) if one == "commit"]
    moved = next(number for number, one in enumerate(left) if one == after)
    assert 0 < moved and moved - 1 in commits


def test_a_step_that_fails_gives_the_old_columns_back_and_is_done_again(
    old: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old.shared("proef", ALL)
    before = old.dump()
    publish_second(old)
    tables = opened(old)
    old_columns = columns(tables.records)

    def full(_records: Records, drawn: list[bytes]) -> None:
        if drawn:
            raise OSError("no room")

    with monkeypatch.context() as patch, pytest.raises(OSError, match="no room"):
        patch.setattr(Records, "drawn", full)
        tables.run()
    assert (before, old_columns) == (list(tables.records.dump()), columns(tables.records))
    tables.run()
    tables.close()
    assert old.dump() == old.rebuilt(tmp_path) != before


def test_a_store_of_an_earlier_schema_is_emptied_and_made_again(old: Town, tmp_path: Path) -> None:
    old.shared("proef", ALL)
    wanted = old.dump()
    old.server.run(old.keeper._close())
    key, path = old.server.municipality.custody.records_key.reveal(), old.server.folder / "records.db"
    for file in path.parent.glob("records.db*"):
        file.unlink()
    earlier = open_database(path, key=key)
    with transaction(earlier):
        for sql in (
            "create table _meta(name text primary key, value integer not null) without rowid",
            "create virtual table _search using fts5(words, record unindexed)",
            "create table _search_row(record text primary key, number integer not null) without rowid",
            "create table proef([_record] text primary key, oud text)",
            "insert into proef values('00', 'oud woord')", "insert into _search values('oud woord', '00')",
            "insert into _meta values('position', 1)", "pragma user_version = 5",
        ):  # fmt: skip
            earlier.execute(sql)
    earlier.close()
    tables = opened(old)
    tables.run()
    assert wanted == list(tables.records.dump())
    assert not {"_search_row", "_search_config"} & {*tables.records.db.table_names()}
    tables.close()
