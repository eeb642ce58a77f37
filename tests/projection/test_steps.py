"""One step of the projection: how much it reads and draws at once, and what is left for the next."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from backend.municipality.custody import ReadingKeys
from backend.projection import opening, projector
from backend.projection.keeper import Keeper
from backend.projection.orders import Stepped
from backend.projection.projections import Here
from backend.projection.projector import Projector
from forms.definition.library import first_raw
from tests.looking import inside
from tests.projection.town import Town


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, [first_raw("dossier")])
    yield made
    made.close()


def filled(town: Town, count: int) -> list[bytes]:
    made = [town.one.create("dossier", 1, {"/case_ref": "ABCD-2345", "/roepnaam": f"Nummer {n}"}) for n in range(count)]
    town.sync(town.one)
    return made


def opened(town: Town, target: Path) -> Projector:
    municipality = town.server.municipality
    return Projector(municipality.folder, municipality.custody, target)


def test_a_step_asks_the_stores_as_often_for_many_records_as_for_few(town: Town, tmp_path: Path) -> None:
    asked: dict[int, int] = {}
    for count in (10, 40):
        filled(town, count)
        projector = opened(town, tmp_path / f"{count}.db")
        statements: list[str] = []
        for store in (projector._journal, projector._keys):
            inside(store).set_trace_callback(statements.append)
        projector.step()
        asked[count] = len(statements)
        projector.close()
    assert asked[10] == asked[40] < 30


def test_one_fact_that_changes_many_records_is_followed_in_bounded_steps(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = filled(town, 7)
    town.dump()
    monkeypatch.setattr(projector, "DRAWN_MAX", 3)
    town.server.run(town.server.municipality.acts.revoke(town.one.id, "beheer", last_seq=4))
    tables = opened(town, town.server.folder / "records.db")
    steps = tables.run()
    tables.close()
    assert [True, True, False] == [step.more for step in steps]
    assert town.dump() == town.rebuilt(tmp_path)
    assert len(records) - 4 == len(town.find("select * from _attention where kind = 'held-revoked'"))


def test_an_erasure_does_not_wait_behind_many_records(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    records = filled(town, 7)
    town.dump()
    monkeypatch.setattr(projector, "DRAWN_MAX", 1)
    municipality = town.server.municipality
    town.server.run(municipality.acts.revoke(town.one.id, "beheer", last_seq=4))
    last = max(records)
    town.server.run(municipality.erasing.erase(last, "request", "beheer"))
    tables = opened(town, town.server.folder / "records.db")
    assert tables.step().more
    assert not tables.records.there([last]) and not tables.records.opened(last)
    tables.close()


@pytest.mark.parametrize(("records", "entries"), [(1, 1_000), (2, 3), (250, 1)])
def test_records_in_batches_of_any_size_are_drawn_alike(
    town: Town, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, records: int, entries: int
) -> None:
    made = filled(town, 5)
    town.one.save(town.one.open(made[0]), "dossier", 1, {"/roepnaam": "Later"})
    town.one.save(town.one.open(made[0]), "dossier", 1, {"/roepnaam": "Nog later"})
    town.sync(town.one)
    whole = town.dump()
    monkeypatch.setattr(opening, "BATCH_RECORDS", records)
    monkeypatch.setattr(opening, "BATCH_ENTRIES", entries)
    assert whole == town.rebuilt(tmp_path)


def test_a_batch_holds_no_more_than_it_may_and_every_record_once() -> None:
    records = [bytes([n]) for n in range(40)]
    counts = {record: n % 7 * 100 for n, record in enumerate(records)}
    found = list(opening.batches(records, counts))
    assert records == [record for batch in found for record in batch]
    assert all(sum(counts[record] for record in batch) <= opening.BATCH_ENTRIES for batch in found)
    assert len(found) < len(records) / 2
    assert [[records[0]], [records[1]]] == list(opening.batches(records[:2], {records[0]: 5_000, records[1]: 1}))


class Interrupted(Here):
    """A projection after whose step something happens, before the journal is told what it learnt."""

    def __init__(self, then: Callable[[], None]) -> None:
        super().__init__()
        self._then = [then]

    def step(self, folder: Path, keys: ReadingKeys) -> Stepped:
        """Project the next piece of the journal."""
        found = super().step(folder, keys)
        while found.dirty and self._then:
            self._then.pop()()
        return found


def test_what_changes_once_more_while_it_is_looked_at_is_looked_at_once_more(town: Town, tmp_path: Path) -> None:
    """A stamp, a body or a parted entry takes no position: the mark of the first was taken for that of the second."""
    (record,) = filled(town, 1)
    town.dump()
    journal = town.server.municipality.journal

    def earlier() -> None:
        inside(journal).execute("update entry set received = received - 60000")
        journal.mark_dirty([record])

    town.server.run(town.keeper.close())
    town.keeper = Keeper(town.server.municipality, None, Interrupted(earlier))
    inside(journal).execute("update entry set received = received - 60000")
    journal.mark_dirty([record])
    town.dump()
    assert [record] == journal.dirty()
    assert town.dump() == town.rebuilt(tmp_path)
    assert [] == journal.dirty()
