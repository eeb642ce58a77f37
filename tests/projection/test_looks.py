"""Pages read beside the projector: within their scope, within two seconds, and not a moment longer than the keys."""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.errors import BackendError, MunicipalityLocked, StoreFailed
from backend.municipality.exports import ExportOvertaken
from backend.projection import keeper
from backend.projection.keeper import Keeper
from backend.projection.reading import ReadingTooLong
from backend.stores import looker
from backend.stores.comparing import TABLES
from backend.stores.looker import LookTooLong
from backend.stores.places import RECORDS_FILE
from backend.stores.records import Records
from forms.definition.library import first_raw
from tests.looking import open_files
from tests.projection.town import Town

ENDLESS = "with recursive n(x) as (select 1 union all select x + 1 from n) select count(*) from n"
ONE, TWO = {"werker-een"}, {"werker-twee"}


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, [first_raw("dossier"), first_raw("huisbezoek")])
    yield made
    made.close()


def look(town: Town, sql: str, *values: Any, workers: set[str] | None = None) -> list[dict[str, Any]]:
    return town.server.run(town.keeper.look(lambda tables: tables.find(sql, values), workers=workers))


def both(town: Town) -> tuple[str, str]:
    """A record of each worker, with something in every table."""
    found = []
    for device in (town.one, town.two):
        record = device.create("huisbezoek", 1, {"/zorg": "geen"})
        town.sync(device)
        found.append(record.hex())
    town.dump()
    return found[0], found[1]


def test_who_looks_does_not_wait_for_the_projector(town: Town) -> None:
    one, two = both(town)

    async def while_it_works() -> list[dict[str, Any]]:
        async with town.keeper._busy:
            return await town.keeper.look(lambda tables: tables.find("select record from _record"))

    assert {one, two} == {row["record"] for row in town.server.run(while_it_works())}


def test_a_table_that_nobody_made_yet_is_made_first(town: Town) -> None:
    record = town.one.create("dossier", 1, {"/case_ref": "ABCD-2345"})
    town.sync(town.one)
    assert [{"record": record.hex()}] == look(town, "select record from _record")


def test_tables_of_an_older_schema_are_made_again_first(town: Town) -> None:
    both(town)
    town.server.run(town.keeper.close())
    tables = Records(town.server.folder / RECORDS_FILE, town.server.municipality.custody.records_key.reveal())
    tables.db.conn.execute("pragma user_version = 7")
    tables.close()
    town.keeper = Keeper(town.server.municipality)
    assert [{"n": 2}] == look(town, "select count(*) n from _record")


def test_a_scope_holds_in_every_table_whoever_forgets_it(town: Town) -> None:
    one, two = both(town)
    for record, device in ((one, town.one), (two, town.two)):
        editing = device.open(bytes.fromhex(record))
        device.save(editing, "huisbezoek", 1, {"/_question/01ARZ3NDEKTSV4RRFFQ69G5FAV": "Wanneer?"})
        device.save(editing, "huisbezoek", 1, {"/_comment/01ARZ3NDEKTSV4RRFFQ69G5FAV": "Let op de hond."})
    town.sync()
    town.dump()
    tables = town.server.run(town.keeper.look(lambda tables: [*TABLES, *tables.form_tables(), "_opened", "_was"]))
    seen = 0
    for table in tables:
        own = "record" if table.startswith("_") else "_record"
        within = {row[own] for row in look(town, f"select * from [{table}]", workers=ONE)}
        assert within <= {one}, table
        every = {row[own] for row in look(town, f"select * from [{table}]")}
        assert within == every & {one}, table
        seen += bool(within)
    assert seen >= 7  # most of the tables had a row to keep back
    assert [] == look(town, "select * from _undecided", workers={"niemand"})
    assert [] == look(town, "select * from _record", workers=set())
    assert [two] == [row["record"] for row in look(town, "select record from _record", workers=TWO)]


def test_what_is_read_piece_by_piece_keeps_to_the_scope_too(town: Town) -> None:
    one, two = both(town)

    async def read(workers: set[str] | None) -> dict[str, set[str]]:
        def work(tables: Records) -> Iterator[tuple[str, str]]:
            for table in ("_record", "_shown", "_people", *tables.form_tables()):
                own = "record" if table.startswith("_") else "_record"
                yield from ((table, row[own]) for row in tables.find(f"select * from [{table}]"))
            for rows in tables.form_table("huisbezoek", "huisbezoek").pieces(10):
                yield from (("pieces", row[0]) for row in rows)

        found: dict[str, set[str]] = {}
        async for table, record in town.keeper.stream(work, workers=workers):
            found.setdefault(table, set()).add(record)
        return found

    every = town.server.run(read(None))
    assert {one, two} == every["pieces"] == every["_record"]
    within = town.server.run(read(set(ONE)))
    assert {table: {one} for table, records in every.items() if one in records} == within
    assert {} == town.server.run(read(set()))


