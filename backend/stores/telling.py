"""The facts that tell records of one form and case apart: who began each, when, its own day, and its number."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from backend.stores.listing import INDEXED_FROM, MARK
from backend.stores.queue_rows import CREATED
from backend.stores.record_rows import shown_answers
from backend.stores.records import Records
from forms.definition.document import Form
from forms.wording import day_of

CASE: Final = "/case_ref"
OF_A_CASE_MAX: Final = 500  # records of one case and form that are numbered: more are no visits of one family


class Traits(NamedTuple):
    """The facts that tell a record apart; `day` is the answer to the own date of its form.

    `number` is its place among the `of` records of its form and case that whoever asks may read; 0 where there is one,
    or nobody counted.
    """

    form: str
    case: str
    begun_by: str
    created_ms: int
    day: Any
    number: int = 0
    of: int = 0


def traits_of(store: Records, records: Sequence[str], forms: Mapping[str, Form | None]) -> dict[str, Traits]:
    """The traits of some records; `forms` has the newest version of each of their forms."""
    named, found = json.dumps([*records]), dict[str, Traits]()
    sql = f"""select r.record, r.form, r.shown, r.created_ms, coalesce((select min(p.worker) from _people p
        where p.record = r.record and p.kind = '{CREATED}'), '') as worker
        from _record r where r.record in (select value from json_each(?))"""
    for row in store.find(sql, (named,)):
        form, answers = forms.get(row["form"]), shown_answers(row["shown"])
        case = answers.get(CASE, {}).get("value")
        day = answers.get(form.own_day, {}).get("value") if form is not None and form.own_day else None
        found[row["record"]] = Traits(
            row["form"], case if isinstance(case, str) else row["record"][:8], row["worker"], row["created_ms"], day
        )
    for slug in {one.form for one in found.values()}:
        form = forms.get(slug)
        if form is not None and _can_count(store, form):
            cases = {one.case for one in found.values() if one.form == slug}
            for record, (number, of) in _numbers(store, form, cases).items():
                if record in found:
                    found[record] = found[record]._replace(number=number, of=of)
    return found


def _can_count(store: Records, form: Form) -> bool:
    """True if the records of a case are found in less time than it takes to see: in a small table, or by an index."""
    name = CASE.removeprefix("/")
    if form.slug not in store.form_tables() or not any(one.name == name for one in form.columns(None)):
        return False
    index = f"{MARK}_{form.slug}_{name}"
    if store.find("select 1 from sqlite_master where type = 'index' and name = ?", (index,)):
        return True
    some = store.find(f"select count(*) as n from (select 1 from main.[{form.slug}] limit {INDEXED_FROM + 1})")
    return int(some[0]["n"]) <= INDEXED_FROM


def _numbers(store: Records, form: Form, cases: set[str]) -> dict[str, tuple[int, int]]:
    """The records of some cases by their number, where there is more than one: by their own day, then as they came."""
    case, day = CASE.removeprefix("/"), (form.own_day or "").removeprefix("/")
    sql = f"""select f._record as record, f.[{case}] as of_case, r.created_ms, {f"f.[{day}]" if day else "null"} as day
        from [{form.slug}] f join _record r on r.record = f._record
        where f.[{case}] collate nocase in (select value from json_each(?)) limit ?"""
    most = OF_A_CASE_MAX * max(1, len(cases))
    rows = store.find(sql, (json.dumps(sorted(cases)), most + 1))
    together: dict[str, list[tuple[str, int, str]]] = {}
    for row in rows if len(rows) <= most else ():
        own = row["day"] if isinstance(row["day"], str) else day_of(row["created_ms"]).isoformat()
        together.setdefault(row["of_case"], []).append((own, row["created_ms"], row["record"]))
    return {
        record: (number, len(ones))
        for ones in together.values() if len(ones) > 1
        for number, (_, _, record) in enumerate(sorted(ones), 1)
    }  # fmt: skip
