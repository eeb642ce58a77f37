"""Pushes that do not fit, over HTTP and with a real store: each is named, and nothing that was acknowledged is lost."""

from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest
from litestar.testing import TestClient

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import signed_headers
from crypto.bodies import RecordKeys, new_record_key
from crypto.entries import encode_plaintext
from crypto.keys import record_commitment, record_id
from sync.device import compose, written
from sync.entry import Entry, Seen, encode_header, entry_hash
from sync.messages import PROTOCOL, Place, Receipt, SyncRequest, SyncResponse, read_response, write
from tests.fleet.world import LocalTransport, Server
from tests.looking import rows

Client = TestClient[Any]
PATH = "/api/v1/GM9901/sync"


class Pusher:
    """A device whose entries the test makes by hand and sends itself."""

    def __init__(self, client: Client, server: Server, device: Device) -> None:
        self.client, self.server, self.device = client, server, device

    def entries(self, count: int, word: str = "woord") -> list[Entry]:
        made, pen, device = [], self.device.pen, self.device
        for number in range(count):
            secret = new_record_key()
            key = record_commitment(secret)
            record, keys = record_id(device.id, key), RecordKeys(secret)
            answers = {"/duiding": f"{word} {number}"}
            header = compose(pen, device.clock.now_ms(), record, key, "write", (), keys.touches(answers))
            raw = encode_header(header)
            body = keys.seal(raw, encode_plaintext("huisbezoek", 1, answers))
            hash_ = entry_hash(pen.head.hash, raw, sha256(body).digest())
            made.append(Entry(pen.head.hash, raw, body, None, device.signing.sign("entry", hash_)))
            pen = written(pen, header, hash_)
        device.pen = pen
        return made

    def post(self, *entries: Entry, path: str = PATH, **more: Any) -> Any:
        request = SyncRequest(PROTOCOL, self.server.clock.now_ms(), entries=entries, **more)
        body = write(request)
        plain = {"Content-Type": "application/msgpack"}
        headers = signed_headers(self.device.id, self.device.signing, request.sent, "POST", path, body, plain)
        return self.client.post(path, content=body, headers=headers)

    def answer(self, *entries: Entry, **more: Any) -> SyncResponse:
        answer = self.post(*entries, **more)
        assert 200 == answer.status_code, answer.text
        return read_response(answer.content)

    def stored(self) -> list[int]:
        journal = self.server.municipality.journal
        return [seq for seq in range(1, 50) if journal.hash_at(self.device.id, seq) is not None]


@pytest.fixture
def pusher(client: Client, server: Server, tmp_path: Path) -> Pusher:
    return Pusher(client, server, server.enrol(tmp_path / "device.db", "werker-1"))


def test_a_gap_is_asked_for_and_then_filled(pusher: Pusher) -> None:
    made = pusher.entries(4)
    assert 1 == pusher.answer(made[0]).received_through.seq
    asked = pusher.answer(*made[2:])
    assert (2, 1, None) == (asked.wanted, asked.received_through.seq, asked.refused)
    assert [1] == pusher.stored()
    assert 4 == pusher.answer(*made[1:]).received_through.seq
    assert [1, 2, 3, 4] == pusher.stored()


def test_a_gap_inside_a_push_is_refused_and_none_of_it_taken(pusher: Pusher) -> None:
    made = pusher.entries(3)
    answer = pusher.answer(made[0], made[2])
    assert answer.refused is not None and ("gap-in-push", 2) == (answer.refused.code, answer.refused.seq)
    assert answer.refused.remedy and [] == pusher.stored()
    assert 3 == pusher.answer(*made).received_through.seq


def test_a_hole_is_proven_by_a_receipt_recorded_for_all_and_the_journal_goes_on(pusher: Pusher, tmp_path: Path) -> None:
    server, made = pusher.server, pusher.entries(4)
    server.back_up(tmp_path / "backup")
    pusher.client.app.state.house.municipalities.add(server.municipality)
    receipt = pusher.answer(*made[:3]).receipt
    assert isinstance(receipt, Receipt) and 3 == receipt.seq
    server.restore(tmp_path / "backup")
    pusher.client.app.state.house.municipalities.add(server.municipality)
    assert 1 == pusher.answer(made[3]).wanted
    forged = msgspec.structs.replace(receipt, hash=bytes(32))
    assert "bad-receipt" == pusher.post(made[3], gone=forged).json()["code"]
    assert [] == pusher.stored()
    answer = pusher.answer(made[3], gone=receipt)
    assert (4, None) == (answer.received_through.seq, answer.wanted)
    assert [4] == pusher.stored()
    holes = [stored.fact for stored in server.municipality.journal.facts(kind="hole")]
    assert [(pusher.device.id, 1, 3)] == [(hole.device, hole.first, hole.last) for hole in holes]  # type: ignore[union-attr]


def test_a_fork_is_named_and_kept_apart(pusher: Pusher) -> None:
    pen = pusher.device.pen
    made = pusher.entries(3)
    pusher.answer(*made)
    pusher.device.pen = pen
    other = pusher.entries(2, "ander woord")
    answer = pusher.answer(*other)
    assert answer.fork is not None and 1 == answer.fork.seq
    assert pusher.server.municipality.journal.hash_at(pusher.device.id, 1) == answer.fork.hash
    assert 3 == answer.received_through.seq and 2 == rows(pusher.server.municipality.journal, "forked")
    assert 2 == pusher.server.municipality.health.counts()["forked"]


