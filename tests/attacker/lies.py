"""A server that lies to the product's own device: nothing counts for the server's sake."""

from collections.abc import Mapping
from typing import Any, Final

from backend.device.device import Device
from backend.device.syncing import Sync
from tests.attacker.stories import story
from tests.attacker.town import Town
from tests.attacker.wire import make_fact, pack, unpack
from tests.fleet.world import LocalTransport

YEAR_MS: Final = 365 * 24 * 3_600_000


class Liar:
    """Between a device and its server: adds facts to what the server answers."""

    def __init__(self, town: Town, facts: list[list[Any]]) -> None:
        self._real = LocalTransport(town.server)
        self._facts = facts

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """An answer with lies in it."""
        answer = unpack(self._real.post(path, body, headers))
        lies = [{"position": 10_000 + n, "fact": fact} for n, fact in enumerate(self._facts)]
        answer["changes"] = [*answer.get("changes", ()), *lies]
        return pack(answer)


class Read:
    """A record that anna wrote, read by cees on the product's own device."""

    def __init__(self, town: Town) -> None:
        self.town = town
        self.anna = town.phone("anna")
        self.eve = town.phone("eve", honest=False)
        self.record = self.anna.create({"/duiding": "woord-waar"})
        self.anna.sync()
        self.cees: Device = town.device("cees")
        town.assign(self.record, "cees")
        town.sync(self.cees)
        assert {"/duiding": "woord-waar"} == self.answers()

    def answers(self) -> Mapping[str, Any]:
        """What cees is shown."""
        return self.cees.view(self.record).answers

    def told(self, *facts: list[Any]) -> None:
        """Cees syncs, and the server adds these facts."""
        Sync(self.cees, Liar(self.town, list(facts))).run()

    def still_shown(self, rule: str) -> None:
        """Cees still reads what anna wrote, and may read on."""
        if self.answers() != {"/duiding": "woord-waar"}:
            self.town.model.fault(rule, f"cees is shown {dict(self.answers())}")


@story
def a_device_believes_no_worker_who_sets_aside(town: Town) -> None:
    read = Read(town)
    hash_ = read.anna.chain[-1].hash
    for by in (read.eve.id, None):
        read.told(make_fact(read.eve.keys, "set-aside", read.eve.town, read.record, hash_, "sig", by))
        read.still_shown("signers")


@story
def a_device_believes_no_grant_of_a_stranger(town: Town) -> None:
    read = Read(town)
    record = read.anna.records[read.record]
    eve, fred = read.eve, town.phone("fred", honest=False)
    eve.records[read.record] = fred.records[read.record] = record
    sealed = bytes(32)
    grants = [
        make_fact(by.keys, "grant", eve.town, record.id, record.key, to.id, 2, sealed, by.id)
        for by, to in ((eve, eve), (eve, fred), (fred, eve), (fred, fred))
    ]
    eve.write(record, {"/duiding": "woord-eve"}, observed=[*read.anna.heads[record.id].values()])
    fred.write(record, {"/duiding": "woord-fred"}, observed=[*read.anna.heads[record.id].values()])
    eve.push()
    fred.push()
    read.told(*grants)
    read.still_shown("signers")


@story
def a_device_believes_nothing_that_only_the_municipality_may_say(town: Town) -> None:
    read = Read(town)
    eve, at, hash_ = read.eve, town.clock.ms, read.anna.chain[-1].hash
    for fact in (
        ("revocation", eve.town, read.anna.id, 0, bytes(32), 1, at),
        ("revocation", eve.town, read.cees.id, 0, bytes(32), 1, at),
        ("erasure", eve.town, read.record, "request", at),
        ("withdrawal", eve.town, read.record, "cees", at),
        ("hole", eve.town, read.anna.id, 1, 1, hash_, at),
        ("form-retired", eve.town, "huisbezoek", 9, at),
    ):
        read.told(make_fact(eve.keys, *fact))
        read.still_shown("signers")
    if read.cees.store.get("retired:huisbezoek", object) is not None:
        town.model.fault("signers", "a worker retired a form")


@story
def a_device_is_not_told_another_municipality_s_facts_as_its_own(town: Town) -> None:
    read = Read(town)
    custody = town.product.custody
    fact = ["erasure", "GM9902", read.record, "request", town.clock.ms]
    sig = custody.signing.sign("erasure", *fact[1:])
    read.told([*fact, sig])
    read.still_shown("signers")


@story
def what_came_while_one_decided_was_not_shown_and_is_not_decided(town: Town) -> None:
    read = Read(town)
    cees, anna = read.cees, read.anna
    shown = [anna.chain[-1].hash]
    anna.write(anna.records[read.record], {"/duiding": "woord-later"})
    anna.sync()
    town.sync(cees)
    cees.save(cees.editing_of(read.record, shown), "huisbezoek", 1, {"/duiding": "woord-besluit"})
    town.sync(cees)
    kept = {value for values in cees.view(read.record).conflicts.values() for value in values}
    if kept != {"woord-later", "woord-besluit"}:
        town.model.fault("observed-is-shown", f"what nobody was shown was decided: {kept}")


@story
def a_clock_that_runs_a_year_ahead_wins_nothing(town: Town) -> None:
    read = Read(town)
    anna, eve = read.anna, read.eve
    town.assign(read.record, "eve")
    eve.sync()
    eve.write(eve.records[read.record], {"/duiding": "woord-vooruit"}, clock=(town.clock.ms + YEAR_MS) << 16)
    eve.push()
    town.clock.ms += 60_000
    anna.write(anna.records[read.record], {"/duiding": "woord-nieuwer"})
    anna.push()
    town.sync(read.cees)
    if read.answers() != {"/duiding": "woord-nieuwer"}:
        town.model.fault("effective-clock", f"cees is shown {dict(read.answers())}")
