"""Exports in pieces: no more is held than one of them, and whoever takes them holds nobody up."""

import asyncio
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.cli import exports
from backend.desk import commands, exporting
from backend.desk.export_wishes import Wishes
from backend.desk.exporting import Asked
from backend.desk.wire import Ask
from backend.errors import MunicipalityLocked
from backend.stores.records import Records
from crypto.primitives import random_bytes
from crypto.pseudonyms import Pseudonyms
from crypto.secrets import Secret
from forms.definition.library import shipped_form
from tests.desk.many import copied
from tests.desk.office import REASON, Office
from tests.desk.test_exports import ANSWERS, FORM

WRITERS: dict[str, Callable[[Any, Path], Any]] = {
    "csv": exports.write_csv,
    "jsonl": exports.write_jsonl,
    "xlsx": exports.write_workbook,
    "sqlite": exports.write_sqlite,
}
FEW, MANY = 150, 1_200


@pytest.fixture
def store(office: Office) -> Iterator[Records]:
    office.shared(FORM, ANSWERS)
    office.dump()
    key = office.server.municipality.custody.records_key.reveal()
    made = Records(office.server.municipality.folder / "records.db", key)
    yield made
    made.close()


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    work()
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most


def rows(store: Records, pseudonyms: Pseudonyms | None = None) -> Iterator[Any]:
    asked = Asked(FORM, shipped_form(FORM, 1), {}, Wishes(pseudonyms=pseudonyms))
    return (row for _, _, row in exporting.paced(store, asked))


@pytest.mark.parametrize("kind", WRITERS)
def test_an_export_of_eight_times_as_many_records_needs_no_more_memory(
    store: Records, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str
) -> None:
    """The server made all rows of an export before it sent the first one."""
    monkeypatch.setattr(exporting, "CELLS", 150)  # pieces that are full with few records too
    write = WRITERS[kind]
    write(rows(store), tmp_path / "warm")
    copied(store, FORM, FEW)
    few = peak(lambda: write(rows(store), tmp_path / "few"))
    copied(store, FORM, MANY)
    assert MANY == store.count_in(FORM)
    many = peak(lambda: write(rows(store), tmp_path / "many"))
    assert many < 1.25 * few, (few, many)


def test_names_go_out_in_their_own_order_piece_by_piece(store: Records, tmp_path: Path) -> None:
    copied(store, FORM, 600)
    names = Pseudonyms(Secret(random_bytes(32)), "proef")
    found = [one for row in rows(store, names) if row["table"] == FORM and "cells" in row for one in row["cells"][0]]
    assert sorted(found) == found and 600 == len(set(found))
    assert set(found) == {names.of("record", one) for one in store.chosen_in(FORM)}


def test_progress_never_goes_back_and_ends_at_its_end(store: Records) -> None:
    copied(store, FORM, 300)
    asked = Asked(FORM, shipped_form(FORM, 1), {}, Wishes())
    told = [(done, total) for done, total, _ in exporting.paced(store, asked)]
    assert sorted(told) == told and 1 == len({total for _, total in told}) and told[-1][0] <= told[-1][1]
    assert 3 < len(set(told))


def pieces(office: Office, stops: Callable[[], Any]) -> list[Any]:
    """The rows of an export during which something happens after the first one."""
    ask = Ask("export", office.server.municipality.code, {"form": FORM, "reason": REASON}, token=office.token())

    async def story() -> list[Any]:
        found = []
        async for row in commands.run(office.desk, ask, lambda _done, _all: None):
            found.append(row)
            if len(found) == 1:
                await stops()
        return found

    return office.server.run(asyncio.wait_for(story(), 60))


def test_whoever_takes_the_rows_slowly_holds_nobody_up(office: Office) -> None:
    """What is projected and read meanwhile does not wait, and does not come into the export either."""
    office.shared(FORM, ANSWERS)
    office.dump()

    async def others() -> None:
        assert 1 == await office.keeper.read(lambda store: store.count_in(FORM))
        office.one.create(FORM, 1, {**ANSWERS, "/case_ref": "ABCD-2346"})

    found = pieces(office, others)
    assert 1 == sum(row.get("count", 0) for row in found if row["table"] == FORM)


def test_a_municipality_that_is_locked_gives_no_more_answers(office: Office) -> None:
    office.shared(FORM, ANSWERS)
    with pytest.raises(MunicipalityLocked):
        pieces(office, office.keeper.lock)