def test_a_reading_of_which_a_piece_is_taken_now_and_then_ends(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever took a piece every 299 seconds kept one moment in the log of the tables for good."""
    monkeypatch.setattr(keeper, "WHOLE_S", 0.2)
    town.dump()

    async def read() -> None:
        async for _ in town.keeper.stream(lambda _tables: iter(range(500))):
            await asyncio.sleep(0.02)

    with pytest.raises(ReadingTooLong):
        town.server.run(read())


def test_a_form_that_came_after_the_connection_is_within_the_scope_too(town: Town) -> None:
    both(town)
    assert 1 == len(look(town, "select * from _record", workers=ONE))
    town.two.create("dossier", 1, {"/case_ref": "ABCD-2345"})
    town.sync(town.two)
    town.dump()
    assert [] == look(town, "select * from dossier", workers=ONE)
    assert 1 == len(look(town, "select * from dossier", workers=TWO))


def test_a_colleague_who_was_assigned_a_record_is_one_of_its_people_until_it_is_withdrawn(town: Town) -> None:
    one, _ = both(town)
    municipality = town.server.municipality
    town.server.run(municipality.opening.grant(bytes.fromhex(one), "werker-twee", "beheer"))
    town.dump()
    people = "select worker, kind from _people where record = ? order by worker, kind"
    before = [("werker-een", "created"), ("werker-een", "wrote"), ("werker-twee", "assigned")]
    assert before == [(row["worker"], row["kind"]) for row in look(town, people, one)]
    town.server.run(municipality.opening.withdraw(bytes.fromhex(one), "werker-twee", "beheer"))
    town.dump()
    assert before[:2] == [(row["worker"], row["kind"]) for row in look(town, people, one)]


def test_writing_in_a_record_without_access_makes_nobody_one_of_its_people(town: Town) -> None:
    one, _ = both(town)
    record = bytes.fromhex(one)
    key = town.one.store.record_key(record)
    assert key is not None and key[1] is not None
    town.two.store.keep_key(record, key[0], key[1])  # it came by the key, and was never granted the record
    town.two.save(town.two.open(record), "huisbezoek", 1, {"/zorg": "ja"})
    town.sync(town.two)
    town.dump()
    assert 1 == len(look(town, "select * from _attention where kind like 'held-%'"))
    assert [{"worker": "werker-een"}] == look(town, "select distinct worker from _people where record = ?", one)


def test_the_tables_of_people_are_those_of_a_rebuild(town: Town, tmp_path: Path) -> None:
    one, _ = both(town)
    town.server.run(town.server.municipality.opening.grant(bytes.fromhex(one), "werker-twee", "beheer"))
    assert town.dump() == town.rebuilt(tmp_path)


def test_a_look_that_takes_too_long_is_ended_and_the_next_one_is_answered(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    both(town)
    monkeypatch.setattr(looker, "LOOK_S", 0.05)
    with pytest.raises(LookTooLong):
        look(town, ENDLESS)
    monkeypatch.undo()
    assert [{"n": 2}] == look(town, "select count(*) n from _record")


def test_nothing_is_written_by_looking(town: Town) -> None:
    both(town)
    for workers in (None, ONE):
        for sql in ("delete from _conflict", "delete from main._record", "create table x(y)", "drop table dossier"):
            with pytest.raises(BackendError):
                look(town, sql, workers=workers)
    assert [{"n": 2}] == look(town, "select count(*) n from _record")


def test_no_connection_outlives_the_keys(town: Town) -> None:
    both(town)
    begun = threading.Event()

    def endless(tables: Records) -> Any:
        begun.set()
        return tables.find(ENDLESS)

    async def locked_in_the_middle() -> None:
        looking = asyncio.create_task(town.keeper.look(endless))
        await asyncio.to_thread(begun.wait)
        await town.keeper.lock()
        with pytest.raises(MunicipalityLocked):
            await looking
        with pytest.raises(MunicipalityLocked):
            await town.keeper.look(lambda tables: tables.find("select 1"))

    town.server.run(locked_in_the_middle())
    assert not [name for name in open_files(town.server.folder) if name.startswith(RECORDS_FILE)]


def test_tables_that_are_written_anew_are_read_from_their_new_file(town: Town) -> None:
    one, _ = both(town)
    assert 2 == len(look(town, "select * from _record"))
    town.server.run(town.server.municipality.erasing.erase(bytes.fromhex(one), "request", "beheer"))
    town.dump()
    assert town.server.run(town.keeper.write_anew(ExportOvertaken()))
    assert 1 == len(look(town, "select * from _record"))
    assert not [name for name in open_files(town.server.folder) if name.endswith("(deleted)")]


def test_a_municipality_that_rests_holds_no_connection(town: Town) -> None:
    both(town)
    look(town, "select 1")
    town.server.run(town.keeper._rest())
    assert not [name for name in open_files(town.server.folder) if name.startswith(RECORDS_FILE)]
    assert [{"n": 2}] == look(town, "select count(*) n from _record")


def test_whoever_decided_can_wait_until_the_tables_show_it(town: Town) -> None:
    both(town)
    town.one.create("dossier", 1, {"/case_ref": "ABCD-2345"})
    town.sync(town.one)
    position = town.server.municipality.journal.last_position()
    assert town.server.run(town.keeper.reached(position))
    assert 3 == len(look(town, "select * from _record"))
    assert not town.server.run(town.keeper.reached(position + 1))


def test_a_fault_in_what_is_asked_is_no_end_of_the_pool(town: Town) -> None:
    both(town)
    for _ in range(5):
        with pytest.raises(StoreFailed):
            look(town, "select nonsense from nowhere")
    assert [{"n": 2}] == look(town, "select count(*) n from _record", workers=None)
