"""The fleet through all weathers: equal in the end, and nothing missing (protocol sections 4, 6 and 8)."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from backend.device.reading import Editing, Reading
from backend.municipality import requests
from backend.municipality.exchange import Exchange
from backend.municipality.exports import Exports
from backend.municipality.requests import Claim
from backend.municipality.service import Municipality
from backend.stores.ledger import Engine
from backend.stores.records import Records
from backend.stores.sqlite.keys import SqliteKeys
from sync import admission, clock, deciding, exchange, merge
from sync.device import seen_on_screen
from sync.entry import Seen
from sync.errors import DeviceRevoked
from sync.exchange import Checked, Push
from sync.factbook import FactBook
from sync.messages import Place
from tests.fleet.simulator import Fleet
from tests.stores.contract.engines import ENGINES
from tests.stores.contract.later import Later
from tests.stores.contract.memory import IN_MEMORY

STEPS = 120
VOYAGES_MIN, VOYAGES_MAX = 4, 60  # until every weather was seen; `soak-fleet` sails sixty more on each database
FIRST = (0, 17, 22, 9)  # the fleets that sail first: of so few, those that saw every weather together
OFFICE_FIRST = (2, 1)


WEATHER = (
    "lost request", "lost answer", "repeated or reordered", "server power cut", "device power cut",
    "power cut before the answer was taken in", "clock jump", "clock wrong for a moment", "device restored",
    "server restored", "list confirmed after a restore", "fork", "fork that waits", "fork replaced by invitation",
    "erasure before a restore", "erasure after a restore", "erasure killed half way", "erased keys searched for",
    "revocation before a restore", "withdrawal before a restore", "device grant before a restore",
    "withdrawal", "granted again after a withdrawal", "chain of device grants", "grant refused: withdrawn",
    "grant refused: own-worker", "revoked", "revoked phone handed in", "revoked phone wiped", "wiped phone of no use",
    "words of an ended phone kept", "second phone reads", "forgotten passphrase", "forgotten with words unsent",
    "hand-in while locked", "hand-in without bodies", "resolve while an answer arrives",
    "deleted beside an edit", "conflict", "lie", "photo sent", "photo lost half way", "photo of an erased record",
)  # fmt: skip
OFFICE_WEATHER = (
    "projection", "desk resolved", "desk decided", "desk decision refused, something came in", "export",
    "export overtaken by an erasure", "erasure killed half way", "server restored", "sealed stores searched",
)  # fmt: skip
OFFICE_VOYAGES_MIN, OFFICE_VOYAGES_MAX = 2, 40
LATER_WEATHER = ("copied elsewhere", "machine lost", "machine lost with words that were not durable", "server restored")
ENGINE_VOYAGES_MIN, ENGINE_VOYAGES_MAX = 2, 20
MACHINES_LOST = 1_000


def voyage(folder: Path, seed: int, *, office: bool = False, engine: Engine | None = None) -> Counter[str]:
    """A fleet through its weather; equal in the end, or the test fails. Gives what it saw."""
    fleet = Fleet(folder, seed, office=office, engine=engine)
    for _ in range(STEPS):
        fleet.step()
    fleet.settle()
    assert [] == fleet.differences(), f"seed {seed}: {dict(fleet.seen)}"
    return fleet.seen


def until_seen(
    folder: Path, weather: Sequence[str], least: int, most: int, first: Sequence[int] = (), *,
    office: bool = False, engine: Engine | None = None,
) -> None:  # fmt: skip
    """Voyages until every weather was seen, and some at least."""
    total: Counter[str] = Counter()
    for number, seed in enumerate(sorted(range(most), key=lambda seed: seed not in first)):
        total += voyage(folder / str(seed), seed, office=office, engine=engine)
        unseen = [name for name in weather if not total[name]]
        if not unseen and number + 1 >= least:
            return
    pytest.fail(f"never seen: {unseen}; {dict(total)}")


def test_all_are_equal_in_the_end_and_nothing_is_missing(tmp_path: Path) -> None:
    until_seen(tmp_path, WEATHER, VOYAGES_MIN, VOYAGES_MAX, FIRST)


@pytest.mark.parametrize("name", sorted(ENGINES.keys() - {"sqlite", "postgres"}))
def test_a_fleet_sails_on_every_database(name: str, tmp_path: Path) -> None:
    weather = LATER_WEATHER if name == "later" else ("server restored", "server power cut")
    until_seen(tmp_path, weather, ENGINE_VOYAGES_MIN, ENGINE_VOYAGES_MAX, engine=ENGINES[name])


def test_an_office_shows_what_a_rebuild_shows_decides_what_it_saw_and_keeps_nothing_erased(tmp_path: Path) -> None:
    until_seen(tmp_path, OFFICE_WEATHER, OFFICE_VOYAGES_MIN, OFFICE_VOYAGES_MAX, OFFICE_FIRST, office=True)


def _merge_forgets_the_context(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(merge, "join", lambda one, _two: one)


def _admission_forgets_completeness(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(admission, "_is_complete", lambda *_: True)


def _admission_forgets_grants(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(admission, "may_write", lambda *_: True)


def _server_takes_a_forked_journal_for_a_known_one(patch: pytest.MonkeyPatch) -> None:
    def walk(pushed: Sequence[Checked], tail: Place, held: Callable[[int], bytes | None]) -> Push:
        fresh = tuple(item for item in pushed if held(item.header.seq) is None)
        last = pushed[-1]
        return Push(fresh, (), max(tail, Place(last.header.seq, last.hash), key=lambda place: place.seq))

    patch.setattr(exchange, "_walk", walk)


def _delivery_forgets_withdrawals(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FactBook, "delivers", lambda *_: True)


def _grants_are_taken_from_anybody(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(deciding, "against_grant", lambda *_: None)


def _a_revoked_phone_is_still_fed(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(FactBook, "revoked", lambda *_: False)
    real = requests.device_of

    def lenient(claim: Claim, town: Municipality, body: bytes, now_ms: int) -> bytes:
        try:
            return real(claim, town, body, now_ms)
        except DeviceRevoked:
            return claim.device

    patch.setattr(requests, "device_of", lenient)


def _an_erasure_leaves_the_keys(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(SqliteKeys, "forget", lambda *_: 0)


def _a_person_decides_what_was_not_shown(patch: pytest.MonkeyPatch) -> None:
    def all_that_is_held(device: Reading, editing: Editing) -> tuple[tuple[Seen, ...], int]:
        held = [kept.arrival() for kept in device.store.entries_of(editing.record)]
        return seen_on_screen(held), clock.latest((a.header.clock, a.received) for a in held)

    patch.setattr(Reading, "observed_of", all_that_is_held)


def _a_wrong_clock_stays(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(clock, "effective", lambda at, _received: at)


def _an_erasure_lets_exports_go_on(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Exports, "overtake", lambda _exports: [])


def _an_erasure_leaves_what_the_projection_opened(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Records, "forget_opened", lambda *_: None)


OFFICE_DEFECTS = (_an_erasure_lets_exports_go_on, _an_erasure_leaves_what_the_projection_opened)
FLEETS = 12  # that sail before a defect counts as one that nothing finds
FOUND_BY: dict[
    Callable[[pytest.MonkeyPatch], None], int
] = {  # the fleet that sails first: the one that found it soonest when all twelve were tried
    _merge_forgets_the_context: 5,
    _admission_forgets_completeness: 2,
    _admission_forgets_grants: 3,
    _server_takes_a_forked_journal_for_a_known_one: 11,
    _delivery_forgets_withdrawals: 3,
    _grants_are_taken_from_anybody: 6,
    _a_revoked_phone_is_still_fed: 5,
    _an_erasure_leaves_the_keys: 6,
    _a_person_decides_what_was_not_shown: 6,
    _a_wrong_clock_stays: 2,
    _an_erasure_lets_exports_go_on: 5,
    _an_erasure_leaves_what_the_projection_opened: 8,
}


@pytest.mark.parametrize("plant", FOUND_BY)
def test_a_planted_defect_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, plant: Callable[[pytest.MonkeyPatch], None]
) -> None:
    plant(monkeypatch)
    for seed in sorted(range(FLEETS), key=lambda seed: seed != FOUND_BY[plant]):
        fleet = Fleet(tmp_path / str(seed), seed, office=plant in OFFICE_DEFECTS)
        try:
            for _ in range(STEPS):
                fleet.step()
            fleet.settle()
        except (TypeError, AttributeError, NameError):
            raise  # the planted function does not fit any more: it plants nothing
        except Exception:  # noqa: BLE001 - a fleet that breaks down has found the defect too
            return
        if fleet.differences():
            return
    pytest.fail("twelve fleets sailed on as if nothing was wrong")


@pytest.mark.parametrize("says", [lambda _exchange, _device, tail: tail], ids=["the tail"])
def test_a_server_that_calls_durable_what_is_not_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, says: Callable[..., Place]
) -> None:
    monkeypatch.setattr(Exchange, "durable", says)
    for seed in range(12):
        fleet = Fleet(tmp_path / str(seed), seed, engine=ENGINES["later"])
        for _ in range(STEPS):
            fleet.step()
        fleet.settle()
        if any("durable" in difference for difference in fleet.differences()):
            return
    pytest.fail("twelve machines were lost and nothing that was called durable")


@pytest.mark.soak
@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("seed", range(int(os.environ.get("VELDPOST_SOAK_SEEDS", "60"))))
def test_a_long_voyage_sees_every_weather(tmp_path: Path, seed: int, name: str) -> None:
    voyage(tmp_path, seed + 1_000, engine=ENGINES[name])


@pytest.mark.soak
def test_a_thousand_machines_are_lost_and_nothing_that_was_durable(tmp_path: Path) -> None:
    lost, seed = 0, 5_000
    while lost < MACHINES_LOST:
        seed += 1
        lost += voyage(tmp_path / str(seed), seed, engine=Later(IN_MEMORY))["machine lost"]
