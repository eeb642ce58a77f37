"""A device believes no fact for the server's sake: each has one signer (sync/SPEC.md sections 4.1, 5 and 8.8)."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.device.device import Device
from backend.device.syncing import sync
from crypto.keys import SigningKey
from sync.facts import Certificate, Fact, Grant, Hole, SetAside, purpose_of, signed_fields, with_signature
from sync.messages import Change, read_response, write
from tests.fleet.world import LocalTransport, Server

FORM = ("huisbezoek", 1)


class Lying(LocalTransport):
    """A server that adds facts to its answers, in the order that it likes."""

    def __init__(self, server: Server, *facts: Fact) -> None:
        super().__init__(server)
        self.facts = facts

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        raw = super().post(path, body, headers)
        if not path.endswith("/sync"):
            return raw
        answer = read_response(raw)
        more = tuple(Change(1 << 40, fact=fact) for fact in self.facts)
        return write(msgspec.structs.replace(answer, changes=(*answer.changes, *more)))


def said(fact: Any, key: SigningKey) -> Any:
    return with_signature(fact, key.sign(purpose_of(fact), *signed_fields(fact)))


class World:
    """Anna has a record and reads it; Bert, Cees and Dora are workers of the same municipality."""

    def __init__(self, folder: Path) -> None:
        self.server = Server(folder / "data")
        self.anna, self.bert, self.cees, self.dora = (
            self.server.enrol(folder / f"{name}.db", name) for name in ("anna", "bert", "cees", "dora")
        )
        self.record = self.anna.create(*FORM, {"/toegang": "binnen"})
        for device in (self.anna, self.bert, self.cees, self.dora):
            sync(device, LocalTransport(self.server))
        sync(self.anna, LocalTransport(self.server))
        self.code = self.anna.pen.municipality

    def told(self, *facts: Fact) -> Device:
        sync(self.anna, Lying(self.server, *facts))
        return self.anna

    def grant(self, by: Device, to: Device, key: SigningKey | None = None) -> Grant:
        known = self.anna.store.record_key(self.record)
        assert known is not None
        fact = Grant(self.code, self.record, known[0], to.id, 2, bytes(32), by.id)
        granted: Grant = said(fact, key or by.signing)
        return granted


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def test_what_an_ordinary_worker_sets_aside_counts_on(world: World) -> None:
    """Any worker could take an entry away from any device, with the help of a server that passed it on."""
    hash_ = world.anna.store.entries_of(world.record)[0].hash
    device = world.told(said(SetAside(world.code, world.record, hash_, "sig", world.bert.id), world.bert.signing))
    assert not device.facts.set_aside(hash_)
    assert {"/toegang": "binnen"} == device.view(world.record).answers


def test_what_a_desk_device_sets_aside_counts_not(world: World, tmp_path: Path) -> None:
    invitation = world.server.run(world.server.municipality.enrolling.invite("desk:beheer", "desk", "beheer"))
    desk = Device.enrol(tmp_path / "desk.db", None, invitation, LocalTransport(world.server), world.server.clock)
    sync(world.anna, LocalTransport(world.server))
    hash_ = world.anna.store.entries_of(world.record)[0].hash
    device = world.told(said(SetAside(world.code, world.record, hash_, "sig", desk.id), desk.signing))
    assert device.facts.set_aside(hash_)


def test_a_grant_of_a_worker_who_does_not_have_the_record_opens_it_to_nobody(world: World) -> None:
    """Bert, who was granted nothing, let Cees write in a record, and every device believed it."""
    assert not world.told(world.grant(world.bert, world.cees)).facts.granted(world.record, world.cees.id)


def test_two_who_grant_to_each_other_open_nothing(world: World) -> None:
    device = world.told(world.grant(world.bert, world.cees), world.grant(world.cees, world.bert))
    assert not device.facts.granted(world.record, world.cees.id)
    assert not device.facts.granted(world.record, world.bert.id)


def test_a_chain_of_grants_counts_in_whatever_order_it_came(world: World) -> None:
    chain = (
        world.grant(world.cees, world.dora),
        world.grant(world.bert, world.cees),
        world.grant(world.anna, world.bert),
    )
    device = world.told(*chain)
    assert [True] * 3 == [device.facts.granted(world.record, one.id) for one in (world.bert, world.cees, world.dora)]


@pytest.mark.parametrize("kind", ["grant", "municipal grant", "certificate", "hole"])
def test_a_fact_under_another_key_than_its_signers_is_passed_over(kind: str, world: World) -> None:
    bert, cees, custody = world.bert, world.cees, world.server.municipality.custody
    grant = world.grant(world.anna, cees, bert.signing)
    known = world.anna.facts
    eve = SigningKey.generate()
    certificate = Certificate(world.code, b"e" * 16, "eve", "desk", 2, eve.public, bytes(1216), 0, 1 << 40)
    facts: dict[str, Fact] = {
        "grant": grant,
        "municipal grant": said(msgspec.structs.replace(grant, by=None), bert.signing),
        "certificate": said(certificate, bert.signing),
        "hole": said(Hole(world.code, world.anna.id, 1, 9, bytes(32), 1), custody.signing),
    }
    device = world.told(facts[kind])
    assert not device.facts.granted(world.record, cees.id)
    assert not device.facts.certified(b"e" * 16)
    assert not device.facts.in_hole(world.anna.id, 1)
    assert known.certified(cees.id)


def test_what_was_believed_once_is_the_same_after_a_restart(world: World) -> None:
    device = world.told(world.grant(world.bert, world.cees), world.grant(world.anna, world.bert))
    device.load()
    assert device.facts.granted(world.record, world.cees.id)
