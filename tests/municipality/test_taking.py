"""Taking from devices: repeats take no place, keys of another shape no certificate, ended signers no copy."""

from pathlib import Path

import msgspec
import pytest

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.enrolment import EnrolRequest
from backend.municipality.invitations import Invitations
from crypto.keys import SigningKey
from sync.facts import DESK, Report, SetAside, purpose_of, signed_fields, with_signature
from sync.messages import ReportNote, SyncRequest, write
from tests.fleet.world import LocalTransport, Server


def exchange(server: Server, device: Device, **members: object) -> None:
    now_ms = server.clock.now_ms()
    request = msgspec.structs.replace(SyncRequest(1, now_ms), **members)
    server.run(server.municipality.exchanging.exchange(device.id, write(request), now_ms))


def test_a_report_sent_again_and_again_takes_one_position(tmp_path: Path) -> None:
    server = Server(tmp_path)
    anna = server.enrol(tmp_path / "a.db", "anna")
    record = anna.create("huisbezoek", 1, {"/duiding": "woord"})
    Sync(anna, LocalTransport(server)).run()
    journal = server.municipality.journal
    entry = journal.entries_of(record)[0]
    fact = Report("GM9901", record, entry.hash, "open", anna.id)
    sig = anna.signing.sign(purpose_of(fact), *signed_fields(fact))
    note = ReportNote(record, entry.hash, "open", sig)
    before = journal.last_position()
    for _ in range(3):
        exchange(server, anna, reports=(note,) * 100)
    assert before + 1 == journal.last_position()
    server.stop()


@pytest.mark.parametrize("shape", ["short signing", "short sealing", "unknown suite"])
def test_keys_of_another_shape_are_not_certified(shape: str) -> None:
    signing = SigningKey.generate().public[: 31 if shape == "short signing" else 32]
    sealing = bytes(1215 if shape == "short sealing" else 1216)
    request = EnrolRequest(bytes(16), 9 if shape == "unknown suite" else 2, signing, sealing, bytes(32))
    assert not Invitations("GM9901").posted(request).taken


def test_the_municipality_does_not_sign_what_a_desk_device_set_aside_before_it_was_ended(tmp_path: Path) -> None:
    server = Server(tmp_path)
    town = server.municipality
    anna = server.enrol(tmp_path / "a.db", "anna")
    record = anna.create("huisbezoek", 1, {"/duiding": "woord"})
    Sync(anna, LocalTransport(server)).run()
    invitation = server.run(town.enrolling.invite("kees", DESK, "beheer"))
    desk = Device.enrol(tmp_path / "d.db", None, invitation, LocalTransport(server), server.clock)
    fact = SetAside("GM9901", record, town.journal.entries_of(record)[0].hash, "open", desk.id)
    fact = with_signature(fact, desk.signing.sign(purpose_of(fact), *signed_fields(fact)))
    server.run(town.acts.revoke(desk.id, "beheer"))
    server.run(town.submit(lambda: town.intake.take_fact(fact, server.clock.now_ms())))
    server.run(town.settling.settle())
    assert not town.book.set_aside(fact.hash)
    assert [] == [s.fact for s in town.journal.facts(record=record) if isinstance(s.fact, SetAside) and not s.fact.by]
    server.stop()
