"""A hand-in without a signed request: entries prove themselves, and whoever carries them learns nothing else."""

from base64 import b64encode
from pathlib import Path
from typing import Any

import msgspec
import pytest
from limits import RateLimitItemPerMinute
from litestar.testing import TestClient

from backend.desk.rescuing import rescue
from backend.device.handing_in import rescue as rescue_file
from backend.device.transport import signed_headers
from backend.municipality import handin
from backend.municipality.custody import record_key_of
from crypto.keys import verify
from sync.entry import Entry, parse_header
from sync.exchange import check_entry
from sync.facts import Certificate, Erasure, Revocation, decode_fact
from sync.messages import Epoch, HandInAnswer, HandInRequest, Place, write_hand_in
from tests.fleet.world import Server
from tests.looking import inside
from tests.standing import Everybody
from tests.web.test_devices import refused
from tests.web.test_pushes import Pusher

Client = TestClient[Any]
PATH = "/api/v1/GM9901/hand-ins"
MESSAGEPACK = {"Content-Type": "application/msgpack"}


class Carrier:
    """Somebody who holds sealed entries and a certificate, and no key at all."""

    def __init__(self, pusher: Pusher) -> None:
        self.pusher, self.server = pusher, pusher.server
        self.device = pusher.device.id
        self.certificate = pusher.server.municipality.book.certificates[self.device]

    def post(self, *entries: Entry, certificate: Certificate | None = None, **more: Any) -> Any:
        raw = write_hand_in(HandInRequest(1, certificate or self.certificate, entries, **more))
        return self.pusher.client.post(PATH, content=raw, headers=MESSAGEPACK)

    def answer(self, *entries: Entry, **more: Any) -> HandInAnswer:
        answer = self.post(*entries, **more)
        assert 200 == answer.status_code, answer.text
        return msgspec.msgpack.decode(answer.content, type=HandInAnswer)

    @property
    def tail(self) -> int:
        return self.server.municipality.committed.tails.get(self.device, Place(0, b"")).seq


@pytest.fixture
def carrier(client: Client, server: Server, tmp_path: Path) -> Carrier:
    return Carrier(Pusher(client, server, server.enrol(tmp_path / "device.db", "werker-1")))


def statuses(answer: HandInAnswer) -> list[tuple[int, str]]:
    return [(entry.seq, entry.status) for entry in answer.entries]


def test_entries_of_somebody_else_than_the_certificates_device_are_refused(
    carrier: Carrier, client: Client, tmp_path: Path
) -> None:
    made = carrier.pusher.entries(2)
    other = Carrier(Pusher(client, carrier.server, carrier.server.enrol(tmp_path / "other.db", "werker-2")))
    answer = other.answer(*made)
    assert [(1, "foreign-entry"), (2, "foreign-entry")] == statuses(answer) and answer.receipt is None
    assert [] == carrier.pusher.stored()


def test_a_certificate_that_the_municipality_did_not_sign_brings_nothing(carrier: Carrier) -> None:
    made = carrier.pusher.entries(1)[0]
    for false in (
        msgspec.structs.replace(carrier.certificate, sig=bytes(64)),
        msgspec.structs.replace(carrier.certificate, signing=bytes(32)),
        msgspec.structs.replace(carrier.certificate, municipality="GM9902"),
    ):
        assert (401, "device-unknown") == refused(carrier.post(made, certificate=false))
    assert [] == carrier.pusher.stored()


def test_what_stands_before_a_forged_entry_is_taken_and_what_stands_behind_it_is_kept_without_a_receipt(
    carrier: Carrier,
) -> None:
    made = carrier.pusher.entries(4)
    forged = msgspec.structs.replace(made[2], sig=bytes(64))
    answer = carrier.answer(made[0], made[1], forged, made[3])
    assert [(1, "held"), (2, "held"), (3, "bad-signature"), (4, "held")] == statuses(answer)
    assert answer.receipt is not None and 2 == answer.receipt.seq == carrier.tail
    assert [1, 2, 4] == carrier.pusher.stored()
    again = carrier.answer(*made)
    assert [(1, "known"), (2, "known"), (3, "held"), (4, "known")] == statuses(again)
    assert again.receipt is not None and 4 == again.receipt.seq == carrier.tail


