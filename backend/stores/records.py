"""The projection of one municipality: readable tables under SQLCipher, made from the journal and rebuilt at will.

One table a form with a column a question; a repeating group is a child table; and beside them, with names that no form
can have, what the software itself keeps. `record_schema.py` makes the tables. Rows are written by SQL of our own: a row
of 31 columns costs 8 us of CPU, with sqlite-utils' `insert_all` 20, which also takes 999 columns at most.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from backend.stores.comparing import TABLES, Comparing, names, owner
from backend.stores.database import open_database, transaction, translated, unsound
from backend.stores.places import RECORDS_FILE
from backend.stores.questions import ALL, ANSWERED, STATUS, Chosen, FormTable, Questions
from backend.stores.queue import COUNTED_MAX, Asked, Key, Queue, ReviewKey, SettledWish
from backend.stores.queue_rows import (
    Tabled,
    comment_rows,
    earlier_faults,
    fault_rows,
    people_rows,
    question_rows,
    queue_rows,
    review_rows,
    settled_rows,
    shown_rows,
)
from backend.stores.record_rows import (
    attention_rows,
    cell,
    conflict_rows,
    earlier_ids,
    hidden_rows,
    json_text,
    record_row,
    waiting_rows,
)
from backend.stores.record_schema import INDEX, MIGRATIONS, OWN, WORDS, child_table, make, shape
from forms import paths
from forms.answers import ITEM_ID
from forms.definition.document import Form
from picture.parts import Picture

__all__ = [
    "ALL", "ANSWERED", "COUNTED_MAX", "STATUS", "Asked", "Chosen", "FormTable", "Key", "Records", "ReviewKey",
    "SettledWish", "Tabled", "child_table", "folded", "matching",
]  # fmt: skip

CACHE_KIB: Final = 2_048
_BESIDE: Final = {
    "_people": people_rows, "_shown": shown_rows, "_queue": queue_rows, "_fault": fault_rows, "_review": review_rows,
    "_question": question_rows, "_comment": comment_rows, "_settled": settled_rows,
}  # fmt: skip
INDEXED: Final = 100  # records whose words one statement takes: the search's index is written after each of them
_LETTERS: Final = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "ẞ": "SS", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h",
     "Ħ": "H", "ı": "i", "ŧ": "t", "Ŧ": "T", "þ": "th", "Þ": "Th", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe",
     "\0": " "}
)  # fmt: skip


def folded(text: str) -> str:
    """The text as it is searched for: letters that Unicode does not take apart stand as people type them."""
    return text.translate(_LETTERS)


def matching(words: str) -> str:
    """The query for records with words that begin so; what was typed is never a query language."""
    return " ".join('"' + word.replace('"', '""') + '"*' for word in folded(words).split())


def _at(document: Mapping[str, Any], names: Sequence[str]) -> Any:
    if len(names) == 1:
        return document.get(names[0])
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _cells(document: Mapping[str, Any], ways: Sequence[Sequence[str]]) -> list[Any]:
    """The values that a row of a form's table holds."""
    values = [document.get(way[0]) if len(way) == 1 else _at(document, way) for way in ways]
    return [value if type(value) is str or value is None else cell(value) for value in values]


def _words_in(picture: Picture) -> Iterator[Any]:
    """The answers of a record that are searched, texts or not: hidden ones too, or nobody would find them again."""
    for shown in (*picture.shown.values(), *picture.reserved.values(), *(one.shown for one in picture.hidden)):
        yield shown.value
        if shown.texts:
            yield from (part.text for part in shown.texts)


