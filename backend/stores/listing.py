"""The records of a form as a table: filtered, sorted by any question, one page after the other.

A page begins after a record, never at a number: SQLite would count through all rows before it. The place of that record
is looked up by its id, so that no address bears the answer by which is sorted. Rows with an answer come before those
without, in either direction: so a page is read as a part of each, each part along an index.

Whoever may see the records of some workers alone asks over a connection that holds no others (`looker.py`).
"""

import json
from collections.abc import Iterable, Sequence
from typing import Any, Final

import msgspec

from backend.stores.questions import CHOSEN
from backend.stores.record_schema import INDEX, WORDS
from backend.stores.records import Records, matching

PAGE_ROWS: Final = 50
COUNT_MAX: Final = 1_000  # beyond it a count says "more than": counting all costs more than the page
INDEXED_FROM: Final = 5_000  # records of a form: fewer are sorted in less time than it takes to see
INDEXES_MAX: Final = 8  # of a form: each is written with every record
CHANGED: Final = "_changed"  # the sort by the last change, which every form has
MARK: Final = "_sort"
Row = dict[str, Any]


class Condition(msgspec.Struct, frozen=True):
    """One condition on a column: one of `HOW`, and the values that it takes."""

    column: str
    how: str
    values: tuple[Any, ...] = ()


HOW: Final = {  # a list comes as JSON
    "any": " and f.[{0}] in (select value from json_each(?))",
    "includes": " and exists(select 1 from json_each(iif(json_valid(f.[{0}]), f.[{0}], null)) e"
    " where e.value in (select value from json_each(?)))",
    "from": " and f.[{0}] >= ?", "until": " and f.[{0}] <= ?", "is": " and f.[{0}] = ?",
    "has": " and f.[{0}] is not null", "lacks": " and f.[{0}] is null",
    "contains": " and f.[{0}] like ? escape '!'",
}  # fmt: skip
STATES: Final = {  # what a record may be looked for by, beside its answers
    "": " and r.deleted = 0", "conflicts": " and r.conflicts > 0 and r.deleted = 0",
    "waiting": " and r.waiting > 0 and r.deleted = 0", "contested": " and r.contested = 1 and r.deleted = 0",
    "deleted": " and r.deleted = 1",
}  # fmt: skip
REVIEWS: Final = {  # what a record may be looked for by of its review
    "": "", "begun": " and v.stage = 'begun'",
    "received": " and v.state = 'received' and v.stage != 'begun'",
    "in_review": " and v.state = 'in_review'",
    "approved": " and v.state = 'approved'", "returned": " and v.state = 'returned'",
    "changed": " and v.stage = 'changed'", "answered": " and v.stage = 'answered'",
}  # fmt: skip


class Listing(msgspec.Struct, frozen=True):
    """The records that are asked for, in which columns and order."""

    form: str
    columns: tuple[str, ...]
    conditions: tuple[Condition, ...] = ()
    search: str = ""
    state: str = ""
    worker: str = ""
    review: str = ""
    since_ms: int | None = None
    until_ms: int | None = None
    sort: str = CHANGED
    down: bool = True
    numbers: bool = False  # what is sorted by is numbers and no texts


class Page(msgspec.Struct, frozen=True):
    """Rows of a table, and if there are more before and after them."""

    rows: list[Row]
    before: bool
    after: bool


def choose(store: Records, asked: Listing) -> None:
    """Choose the records of a listing, all of them, for what is asked with `Chosen.among` on this connection."""
    joined, values = _where(asked)
    run = store.db.conn.execute
    run(f"drop table if exists temp.{CHOSEN}")
    run(f"create temp table {CHOSEN}(record text primary key) without rowid")
    run(f"insert into temp.{CHOSEN} select r.record {joined}", values)


def page(store: Records, asked: Listing, after: str = "", before: str = "", rows: int = PAGE_ROWS) -> Page:
    """The page after a record, or before one; the first where neither is named or there."""
    if not _tabled(store, asked.form):
        return Page([], before=False, after=False)
    back = bool(before)
    place = _place(store, asked, after or before)
    if place is None:
        back = False
    found = _part_after(store, asked, place, back, rows + 1)
    more = len(found) > rows
    kept = found[:rows][::-1] if back else found[:rows]
    return Page(kept, more if back else place is not None, True if back else more)


