"""A journal that was put back, by whomever: what was taken away stays away, and nothing is delivered unconfirmed."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.errors import StoreFull
from backend.municipality.returning import RESTORE_FILE, ListDiffers, end_of
from backend.municipality.service import Municipality
from sync.facts import Assignment, Erasure, Withdrawal, encode_fact
from tests.fleet.world import LocalTransport, Server


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    made = Server(tmp_path / "data")
    made.confirms = False
    yield made
    made.stop()


def sync(device: Device, server: Server) -> None:
    Sync(device, LocalTransport(server)).run()


def acts(town: Municipality) -> list[tuple[str, str]]:
    return [(line[2], line[3]) for line in reversed(town.journal.audit_lines(None, 99))]


def test_a_snapshot_copied_back_brings_no_revoked_device_and_no_withdrawn_record_back(
    server: Server, tmp_path: Path
) -> None:
    anna, cees = server.enrol(tmp_path / "a.db", "anna"), server.enrol(tmp_path / "c.db", "cees")
    record = anna.create("huisbezoek", 1, {"/duiding": "woord"})
    sync(anna, server)
    server.run(server.municipality.opening.grant(record, "bert", "beheer"))
    server.back_up(tmp_path / "snapshot")
    server.run(server.municipality.acts.revoke(cees.id, "beheer", stolen=True))
    server.run(server.municipality.opening.withdraw(record, "bert", "beheer"))
    before = server.municipality.exchanges.life
    server.restore(tmp_path / "snapshot")
    town = server.municipality
    assert cees.id in town.book.revocations and [] == town.book.records_assigned_to("bert")
    assert before != town.exchanges.life and town.committed.awaiting_list
    assert [("restore", "restore"), ("restore", "revocation"), ("restore", "withdrawal")] == acts(town)[-3:]
    server.stop()
    server.start()
    assert town.exchanges.life == server.municipality.exchanges.life and server.municipality.committed.awaiting_list


def test_until_a_person_confirms_the_list_everything_is_taken_in_and_nothing_delivered(
    server: Server, tmp_path: Path
) -> None:
    anna, bert = server.enrol(tmp_path / "a.db", "anna"), server.enrol(tmp_path / "b.db", "bert")
    record = anna.create("huisbezoek", 1, {"/duiding": "woord"})
    sync(anna, server)
    server.run(server.municipality.opening.grant(record, "bert", "beheer"))
    server.back_up(tmp_path / "snapshot")
    server.run(server.municipality.opening.withdraw(b"r" * 16, "wie", "beheer"))
    server.restore(tmp_path / "snapshot")
    anna.save(anna.open(record), "huisbezoek", 1, {"/duiding": "later"})
    sync(anna, server)
    sync(bert, server)
    town = server.municipality
    assert not bert.store.entries_of(record)
    assert not town.access.may_read(bert.id, record) and 2 == len(town.journal.entries_of(record))
    with pytest.raises(ListDiffers):
        server.run(town.confirming.confirm_list("2020-01-01 00:00:00", "beheer"))
    server.run(town.confirming.confirm_list(end_of(town.outside), "beheer"))
    assert ("beheer", "confirm-list") == acts(town)[-1]
    sync(bert, server)
    assert "later" == bert.view(record).answers["/duiding"]


def test_an_act_that_was_killed_before_its_commit_is_applied_and_is_no_restore(server: Server) -> None:
    town = server.municipality
    fact = town.custody.signed(Withdrawal(town.code, b"r" * 16, "bert", 7))
    town.outside.append("withdrawal", encode_fact(fact))
    town.outside.drop()
    life = town.exchanges.life
    server.stop()
    server.start()
    assert life == server.municipality.exchanges.life and not server.municipality.committed.awaiting_list
    assert fact in [stored.fact for stored in server.municipality.journal.facts("withdrawal")]
    assert all(row.done for row in server.municipality.outside.rows())


def test_a_grant_that_was_never_committed_opens_nothing_at_the_next_start(server: Server, tmp_path: Path) -> None:
    town = server.municipality
    anna, bert = (server.enrol(tmp_path / f"{name}.db", name) for name in ("anna", "bert"))
    record = anna.create("huisbezoek", 1, {"/duiding": "woord"})
    sync(anna, server)

    def fails() -> None:
        town.acts.sign(Assignment(town.code, record, "bert", server.clock.now_ms()), "beheer", "grant", record, "bert")
        raise sqlcipher3.OperationalError("database or disk is full")

    with pytest.raises(StoreFull):
        server.run(town.submit(fails))
    server.stop()
    server.start()
    sync(anna, server)
    sync(bert, server)
    assert [] == list(server.municipality.journal.facts("assignment"))
    assert [] == bert.store.entries_of(record)


def test_an_erasure_that_failed_is_named_until_the_next_start_has_done_it(server: Server, tmp_path: Path) -> None:
    town = server.municipality
    anna = server.enrol(tmp_path / "anna.db", "anna")
    record = anna.create("huisbezoek", 1, {"/duiding": "woord"})
    sync(anna, server)
    assert [] == town.health.counts()["list_fault"]

    def fails() -> None:
        town.acts.sign(Erasure(town.code, record, "request", server.clock.now_ms()), "beheer", "erase", record)
        raise sqlcipher3.OperationalError("database or disk is full")

    with pytest.raises(StoreFull):
        server.run(town.submit(fails))
    assert "list-undone" in str(town.health.counts()["list_fault"]) and not town.book.erased(record)
    server.stop()
    server.start()
    assert server.municipality.book.erased(record) and [] == server.municipality.health.counts()["list_fault"]


def test_a_row_that_the_municipality_never_signed_is_no_restore_and_takes_nothing_away(server: Server) -> None:
    forged = encode_fact(Withdrawal("GM9901", b"r" * 16, "bert", 7, b"s" * 64))
    server.municipality.outside.append("withdrawal", forged)
    server.municipality.outside.settle()
    server.stop()
    server.start()
    assert not server.municipality.committed.awaiting_list
    assert [] == list(server.municipality.journal.facts("withdrawal"))


def test_the_list_of_a_release_that_had_none_is_filled_from_the_journal(server: Server) -> None:
    server.run(server.municipality.opening.withdraw(b"r" * 16, "bert", "beheer"))
    server.stop()
    (server.folder / "outside.log").unlink()
    server.start()
    assert [("withdrawal", True)] == [(row.kind, row.done) for row in server.municipality.outside.rows()]
    assert not server.municipality.committed.awaiting_list


def test_the_audit_since_the_backup_is_carried_over_from_the_folder_that_was_set_aside(
    server: Server, tmp_path: Path
) -> None:
    server.enrol(tmp_path / "a.db", "anna")
    server.back_up(tmp_path / "backup")
    town = server.municipality
    server.run(town.submit(lambda: town.journal.audit(5, "dora", "records", None, "huisbezoek")))
    server.stop()
    server.folder.rename(server.folder.with_name("GM9901.before-restore-1"))
    shutil.copytree(tmp_path / "backup", server.folder)
    (server.folder / RESTORE_FILE).write_text('{"aside": "GM9901.before-restore-1", "at_ms": 1}')
    server.start()
    assert [("beheer", "invite"), ("beheer", "enrol"), ("dora", "records"), ("restore", "restore")] == acts(
        server.municipality
    )
    assert server.municipality.committed.awaiting_list and not (server.folder / RESTORE_FILE).exists()


def test_a_snapshot_after_which_nothing_was_taken_away_waits_for_a_person_as_soon_as_a_cursor_shows_it(
    server: Server, tmp_path: Path
) -> None:
    anna, bert = server.enrol(tmp_path / "a.db", "anna"), server.enrol(tmp_path / "b.db", "bert")
    record = anna.create("huisbezoek", 1, {"/duiding": "woord"})
    sync(anna, server)
    server.run(server.municipality.opening.grant(record, "bert", "beheer"))
    server.back_up(tmp_path / "snapshot")
    anna.create("huisbezoek", 1, {"/duiding": "later"})
    sync(anna, server)
    server.stop()
    shutil.rmtree(server.folder)
    shutil.copytree(tmp_path / "snapshot", server.folder)  # the list with it: nobody knows what was on it
    server.start()
    assert not server.municipality.committed.awaiting_list
    sync(anna, server)
    assert server.municipality.committed.awaiting_list
    sync(bert, server)
    assert not bert.store.entries_of(record)
