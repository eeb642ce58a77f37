"""The records of a form as a table: each stands on one page whatever the order, and only those of the scope do."""

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.stores import listing
from backend.stores.listing import CHANGED, COUNT_MAX, Condition, Listing, count, page, sort_index
from backend.stores.looker import Looker
from backend.stores.record_schema import OWN, WORDS
from backend.stores.records import Records, folded
from forms.definition.document import load_form
from forms.definition.library import first_raw

FORM = load_form(first_raw("huisbezoek"))
NAMES = ("case_ref", "bezoek_datum", "toegang", "krachten", "gelegitimeerd", "doel_uitgelegd")
BARE = {name: "" if kind is str else 0 for name, kind in OWN["_record"].columns.items()} | {"form": "huisbezoek"}
ALL = Listing("huisbezoek", NAMES)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Records]:
    made = Records(tmp_path / "records.db", bytes(32))
    made.shape(FORM)
    yield made
    made.close()


def put(store: Records, record: str, changed_ms: int = 1, *, workers: tuple[str, ...] = (), **answers: object) -> None:
    """A record with these answers; of one that is deleted nothing stands in the form's table."""
    status = {name: answers.pop(name) for name in OWN["_record"].columns if name in answers}
    row = BARE | {"record": record, "changed_ms": changed_ms} | status
    store.db.table("_record").insert(row)
    for worker in workers:
        store.db.table("_people").insert({"record": record, "worker": worker, "kind": "wrote"})
    if not row["deleted"]:
        cells = {name: json.dumps(value) if isinstance(value, list) else value for name, value in answers.items()}
        store.db.table("huisbezoek").insert({"_record": record, **cells})
    if text := " ".join(str(value) for value in answers.values() if isinstance(value, str)):
        number = store.db.execute(f"select coalesce(max(number), 0) + 1 from {WORDS}").fetchone()[0]
        store.db.execute(f"insert into {WORDS} values(?, ?, ?)", (number, record, folded(text)))


def ids(store: Records, asked: Listing) -> list[str]:
    return [row["record"] for row in page(store, asked, rows=1_000).rows]


def walked(store: Records, asked: Listing, rows: int) -> tuple[list[str], list[str]]:
    """All records by "next" from the first page, and by "previous" back to it."""
    forward: list[str] = []
    back: list[str] = []
    last = ""
    while True:
        found = page(store, asked, after=last, rows=rows)
        assert found.before is bool(last)
        forward += [row["record"] for row in found.rows]
        if not found.after:
            break
        last = forward[-1]
    first = forward[len(forward) - len(found.rows)] if found.rows else ""
    while first:
        found = page(store, asked, before=first, rows=rows)
        assert found.after
        back = [row["record"] for row in found.rows] + back
        if not found.before:
            break
        first = found.rows[0]["record"]
    return forward, back


ANSWERS = st.lists(st.sampled_from([None, "a", "A", "b", "ä", ""]), max_size=12)


