"""The projection of one municipality: readable tables under SQLCipher, made from the journal and rebuilt at will.

One table a form with a column a question; a repeating group is a child table; and beside them, with names that no form
can have, what the software itself keeps.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from backend.stores.comparing import TABLES, Comparing, names, owner
from backend.stores.database import Migration, open_database, run_script, transaction
from backend.stores.record_rows import (
    attention_rows,
    cell,
    conflict_rows,
    earlier_ids,
    hidden_rows,
    record_row,
    waiting_rows,
)
from forms import paths
from forms.answers import ITEM_ID
from forms.document import Form
from picture.parts import Picture, Shown

CACHE_KIB: Final = 2_048

_SCHEMA: Final = """
create table _meta(name text primary key, value integer not null) without rowid;
create table _record(
  record text primary key, form text not null, version integer not null, created_ms integer not null,
  changed_ms integer not null, entries integer not null, deleted integer not null, contested integer not null,
  conflicts integer not null, shown text not null) without rowid;
create index _record_form on _record(form, changed_ms);
create table _conflict(
  conflict text primary key, record text not null, path text not null, policy text not null,
  survivors text not null) without rowid;
create index _conflict_record on _conflict(record);
create table _attention(record text not null, kind text not null, name text not null, detail text not null,
  primary key (record, kind, name, detail)) without rowid;
create table _opened(hash blob primary key, record text not null, plain blob not null) without rowid;
create index _opened_record on _opened(record);
create table _form(form text not null, version integer not null, primary key (form, version)) without rowid;
create virtual table _search using fts5(words, record unindexed, tokenize = 'unicode61 remove_diacritics 2');
create table _search_row(record text primary key, number integer not null) without rowid
"""

_COLUMN: Final = {"integer": "integer", "decimal": "real", "boolean": "integer"}
_UNSEEN: Final = """
alter table _record add column hidden integer not null default 0;
alter table _record add column waiting integer not null default 0;
create table _hidden(record text not null, place integer not null, path text not null, parallel integer not null,
  level text not null, hidden_by text not null, changed_by text not null, changed_ms integer not null,
  answer text not null, primary key (record, place)) without rowid;
create table _waiting(decision text primary key, record text not null, place integer not null, kind text not null,
  name text not null, detail text not null, choices text not null, hidden_by text not null, shown text not null,
  words text not null) without rowid;
create index _waiting_record on _waiting(record);
create table _was(id text primary key, record text not null, kind text not null, name text not null) without rowid;
create index _was_record on _was(record);
delete from _meta
"""


def _prepare(db: Database) -> None:
    run_script(db, _SCHEMA)
    db.conn.execute("insert into _search(_search, rank) values('secure-delete', 1)")


def _anew(db: Database) -> None:
    """Let the projector make everything again: without a life the tables are another store's."""
    db.conn.execute("delete from _meta")


MIGRATIONS: Final = (
    Migration(1, "records, conflicts, attention, search", _prepare),
    Migration(
        2, "records that a new form version has still to be drawn in",
        lambda db: run_script(db, "create table _stale(record text primary key) without rowid"),
    ),
    Migration(3, "words as they are searched for: made again from the journal", _anew),
    Migration(4, "hidden answers, and what else waits for a person", lambda db: run_script(db, _UNSEEN)),
    Migration(5, "shown answers that name each entry once: made again from the journal", _anew),
)  # fmt: skip
_LETTERS: Final = str.maketrans(
    {"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ß": "ss", "ẞ": "SS", "đ": "d", "Đ": "D", "ð": "d", "Ð": "D", "ħ": "h",
     "Ħ": "H", "ı": "i", "ŧ": "t", "Ŧ": "T", "þ": "th", "Þ": "Th", "æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe"}
)  # fmt: skip


def child_table(form: str, repeat: str) -> str:
    """The table of a repeating group; without one, how the names of all of a form's child tables begin."""
    return f"{form}__{'_'.join(paths.parse(repeat)) if repeat else ''}"


def folded(text: str) -> str:
    """The text as it is searched for: letters that Unicode does not take apart stand as people type them."""
    return text.translate(_LETTERS)