def test_bad_signatures_count_against_the_address(carrier: Carrier, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.web.limits.FAILURES", RateLimitItemPerMinute(2))
    made = carrier.pusher.entries(2)
    forged = msgspec.structs.replace(made[1], sig=bytes(64))
    assert [200, 200, 429] == [carrier.post(forged).status_code for _ in range(3)]
    assert 429 == carrier.post(made[0], forged).status_code and [] == carrier.pusher.stored()


def test_the_answer_speaks_of_the_entries_in_the_request_alone(carrier: Carrier) -> None:
    made = carrier.pusher.entries(3)
    carrier.pusher.answer(*made)
    raw = msgspec.msgpack.decode(carrier.post().content)
    assert {"life", "server_time"} == raw.keys()
    answer = carrier.answer(made[0])
    assert [(1, "known")] == statuses(answer)
    assert answer.receipt is not None and 1 == answer.receipt.seq


def test_a_receipt_is_signed_and_none_is_given_while_locked(carrier: Carrier) -> None:
    made, town = carrier.pusher.entries(2), carrier.server.municipality
    town.keyring.lock()
    assert carrier.answer(made[0]).receipt is None and 1 == carrier.tail
    carrier.server.unlock()
    receipt = carrier.answer(*made).receipt
    assert receipt is not None and town.book.keys is not None
    verify(town.book.keys.receipt, receipt.sig, "receipt", *receipt.signed_fields())
    assert 2 == receipt.seq


def test_an_entry_without_its_body_is_refused_unless_its_record_was_erased(carrier: Carrier) -> None:
    made, server = carrier.pusher.entries(1)[0], carrier.server
    bare = Entry(made.prev, made.header, None, check_entry(made, "GM9901").body_hash, made.sig)
    assert [(1, "body-missing")] == statuses(carrier.answer(bare)) and [] == carrier.pusher.stored()
    record = parse_header(made.header).record
    fact = Erasure("GM9901", record, "request", server.clock.now_ms(), bytes(64))
    assert [(1, "body-missing")] == statuses(carrier.answer(bare, erasures=(fact,)))
    said = server.municipality.custody.signed(fact)
    assert [(1, "held")] == statuses(carrier.answer(bare, erasures=(said,)))
    assert server.municipality.book.erased(record)


def test_a_fork_is_kept_apart_and_named(carrier: Carrier) -> None:
    pen = carrier.pusher.device.pen
    mine = carrier.pusher.entries(3)
    carrier.pusher.answer(*mine)
    carrier.pusher.device.pen = pen
    other = carrier.pusher.entries(3, "anders")
    answer = carrier.answer(*other)
    assert [(1, "forked"), (2, "forked"), (3, "forked")] == statuses(answer) and answer.receipt is None
    assert 3 == carrier.server.municipality.health.counts()["forked"]
    assert [(3, "forked")] == statuses(carrier.answer(other[2]))


def test_what_is_newly_stored_for_a_device_in_a_day_is_bounded(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = carrier.pusher.entries(4)
    monkeypatch.setattr(handin, "ENTRY_BYTES_PER_DAY", 2_200)
    assert 200 == carrier.post(*made[:2]).status_code
    assert (429, "hand-in-full") == refused(carrier.post(*made[2:]))
    assert [1, 2] == carrier.pusher.stored()
    assert 200 == carrier.post(*made[:2]).status_code  # what is known costs nothing
    carrier.server.clock.ms += 86_400_000
    assert 200 == carrier.post(*made[2:]).status_code


def test_what_a_revoked_device_wrote_after_its_end_is_bounded_in_all(
    carrier: Carrier, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thief has the key of a stolen phone: what waits for a person must not fill the disk, day after day."""
    made, server = carrier.pusher.entries(6), carrier.server
    monkeypatch.setattr(handin, "REVOKED_BYTES_MAX", 3_000)
    assert 200 == carrier.post(*made[:2]).status_code
    server.run(server.municipality.acts.revoke(carrier.pusher.device.id, "beheer", last_seq=1))
    assert 200 == carrier.post(*made[2:3]).status_code
    for _ in range(3):
        server.clock.ms += 86_400_000
        assert (413, "hand-in-revoked-full") == refused(carrier.post(*made[3:]))
    assert [1, 2, 3] == carrier.pusher.stored()


def test_keys_come_along_and_the_municipality_can_read_what_another_brought(carrier: Carrier) -> None:
    device = carrier.pusher.device
    record = device.create("huisbezoek", 1, {"/duiding": "ingeleverd"})
    entry = device.store.own_after(device.id, 0, 1)[0].entry
    town = carrier.server.municipality
    assert [(1, "key-not-kept")] == statuses(carrier.answer(entry))
    epochs = tuple(device.store.epoch(wrap.epoch, Epoch) for wrap in entry.wraps)
    assert [(1, "known")] == statuses(carrier.answer(entry, epochs=epochs))
    row = town.journal.record(record)
    assert row is not None and record_key_of(town.custody, town.keys, record, row.key) is not None


def test_a_revoked_device_is_told_by_its_revocations_alone(carrier: Carrier) -> None:
    made, server = carrier.pusher.entries(2), carrier.server
    carrier.pusher.answer(made[0])
    server.run(server.municipality.acts.revoke(carrier.device, "beheer", stolen=True))
    answer = carrier.answer(made[1])
    assert [(2, "held")] == statuses(answer)
    assert [(carrier.device, 1, 1)] == [(r.device, r.last_seq, r.stolen) for r in answer.revocations]


def test_a_revoked_device_gets_its_revocations_by_every_signed_route_and_nothing_else(
    carrier: Carrier, client: Client
) -> None:
    made, server, device = carrier.pusher.entries(2), carrier.server, carrier.pusher.device
    carrier.pusher.answer(made[0])
    server.run(server.municipality.acts.revoke(carrier.device, "beheer", stolen=True))
    answers = [carrier.pusher.post(made[1])]
    for method, path in (
        ("GET", "/api/v1/GM9901/forms/dossier/versions/1"),
        ("GET", "/api/v1/GM9901/lists/scholen/versions/1"),
        ("POST", "/api/v1/GM9901/attachments"),
        ("PATCH", f"/api/v1/GM9901/attachments/uploads/{'ab' * 16}"),
        ("DELETE", f"/api/v1/GM9901/attachments/uploads/{'ab' * 16}"),
        ("GET", f"/api/v1/GM9901/attachments/{'ab' * 32}"),
    ):
        plain = {"Content-Type": "application/offset+octet-stream"} if method == "PATCH" else {}
        headers = signed_headers(device.id, device.signing, server.clock.now_ms(), method, path, b"", plain)
        answers.append(client.request(method, path, headers=headers))
    for answer in answers:
        assert (403, "device-revoked") == refused(answer)
        (raw,) = answer.json()["revocations"]
        fact = decode_fact(bytes.fromhex(raw))
        assert isinstance(fact, Revocation) and (carrier.device, 1, 1) == (fact.device, fact.last_seq, fact.stolen)
    assert [1] == carrier.pusher.stored()
    forged = {**headers, "Veldpost-Signature": "00" * 64}
    assert (401, "device-unknown") == refused(client.request(method, path, headers=forged))


def test_more_than_one_request_holds_is_refused(carrier: Carrier) -> None:
    made = carrier.pusher.entries(1)[0]
    assert (413, "too-large") == refused(carrier.post(*[made] * 501))
    assert (400, "not-messagepack") == refused(
        carrier.pusher.client.post(PATH, content=b"\x91" * 100_000, headers=MESSAGEPACK)
    )


def test_a_rescue_file_of_any_length_is_taken_in_with_an_audit_line(carrier: Carrier) -> None:
    device, town = carrier.pusher.device, carrier.server.municipality
    for number in range(40):
        device.create("huisbezoek", 1, {"/duiding": f"uit het bestand {number}"})
    args = {"content": b64encode(rescue_file(device)).decode()}
    for known in (0, 40):
        who = Everybody(town, "beheer")
        rows = carrier.server.run(rescue(None, town, "beheer", args, who=who))  # type: ignore[arg-type]
        assert [{"device": device.id.hex(), "held": 40 - known, "known": known, "key_not_kept": 0}] == rows
    assert 40 == carrier.tail
    (acts,) = inside(town.journal).execute("select count(*) from audit where act = 'rescue'").fetchone()
    assert 2 == acts