def test_a_broken_chain_is_refused(pusher: Pusher) -> None:
    made = pusher.entries(2)
    broken = msgspec.structs.replace(made[1], prev=bytes(32))
    answer = pusher.answer(made[0], broken)
    assert answer.refused is not None and ("broken-chain", 2) == (answer.refused.code, answer.refused.seq)
    assert [] == pusher.stored()


@pytest.mark.parametrize(
    ("member", "value"),
    [
        (0, 2), (1, "GM99"), (2, b"kort"), (3, 0), (4, b"kort"), (5, b"kort"), (6, b"kort"), (7, "erase"),
        (8, [[b"kort", 1, bytes(8)]]), (9, []), (10, b"kort"),
    ],
)  # fmt: skip
def test_a_malformed_member_is_refused_by_name(pusher: Pusher, member: int, value: Any) -> None:
    names = ["version", "municipality", "device", "seq", "clock", "record", "key", "act", "observed", "touches", "from"]
    made = pusher.entries(1)[0]
    parts = msgspec.msgpack.decode(made.header)
    parts[member] = value
    answer = pusher.answer(msgspec.structs.replace(made, header=msgspec.msgpack.encode(parts)))
    assert answer.refused is not None and "malformed-header" == answer.refused.code
    assert f"member {names[member]} " in answer.refused.message and [] == pusher.stored()
    assert 1 == pusher.answer(made).received_through.seq


def test_a_push_at_the_limits_is_taken_and_one_over_is_not(pusher: Pusher) -> None:
    made = pusher.entries(501)
    answer = pusher.post(*made)
    assert (413, "too-large") == (answer.status_code, answer.json()["code"])
    assert "501" in answer.json()["detail"] and "500" in answer.json()["detail"]
    assert 500 == pusher.answer(*made[:500]).received_through.seq
    assert 501 == pusher.answer(made[500]).received_through.seq


@pytest.mark.parametrize(("extra", "code"), [(0, None), (1, "too-large")])
def test_a_body_at_its_limit_is_taken_and_one_byte_more_is_not(pusher: Pusher, extra: int, code: str | None) -> None:
    made = pusher.entries(1)[0]
    body = b"x" * (262_144 + extra)
    big = msgspec.structs.replace(made, body=body)
    answer = pusher.answer(big)
    assert code == (answer.refused.code if answer.refused is not None else None)
    assert ([1] if code is None else []) == pusher.stored()


def test_what_was_made_for_another_municipality_counts_nowhere_else(
    pusher: Pusher, client: Client, tmp_path: Path
) -> None:
    made = pusher.entries(1)[0]
    other = Server(tmp_path / "other", "GM9902")
    client.app.state.house.municipalities.add(other.municipality)
    path = "/api/v1/GM9902/sync"
    answer = pusher.post(made, path=path)
    assert (401, "device-unknown") == (answer.status_code, answer.json()["code"])
    twin = Pusher(client, other, other.enrol(tmp_path / "twin.db", "werker-1"))
    refused = read_response(twin.post(made, path=path).content).refused
    assert refused is not None and "foreign-entry" == refused.code
    assert 0 == other.municipality.health.counts()["entries"]
    other.stop()


@pytest.mark.parametrize("years", [-30, -1, 1, 30])
def test_a_clock_years_off_is_corrected_and_every_answer_arrives(server: Server, tmp_path: Path, years: int) -> None:
    from tests.fleet.world import SkewedClock

    clock = SkewedClock(server.clock)
    device = server.enrol(tmp_path / "off.db", "werker-2", clock)
    clock.off_ms = years * 31_536_000_000
    device.create("huisbezoek", 1, {"/duiding": "geschreven in een ander jaar"})
    outcome = Sync(device, LocalTransport(server)).run()
    assert (1, 0, None) == (outcome.sent, outcome.unsent, outcome.refused)
    assert 1 == server.municipality.health.counts()["entries"]


def test_repeats_of_everything_change_nothing(pusher: Pusher) -> None:
    made = pusher.entries(3)
    first = pusher.answer(*made)
    position = pusher.server.municipality.committed.position
    again = pusher.answer(*made)
    assert (first.received_through, first.stamps) == (again.received_through, again.stamps)
    assert position == pusher.server.municipality.committed.position
    assert Place(3, first.received_through.hash) == again.durable_through


def test_an_observation_of_what_does_not_exist_is_held_and_told(pusher: Pusher) -> None:
    pen, device = pusher.device.pen, pusher.device
    secret = new_record_key()
    key = record_commitment(secret)
    keys = RecordKeys(secret)
    seen = (Seen(bytes(16), 7, bytes(8)),)
    header = compose(
        pen, device.clock.now_ms(), record_id(device.id, key), key, "write", seen, keys.touches(["/duiding"])
    )
    raw = encode_header(header)
    body = keys.seal(raw, encode_plaintext("huisbezoek", 1, {"/duiding": "gezien wat niet bestaat"}))
    hash_ = entry_hash(pen.head.hash, raw, sha256(body).digest())
    pusher.answer(Entry(pen.head.hash, raw, body, None, device.signing.sign("entry", hash_)))
    assert [1] == pusher.stored() and 1 == pusher.server.municipality.health.counts()["held"]
