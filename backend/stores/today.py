"""Counts of all that waits for a person in the tables, by kind, and since when; counts stop where nobody counts on."""

import json
from collections.abc import Sequence
from typing import Final

import msgspec

from backend.stores.listing import COUNT_MAX
from backend.stores.queue_rows import BEGUN
from backend.stores.records import Records

WEEK_MS: Final = 7 * 24 * 3_600_000
_SOME: Final = "and form in (select value from json_each(?))"
KINDS: Final = {
    "protective": f"select since_ms, form from _queue where rank = 1 {_SOME}",
    "conflicts": f"select since_ms, form from _queue where rank > 1 {_SOME}",
    "answered": f"select since_ms, form from _review where stage = 'answered' {_SOME}",
    "changed": f"select since_ms, form from _review where stage = 'changed' {_SOME}",
    "attention": f"select 0 as since_ms, form from _attention where open = 1 {_SOME}",
    "review": f"select since_ms, form from _review where stage in ('received', 'in_review') {_SOME}",
}  # fmt: skip


class Waits(msgspec.Struct, frozen=True):
    """The number that waits of a kind, at most one more than `COUNT_MAX`, since when the oldest of those, and in which
    forms."""

    count: int
    since_ms: int
    forms: tuple[str, ...] = ()

    def with_(self, other: "Waits") -> "Waits":
        """Together with what waits elsewhere."""
        times = [one.since_ms for one in (self, other) if one.count]
        return Waits(self.count + other.count, min(times, default=0), self.forms + other.forms)


def waits_in(store: Records, forms: Sequence[str]) -> dict[str, Waits]:
    """Count all that waits in some forms, by kind."""
    named, found = json.dumps([*forms]), {}
    for kind, sql in KINDS.items():
        counted = f"""select count(*) as number, min(since_ms) as since, json_group_array(distinct form) as forms
            from ({sql} limit {COUNT_MAX + 1})"""
        (row,) = store.find(counted, (named,))
        found[kind] = Waits(int(row["number"]), int(row["since"] or 0), tuple(json.loads(row["forms"])))
    return found


def week_in(store: Records, forms: Sequence[str], since_ms: int) -> int:
    """The number of records of some forms that came in since a moment: what waits for its worker has not."""
    some = f"""select 1 from _record r where created_ms >= ? and deleted = 0 {_SOME} and not exists
        (select 1 from _review v where v.record = r.record and v.stage = '{BEGUN}') limit {COUNT_MAX + 1}"""
    (row,) = store.find(f"select count(*) as number from ({some})", (since_ms, json.dumps([*forms])))
    return int(row["number"])
