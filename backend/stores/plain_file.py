"""A plain SQLite file that is handed to a person: tables as they are exported, without a key.

Beside the tables stand views of them in the words of each language that the form has, and what is searched in their
texts. Rows are written by SQL of our own: sqlite-utils takes 999 columns at most, and a form has up to 1,500.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final

from sqlite_utils import Database

from backend.sentences import library
from backend.stores.database import open_database, transaction, translated
from backend.stores.record_schema import TOKENS

WHOLE_MAX: Final = 2**63  # beyond it SQLite has no whole numbers
CODEBOOK: Final = "___codebook"
VIEWED_MAX: Final = 900  # columns of a view: each that has choices asks the codebook, and SQLite allows 2,000 such
Row = Mapping[str, Any]


def write_tables(path: Path, rows: Iterable[Row]) -> int:
    """Write rows into a new file; returns how many. One with `columns` begins a `table`, with `types`, a `key` and what
    is known `about` each column; each after it has `count` rows, the `cells` of each column together. Raises
    `StoreFull` and the like."""
    count, insert, begun = 0, "", list[Row]()
    with translated(path.name), closing(open_database(path)) as db:
        db.conn.execute("pragma foreign_keys = off")  # of a form whose version nobody has, a record has answers only
        with transaction(db):
            for row in rows:
                if "columns" in row:
                    begun.append(row)
                    insert = _create(db, row)
                else:
                    empty = (None,) * row["count"]
                    columns = [empty if cells is None else [*map(_fitting, cells)] for cells in row["cells"]]
                    db.conn.executemany(insert, zip(*columns, strict=True))
                    count += row["count"]
            _add_search(db, begun)
            _add_views(db, begun)
        db.disable_wal()
    return count


def _create(db: Database, row: Row) -> str:
    """Make a table of an export; returns the statement that writes a row of it."""
    name, columns, key = row["table"], row["columns"], row["key"]
    of = [(columns[0], row["of"], columns[0])] if row.get("of") else None
    types = dict(zip(columns, row["types"], strict=True))
    table = db.table(name).create(types, pk=key or None, foreign_keys=of)
    if name.endswith(CODEBOOK):
        table.create_index(["table", "column", "code", "language"])
    elif not key or of:
        table.create_index(columns[:1])
    return f"insert into [{name}] values({','.join('?' * len(columns))})"


def _fitting(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not -WHOLE_MAX <= value < WHOLE_MAX else value


def _add_search(db: Database, begun: Sequence[Row]) -> None:
    """Let the free texts of each table be searched, without regard to accents."""
    for row in begun:
        kinds = [one.get("kind") for one in row.get("about") or ()]
        texts = [name for name, kind in zip(row["columns"], kinds, strict=False) if kind == "text" and name[0] != "_"]
        texts = texts or [name for name in row["columns"] if name == "text"]
        if texts:
            db.table(row["table"]).enable_fts(texts, tokenize=TOKENS)


def _add_views(db: Database, begun: Sequence[Row]) -> None:
    """Show each table in the words of every language in which all of its columns have some: `FORM___nl`."""
    book = next((row["table"] for row in begun if row["table"].endswith(CODEBOOK)), "")
    for row in begun:
        about = row.get("about")
        if not about or not book or len(about) > VIEWED_MAX:
            continue
        for language in sorted(set.intersection(*(set(one["label"]) for one in about if one["label"]))):
            columns = zip(row["columns"], _heads(row, language), about, strict=True)
            cells = [
                f"{_cell(row['table'], name, one, book, language)} as {_quoted(head)}" for name, head, one in columns
            ]
            db.create_view(f"{row['table']}___{language}", f"select {', '.join(cells)} from [{row['table']}] t")


def _heads(row: Row, language: str) -> list[str]:
    """The words for the columns of a table in a language, each otherwise; SQLite takes no account of capitals."""
    heads: dict[str, str] = {}
    for name, one in zip(row["columns"], row["about"], strict=True):
        words = one["label"].get(language) or name
        heads[name] = words if words.casefold() not in map(str.casefold, heads.values()) else f"{words} ({name})"
    return list(heads.values())


def _cell(table: str, name: str, about: Mapping[str, Any], book: str, language: str) -> str:
    """A cell in words, as SQL; what does not fit its question stays as it is."""
    said = (
        f"(select b.words from [{book}] b where b.[table] = {_text(table)} and b.[column] = {_text(name)}"
        f" and b.code = %s and b.language = {_text(language)})"
    )
    cell = f"t.[{name}]"
    if about["kind"] == "choice" and about["choices"]:
        return f"coalesce({said % cell}, {cell})"
    if about["kind"] == "choices" and about["choices"]:
        each = f"select coalesce({said % 'e.value'}, e.value) word from json_each({cell}) e"
        return f"case when json_valid({cell}) then (select group_concat(word, '; ') from ({each})) else {cell} end"
    if about["kind"] == "boolean":
        yes, no = (library().phrase(code, language) for code in ("cell-yes", "cell-no"))
        return f"case when {cell} is 1 then {_text(yes)} when {cell} is 0 then {_text(no)} else {cell} end"
    return cell


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
