"""A fleet with PostgreSQL beneath is the fleet with files beneath: the same seed ends in the same rows, to the byte."""

from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from tests.fleet.repeated import drawn_from, state_hash
from tests.fleet.simulator import Fleet
from tests.fleet.test_fleet import STEPS
from tests.stores.contract.engines import ENGINES
from tests.stores.contract.served import Served

ALL_OF_IT = 0  # the seed of a voyage that sees every one of these
SEEN = (
    "server restored", "server power cut", "revoked", "revocation before a restore", "withdrawal", "erasure",
    "erasure killed half way", "erasure before a restore", "lost answer", "photo sent",
)  # fmt: skip


def ended(folder: Path, seed: int, name: str) -> tuple[dict[str, str], Counter[str]]:
    """The hash of what a voyage left in the stores, and what it saw; equal in the end, or the test fails."""
    engine: Any = ENGINES[name]
    if isinstance(engine, Served):
        engine.forget_lists()
    with drawn_from(seed):
        fleet = Fleet(folder / name, seed, engine=engine)
        for _ in range(STEPS):
            fleet.step()
        fleet.settle()
        assert [] == fleet.differences(), f"seed {seed} on {name}: {dict(fleet.seen)}"
        fleet.end()
    return state_hash(engine, fleet.folder), fleet.seen


def same(folder: Path, seed: int) -> Counter[str]:
    """What a voyage saw, on files as on PostgreSQL."""
    (files, seen), (served, seen_there) = (ended(folder, seed, name) for name in ("sqlite", "postgres"))
    assert files == served and seen == seen_there
    return seen


def test_a_voyage_ends_in_the_same_rows_as_on_files(tmp_path: Path) -> None:
    seen = same(tmp_path, ALL_OF_IT)
    assert [] == [name for name in SEEN if not seen[name]]


def test_one_row_more_or_another_byte_is_another_hash(tmp_path: Path) -> None:
    engine: Any = ENGINES["sqlite"]
    told = []
    for number, values in enumerate(({}, {"one": b"1"}, {"one": b"2"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        engine.create(folder)
        stores = engine.open(folder)
        with stores.unit():
            for name, value in values.items():
                stores.journal.set_meta(name, value)
        stores.close()
        told.append(state_hash(engine, folder)["meta"])
    assert 3 == len({*told})


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(1, 21))
def test_many_voyages_end_in_the_same_rows_as_on_files(tmp_path: Path, seed: int) -> None:
    same(tmp_path, seed)