def count(store: Records, asked: Listing) -> int:
    """The number of records that fit, at most one more than `COUNT_MAX`."""
    if not _tabled(store, asked.form):
        return 0
    joined, values = _where(asked)
    sql = f"select count(*) as number from (select 1 {joined} limit {COUNT_MAX + 1})"
    return int(store.find(sql, values)[0]["number"])


def chosen(store: Records, form: str, records: Sequence[str], named: str) -> list[Row]:
    """Some records of a form that are there and not deleted, the last changed first: with the answer in a column
    (`named`, if any) by which people know them, the state of their review, and what is shown of them."""
    if not _tabled(store, form):
        return []
    name = f"f.[{named}]" if named else "null"
    sql = (
        f"select r.record, {name} as name, v.state, v.stage, s.observed from _record r"
        f" join [{form}] f on f._record = r.record join _shown s on s.record = r.record"
        " left join _review v on v.record = r.record where r.form = ? and r.deleted = 0"
        " and r.record in (select value from json_each(?)) order by r.changed_ms desc, r.record"
    )
    return store.find(sql, (form, json.dumps([*records])))


def there(store: Records, records: Sequence[str]) -> set[str]:
    """The records of some that are there for who asks."""
    sql = "select record from _record where record in (select value from json_each(?))"
    return {row["record"] for row in store.find(sql, (json.dumps([*records]),))}


def of_worker(store: Records, worker: str, forms: Sequence[str]) -> list[tuple[str, str]]:
    """The records of some forms with which a worker has to do and that are not deleted: (id, form), by their id."""
    sql = (
        "select distinct r.record, r.form from _people p join _record r on r.record = p.record where p.worker = ?"
        " and r.deleted = 0 and r.form in (select value from json_each(?)) order by r.record"
    )
    return [(row["record"], row["form"]) for row in store.find(sql, (worker, json.dumps([*forms])))]


def overview(store: Records, form: str) -> tuple[int, int]:
    """The number of records of a form, at most one more than `COUNT_MAX`, and when the last of them was changed."""
    some = f"select 1 from _record r where r.form = ? and r.deleted = 0 limit {COUNT_MAX + 1}"
    last = "select r.changed_ms from _record r where r.form = ? order by r.changed_ms desc limit 1"
    (row,) = store.find(f"select (select count(*) from ({some})) as number, ({last}) as latest", (form, form))
    return int(row["number"]), int(row["latest"] or 0)


def sort_index(store: Records, asked: Listing) -> bool:
    """Make what sorting by a question needs, where a form has many records; True if it was made now.

    Writes the tables, so it is done by whoever keeps them. The oldest of too many goes. Without `analyze` SQLite would
    take the new one for filters that it makes slower.
    """
    if asked.sort == CHANGED or not _tabled(store, asked.form):
        return False
    name, made = f"{MARK}_{asked.form}_{asked.sort}", _sort_indexes(store, asked.form)
    if name in made:
        return False
    sql = f"select count(*) as number from (select 1 from [{asked.form}] limit {INDEXED_FROM + 1})"
    if store.find(sql)[0]["number"] <= INDEXED_FROM:
        return False
    with store.transaction():
        for old in made[: max(0, len(made) - INDEXES_MAX + 1)]:
            store.db.conn.execute(f"drop index [{old}]")
        store.db.conn.execute(f"create index [{name}] on [{asked.form}]({_by(asked, '')}, _record)")
    store.db.conn.execute(f"analyze [{asked.form}]")
    store.db.conn.execute("analyze _record")
    return True


def _tabled(store: Records, form: str) -> bool:
    """True if a form has its table: it is made with the first record."""
    return form in store.form_tables()


def _sort_indexes(store: Records, form: str) -> list[str]:
    sql = "select name from sqlite_master where type = 'index' and tbl_name = ? and name glob ? order by rowid"
    return [row["name"] for row in store.find(sql, (form, f"{MARK}_*"))]


def _place(store: Records, asked: Listing, record: str) -> Row | None:
    """The place of a record in the order, within what is asked for; None if it is not there."""
    if not record:
        return None
    joined, values = _where(asked)
    found = store.find(f"select {_by(asked)} as by_, r.record {joined} and r.record = ?", (*values, record))
    return found[0] if found else None


