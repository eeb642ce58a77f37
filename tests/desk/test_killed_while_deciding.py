"""The server is killed (-9) in the middle of a decision: it counts whole or not at all, never twice and never later."""

import asyncio
import os
import random
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from backend.desk.deciding import Chosen, settle
from backend.desk.desk import Desk, _Inside
from backend.desk.history import History
from backend.desk.moving import move, move_of
from backend.desk.waiting import matter_of
from backend.desk.wording import Speaker
from backend.municipality.registry import Municipalities
from backend.projection.keeper import Keeper
from forms.definition.library import first_raw
from tests.desk.office import Office
from tests.desk.test_what_a_decision_showed import CHILD, FORM, item, torn, waiting
from tests.desk.test_what_a_page_showed import lead, page
from tests.journeys.mishaps import child, ended
from tests.looking import rows

DAY: Final = "/bezoek_datum"


class Place(Office):
    """An office that is stopped, so that another process serves its folder; and is served here again after that."""

    def stop(self) -> None:
        self.server.run(self.keeper.close())
        self.server.stop()

    def start(self) -> None:
        self.server.loop = asyncio.new_event_loop()
        self.server.start()
        town = self.server.municipality
        towns = Municipalities(self.server.folder.parent, self.server.folder.parent / "no-keys", self.server.clock)
        towns.add(town)
        self.keeper, self.desk = Keeper(town), Desk(towns)
        self.desk.keepers[town.code] = self.keeper


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path, tuple(map(first_raw, ("dossier", FORM))))
    yield made
    made.close()


def decide(place: Place, record: bytes, pick: str) -> None:
    """Settle the conflict of a record, or move the answers of its item."""
    town = place.server.municipality
    kind = "item-contested" if pick == "move" else "conflict"
    row, speaker, history = waiting(place, record, kind), Speaker(town, "nl"), History(town, record)
    field = page(place, record)
    if pick == "move":
        moved = move_of(history, speaker, row["name"], CHILD.rpartition("/")[2])
        assert moved is not None
        taken = {leaf.path for leaf in moved.leaves}
        place.server.run(move(lead(place), row["id"], moved, taken, "Stond er dubbel.", field))
        return
    chosen = Chosen("other", values=(pick,), reason="Nagevraagd.", read_at=field)
    place.server.run(settle(lead(place), matter_of(row, history, speaker), chosen, speaker))


def killed(place: Place, work: Callable[[], None], exchange: int, *, after: bool) -> int:
    """Let a process of its own do work, and be killed before or after an exchange of the desk's device."""
    post, seen = _Inside.post, [0]

    def counted(self: Any, *args: Any) -> bytes:
        seen[0] += 1
        if seen[0] == exchange and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        answer = post(self, *args)
        if seen[0] == exchange:
            os.kill(os.getpid(), signal.SIGKILL)
        return answer

    def there() -> None:
        _Inside.post = counted  # type: ignore[method-assign,assignment]
        place.start()
        work()

    place.stop()
    code = ended(child(there))
    place.start()
    return code


def own(place: Place) -> int:
    return rows(place.server.municipality.journal, "entry")


@pytest.mark.parametrize(("exchange", "after"), [(1, True), (2, False), (2, True)])
def test_a_decision_that_was_cut_off_counts_whole_or_not_at_all(place: Place, exchange: int, after: bool) -> None:
    decide(place, torn(place), "2026-02-03")  # the desk's device is there already
    record, other, before = torn(place), torn(place), own(place)
    assert -signal.SIGKILL == killed(place, lambda: decide(place, record, "2026-02-03"), exchange, after=after)
    is_written = own(place) > before
    assert is_written == (exchange == 2 and after)
    place.dump()
    open_ = place.find("select * from _queue where record = ?", record.hex())
    assert is_written == (open_ == [])
    decide(place, other, "2026-02-04")  # what nobody was told does not come later by itself
    place.dump()
    assert before + 1 + is_written == own(place)
    assert open_ == place.find("select * from _queue where record = ?", record.hex())
    if not is_written:
        decide(place, record, "2026-02-05")
    place.dump()
    assert [] == place.find("select * from _queue where record = ?", record.hex())
    shown = place.ask("show", record=record.hex())[0]["shown"][DAY]["value"]
    assert ("2026-02-03" if is_written else "2026-02-05") == shown


@pytest.mark.parametrize(("exchange", "after"), [(2, False), (2, True)])
def test_two_entries_of_one_decision_are_both_there_or_neither(place: Place, exchange: int, after: bool) -> None:
    decide(place, torn(place), "2026-02-03")
    record, before = item(place), own(place)
    assert -signal.SIGKILL == killed(place, lambda: decide(place, record, "move"), exchange, after=after)
    decide(place, torn(place), "2026-02-04")
    moved = own(place) - before - 1 - 3  # the three entries of the other record, and what decided it
    assert moved == (2 if after else 0)
    place.dump()
    assert after == (place.find("select * from _queue where record = ?", record.hex()) == [])


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(40))
def test_a_decision_is_whole_or_not_there_whenever_the_server_is_killed(place: Place, seed: int) -> None:
    rng = random.Random(seed)
    decide(place, torn(place), "2026-02-03")
    record, before = item(place), own(place)

    def work() -> None:
        threading.Timer(rng.random() * 0.25, os.kill, (os.getpid(), signal.SIGKILL)).start()
        decide(place, record, "move")

    place.stop()

    def there() -> None:
        place.start()
        work()

    assert ended(child(there)) in (0, -signal.SIGKILL)
    place.start()
    other = torn(place)
    decide(place, other, "2026-02-04")
    assert own(place) - before - 4 in (0, 2)
