"""After an erasure no file of the installation holds a key or a body (sync/SPEC.md section 12)."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3

from backend.device.syncing import Sync
from sync.exchange import check_entry
from tests.fleet.world import LocalTransport
from tests.municipality.house import House
from tests.spoken import english


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path)
    yield made
    made.server.run(made.desk.close())


def test_nothing_of_an_erased_record_is_in_any_file(house: House) -> None:
    assert house.found() and house.held_sealed()
    said = house.erase()
    assert (True, []) == (said["finished"], said["left"])
    assert [] == house.found()
    assert [] == house.held_sealed()
    assert [] == house.photos("*.part") + house.photos("*.about") + house.photos("?" * 64)
    assert ["een", "twee"] == sorted(text.split("(")[1][:-1] for text in said["unconfirmed"])
    assert house.server.municipality.journal.entries_of(house.other)[0].entry.body is not None


@pytest.mark.parametrize(
    ("store", "table"),
    [("journal.db", "entry"), ("keys.db", "wrap"), ("records.db", "_opened"), ("desk/*.db", "entry")],
)
def test_a_reader_that_holds_the_log_is_named_and_the_log_is_cut_later(house: House, store: str, table: str) -> None:
    (path,) = (house.data / "GM9901").glob(store)
    keys = dict(house.sealed())
    reader = sqlcipher3.connect(str(path), isolation_level=None)
    if path in keys:
        reader.execute(f"pragma key = \"x'{keys[path].hex()}'\"")
    reader.execute("begin")
    assert reader.execute(f"select count(*) from {table}").fetchone()[0]
    said = house.erase()
    place = path.relative_to(house.data / "GM9901")
    left = [english(one) for one in said["left"]]
    assert (False, [f"{place}-wal: another program reads the store"]) == (said["finished"], left)
    assert reader.execute(f"select count(*) from {table}").fetchone()[0]
    reader.execute("commit")
    reader.close()

    finishes(house)
    assert [] == house.found()


def finishes(house: House) -> None:
    """Wait until the server has finished by itself."""

    async def later() -> None:
        house.desk.follow_all()
        for _ in range(3_000):
            if not house.server.municipality.erasing.unfinished:
                return
            await asyncio.sleep(0.1)

    house.server.run(house.server.municipality.erasing.finish())
    house.server.run(later())
    assert {} == house.server.municipality.erasing.unfinished


def test_what_a_follower_keeps_of_a_store_is_named_until_it_is_gone(house: House) -> None:
    """Litestream keeps pages of keys.db beside it: as it stood before the record was forgotten."""
    kept = house.data / "GM9901" / ".keys.db-litestream" / "ltx" / "0"
    kept.mkdir(parents=True)
    (kept / "0000000000000001-0000000000000001.ltx").write_bytes((house.data / "GM9901" / "keys.db").read_bytes())
    said = house.erase()
    [left] = [english(one) for one in said["left"]]
    assert not said["finished"] and left.startswith(".keys.db-litestream: ") and "litestream reset" in left
    (kept / "0000000000000001-0000000000000001.ltx").unlink()  # as `litestream reset` does; the folder stays
    finishes(house)


@pytest.mark.parametrize("first", ["the server starts", "a command is asked"])
def test_what_was_erased_where_no_desk_ran_is_finished_by_whatever_starts(house: House, first: str) -> None:
    house.server.run(house.desk.close())
    house.server.stop()
    house.server.start()  # a municipality by itself, as a program opens it
    erased = house.server.run(house.server.municipality.erasing.erase(house.record, "request", "beheer"))
    assert {"records.db"} < {left.place for left in erased.leftovers}
    house.server.stop()
    house.server.start()
    house.open_desk()

    async def begins() -> None:
        if first == "the server starts":
            house.desk.follow_all()
        else:
            house.desk.keeper("GM9901")
        for _ in range(600):
            if not house.server.municipality.erasing.unfinished:
                return
            await asyncio.sleep(0.05)

    house.server.run(begins())
    assert {} == house.server.municipality.erasing.unfinished
    assert [] == house.found() + house.held_sealed()


def test_a_locked_municipality_finishes_when_it_is_unlocked(house: House) -> None:
    town = house.server.municipality
    house.server.run(town.erasing.erase(house.record, "request", "beheer"))  # the desk was not asked yet
    house.server.run(house.desk.close())
    house.server.stop()
    house.server.municipality = type(town)(house.server.folder, house.server.clock)
    house.open_desk()
    house.server.municipality.keyring.lock()
    house.server.run(house.settled())
    assert house.record in house.server.municipality.erasing.unfinished
    house.server.unlock()
    house.server.run(house.server.municipality.erasing.finish())
    assert {} == house.server.municipality.erasing.unfinished
    assert [] == house.found() + house.held_sealed()


def test_a_forked_entry_of_an_erased_record_is_kept_without_its_body(house: House) -> None:
    entry = house.server.municipality.journal.entries_of(house.record)[0].entry
    house.erase()
    journal = house.server.municipality.journal
    with house.server.municipality.stores.unit():
        journal.keep_forked([check_entry(entry, "GM9901")._replace(hash=bytes(32))], 1)
    house.shut()
    assert [] == house.found()


def test_a_worker_from_whom_the_record_was_withdrawn_is_told_of_the_erasure_too(house: House) -> None:
    town = house.server.municipality
    house.server.run(town.opening.withdraw(house.record, "twee", "beheer"))
    Sync(house.two, LocalTransport(house.server)).run()
    house.erase()
    Sync(house.two, LocalTransport(house.server)).run()
    assert house.record in house.two.store.erased()
    Sync(house.two, LocalTransport(house.server)).run()
    assert house.two.id in town.journal.erasure_confirmed_by(house.record)