def _part_after(store: Records, asked: Listing, place: Row | None, back: bool, limit: int) -> list[Row]:
    """Rows from a place on, in the order or against it: those with an answer, and those without."""
    found: list[Row] = []
    parts: tuple[bool, ...] = (False, True) if back else (True, False)
    if asked.sort == CHANGED:
        parts = (True,)
    for has in parts:
        if place is not None and has != (place["by_"] is not None):
            if not found and has == parts[0]:
                continue  # the place lies in the part after this one
            found += _rows(store, asked, None, has, back, limit - len(found))
        else:
            found += _rows(store, asked, place, has, back, limit - len(found))
        if len(found) >= limit:
            break
    return found


def _rows(store: Records, asked: Listing, place: Row | None, has: bool, back: bool, limit: int) -> list[Row]:
    joined, values = _where(asked)
    by, down = _by(asked), asked.down != back
    sign, turn = ("<", " desc") if down else (">", "")
    if asked.sort != CHANGED:
        joined += f" and {by} >= {_LEAST if asked.numbers else _EMPTY}" if has else f" and f.[{asked.sort}] is null"
    if place is not None and has:
        joined += f" and ({by}, {_id(asked)}) {sign} (?, ?)"
        values += [place["by_"], place["record"]]
    elif place is not None:
        joined += f" and {_id(asked)} {sign} ?"
        values.append(place["record"])
    order = f"{by}{turn}, {_id(asked)}{turn}" if has else f"{_id(asked)}{turn}"
    columns = "".join(f", f.[{name}]" for name in asked.columns)
    head = "r.record, r.changed_ms, r.deleted, r.contested, r.conflicts, r.waiting, v.state, v.stage"
    return store.find(f"select {head}{columns} {joined} order by {order} limit ?", (*values, limit))


_LEAST: Final = "-9e999"  # an answer that is there is no less than this: a range, so that an index begins behind those
_EMPTY: Final = "''"  # that are not; of a column of texts it is the empty one


def _by(asked: Listing, table: str = "f.") -> str:
    """The expression that is sorted by: texts as people sort them, capitals among the others."""
    return "r.changed_ms" if asked.sort == CHANGED else f"{table}[{asked.sort}] collate nocase"


def _id(asked: Listing) -> str:
    """The id that breaks a tie: of the table that the index belongs to."""
    return "r.record" if asked.sort == CHANGED else "f._record"


def _where(asked: Listing) -> tuple[str, list[Any]]:
    """The tables joined and every condition but those of the order, with the values."""
    where: list[str] = [STATES[asked.state], REVIEWS[asked.review]]
    values: list[Any] = [asked.form]
    for condition in asked.conditions:
        where.append(HOW[condition.how].format(condition.column))
        values += condition.values
    for value, sql in ((asked.since_ms, " and r.changed_ms >= ?"), (asked.until_ms, " and r.changed_ms < ?")):
        if value is not None:
            where.append(sql)
            values.append(value)
    if asked.search:
        where.append(_FOUND)
        values.append(matching(asked.search))
    if asked.worker:
        where.append(" and r.record in (select p.record from _people p where p.worker = ?)")
        values.append(asked.worker)
    return (_DELETED if asked.state == "deleted" else _JOINED).format(asked.form) + "".join(where), values


_JOINED: Final = (
    "from _record r join [{0}] f on f._record = r.record left join _review v on v.record = r.record where r.form = ?"
)
_DELETED: Final = (  # what is deleted has no row in the table of its form
    "from _record r left join [{0}] f on f._record = r.record left join _review v on v.record = r.record"
    " where r.form = ?"
)
_FOUND: Final = (
    f" and r.record in (select w.record from {INDEX} join {WORDS} w on w.number = {INDEX}.rowid where {INDEX} match ?)"
)


def like(words: str) -> str:
    """The pattern of an answer that contains some words as they were typed."""
    return "%" + words.replace("!", "!!").replace("%", "!%").replace("_", "!_") + "%"


# --- by what people name a record ---


def numbered(store: Records, slugs: Iterable[str], first: str, last: str, most: int) -> list[str]:
    """The records of some forms whose numbers lie from the first to the last, at most `most`."""
    sql = """select record from _record where record between ? and ?
        and form in (select value from json_each(?)) order by record limit ?"""
    return [str(row["record"]) for row in store.find(sql, (first, last, json.dumps([*slugs]), most))]


def answered(store: Records, slug: str, column: str, value: str, most: int) -> list[str]:
    """The records of a form, at most `most`, in which a column holds a text, in capitals or not."""
    sql = f"""select r.record from _record r join [{slug}] f on f._record = r.record
        where r.deleted = 0 and f.[{column}] = ? collate nocase limit ?"""
    return [str(row["record"]) for row in store.find(sql, (value, most))]
