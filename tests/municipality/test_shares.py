"""Municipalities are dealt to processes: each has exactly one, and every process says the same."""

import asyncio
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.errors import MunicipalityUnknown
from backend.municipality.registry import Municipalities
from backend.municipality.restoring import BESIDE
from backend.municipality.shares import Shares, deal
from tests.fleet.world import FakeClock, Server

CODES = st.sampled_from([f"GM990{number}" for number in range(8)])


def folder_of(data: Path, sizes: dict[str, int]) -> Path:
    for code, size in sizes.items():
        (data / code).mkdir(parents=True)
        (data / code / "journal.db").write_bytes(b"\0" * size)
    return data


def test_the_largest_are_dealt_first_each_to_the_process_that_has_least(tmp_path: Path) -> None:
    sizes = {"GM9901": 10, "GM9902": 900, "GM9903": 30, "GM9904": 500, "GM9905": 450}
    assert {"GM9902": 1, "GM9904": 2, "GM9905": 2, "GM9903": 1, "GM9901": 1} == deal(
        folder_of(tmp_path, sizes), 2
    ).dealt


def test_municipalities_without_a_journal_are_dealt_evenly(tmp_path: Path) -> None:
    dealt = deal(folder_of(tmp_path, dict.fromkeys((f"GM990{n}" for n in range(6)), 0)), 3).dealt
    assert [1, 1, 2, 2, 3, 3] == sorted(dealt.values())


def test_what_a_killed_restore_left_is_dealt_too(tmp_path: Path) -> None:
    (tmp_path / f"GM9901{BESIDE}").mkdir()
    assert {"GM9901": 1} == deal(tmp_path, 2).dealt


@given(st.integers(1, 9), st.dictionaries(CODES, st.integers(1, 3)), CODES)
def test_every_code_has_one_owner_also_one_that_came_later(processes: int, dealt: dict[str, int], code: str) -> None:
    shares = Shares(processes, {name: min(number, processes) for name, number in dealt.items()})
    owners = [number for number in range(1, processes + 1) if shares.owner(code) == number]
    assert 1 == len(owners) and owners == [shares.owner(code)]


def test_a_process_opens_its_own_municipalities_and_hosts_no_other(tmp_path: Path) -> None:
    for code in ("GM9901", "GM9902"):
        Server(tmp_path, code).stop()
    shares = deal(tmp_path, 2)
    one = Municipalities(tmp_path, tmp_path / "no-keys", FakeClock(), lambda code: shares.owner(code) == 1)
    one.open_all()
    [mine] = [town.code for town in one]
    [theirs] = {"GM9901", "GM9902"} - {mine}
    one.host(theirs)
    with pytest.raises(MunicipalityUnknown):
        one.get(theirs)
    two = Municipalities(tmp_path, tmp_path / "no-keys", FakeClock(), lambda code: shares.owner(code) == 2)
    two.open_all()
    assert ([theirs], {}) == ([town.code for town in two], two.broken), "the first process left it alone"
    for towns in (one, two):
        asyncio.run(towns.close_all())


def test_two_processes_that_were_told_otherwise_still_do_not_open_one_twice(tmp_path: Path) -> None:
    """The hold of a folder does not rest on the dealing."""
    Server(tmp_path, "GM9901").stop()
    towns = [Municipalities(tmp_path, tmp_path / "no-keys", FakeClock()) for _ in range(2)]
    for one in towns:
        one.open_all()
    assert [1, 0] == [len([*one]) for one in towns]
    assert ["store-busy"] == [error.code for error in towns[1].broken.values()]
    asyncio.run(towns[0].close_all())
