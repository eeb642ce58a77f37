"""A backup that was made while locked: what was granted goes on being granted, what was taken away stays away.

The municipality signs what devices granted at the next unlock; the list outside the backups is applied before that.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from backend.device.device import Device
from backend.device.syncing import sync
from backend.municipality.intake import Intake
from backend.municipality.service import Municipality
from sync.facts import Grant, SetAside, Withdrawal
from tests.fleet.world import LocalTransport, Server
from tests.looking import inside


class Story:
    """Anna opens a record to bert, and he to cees, while the municipality is locked; then it is backed up."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.server = Server(folder / "data")
        self.anna, self.bert, self.cees = (self._enrol(name) for name in ("anna", "bert", "cees"))
        self.record = self.anna.create("huisbezoek", 1, {"/duiding": "voor"})
        self.sync(self.anna, self.bert, self.cees)
        self.server.municipality.keyring.lock()
        self.anna.grant(self.record, self.town.book.certificates[self.bert.id])
        self.sync(self.anna, self.bert)
        self.bert.grant(self.record, self.town.book.certificates[self.cees.id])
        self.sync(self.bert, self.cees)
        self.server.back_up(folder / "backup")
        self.settle()

    def _enrol(self, name: str) -> Device:
        return self.server.enrol(self.folder / f"{name}.db", name)

    def sync(self, *devices: Device) -> None:
        for device in devices:
            sync(device, LocalTransport(self.server))

    def settle(self) -> None:
        self.server.run(self.town.settling.settle())

    @property
    def town(self) -> Municipality:
        return self.server.municipality

    def restore(self) -> None:
        self.server.restore(self.folder / "backup")
        self.settle()
        self.server.confirm_list()

    def copies(self) -> set[bytes]:
        """The devices that the municipality itself granted the record."""
        granted = [stored.fact for stored in self.town.journal.facts("grant")]
        return {grant.to for grant in granted if isinstance(grant, Grant) and grant.by is None}

    def readers(self) -> set[str]:
        row = self.town.journal.record(self.record)
        assert row is not None
        return {self.town.book.worker(device) or "" for device in row.readers}


@pytest.fixture
def story(tmp_path: Path) -> Story:
    return Story(tmp_path)


def _withdraw(*workers: str) -> Callable[[Story], None]:
    def act(story: Story) -> None:
        for worker in workers:
            story.server.run(story.town.opening.withdraw(story.record, worker, "beheer"))

    return act


def _revoke(story: Story) -> None:
    story.server.run(story.town.acts.revoke(story.anna.id, "beheer", stolen=True))


TAKEN: dict[str, tuple[Callable[[Story], None], set[str]]] = {
    "from who granted": (_withdraw("anna"), {"bert", "cees"}),
    "from both who granted": (_withdraw("anna", "bert"), {"cees"}),
    "from both, the later one first": (_withdraw("bert", "anna"), {"cees"}),
    "from whom it was granted": (_withdraw("cees"), {"anna", "bert"}),
    "a device": (_revoke, {"bert", "cees"}),
}


@pytest.mark.parametrize("case", TAKEN.values(), ids=TAKEN)
def test_who_was_granted_it_reads_after_the_unlock_and_who_lost_it_does_not(
    story: Story, case: tuple[Callable[[Story], None], set[str]]
) -> None:
    taken, reading = case
    taken(story)
    story.restore()
    assert reading == story.readers()
    assert {story.bert.id, story.cees.id} <= story.copies()
    for device in (story.bert, story.cees):
        if (story.town.book.worker(device.id) or "") in reading:
            device.save(device.open(story.record), "huisbezoek", 1, {"/duiding": "na"})
            story.sync(device)
    assert [] == story.town.journal.held_of(story.record)


def test_an_erased_record_is_granted_to_nobody_again(story: Story) -> None:
    story.server.run(story.town.erasing.erase(story.record, "request", "beheer"))
    story.restore()
    assert set() == story.copies() and not story.town.keys.has_wrap(story.record)


def test_what_a_desk_device_set_aside_stays_aside(story: Story) -> None:
    town = story.town
    invitation = story.server.run(town.enrolling.invite("dora", "desk", "beheer"))
    desk = Device.enrol(story.folder / "desk.db", None, invitation, LocalTransport(story.server), story.server.clock)
    stored = town.journal.entries_of(story.record)[0]
    said = SetAside(town.code, story.record, stored.hash, "sig", desk.id)
    sig = desk.signing.sign("set-aside", town.code.encode(), story.record, stored.hash, b"sig", desk.id)
    fact = SetAside(said.municipality, said.record, said.hash, said.reason, said.by, sig)
    story.server.run(town.submit(lambda: town.intake.take_fact(fact, 1)))
    story.server.back_up(story.folder / "backup")
    story.server.run(story.town.acts.revoke(desk.id, "beheer", stolen=True))
    story.restore()
    assert story.town.book.set_aside(stored.hash)


def test_what_counted_no_more_when_the_backup_was_made_is_not_signed(story: Story) -> None:
    """A grant that waited in vain is no promise: its signer lost the record before anybody could sign it."""
    town = story.town
    eve = story.server.enrol(story.folder / "eve.db", "eve")
    story.sync(story.cees)
    story.server.run(town.opening.withdraw(story.record, "cees", "beheer"))
    story.cees.grant(story.record, town.book.certificates[eve.id])
    (_, grant, _) = story.cees.store.queued_grants(1)[0]
    story.server.run(town.submit(lambda: town.intake.take_fact(grant, 1)))
    story.settle()
    story.server.run(town.acts.revoke(story.cees.id, "beheer", stolen=True))
    story.settle()
    assert eve.id not in story.copies()


def test_a_store_of_before_signs_what_it_took_before_its_signer_lost_the_record(
    story: Story, monkeypatch: pytest.MonkeyPatch
) -> None:
    story.server.restore(story.folder / "backup")
    monkeypatch.setattr(Intake, "_promise", lambda _intake, _fact: None)
    town = story.town
    lost = town.custody.signed(Withdrawal(town.code, story.record, "anna", 7))
    story.server.run(town.submit(lambda: town.intake.take_fact(lost, 7)))
    assert {"bert", "cees"}.isdisjoint(story.readers())
    run = inside(town.journal).execute
    for statement in ("table displaced", "index forked_place", "table kept"):
        run(f"drop {statement}")
    for table, column in (("to_sign", "promised"), ("audit", "result"), ("audit", "origin")):
        run(f"alter table {table} drop column {column}")
    run("pragma user_version = 12")
    story.server.stop()
    story.server.start()
    story.settle()
    assert {"bert", "cees"} == story.readers()
