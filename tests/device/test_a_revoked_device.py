"""A revoked device is told by the municipality's own word, hands in, and wipes (sync/SPEC.md section 8.6)."""

from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.device.device import Device
from backend.device.handing_in import rescue
from backend.device.store import DeviceStore
from backend.device.syncing import sync
from backend.device.transport import ServerRefused, Unreachable
from backend.device.wiping import DeviceWiped
from crypto.keys import SigningKey
from sync.device import KEEP_MS, Ended, Wipe, due_to_go
from sync.entry import entry_hash, parse_header
from sync.facts import Revocation, encode_fact, purpose_of, signed_fields, with_signature
from sync.messages import KEY_NOT_KEPT, KNOWN, HandedIn, HandInAnswer, HandInRequest, Receipt
from tests.fleet.world import LocalTransport, Server

FORM = ("huisbezoek", 1)


class Ending:
    """A server that revoked a device: it says so with a fact, and takes what the device hands in."""

    def __init__(self, server: Server, device: Device, *, stolen: int = 0) -> None:
        self.server, self.device = server, device
        self.status = KNOWN
        self.answers = self.receipts = True
        self.handed: list[HandInRequest] = []
        custody = server.municipality.custody
        fact = Revocation(device.pen.municipality, device.id, 1, bytes(32), stolen, server.clock.now_ms())
        self.fact = with_signature(fact, custody.signing.sign(purpose_of(fact), *signed_fields(fact)))

    def post(self, path: str, body: bytes, _headers: Mapping[str, str]) -> bytes:
        if not path.endswith("/hand-ins"):
            raise ServerRefused(403, "device-revoked", "revoked", None, (b"no fact", encode_fact(self.fact)))
        if not self.answers:
            raise Unreachable("lost")
        request = msgspec.msgpack.decode(body, type=HandInRequest)
        self.handed.append(request)
        kept = [self.device.store.own_at(self.device.id, parse_header(e.header).seq) for e in request.entries]
        entries = tuple(HandedIn(k.arrival().header.seq, k.hash, self.status) for k in kept if k is not None)
        return msgspec.msgpack.encode(HandInAnswer(b"l" * 16, self.server.clock.now_ms(), entries, self._receipt()))

    def _receipt(self) -> Receipt | None:
        head = self.device.pen.head
        if not self.receipts:
            return None
        receipt = Receipt(self.device.pen.municipality, b"l" * 16, self.device.id, head.seq, head.hash, 1)
        key = self.server.municipality.custody.receipt
        return msgspec.structs.replace(receipt, sig=key.sign("receipt", *receipt.signed_fields()))


class World:
    def __init__(self, folder: Path) -> None:
        self.server = Server(folder / "data")
        self.path = folder / "one.db"
        self.device = self.server.enrol(self.path, "werker-1")
        self.record = self.device.create(*FORM, {"/toegang": "binnen"})
        sync(self.device, LocalTransport(self.server))
        self.device.save(self.device.open(self.record), *FORM, {"/zorg": "geen"})

    def can_read(self) -> bool:
        return bool(self.device.view(self.record).answers)

    def bytes_of_the_store(self) -> bytes:
        found = b""
        for path in self.path.parent.glob(self.path.name + "*"):
            found += path.read_bytes()
        return found


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


def forged(fact: Revocation, **changes: Any) -> Revocation:
    return msgspec.structs.replace(fact, **changes)


@pytest.mark.parametrize(
    "lie",
    [
        lambda fact: forged(fact, sig=bytes(64)),
        lambda fact: forged(fact, stolen=1),
        lambda fact: with_signature(fact, SigningKey.generate().sign(purpose_of(fact), *signed_fields(fact))),
        lambda fact: forged(fact, municipality="GM0001"),
    ],
    ids=["unsigned", "changed", "another's key", "another municipality"],
)
def test_a_server_that_lies_wipes_nothing(lie: Any, world: World) -> None:
    road = Ending(world.server, world.device)
    road.fact = lie(road.fact)
    with pytest.raises(ServerRefused):
        sync(world.device, road)
    assert world.can_read() and world.device.ended is None and [] == road.handed