def matching(words: str) -> str:
    """The query for records with words that begin so; what was typed is never a query language."""
    return " ".join('"' + word.replace('"', '""') + '"*' for word in folded(words).replace("\0", " ").split())


def _at(document: Mapping[str, Any], names: Sequence[str]) -> Any:
    found: Any = document
    for name in names:
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _words_in(picture: Picture) -> Iterator[Shown]:
    """The answers of a record that are searched: hidden ones too, or nobody would find them again."""
    yield from picture.shown.values()
    yield from picture.reserved.values()
    yield from (one.shown for one in picture.hidden)


class Records(Comparing):
    """One municipality's records.db. Whoever changes it opens a transaction; it can be thrown away at any time."""

    def __init__(self, path: Path, key: bytes | None) -> None:
        self.db = open_database(path, key=key, migrations=MIGRATIONS, cache_kib=CACHE_KIB)
        self._run = self.db.conn.execute
        self._many = self.db.conn.executemany
        self._ready: set[tuple[str, int]] = set()

    @classmethod
    def scratch(cls) -> "Records":
        """Tables in memory, to compare with: nothing of them comes on a disk, and nobody searches them."""
        made = cls(Path(":memory:"), None)
        run_script(made.db, "drop table _search; create table _search(words text, record text)")
        return made

    def empty(self) -> None:
        """Forget all records of a scratch, and keep its tables."""
        for table in (*TABLES, *self.form_tables(), "_was", "_search", "_search_row"):
            self._run(f"delete from [{table}]")

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def transaction(self) -> Any:
        """All or nothing."""
        return transaction(self.db)

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
        for table in self.form_tables():
            self._run(f"drop table [{table}]")
        for table in (*TABLES, "_opened", "_was", "_form", "_stale", "_search_row", "_search", "_meta"):
            self._run(f"delete from [{table}]")
        self._ready.clear()

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
        """Those of these records that stand in the tables already."""
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

    def prepare_form(self, form: Form) -> None:
        """A table with a column for every question; a newer version adds what it asks anew."""
        if (form.slug, form.version) in self._ready:
            return
        tables: list[tuple[str, str, str | None]] = [(form.slug, "[_record] text primary key", None)]
        tables += [
            (child_table(form.slug, repeat), "[_record] text, [_item] text, [_place] integer", repeat)
            for repeat in form.repeats
        ]
        for table, first, repeat in tables:
            tail = ", primary key ([_record], [_item])" if repeat else ""
            self._run(f"create table if not exists [{table}]({first}{tail})")
            columns = set(self.db[table].columns_dict)
            for question in form.columns(repeat):
                if question.name not in columns:
                    self._run(
                        f"alter table [{table}] add column [{question.name}] {_COLUMN.get(question.kind, 'text')}"
                    )
        self._run("insert or ignore into _form values(?, ?)", (form.slug, form.version))
        self._ready.add((form.slug, form.version))

    def columns_of(self, form: str) -> int:
        """The version whose columns the tables of a form have; 0 if there are none."""
        return int(self._run("select coalesce(max(version), 0) from _form where form = ?", (form,)).fetchone()[0])

    def renew(self, form: str) -> None:
        """Make room for a new version's columns: the tables go, and the records wait to be drawn again."""
        for table in self.form_tables():
            if table == form or table.startswith(child_table(form, "")):
                self._run(f"drop table [{table}]")
        self._run("delete from _form where form = ?", (form,))
        self._run("insert or ignore into _stale select record from _record where form = ?", (form,))
        self._ready = {(slug, version) for slug, version in self._ready if slug != form}

    def stale(self, limit: int) -> set[bytes]:
        """Some of the records that wait to be drawn again."""
        return {bytes.fromhex(row[0]) for row in self._run("select record from _stale limit ?", (limit,))}

    def drawn(self, records: Iterable[bytes]) -> None:
        """These records wait no longer."""
        self._many("delete from _stale where record = ?", [(record.hex(),) for record in records])

    def draw_later(self, records: Iterable[bytes]) -> None:
        """Let these records wait to be drawn again."""
        self._many("insert or ignore into _stale values(?)", [(record.hex(),) for record in records])

    def forget(self, records: Iterable[bytes]) -> None:
        """Take records out of every table, what was opened of them apart."""
        names = [(record.hex(),) for record in records]
        for table in (*TABLES, *self.form_tables()):
            self._many(f"delete from [{table}] where [{owner(table)}] = ?", names)
        self._many("delete from _search where rowid = (select number from _search_row where record = ?)", names)
        self._many("delete from _search_row where record = ?", names)

    def forget_opened(self, record: bytes) -> None:
        """Erase: nothing of a record's answers stays here."""
        self._run("delete from _opened where record = ?", (record.hex(),))
        self._run("delete from _was where record = ?", (record.hex(),))

    def put(self, pictures: Sequence[tuple[Picture, Form | None]]) -> None:
        """Write records as they are shown now, in place of what stood there."""
        self.forget(self.there(bytes.fromhex(picture.record) for picture, _ in pictures))
        rows = [picture for picture, _ in pictures]
        self._fill("_record", map(record_row, rows), 12)
        self._fill("_conflict", (row for picture in rows for row in conflict_rows(picture)), 5)
        self._fill("_attention", (row for picture in rows for row in attention_rows(picture)), 4)
        self._fill("_hidden", (row for picture in rows for row in hidden_rows(picture)), 9)
        self._fill("_waiting", (row for picture in rows for row in waiting_rows(picture)), 10)
        self._fill("_was", (row for picture in rows for row in earlier_ids(picture)), 4)
        by_form: dict[tuple[str, int], tuple[Form, list[Picture]]] = {}
        for picture, form in pictures:
            if form is not None:
                group = by_form.setdefault((form.slug, form.version), (form, []))[1]
                group += [picture] * (not picture.deleted)
        self._put_words(rows)
        for form, group in by_form.values():
            self.prepare_form(form)
            self._put_rows(form, group)

    def _fill(self, table: str, rows: Iterable[tuple[Any, ...]], columns: int) -> None:
        self._many(f"insert or ignore into [{table}] values({','.join('?' * columns)})", list(rows))

    def _put_rows(self, form: Form, pictures: Sequence[Picture]) -> None:
        """The rows of records of one form version, a statement a table."""
        asked = [(q.name, paths.parse(q.path)) for q in form.columns(None)]
        rows = [(p.record, *(cell(_at(p.document, way)) for _, way in asked)) for p in pictures]
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
        last = self._run("select rowid from _search order by rowid desc limit 1").fetchone()
        found = []
        for picture in pictures:
            words = " ".join(
                text for shown in _words_in(picture) for text in (shown.value, *(part.text for part in shown.texts))
                if isinstance(text, str)
            )  # fmt: skip
            if words and not picture.deleted:
                found.append((folded(words), picture.record))
        numbered = [(number, *row) for number, row in enumerate(found, 1 + (last[0] if last else 0))]
        self._many("insert into _search(rowid, words, record) values(?, ?, ?)", numbered)
        self._many("insert into _search_row values(?, ?)", [(record, number) for number, _, record in numbered])

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
            where += " and r.record in (select record from _search where _search match ?)"
            values.append(query)
        joined = f"from _record r join [{form}] f on f._record = r.record where {where}"
        rows = self.find(
            f"select r.changed_ms, r.conflicts, r.contested, r.hidden, r.waiting, f.* {joined}"
            " order by r.changed_ms desc, r.record limit ?",
            (*values, limit),
        )
        count = self._run(f"select count(*) {joined}", values).fetchone()[0] if len(rows) == limit else len(rows)
        return rows, int(count) - len(rows)

    def dump(self) -> Iterator[tuple[str, tuple[Any, ...]]]:
        """Everything that is shown, in one order: two projections of one journal dump the same."""
        for table in (*TABLES, *self.form_tables()):
            columns = sorted(self.db[table].columns_dict)
            listed = ",".join(f"[{name}]" for name in columns)
            for row in self._run(f"select {listed} from [{table}] order by {listed}"):
                yield table, tuple(row)
        for row in self._run("select words, record from _search order by record"):
            yield "_search", tuple(row)
