"""A decision observes what was shown and the device's own last word, never what came meanwhile (SPEC 8.1)."""

from pathlib import Path

import pytest

from backend.device.device import Device
from backend.device.reading import EntryUnknown
from backend.device.syncing import sync
from tests.fleet.world import LocalTransport, Server

FORM = ("huisbezoek", 1)


class Three:
    """Three workers who share one record, and whose answers to one question are parallel."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder / "data")
        self.road = LocalTransport(self.server)
        self.one, self.two, self.three = (self.server.enrol(folder / f"{n}.db", f"werker-{n}") for n in (1, 2, 3))
        self.record = self.one.create(*FORM, {"/zorg": "geen"})
        sync(self.one, self.road)
        for worker in ("werker-2", "werker-3"):
            self.server.run(self.server.municipality.opening.grant(self.record, worker, "beheer"))
        self.sync(self.two, self.three)

    def sync(self, *devices: Device) -> None:
        for device in devices:
            sync(device, self.road)

    def answer(self, device: Device, value: str) -> None:
        self.server.clock.ms += 1_000
        device.save(device.open(self.record), *FORM, {"/toegang": value})


@pytest.fixture
def three(tmp_path: Path) -> Three:
    return Three(tmp_path)


def test_an_answer_that_came_while_a_person_decided_is_not_decided_with_the_others(three: Three) -> None:
    three.answer(three.one, "binnen")
    three.answer(three.two, "geweigerd")
    three.answer(three.three, "niemand_thuis")
    three.sync(three.one, three.two, three.one)
    shown = {dot.hash for dot in three.one.view(three.record).survivors["/toegang"]}
    three.sync(three.three, three.one)
    assert 2 == len(shown) and 3 == len(three.one.view(three.record).conflicts["/toegang"])
    three.server.clock.ms += 1_000
    three.one.save(three.one.editing_of(three.record, shown), *FORM, {"/toegang": "binnen"})
    assert ("binnen", "niemand_thuis") == three.one.view(three.record).conflicts["/toegang"]


def test_the_own_last_word_is_observed_although_it_was_not_shown(three: Three) -> None:
    three.answer(three.two, "geweigerd")
    three.sync(three.two, three.one)
    shown = {dot.hash for dot in three.one.view(three.record).survivors["/toegang"]}
    three.answer(three.one, "niemand_thuis")
    three.one.save(three.one.editing_of(three.record, shown), *FORM, {"/toegang": "binnen"})
    three.sync(three.one, three.two)
    assert {} == three.two.view(three.record).conflicts
    assert "binnen" == three.two.view(three.record).answers["/toegang"]


def test_what_is_not_held_cannot_have_been_shown(three: Three) -> None:
    with pytest.raises(EntryUnknown):
        three.one.editing_of(three.record, {b"x" * 32})
