"""`verify` looks at one moment of a store, tells damage from oddity, and leaves no log behind it."""

from pathlib import Path

import pytest

from backend.projection.checking import Checker
from backend.projection.orders import Found
from backend.projection.verify import DAMAGE, DO, WAITING, Fault, verify_store
from backend.sentences import words
from backend.stores.sqlite import engine
from sync.facts import Report
from tests.looking import inside
from tests.projection.town import Town
from tests.spoken import english


def found(town: Town) -> list[Fault]:
    municipality = town.server.municipality
    return list(verify_store(municipality.folder, municipality.custody, lambda _done, _all: None))


def test_pushes_that_come_in_while_it_looks_are_no_faults(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.dump()
    real = Checker._places

    def busy(checker: Checker, after: int, until: int) -> Found:
        town.one.create("dossier", 1, {"/case_ref": "ABCD-2346"})
        town.sync(town.one)
        return real(checker, after, until)

    monkeypatch.setattr(Checker, "_places", busy)
    assert [] == found(town)


def test_a_body_that_was_changed_is_damage(town: Town) -> None:
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.dump()
    inside(town.server.municipality.journal).execute("update entry set body = x'00' where body is not null")
    assert DAMAGE in {fault.severity for fault in found(town) if "hash" in english(fault.what)}


def test_no_restore_is_advised_for_a_fact_that_only_reads_oddly(town: Town) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.dump()
    municipality = town.server.municipality
    with municipality.stores.unit():
        municipality.intake.take_fact(Report("GM9901", record, bytes(32), "open", town.one.id, bytes(64)), 1)
    town.dump()
    (fault,) = found(town)
    assert "odd" == fault.severity and "do not restore" in english(words(fault.do))


def test_tables_that_differ_are_made_again_and_not_restored(town: Town) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.dump()

    def spoil(records: object) -> None:
        records.db.conn.execute("update dossier set case_ref = 'ander'")  # type: ignore[attr-defined]

    town.server.run(town.keeper.read(spoil))
    (fault,) = found(town)
    assert record.hex() in english(fault.what) and WAITING == fault.severity and "verify-do-rebuild" == fault.do
    assert "restore" not in english(words(fault.do)) and set(DO) >= {fault.severity}


def test_a_projection_of_a_long_journal_leaves_its_log_short(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Readers that follow each other closely kept the log from starting anew: 223 MB beside 143 MB."""
    limit = 200_000
    monkeypatch.setattr(engine, "LOG_BYTES_MAX", limit)
    log = town.server.folder / "journal.db-wal"
    sizes = []
    for number in range(12):
        for _ in range(20):
            town.one.create("dossier", 1, {"/case_ref": "ABCD-2345", "/roepnaam": f"{number}" * 100})
        town.sync(town.one)
        town.server.run(town.keeper.catch_up())
        sizes.append(log.stat().st_size)
    assert max(sizes) <= 2 * limit
