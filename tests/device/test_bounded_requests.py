"""Nothing that waits blocks what is behind it; requests are bounded in bytes and epochs (SPEC 3.3)."""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import pytest

from backend.device.device import Device
from backend.device.store import weight
from backend.device.syncing import Sync, sync
from sync.device import PUSH_EPOCHS_MAX, slice_push
from sync.facts import Grant
from sync.messages import GRANT_WAITS, RefusedGrant, SyncResponse, read_request, read_response, write
from tests.fleet.world import LocalTransport, Server
from tests.looking import inside

REQUEST_BYTES_MAX = 12 << 20


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


class Refusing(LocalTransport):
    """A server that takes no grants and says so by itself; `sizes` are those of the requests."""

    def __init__(self, server: Server, code: str | None = None) -> None:
        super().__init__(server)
        self.code = code
        self.sizes: list[int] = []

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        self.sizes.append(len(body))
        raw = super().post(path, body, headers)
        if self.code is None or not path.endswith("/sync"):
            return raw
        refused = tuple(RefusedGrant(one.grant.sealed_hash, self.code) for one in read_request(body).grants)
        answer: SyncResponse = msgspec.structs.replace(read_response(raw), refused_grants=refused)
        return write(answer)


def test_a_push_is_cut_where_its_entries_name_too_many_epochs() -> None:
    """Sixty-five days without a connection made a push that no server takes."""
    waiting = [(100, {day.to_bytes(8, "big")}) for day in range(200)]
    assert PUSH_EPOCHS_MAX == slice_push(waiting)
    assert 200 == slice_push([(100, {b"one day."})] * 200)
    assert 1 == slice_push([(100, {day.to_bytes(8, "big") for day in range(40)})] * 3)


def test_large_entries_of_others_are_handed_in_after_a_restore(server: Server, tmp_path: Path) -> None:
    """Seventy entries of 200 kB went in one request, which was refused for its size, for ever."""
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    road = Refusing(server)
    server.back_up(tmp_path / "backup")
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, road)
    server.run(server.municipality.opening.grant(record, "werker-2", "beheer"))
    for _ in range(70):
        one.save(one.open(record), "huisbezoek", 1, {"/feiten": "x" * 200_000})
    sync(one, road)
    sync(two, road)
    server.restore(tmp_path / "backup")
    road.sizes.clear()
    outcome = sync(two, road)
    assert (0, None) == (outcome.unsent, outcome.refused)
    assert max(road.sizes) < REQUEST_BYTES_MAX
    sync(two, road)
    assert two.memory.handed_through is None


def test_all_that_an_entry_weighs_is_counted(server: Server, tmp_path: Path) -> None:
    device = server.enrol(tmp_path / "one.db", "werker-1")
    record = device.create("huisbezoek", 1, {"/toegang": "binnen"})
    entry = device.store.entries_of(record)[0].entry
    assert len(msgspec.msgpack.encode(entry)) <= weight(entry)[0]


@pytest.mark.parametrize("code", ["withdrawn", GRANT_WAITS])
def test_a_refused_grant_blocks_nothing_and_is_told(code: str, server: Server, tmp_path: Path) -> None:
    """One grant that could not be taken was an error for the whole exchange, again and again."""
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, LocalTransport(server))
    one.grant(record, two.facts.certificates[two.id])
    one.save(one.open(record), "huisbezoek", 1, {"/zorg": "geen"})
    outcome = Sync(one, Refusing(server, code)).run()
    assert (((record, code),), 0, None) == (outcome.refused_grants, outcome.unsent, outcome.refused)
    waits = code == GRANT_WAITS
    assert waits == bool(one.store.queued_grants(9))
    assert waits == any(isinstance(fact, Grant) and fact.by == one.id for _, fact in one.store.facts())
    again = sync(one, LocalTransport(server))
    assert ((), 0) == (again.refused_grants, len(one.store.queued_grants(9)))


def test_a_device_sends_the_key_of_a_record_again_when_it_is_asked(server: Server, tmp_path: Path) -> None:
    """The server asked, and no device ever answered."""
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    road = LocalTransport(server)
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, road)
    server.run(server.municipality.opening.grant(record, "werker-2", "beheer"))
    sync(two, road)
    keys = server.municipality.keys
    inside(keys).execute("delete from wrap")
    server.run(server.municipality.submit(lambda: server.municipality.journal.want_wrap(record)))
    sync(two, road)
    assert keys.has_wrap(record)
    key = keys.wraps_of(record, two.store.record_key(record)[0])  # type: ignore[index]
    assert [two.id] == [wrap.device for wrap in key]


def test_an_entry_that_no_server_takes_keeps_nobody_elses_words_back(server: Server, tmp_path: Path) -> None:
    """A device stopped taking in after one page, for each try, where an entry of its own was refused."""
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    road = LocalTransport(server)
    others = [two.create("huisbezoek", 1, {"/toegang": "binnen"}) for _ in range(3)]
    sync(two, road)
    for record in others:
        server.run(server.municipality.opening.grant(record, "werker-1", "beheer"))
    spoil(one, one.create("huisbezoek", 1, {"/toegang": "binnen"}))
    outcome = sync(one, road, limit=1)
    assert ("broken-chain", 1) == (outcome.refused, outcome.unsent)
    assert ["binnen"] * 3 == [one.picture(record).shown["/toegang"].value for record in others]


def spoil(device: Device, record: bytes) -> None:
    """Take a byte of the signature of a record's only entry: no server ever takes it."""
    [row] = device.store.entries_of(record)
    cut = msgspec.structs.replace(row.entry, sig=row.entry.sig[1:])
    device.store.db.conn.execute("update entry set entry = ? where record = ?", (msgspec.msgpack.encode(cut), record))


class Listening(LocalTransport):
    """A road that notes how many entries each push had."""

    def __init__(self, server: Server) -> None:
        super().__init__(server)
        self.pushed: list[int] = []

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        if path.endswith("/sync"):
            self.pushed.append(len(read_request(body).entries))
        return super().post(path, body, headers)


@pytest.mark.parametrize("before", [0, 2])
def test_what_stands_before_a_refused_entry_is_sent_and_the_entry_only_once(
    before: int, server: Server, tmp_path: Path
) -> None:
    """The refused push was sent again with each page of a pull, and what stood before its fault never arrived."""
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    others = [two.create("huisbezoek", 1, {"/toegang": "binnen"}) for _ in range(6)]
    sync(two, LocalTransport(server))
    for record in others:
        server.run(server.municipality.opening.grant(record, "werker-1", "beheer"))
    for _ in range(before):
        one.create("huisbezoek", 1, {"/toegang": "binnen"})
    spoil(one, one.create("huisbezoek", 1, {"/toegang": "binnen"}))
    one.create("huisbezoek", 1, {"/toegang": "binnen"})
    road = Listening(server)
    outcome = sync(one, road, limit=1)
    assert ("broken-chain", 2, before) == (outcome.refused, outcome.unsent, outcome.sent)
    assert [before + 2, *([before] if before else []), 0] == road.pushed[: 2 + bool(before)]
    assert {0} == set(road.pushed[1 + bool(before) :]) and len(road.pushed) > 6