class Records(Comparing, Questions, Queue):
    """One municipality's records.db. Whoever changes it opens a transaction; it can be thrown away at any time."""

    def __init__(self, path: Path, key: bytes | None, db: Database | None = None) -> None:
        """Open the tables, or read and write them over an open store."""
        self.db = db or open_database(path, key=key, migrations=MIGRATIONS, cache_kib=CACHE_KIB)
        self._run = self.db.conn.execute
        self._many = self.db.conn.executemany
        self._shaped: dict[str, int] = {}

    @classmethod
    def scratch(cls) -> "Records":
        """Tables in memory, to compare with: nothing of them comes on a disk, and nobody searches them."""
        made = cls(Path(":memory:"), None)
        made.db.table(WORDS).disable_fts()
        return made

    def empty(self) -> None:
        """Forget all records of a scratch, and keep its tables."""
        for table in (*TABLES, *self.form_tables(), "_was"):
            self._run(f"delete from [{table}]")

    def hold(self) -> None:
        """Read one moment of the tables from now on, until this is closed, whatever others write meanwhile."""
        self.db.conn.execute("begin")

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing, the columns of forms included."""
        try:
            with translated(RECORDS_FILE), transaction(self.db):
                yield
        except BaseException:
            self._shaped.clear()
            raise

    def give_back(self) -> None:
        """Empty the cache: pages that were deleted or overwritten are not kept either."""
        self.db.conn.execute("pragma shrink_memory")

    def unsound(self) -> list[str]:
        """The faults that SQLite finds in the pages; none, mostly."""
        with translated(RECORDS_FILE):
            return unsound(self.db)

    # --- where the projection stands ---

    def meta(self, name: str) -> int:
        """A number that the projection keeps about itself."""
        row = self._run("select value from _meta where name = ?", (name,)).fetchone()
        return int(row[0]) if row else 0

    def set_meta(self, name: str, value: int) -> None:
        """Keep a number."""
        self._run("insert or replace into _meta values(?, ?)", (name, value))

    # --- writing ---

    def clear(self) -> None:
        """Forget everything."""
        make(self.db)
        self._shaped.clear()

    def opened(self, record: bytes) -> dict[bytes, bytes]:
        """The plaintexts of a record that were opened and checked before."""
        return dict(self._run("select hash, plain from _opened where record = ?", (record.hex(),)).fetchall())

    def many_opened(self, records: Iterable[bytes]) -> dict[bytes, dict[bytes, bytes]]:
        """The plaintexts of records that were opened and checked before."""
        found: dict[bytes, dict[bytes, bytes]] = {}
        sql = "select record, hash, plain from _opened where record in (select value from json_each(?))"
        for record, hash_, plain in self._run(sql, (names(records),)):
            found.setdefault(bytes.fromhex(record), {})[hash_] = plain
        return found

    def there(self, records: Iterable[bytes]) -> set[bytes]:
        """Keep those of these records that stand in the tables already."""
        sql = "select record from _record where record in (select value from json_each(?))"
        rows = self._run(sql, (names(records),))
        return {bytes.fromhex(row[0]) for row in rows}

    def read_by_some(self) -> set[bytes]:
        """The records of which who may read them bears on what is shown: entries are held back, or came too late."""
        rows = self._run("select distinct record from _attention where kind like 'held-%' or kind = 'after-withdrawal'")
        return {bytes.fromhex(row[0]) for row in rows}

    def keep_opened(self, rows: Iterable[tuple[bytes, bytes, bytes]]) -> None:
        """Keep plaintexts that were checked: (hash, record, plain)."""
        self._many("insert or replace into _opened values(?, ?, ?)", [(h, r.hex(), p) for h, r, p in rows])

    def shape(self, form: Form) -> None:
        """Give a form's tables the columns of this version; the records drawn in another one wait to be drawn again."""
        if self._shaped.get(form.slug) == form.version:
            return
        if self.columns_of(form.slug) != form.version:
            self.renew(form.slug)
            shape(self.db, form, self.form_tables())
            self._run("insert or replace into _form values(?, ?)", (form.slug, form.version))
        self._shaped[form.slug] = form.version

    def columns_of(self, form: str) -> int:
        """The version whose columns the tables of a form have; 0 if there are none."""
        row = self._run("select version from _form where form = ?", (form,)).fetchone()
        return int(row[0]) if row else 0

    def renew(self, form: str) -> None:
        """Let the records of a form wait to be drawn again: it has a new version, or a list that it takes has one."""
        self._run("insert or ignore into _stale select record from _record where form = ?", (form,))

    def stale(self, limit: int) -> set[bytes]:
        """Some of the records that wait to be drawn again."""
        return {bytes.fromhex(row[0]) for row in self._run("select record from _stale limit ?", (limit,))}

    def drawn(self, records: Iterable[bytes]) -> None:
        """Remove records from those that wait to be projected again."""
        self._many("delete from _stale where record = ?", [(record.hex(),) for record in records])

    def draw_later(self, records: Iterable[bytes]) -> None:
        """Let these records wait to be drawn again."""
        self._many("insert or ignore into _stale values(?)", [(record.hex(),) for record in records])

    def forget(self, records: Iterable[bytes]) -> None:
        """Take records out of every table, what was opened of them apart."""
        listed = names(records)  # one statement a table: the search's index is written after each of them
        for table in (*TABLES, *self.form_tables()):
            self._run(f"delete from [{table}] where [{owner(table)}] in (select value from json_each(?))", (listed,))

    def forget_opened(self, record: bytes) -> None:
        """Erase: nothing of a record's answers stays here."""
        self._run("delete from _opened where record = ?", (record.hex(),))
        self._run("delete from _was where record = ?", (record.hex(),))

    def put(self, tabled: Sequence[Tabled]) -> None:
        """Write records as they are shown now, in place of what stood there."""
        self.forget(self.there(bytes.fromhex(one.picture.record) for one in tabled))
        rows = [one.picture for one in tabled]
        self._fill("_record", map(record_row, rows))
        self._fill("_conflict", (row for picture in rows for row in conflict_rows(picture)))
        self._fill("_attention", (row for picture in rows for row in attention_rows(picture)))
        self._fill("_hidden", (row for picture in rows for row in hidden_rows(picture)))
        self._fill("_waiting", (row for picture in rows for row in waiting_rows(picture)))
        self._fill("_was", (row for picture in rows for row in earlier_ids(picture)))
        self._fill("_was", (row for one in tabled for row in earlier_faults(one)))
        for table, made in _BESIDE.items():
            self._fill(table, (row for one in tabled for row in made(one)))
        if noted := [p.record for p in rows if p.attention or p.findings or p.waiting]:
            self.close_notes(noted)
        by_form: dict[tuple[str, int], tuple[Form, list[Picture]]] = {}
        for picture, form in ((one.picture, one.form) for one in tabled):
            if form is not None:
                group = by_form.setdefault((form.slug, form.version), (form, []))[1]
                group += [picture] * (not picture.deleted)
        self._put_words(rows)
        for form, group in by_form.values():
            self.shape(form)
            self._put_rows(form, group)

    def _fill(self, table: str, rows: Iterable[tuple[Any, ...]]) -> None:
        marks = ",".join("?" * len(OWN[table].columns))
        self._many(f"insert or ignore into [{table}] values({marks})", list(rows))

    def _put_rows(self, form: Form, pictures: Sequence[Picture]) -> None:
        """The rows of records of one form version, a statement a table."""
        asked = [(q.name, paths.parse(q.path)) for q in form.columns(None)]
        ways = [way for _, way in asked]
        rows = [(p.record, *_cells(p.document, ways)) for p in pictures]
        self._insert(form.slug, ["_record", *(name for name, _ in asked)], rows)
        for repeat in form.repeats:
            names = [question.name for question in form.columns(repeat)]
            way = paths.parse(repeat)
            rows = [
                (p.record, item[ITEM_ID], place, *(cell(item.get(name)) for name in names))
                for p in pictures
                for place, item in enumerate(_at(p.document, way) or ())
            ]
            self._insert(child_table(form.slug, repeat), ["_record", "_item", "_place", *names], rows)

    def _insert(self, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
        listed = ",".join(f"[{name}]" for name in columns)
        self._many(f"insert or replace into [{table}]({listed}) values({','.join('?' * len(columns))})", rows)

    def _put_words(self, pictures: Iterable[Picture]) -> None:
        found = []
        for picture in pictures:
            words = " ".join(text for text in _words_in(picture) if isinstance(text, str))
            if words and not picture.deleted:
                found.append((picture.record, folded(words)))
        sql = f"insert into {WORDS}(record, words) select value ->> 0, value ->> 1 from json_each(?)"
        for start in range(0, len(found), INDEXED):
            self._run(sql, (json_text(found[start : start + INDEXED]),))

    # --- reading ---

    def find(self, sql: str, values: Sequence[Any] = ()) -> list[dict[str, Any]]:
        """Rows as mappings."""
        cursor = self._run(sql, tuple(values))
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor]

    def listed(self, form: str, words: str, limit: int) -> tuple[list[dict[str, Any]], int]:
        """The records of a form, last changed first, and how many more there are; with words those that have them all.

        The words are part of the query, so that no limit can hide a record that has them.
        """
        where, values = "r.form = ?", [form]
        if query := matching(words):
            where += f" and r.record in (select w.record from {INDEX} join {WORDS} w on w.number = {INDEX}.rowid"
            where += f" where {INDEX} match ?)"
            values.append(query)
        joined = f"from _record r join [{form}] f on f._record = r.record where {where}"
        rows = self.find(
            f"select r.changed_ms, r.conflicts, r.contested, r.hidden, r.waiting, f.* {joined}"
            " order by r.changed_ms desc, r.record limit ?",
            (*values, limit),
        )
        count = self._run(f"select count(*) {joined}", values).fetchone()[0] if len(rows) == limit else len(rows)
        return rows, int(count) - len(rows)

    def forms(self) -> dict[bytes, str]:
        """The form of every record."""
        return {bytes.fromhex(row["record"]): row["form"] for row in self.find("select record, form from _record")}

    def counts(self) -> dict[str, int]:
        """The number of records of each form that are not deleted."""
        rows = self.find("select form, count(*) as records from _record where deleted = 0 group by form")
        return {row["form"]: row["records"] for row in rows}

    def waits(self) -> tuple[int, int, int]:
        """The number of open conflicts, of other decisions that wait, and of records with any remark."""
        found = self._run(
            "select (select count(*) from _conflict), (select count(*) from _waiting),"
            " (select count(distinct record) from _attention)"
        ).fetchone()
        return found[0], found[1], found[2]

    def dump(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Everything that is shown, in one order: two projections of one journal dump the same."""
        for table in (*TABLES, *self.form_tables()):
            listed = ",".join(f"[{name}]" for name in self.compared(table))
            for row in self._run(f"select {listed} from [{table}] order by {listed}"):
                yield table, tuple(row)
