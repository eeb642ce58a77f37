"""The tables of records.db: the software's own, and those of the forms as they change. Made with sqlite-utils.

records.db holds nothing that the journal lacks, so there is one schema and no way from the ones before: a store of an
earlier number is emptied and made again. A form's tables change with its versions (`shape`), and keep their rows.
"""

from collections.abc import Mapping, Sequence
from typing import Final, NamedTuple

from sqlite_utils import Database

from backend.stores.database import Migration
from forms import paths
from forms.definition.document import Form


class Own(NamedTuple):
    """A table of the software's own: its columns with their types, its key, and the columns of each index."""

    columns: Mapping[str, type]
    key: str | Sequence[str]
    indexes: Sequence[Sequence[str]] = ()


class _Table(NamedTuple):
    """A table that a form wants: of which repeating group, its columns, its key."""

    repeat: str | None
    columns: dict[str, type]
    key: tuple[str, ...]


OWN: Final[Mapping[str, Own]] = {
    "_meta": Own({"name": str, "value": int}, "name"),
    "_record": Own(
        {"record": str, "form": str, "version": int, "created_ms": int, "changed_ms": int, "entries": int,
         "deleted": int, "contested": int, "conflicts": int, "hidden": int, "waiting": int, "findings": int,
         "earlier": int, "authors": str, "texts": str, "shown": str},  # the longest last: many read what is before it
        "record", [("form", "changed_ms", "deleted")],
    ),
    "_conflict": Own(
        {"conflict": str, "record": str, "path": str, "policy": str, "survivors": str}, "conflict", [("record",)]
    ),
    "_attention": Own(
        {"record": str, "kind": str, "name": str, "detail": str, "aside": str, "again": str, "form": str, "open": int},
        ("record", "kind", "name", "detail"), [("kind",), ("open", "kind", "record", "name", "form")],
    ),
    "_hidden": Own(
        {"record": str, "place": int, "path": str, "parallel": int, "level": str, "hidden_by": str, "changed_by": str,
         "changed_ms": int, "answer": str},
        ("record", "place"),
    ),
    "_waiting": Own(
        {"decision": str, "record": str, "place": int, "kind": str, "name": str, "detail": str, "choices": str,
         "hidden_by": str, "shown": str, "words": str},
        "decision", [("record",)],
    ),
    "_people": Own({"record": str, "worker": str, "kind": str}, ("record", "worker", "kind"), [("worker", "record")]),
    "_shown": Own({"record": str, "observed": str}, "record"),
    "_queue": Own(
        {"id": str, "record": str, "form": str, "kind": str, "name": str, "rank": int, "since_ms": int}, "id",
        [("rank", "since_ms", "id"), ("record",)],
    ),
    "_fault": Own(
        {"id": str, "record": str, "path": str, "shown": str, "words": str, "said": str}, "id", [("record",)]
    ),
    "_settled": Own(
        {"id": str, "record": str, "form": str, "kind": str, "name": str, "entry": str, "author": str, "at_ms": int,
         "did": str, "path": str, "value": str, "reason": str, "state": str, "then_entry": str,
         "then_author": str, "then_ms": int, "then_reason": str, "turns": str},
        "id", [("at_ms", "id"), ("record",)],
    ),
    "_review": Own(
        {"record": str, "form": str, "state": str, "author": str, "at_ms": int, "changed": str, "stage": str,
         "since_ms": int},
        "record", [("stage", "since_ms", "record")],
    ),
    "_question": Own(
        {"record": str, "path": str, "form": str, "open": int, "at_ms": int, "texts": str}, ("record", "path"),
        [("open", "at_ms", "record")],
    ),
    "_comment": Own({"record": str, "path": str, "at_ms": int, "texts": str}, ("record", "path")),
    "_was": Own({"id": str, "record": str, "kind": str, "name": str}, "id", [("record",)]),
    "_opened": Own({"hash": bytes, "record": str, "plain": bytes}, "hash", [("record",)]),
    "_form": Own({"form": str, "version": int}, "form"),
    "_stale": Own({"record": str}, "record"),
    "_search": Own({"number": int, "record": str, "words": str}, "number", [("record",)]),
}  # fmt: skip
WORDS: Final = "_search"
INDEX: Final = f"{WORDS}_fts"  # as sqlite-utils names it
TOKENS: Final = "unicode61 remove_diacritics 2"
UNDECIDED_VIEW: Final = "_undecided"
# cross join: from the few that wait to their records, never from every record of a form to what waits in it
UNDECIDED: Final = """
select r.form, c.record, 'conflict' kind, c.path name, c.conflict id, c.survivors answers
from _conflict c cross join _record r using (record)
union all
select r.form, w.record, w.kind, w.name, w.decision, w.words from _waiting w cross join _record r using (record)
"""
_TYPES: Final[Mapping[str, type]] = {"integer": int, "decimal": float, "boolean": int}


def make(db: Database) -> None:
    """Make the tables that every projection has, in place of whatever a store holds."""
    _drop_all(db)
    for name, table in OWN.items():
        made = db.table(name).create(dict(table.columns), pk=table.key, not_null=table.columns)
        for columns in table.indexes:
            made.create_index(columns)
    db.create_view(UNDECIDED_VIEW, UNDECIDED)
    db.table(WORDS).enable_fts(["words"], tokenize=TOKENS, create_triggers=True)
    db.execute(f"insert into {INDEX}({INDEX}, rank) values('secure-delete', 1)")


def _drop_all(db: Database) -> None:
    for view in db.views:
        view.drop()
    for virtual in [table for table in db.tables if table.virtual_table_using]:
        virtual.drop()  # and with it the tables behind it
    for table in db.tables:
        table.drop()


MIGRATIONS: Final = (Migration(15, "the tables of a projection, made again from the journal", make),)


def child_table(form: str, repeat: str) -> str:
    """The table of a repeating group; without one, how the names of all of a form's child tables begin."""
    return f"{form}__{'_'.join(paths.parse(repeat)) if repeat else ''}"


def shape(db: Database, form: Form, tables: Sequence[str]) -> None:
    """Give a form's tables the columns of this version: new ones are added, and those that it lacks go.

    `tables` are those that forms have now; the rows stay until their records are drawn again.
    """
    wanted = {form.slug: _Table(None, {"_record": str}, ("_record",))}
    for repeat in form.repeats:
        columns: dict[str, type] = {"_record": str, "_item": str, "_place": int}
        wanted[child_table(form.slug, repeat)] = _Table(repeat, columns, ("_record", "_item"))
    for table in wanted.values():
        table.columns.update({q.name: _TYPES.get(q.kind, str) for q in form.columns(table.repeat)})
    for name in tables:
        if name.startswith(child_table(form.slug, "")) and name not in wanted:
            db.table(name).drop()
    for name, table in wanted.items():
        db.table(name).create(table.columns, pk=table.key, column_order=list(table.columns), transform=True)
