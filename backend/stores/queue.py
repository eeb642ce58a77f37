"""The verbs of records.db with which staff work off what waits: the queue of decisions, and the queue of reviews."""

import json
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final, NamedTuple

from sqlite_utils import Database

Row = dict[str, Any]
Key = tuple[int, int, str]
ReviewKey = tuple[int, str]
COUNTED_MAX: Final = 1_001  # a heading says "1,000+" beyond it


class Asked(NamedTuple):
    """The part of the queue that is asked for: in these forms alone; of one form, question or worker, since before a
    moment; empty members ask for all."""

    forms: Sequence[str]
    form: str = ""
    name: str = ""
    worker: str = ""
    before_ms: int = 0

    def sql(self) -> tuple[str, list[Any]]:
        """The condition on a row `q` of `_queue`, and its values."""
        where = ["q.form in (select value from json_each(?))"]
        values: list[Any] = [json.dumps([*self.forms])]
        for value, condition in (
            (self.form, "q.form = ?"), (self.name, "q.name = ?"), (self.before_ms, "q.since_ms < ?"),
            (self.worker, "exists (select 1 from _people p where p.record = q.record and p.worker = ?)"),
        ):  # fmt: skip
            if value:
                where.append(condition)
                values.append(value)
        return " and ".join(where), values


class SettledWish(NamedTuple):
    """The part of what was settled that is asked for: in these forms alone; of one form; of one member of staff, or of
    all others (`but`); later than a moment."""

    forms: Sequence[str]
    form: str = ""
    author: str = ""
    but: str = ""
    after_ms: int = 0

    def sql(self) -> tuple[str, list[Any]]:
        """The condition on a row `s` of `_settled`, and its values."""
        where, values = "s.form in (select value from json_each(?))", [json.dumps([*self.forms])]
        for value, condition in (
            (self.form, "s.form = ?"), (self.author, "s.author = ?"), (self.but, "s.author != ?"),
            (self.after_ms, "s.at_ms > ?"),
        ):  # fmt: skip
            if value:
                where += f" and {condition}"
                values.append(value)  # type: ignore[arg-type]
        return where, values


_ROWS: Final = """select q.*, c.policy, c.survivors, w.words, w.hidden_by, w.choices, f.words fault_words, f.said
from _queue q left join _conflict c on c.conflict = q.id left join _waiting w on w.decision = q.id
left join _fault f on f.id = q.id"""

_REVIEWS: Final = """select v.* from _review v join _record r using (record)
where v.form in (select value from json_each(?)) and v.stage in (select value from json_each(?))"""


# a remark of a worker at the same path sets nothing aside
_LAST: Final = """coalesce((select max(t.value ->> 'at_ms') from _comment c, json_each(c.texts) t
where c.record = a.record and c.path = a.{} and t.value ->> 'author' like 'desk:%'), 0)"""
_ASIDE: Final = f"""(exists (select 1 from _comment c where c.record = a.record and c.path = a.aside)
and {_LAST.format("aside")} > {_LAST.format("again")})"""

_WAITS: Final = "exists (select 1 from _waiting w where w.record = a.record and w.kind = a.kind and w.name = a.name)"