def test_the_revocation_of_another_device_wipes_nothing(world: World) -> None:
    other = world.server.enrol(world.path.with_name("two.db"), "werker-2")
    road = Ending(world.server, other)
    road.device = world.device
    with pytest.raises(ServerRefused):
        sync(world.device, road)
    assert world.can_read() and world.device.ended is None


def test_a_revoked_device_hands_in_and_then_nothing_of_it_is_left(world: World) -> None:
    seed, key = world.device.identity.signing, world.device.store.record_key(world.record)
    assert key is not None and key[1] is not None
    body = world.device.store.entries_of(world.record)[0].entry.body
    assert body is not None and seed in world.bytes_of_the_store()
    road = Ending(world.server, world.device)
    outcome = sync(world.device, road)
    assert (True, 0) == (outcome.revoked, outcome.unsent)
    assert 2 == len({parse_header(entry.header).seq for request in road.handed for entry in request.entries} | {1})
    world.device.store.close()
    left = world.bytes_of_the_store()
    assert [] == [secret for secret in (seed, key[1], body) if secret in left]
    with pytest.raises(DeviceWiped):
        Device(DeviceStore(world.path, None), world.server.clock)


def test_a_stolen_device_reads_nothing_even_where_it_cannot_hand_in(world: World) -> None:
    road = Ending(world.server, world.device, stolen=1)
    road.answers = False
    with pytest.raises(Unreachable):
        sync(world.device, road)
    assert not world.can_read()
    assert 2 == len(world.device.store.own_after(world.device.id, 0, 9))


def test_a_device_that_was_not_stolen_reads_until_it_could_hand_in(world: World) -> None:
    road = Ending(world.server, world.device)
    road.answers = False
    with pytest.raises(Unreachable):
        sync(world.device, road)
    assert world.can_read()


@pytest.mark.parametrize("fault", ["no receipt", "a key that was not kept"])
def test_entries_stay_while_the_server_may_lack_them(fault: str, world: World) -> None:
    road = Ending(world.server, world.device)
    road.receipts = fault != "no receipt"
    road.status = KNOWN if fault == "no receipt" else KEY_NOT_KEPT
    sync(world.device, road)
    assert not world.can_read()
    assert 2 == len(world.device.store.own_after(world.device.id, 0, 9))
    world.server.clock.ms += KEEP_MS
    sync(world.device, road)
    with pytest.raises(DeviceWiped):
        sync(world.device, road)


def test_a_rescue_file_is_a_hand_in_and_needs_no_record_key(world: World) -> None:
    world.device.store.db.conn.execute("update record set record_key = null")
    request = msgspec.msgpack.decode(rescue(world.device), type=HandInRequest)
    assert world.device.facts.certificates[world.device.id] == request.certificate
    hashes = [entry_hash(e.prev, e.header, sha256(e.body or b"").digest()) for e in request.entries]
    assert [kept.hash for kept in world.device.store.own_after(world.device.id, 0, 9)] == hashes
    assert {wrap.epoch for entry in request.entries for wrap in entry.wraps} == {epoch.id for epoch in request.epochs}


@pytest.mark.parametrize(
    ("ended", "days", "wipe"),
    [
        (Ended(0, False), 0, Wipe(False, False)),
        (Ended(0, False), 90, Wipe(False, False)),
        (Ended(0, True), 0, Wipe(True, False)),
        (Ended(0, True), 90, Wipe(True, False)),
        (Ended(0, False, True), 29, Wipe(True, False)),
        (Ended(0, False, True), 30, Wipe(True, True)),
        (Ended(0, False, True, True), 0, Wipe(True, True)),
    ],
)
def test_what_goes_when(ended: Ended, days: int, wipe: Wipe) -> None:
    assert wipe == due_to_go(ended, days * 24 * 3_600_000)
