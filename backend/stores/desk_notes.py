"""Tasks, readings for a stated reason and texts that were typed: rows of desk.db that say something about a record.

Each names the record it is about, and goes with it when it is erased. A typed text may be about a record that has no id
yet: those go with any erasure.
"""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, Final, NamedTuple

from backend.stores.database import Migration, run_script

TYPED_MS: Final = 7 * 24 * 3_600_000  # somebody who was away for a week begins anew
TYPED_MAX: Final = 20  # of a person: each is a page that they were on
NOTES: Final = """
create table task(
    id text primary key, record text not null, form text not null, kind text not null, whom text not null,
    due text not null, by text not null, made_ms integer not null, done_ms integer not null, done_by text not null,
    note text not null
) strict, without rowid;
create index task_of on task(record);
create index task_whom on task(whom, done_ms);
create table reading(
    id text primary key, record text not null, form text not null, staff text not null, session text not null,
    reason text not null, from_ms integer not null, until_ms integer not null
) strict, without rowid;
create index reading_of on reading(record);
create table reading_seen(
    reading text not null, staff text not null, primary key (reading, staff)
) strict, without rowid;
create table typed(
    id text primary key, staff text not null, path text not null, record text not null, fields blob not null,
    at_ms integer not null
) strict, without rowid;
create index typed_of on typed(staff, at_ms)
"""
MIGRATION: Final = Migration(2, "tasks, readings for a reason, typed texts", lambda db: run_script(db, NOTES))


class Task(NamedTuple):
    """Something that somebody is to do about a record: a kind, for whom, until which day (empty: none), by whom."""

    id: str
    record: str
    form: str
    kind: str
    whom: str
    due: str
    by: str
    made_ms: int
    done_ms: int = 0
    done_by: str = ""
    note: str = ""


class ReadFor(NamedTuple):
    """One record opened for a stated reason: by whom, in which session (its hash), until when."""

    id: str
    record: str
    form: str
    staff: str
    session: str
    reason: str
    from_ms: int
    until_ms: int


class Typed(NamedTuple):
    """Everything that a person posted when their session had ended: the path, and its fields as they were encoded."""

    id: str
    staff: str
    path: str
    record: str
    fields: bytes
    at_ms: int


class Notes:
    """Part of the store; for one thread at a time."""

    _run: Any

    def _changing(self) -> AbstractContextManager[None]:
        raise NotImplementedError

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        raise NotImplementedError

    # --- tasks ---

    def keep_task(self, task: Task) -> None:
        """Keep a task, in place of the one with its id."""
        with self._changing():
            self._run("insert or replace into task values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", task)

    def task(self, id_: str) -> Task | None:
        """One task."""
        found = self._rows("select * from task where id = ?", (id_,))
        return Task(*found[0]) if found else None

    def tasks_of(self, record: str) -> list[Task]:
        """The tasks of a record: those to be done first, by the day; of the others the last done first."""
        order = "order by done_ms > 0, iif(done_ms = 0, iif(due = '', '9', due), ''), done_ms desc, made_ms, id"
        return [Task(*row) for row in self._rows(f"select * from task where record = ? {order}", (record,))]

    def tasks_for(self, whom: str) -> list[Task]:
        """The tasks that a person is to do, by the day; those without one last."""
        asked = "where whom = ? and done_ms = 0 order by iif(due = '', '9', due), made_ms, id"
        return [Task(*row) for row in self._rows(f"select * from task {asked}", (whom,))]

    def drop_task(self, id_: str) -> None:
        """Remove a task."""
        with self._changing():
            self._run("delete from task where id = ?", (id_,))

    # --- readings for a reason ---

    def keep_reading(self, reading: ReadFor) -> None:
        """Keep a reading, in place of the one with its id."""
        with self._changing():
            self._run("insert or replace into reading values(?, ?, ?, ?, ?, ?, ?, ?)", reading)

    def reading(self, id_: str) -> ReadFor | None:
        """One reading."""
        found = self._rows("select * from reading where id = ?", (id_,))
        return ReadFor(*found[0]) if found else None

    def readings_of(self, staff: str, since_ms: int) -> list[ReadFor]:
        """The readings that a person began since a moment, the newest first."""
        asked = "select * from reading where staff = ? and from_ms >= ? order by from_ms desc, id"
        return [ReadFor(*row) for row in self._rows(asked, (staff, since_ms))]

    def readings_but(self, staff: str, limit: int, after: ReadFor | None = None) -> list[ReadFor]:
        """The newest readings of all others; from behind one of them on, for who looks for some of them alone."""
        past = "" if after is None else " and (from_ms < ? or (from_ms = ? and id > ?))"
        values = () if after is None else (after.from_ms, after.from_ms, after.id)
        asked = f"select * from reading where staff <> ?{past} order by from_ms desc, id limit ?"
        return [ReadFor(*row) for row in self._rows(asked, (staff, *values, limit))]

    def readings_seen(self, staff: str) -> frozenset[str]:
        """The readings that a person has looked at."""
        return frozenset(row[0] for row in self._rows("select reading from reading_seen where staff = ?", (staff,)))

    def see_readings(self, ids: Sequence[str], staff: str) -> None:
        """Note that a person has looked at readings."""
        with self._changing():
            for id_ in ids:
                self._run("insert or ignore into reading_seen values(?, ?)", (id_, staff))

    # --- typed texts ---

    def keep_typed(self, typed: Typed) -> None:
        """Keep what somebody typed; their oldest beyond `TYPED_MAX` go, and everybody's of more than a week."""
        with self._changing():
            self._run("insert into typed values(?, ?, ?, ?, ?, ?)", typed)
            self._run("delete from typed where at_ms < ?", (typed.at_ms - TYPED_MS,))
            self._run(
                "delete from typed where id in (select id from typed where staff = ? order by at_ms desc, id"
                " limit -1 offset ?)",
                (typed.staff, TYPED_MAX),
            )

    def typed_by(self, staff: str, since_ms: int) -> list[Typed]:
        """Everything that a person typed and did not save since a moment, the newest first."""
        asked = "select * from typed where staff = ? and at_ms >= ? order by at_ms desc, id"
        return [Typed(*row) for row in self._rows(asked, (staff, since_ms))]

    def drop_typed(self, id_: str, staff: str) -> None:
        """Forget what a person typed."""
        with self._changing():
            self._run("delete from typed where id = ? and staff = ?", (id_, staff))

    def _forget(self, records: Sequence[bytes]) -> Iterator[int]:
        """Forget all rows about records, and typed texts about records without an id; inside a transaction."""
        for record in records:
            id_ = record.hex()
            self._run("delete from reading_seen where reading in (select id from reading where record = ?)", (id_,))
            for table in ("task", "reading", "typed"):
                yield self._run(f"delete from {table} where record = ?", (id_,)).rowcount
        yield self._run("delete from typed where record = ''").rowcount
