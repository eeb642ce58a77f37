"""Everything that the tables hold of one record, read in one look."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from backend.stores.records import Records, child_table
from forms.definition.document import Form

Row = dict[str, Any]
ATTENTION_MAX = 50  # remarks on one page


class Held(msgspec.Struct, frozen=True):
    """The rows of one record; `computed` are the computed fields by path, `items` the ids of each group in order."""

    row: Row
    review: Row
    hidden: Sequence[Row]
    conflicts: Sequence[Row]
    queue: Sequence[Row]
    people: Sequence[Row]
    questions: Sequence[Row]
    comments: Sequence[Row]
    attention: Sequence[Row]
    computed: Mapping[str, Any]
    items: Mapping[str, Sequence[str]]


def held_record(store: Records, record: str, forms: Mapping[str, Form]) -> Held | None:
    """The rows of a record of one of these forms; None where there is no such one."""
    found = store.find("select * from _record where record = ?", (record,))
    form = forms.get(found[0]["form"]) if found else None
    if form is None:
        return None

    def of(table: str, order: str, limit: int = -1) -> list[Row]:
        return store.find(f"select * from {table} where record = ? order by {order} limit ?", (record, limit))

    computed, items = _computed(store, record, form)
    review = of("_review", "record")
    return Held(
        found[0], review[0] if review else {}, of("_hidden", "place"), of("_conflict", "path"),
        of("_queue", "rank, since_ms, id"), of("_people", "kind, worker"), of("_question", "at_ms, path"),
        of("_comment", "at_ms, path"), of("_attention", "kind, name", ATTENTION_MAX), computed, items,
    )  # fmt: skip


def _computed(store: Records, record: str, form: Form) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """The computed fields of a record, those of its items by their paths; and its items."""
    computed: dict[str, Any] = {}
    items: dict[str, list[str]] = {}
    fields = [one for one in form.computed if one.repeat is None]
    for row in store.find(f"select * from [{form.slug}] where _record = ?", (record,)):
        computed |= {one.path: row.get(one.name) for one in fields}
    for repeat in form.repeats:
        named = [one for one in form.computed if one.repeat == repeat]
        sql = f"select * from [{child_table(form.slug, repeat)}] where _record = ? order by _place"
        for row in store.find(sql, (record,)):
            items.setdefault(repeat, []).append(row["_item"])
            computed |= {one.path.replace("*", row["_item"]): row.get(one.name) for one in named}
    return computed, items
