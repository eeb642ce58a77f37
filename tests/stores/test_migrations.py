"""Every schema that was ever released opens with today's code, and keeps its rows."""

from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlcipher3

from backend.errors import StoreTooNew
from backend.stores.control import CONTROL_FILE, accounts_of
from backend.stores.database import Migration, open_database
from backend.stores.sqlite import journal_schema, keys
from backend.stores.sqlite.journal import SqliteJournal

FIXTURES = Path(__file__).parent / "fixtures"
RELEASED = {"journal": journal_schema.MIGRATIONS, "keys": keys.MIGRATIONS}
DROPPED = {"access"}  # who is sent a record stands in the record's own row: see the test of the readers
FILES = sorted(path for path in FIXTURES.glob("*.sql") if path.stem.split("-")[0] in RELEASED)


def restored(fixture: Path, to: Path) -> Path:
    connection = sqlcipher3.connect(str(to))
    connection.executescript(fixture.read_text())
    connection.close()
    return to


def schema(conn: Any) -> dict[str, str]:
    rows = conn.execute("select name, sql from sqlite_master where sql is not null and name not like 'sqlite_%'")
    return {name: " ".join(sql.replace('"', "").split()) for name, sql in rows}


def counts(conn: Any) -> dict[str, int]:
    tables = [row[0] for row in conn.execute("select name from sqlite_master where type = 'table'")]
    return {
        name: conn.execute(f"select count(*) from [{name}]").fetchone()[0] for name in tables if name[:7] != "sqlite_"
    }


def test_every_migration_has_a_fixture_of_the_schema_that_it_made() -> None:
    wanted = {f"{store}-{step.number}.sql" for store, steps in RELEASED.items() for step in steps}
    assert wanted == {path.name for path in FILES}


@pytest.mark.parametrize("fixture", FILES, ids=lambda path: path.stem)
def test_a_released_schema_opens_as_todays_with_every_row(fixture: Path, tmp_path: Path) -> None:
    steps: Sequence[Migration] = RELEASED[fixture.stem.split("-")[0]]
    path = restored(fixture, tmp_path / "old.db")
    before = counts(sqlcipher3.connect(str(path)))
    old, fresh = open_database(path, migrations=steps), open_database(tmp_path / "new.db", migrations=steps)
    assert schema(fresh.conn) == schema(old.conn)
    kept = {name: count for name, count in before.items() if name not in DROPPED}
    assert kept == {name: count for name, count in counts(old.conn).items() if name in kept}
    assert any(before.values())
    assert (steps[-1].number,) == old.conn.execute("pragma user_version").fetchone()


@pytest.mark.parametrize("number", [step.number for step in journal_schema.MIGRATIONS])
def test_the_merge_states_of_an_old_journal_are_read(number: int, tmp_path: Path) -> None:
    journal = SqliteJournal(restored(FIXTURES / f"journal-{number}.sql", tmp_path / "journal.db"))
    records = journal.changed_records(0, journal.last_position())
    assert 2 == len(records)
    for record in records:
        row = journal.record(record)
        assert row is not None and len(row.state.groups) == len(journal.entries_of(record)) == 1


@pytest.mark.parametrize("number", [1, 2, 3])
def test_who_was_sent_a_record_is_sent_it_still(number: int, tmp_path: Path) -> None:
    path = restored(FIXTURES / f"journal-{number}.sql", tmp_path / "journal.db")
    before = sqlcipher3.connect(str(path)).execute("select device, record from access order by 1, 2").fetchall()
    assert before
    journal = SqliteJournal(path)
    assert all(journal.has_access(*row) for row in before)


def test_the_accounts_of_an_old_control_db_are_read(tmp_path: Path) -> None:
    assert [] == accounts_of(tmp_path, "GM9901")
    restored(FIXTURES / "control-1.sql", tmp_path / CONTROL_FILE)
    assert [("beheer", "admin", 1)] == accounts_of(tmp_path, "GM9901")
    assert [] == accounts_of(tmp_path, "GM9902")
    with closing(sqlcipher3.connect(str(tmp_path / CONTROL_FILE))) as db:
        db.execute("drop table staff")
    assert [] == accounts_of(tmp_path, "GM9901")


def test_a_file_of_a_newer_release_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = restored(FIXTURES / "keys-1.sql", tmp_path / "keys.db")
    connection = sqlcipher3.connect(str(path))
    connection.execute("pragma user_version = 99")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreTooNew):
        open_database(path, migrations=keys.MIGRATIONS)
    reopened = sqlcipher3.connect(str(path))
    assert (99,) == reopened.execute("pragma user_version").fetchone()
    assert len(before) == path.stat().st_size


def test_sealed_grants_of_an_older_store_stand_once_each(tmp_path: Path) -> None:
    path = restored(FIXTURES / "keys-3.sql", tmp_path / "keys.db")
    record, device, key = b"r" * 16, b"d" * 16, b"k" * 16
    rows = [(record, device, key, 2, b"first"), (record, device, key, 2, b"second"), (record, b"e" * 16, key, 2, b"x")]
    with closing(sqlcipher3.connect(str(path))) as conn, conn:
        conn.executemany("insert into sealed_grant values(?, ?, ?, ?, ?)", rows)
    store = keys.SqliteKeys(path)
    store.take((), (), [rows[1], (record, device, key, 2, b"third"), rows[1]])
    assert [b"first", b"second", b"third"] == sorted(sealed for _, sealed in store.sealed_for(record, device))
    assert 4 == store.forget(record)
    store.close()