class Queue:
    """Part of `Records`."""

    db: Database
    find: Callable[..., list[Row]]

    def queue(self, asked: Asked, after: Key | None, limit: int) -> list[Row]:
        """The decisions that wait, the most urgent first; from behind a key (rank, since, id) on."""
        where, values = asked.sql()
        if after is not None:
            where += " and (q.rank, q.since_ms, q.id) > (?, ?, ?)"
            values += after
        sql = f"select * from ({_ROWS} where {where}) order by rank, since_ms, id limit ?"
        return self.find(sql, (*values, limit))

    def queue_count(self, asked: Asked) -> int:
        """The number of decisions that wait; counting stops at `COUNTED_MAX`."""
        where, values = asked.sql()
        sql = f"select count(*) n from (select 1 from _queue q where {where} limit {COUNTED_MAX})"
        return int(self.find(sql, values)[0]["n"])

    def queued(self, id_: str, forms: Sequence[str]) -> Row | None:
        """One decision that waits, in one of these forms."""
        where, values = Asked(forms).sql()
        rows = self.find(f"{_ROWS} where {where} and q.id = ?", (*values, id_))
        return rows[0] if rows else None

    def queued_names(self, forms: Sequence[str]) -> list[Row]:
        """The forms and questions in which anything waits, to choose from."""
        sql = "select distinct form, name from _queue where form in (select value from json_each(?)) and name like '/%'"
        return self.find(sql, (json.dumps([*forms]),))

    def queued_people(self, forms: Sequence[str]) -> list[str]:
        """The workers in whose records anything waits."""
        sql = """select distinct p.worker from _queue q join _people p on p.record = q.record
            where q.form in (select value from json_each(?)) and p.worker not like 'desk:%' order by 1"""
        return [row["worker"] for row in self.find(sql, (json.dumps([*forms]),))]

    def settled(self, wish: SettledWish, after: tuple[int, str] | None, limit: int) -> list[Row]:
        """The matters that the office settled, the last first; from behind a key (time, id) on."""
        where, values = wish.sql()
        if after is not None:
            where += " and (s.at_ms, s.id) < (?, ?)"
            values += after
        return self.find(
            f"select s.* from _settled s where {where} order by s.at_ms desc, s.id desc limit ?", (*values, limit)
        )

    def settled_count(self, wish: SettledWish) -> int:
        """The number of matters that the office settled; counting stops at `COUNTED_MAX`."""
        where, values = wish.sql()
        sql = f"select count(*) n from (select 1 from _settled s where {where} limit {COUNTED_MAX})"
        return int(self.find(sql, values)[0]["n"])

    def settled_as(self, id_: str) -> Row | None:
        """The matter that the office settled under this id."""
        rows = self.find("select * from _settled where id = ?", (id_,))
        return rows[0] if rows else None

    def settled_in(self, record: str) -> list[Row]:
        """The matters that the office settled in a record, the last first."""
        return self.find("select * from _settled where record = ? order by at_ms desc, id", (record,))

    def waits_in(self, record: str, kind: str, name: str) -> str | None:
        """The id under which the same matter of a record waits now."""
        rows = self.find("select id from _queue where record = ? and kind = ? and name = ?", (record, kind, name))
        return str(rows[0]["id"]) if rows else None

    def workers_in(self, record: str) -> set[str]:
        """The people of a record: who made it, wrote in it or was assigned it."""
        return {str(row["worker"]) for row in self.find("select worker from _people where record = ?", (record,))}

    def formed(self, records: Sequence[str]) -> list[Row]:
        """The form of each of these records."""
        sql = "select record, form from _record where record in (select value from json_each(?))"
        return self.find(sql, (json.dumps([*records]),))

    def begun(self, records: Sequence[str]) -> list[Row]:
        """The form of each of these records, and when it was begun."""
        sql = "select record, form, created_ms from _record where record in (select value from json_each(?))"
        return self.find(sql, (json.dumps([*records]),))

    def note(self, record: str, aside: str) -> Row | None:
        """A remark about a record, by the path that sets it aside."""
        rows = self.find("select * from _attention where record = ? and aside = ?", (record, aside))
        return rows[0] if rows else None

    def in_form(self, record: str, forms: Sequence[str]) -> Row | None:
        """A record, if its form is one of these."""
        sql = "select * from _record where record = ? and form in (select value from json_each(?))"
        rows = self.find(sql, (record, json.dumps([*forms])))
        return rows[0] if rows else None

    def asked_of(self, records: Sequence[str]) -> dict[tuple[str, str], Row]:
        """The questions and comments about some records, by record and path."""
        found: dict[tuple[str, str], Row] = {}
        listed = json.dumps([*records])
        for table in ("_question", "_comment"):
            for row in self.find(f"select * from {table} where record in (select value from json_each(?))", (listed,)):
                found[row["record"], row["path"]] = {**row, "texts": json.loads(row["texts"])}
        return found

    def reviews(self, forms: Sequence[str], stages: Sequence[str], after: ReviewKey | None, limit: int) -> list[Row]:
        """The records in some stages of the review, those that wait longest first; from behind a key on."""
        since, record = after or (-1, "")
        values = (json.dumps([*forms]), json.dumps([*stages]), since, record, limit)
        rows = self.find(
            f"{_REVIEWS} and (v.since_ms, v.record) > (?, ?) order by v.since_ms, v.record limit ?", values
        )
        return [{**row, "changed": json.loads(row["changed"])} for row in rows]

    def reviews_count(self, forms: Sequence[str], stages: Sequence[str]) -> int:
        """The number of records in some stages of the review; counting stops at `COUNTED_MAX`."""
        sql = f"select count(*) n from ({_REVIEWS} limit {COUNTED_MAX})"
        return int(self.find(sql, (json.dumps([*forms]), json.dumps([*stages])))[0]["n"])

    def notes(
        self, forms: Sequence[str], kind: str, after: tuple[str, str, str], limit: int, *, aside: bool = False
    ) -> list[Row]:
        """The remarks about records that wait for no decision, by kind, record and name; from behind such a key on.

        Those that somebody of the office set aside are left out, or are the only ones (`aside`).
        """
        closed = f"a.open = 0 and {_ASIDE} and not {_WAITS}" if aside else "a.open = 1"
        return self.find(
            f"""select a.* from _attention a where {closed} and a.form in (select value from json_each(?))
            and (? = '' or a.kind = ?) and (a.kind, a.record, a.name) > (?, ?, ?)
            order by a.kind, a.record, a.name limit ?""",
            (json.dumps([*forms]), kind, kind, *after, limit),
        )

    def note_kinds(self, forms: Sequence[str], kinds: Collection[str]) -> list[tuple[str, int]]:
        """The kinds of remarks that are open, of these, each with how many; counting stops at `COUNTED_MAX`."""
        rows = self.find(
            f"""select k.value kind, (select count(*) from (select 1 from _attention a where a.open = 1
            and a.kind = k.value and a.form in (select value from json_each(?)) limit {COUNTED_MAX})) n
            from json_each(?) k""",
            (json.dumps([*forms]), json.dumps(sorted(kinds))),
        )
        return [(row["kind"], row["n"]) for row in rows if row["n"]]

    def close_notes(self, records: Sequence[str]) -> None:
        """Mark the remarks about records that wait for a decision, or that somebody set aside: so that nobody who
        counts the others has to ask for each."""
        self.db.conn.execute(
            f"update _attention as a set open = 0 where a.record in (select value from json_each(?))"
            f" and ({_WAITS} or {_ASIDE})",
            (json.dumps([*records]),),
        )