@settings(max_examples=40, deadline=None)
@given(ANSWERS, st.booleans(), st.sampled_from([CHANGED, "toegang"]), st.integers(1, 4))
def test_every_record_stands_on_one_page_forward_and_back(
    tmp_path_factory: pytest.TempPathFactory, answers: list[str | None], down: bool, sort: str, rows: int
) -> None:
    store = Records(tmp_path_factory.mktemp("l") / "records.db", None)
    store.shape(FORM)
    order = list(range(len(answers)))
    random.Random(len(answers)).shuffle(order)
    for number in order:
        put(store, f"{number:02}", changed_ms=number // 3, toegang=answers[number])
    asked = Listing("huisbezoek", ("toegang",), sort=sort, down=down, numbers=False)
    forward, back = walked(store, asked, rows)
    assert sorted(forward) == [f"{number:02}" for number in sorted(order)] and forward == ids(store, asked)
    assert back == forward[: len(back)] and len(forward) - len(back) <= rows
    if sort == "toegang":
        has = [answers[int(record)] is not None for record in forward]
        assert has == sorted(has, reverse=True)
        texts = [str(answers[int(record)]).casefold() for record in forward if answers[int(record)] is not None]
        ascii_only = [text for text in texts if text.isascii()]
        assert ascii_only == sorted(ascii_only, reverse=down)
    store.close()


def test_records_of_others_are_in_no_page_and_no_count(store: Records, tmp_path: Path) -> None:
    put(store, "aa", 5, workers=("anna", "bram"), case_ref="woord")
    put(store, "bb", 9, workers=("cees",), case_ref="woord")
    put(store, "cc", 7, workers=("anna",))
    looker = Looker.opened(tmp_path / "records.db", bytes(32))
    assert looker is not None

    def seen(asked: Listing, *workers: str, **where: Any) -> tuple[list[str], int]:
        def work(tables: Records) -> tuple[list[str], int]:
            return [row["record"] for row in page(tables, asked, **where).rows], count(tables, asked)

        return looker.look(work, workers)

    by = Listing("huisbezoek", ("case_ref",), sort="case_ref", down=False)
    assert (["aa", "cc"], 2) == seen(by, "anna") and ([], 0) == seen(by)
    assert (["bb"], 1) == seen(ALL, "cees") and (["aa"], 1) == seen(Listing("huisbezoek", (), search="woord"), "bram")
    assert (["bb"], 1) == seen(Listing("huisbezoek", (), worker="cees"), "anna", "cees")
    assert ([], 0) == seen(Listing("huisbezoek", (), worker="cees"), "anna")
    for place in (
        {"after": "bb"},
        {"before": "bb"},
        {"after": "no record"},
    ):  # one of others tells nothing by its place
        assert seen(ALL, "anna") == seen(ALL, "anna", **place)
    looker.close()


@pytest.mark.parametrize("down", [False, True])
def test_numbers_are_sorted_as_numbers_and_those_without_come_last(store: Records, down: bool) -> None:
    for record, number in (("a", 10), ("b", -3), ("c", None), ("d", 9), ("e", 0)):
        put(store, record, gelegitimeerd=number)
    asked = Listing("huisbezoek", (), sort="gelegitimeerd", down=down, numbers=True)
    assert (["a", "d", "e", "b", "c"] if down else ["b", "e", "d", "a", "c"]) == ids(store, asked)
    assert walked(store, asked, 2)[0] == ids(store, asked)


CONDITIONS = [
    (Condition("toegang", "any", ('["binnen"]',)), "a"),
    (Condition("krachten", "includes", ('["anders","hobby_of_club"]',)), "a"),
    (Condition("gelegitimeerd", "any", ("[1]",)), "a"),
    (Condition("gelegitimeerd", "any", ("[0]",)), "b"),
    (Condition("bezoek_datum", "from", ("2026-02-01",)), "b"),
    (Condition("bezoek_datum", "until", ("2026-01-31",)), "a"),
    (Condition("toegang", "lacks"), "c"),
    (Condition("toegang", "has"), "ab"),
    (Condition("case_ref", "contains", (listing.like("d_f"),)), "b"),
    (Condition("case_ref", "contains", (listing.like("D_F"),)), "b"),
    (Condition("case_ref", "contains", (listing.like("%"),)), ""),
    (Condition("case_ref", "contains", (listing.like("' or 1=1 --"),)), ""),
]


@pytest.mark.parametrize(("condition", "expected"), CONDITIONS, ids=lambda one: str(one)[:60])
def test_a_condition_finds_what_it_says(store: Records, condition: Condition, expected: str) -> None:
    put(
        store,
        "a",
        toegang="binnen",
        krachten=["anders", "x"],
        gelegitimeerd=True,
        bezoek_datum="2026-01-31",
        case_ref="dEf",
    )
    put(store, "b", toegang="geweigerd", krachten=["x"], gelegitimeerd=False, bezoek_datum="2026-02-01", case_ref="d_f")
    put(store, "c", krachten="not a list")
    assert expected == "".join(sorted(ids(store, Listing("huisbezoek", NAMES, (condition,)))))


def test_a_search_finds_all_words_by_their_beginning_and_is_no_language(store: Records) -> None:
    put(store, "a", case_ref="Léon woont hier")
    put(store, "b", case_ref="leonard")
    for words, expected in (
        ("leon hier", "a"),
        ("LEON", "ab"),
        ('leon" OR "x', ""),
        ("NOT leon", ""),
        ("case_ref:leon", ""),
    ):
        assert expected == "".join(sorted(ids(store, Listing("huisbezoek", (), search=words)))), words


def test_states_are_asked_for_and_deleted_ones_stand_only_there(store: Records) -> None:
    put(store, "a", 1, conflicts=2)
    put(store, "b", 2, waiting=1)
    put(store, "c", 3, deleted=1)
    put(store, "d", 4, contested=1)
    put(store, "e", 5)
    for state, expected in (("", "edba"), ("conflicts", "a"), ("waiting", "b"), ("deleted", "c"), ("contested", "d")):
        assert expected == "".join(ids(store, Listing("huisbezoek", NAMES, state=state)))
    assert ["d", "b"] == ids(store, Listing("huisbezoek", (), since_ms=2, until_ms=5))


def test_a_count_stops(store: Records) -> None:
    store.db.table("_record").insert_all(BARE | {"record": f"{n:05}", "changed_ms": n} for n in range(COUNT_MAX + 50))
    store.db.execute("insert into huisbezoek(_record) select record from _record")
    assert COUNT_MAX + 1 == count(store, ALL)


def test_a_sort_of_many_records_gets_an_index_and_few_get_none(store: Records, monkeypatch: pytest.MonkeyPatch) -> None:
    by = Listing("huisbezoek", (), sort="toegang", down=False)
    for number in range(4):
        put(store, str(number), toegang="b" if number % 2 else None)
    assert not sort_index(store, by)
    before = ids(store, by)
    monkeypatch.setattr(listing, "INDEXED_FROM", 3)
    assert sort_index(store, by) and not sort_index(store, by) and not sort_index(store, ALL)
    plan: list[str] = []
    store.db.conn.set_trace_callback(plan.append)
    assert before == ids(store, by)
    store.db.conn.set_trace_callback(None)
    told = [row[3] for sql in plan for row in store.db.execute(f"explain query plan {sql}")]
    assert any("_sort_huisbezoek_toegang" in one for one in told)
    names = list(store.db.table("huisbezoek").columns_dict)[1 : listing.INDEXES_MAX + 3]
    for name in names:
        sort_index(store, Listing("huisbezoek", (), sort=name))
    made = [one.name for one in store.db.table("huisbezoek").indexes if one.name.startswith("_sort")]
    assert listing.INDEXES_MAX == len(made) and f"_sort_huisbezoek_{names[-1]}" in made
    store.shape(load_form(first_raw("huisbezoek")))
