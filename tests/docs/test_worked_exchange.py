"""The second half of the worked example against the server: enrolment, sync, grants, and healing after a restore."""

import importlib.util
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.errors import ROOM_ERRORS
from tests.fleet.world import Server

EXAMPLE = Path(__file__).parents[2] / "docs" / "worked_exchange.py"


@pytest.fixture(scope="module")
def example() -> Any:
    spec = importlib.util.spec_from_file_location("worked_exchange", EXAMPLE)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    before = list(sys.path)
    spec.loader.exec_module(module)
    sys.path[:] = before
    return module


@pytest.fixture
def server(tmp_path: Path) -> Server:
    server = Server(tmp_path / "data")
    server.clock.ms = time.time_ns() // 1_000_000
    return server


def posting(server: Server, example: Any) -> Callable[..., bytes]:
    def post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
        try:
            return server.answer(path, body, headers)
        except ROOM_ERRORS as error:
            raise example.Refused(error.code) from error

    return post


def invitations(server: Server, *workers: str) -> list[str]:
    made = [server.run(server.municipality.enrolling.invite(worker, "worker", "beheer")) for worker in workers]
    return [msgspec.msgpack.encode(invitation).hex() for invitation in made]


def test_it_imports_nothing_of_the_product() -> None:
    assert not re.findall(r"^\s*(?:from|import) (?:crypto|sync|forms|picture|backend)\b", EXAMPLE.read_text(), re.M)


def test_two_devices_enrol_write_grant_and_read(server: Server, example: Any) -> None:
    one, two, record = example.story(posting(server, example), invitations(server, "werker-1", "werker-2"))
    assert 2 == server.municipality.committed.entries
    row = server.municipality.journal.record(record)
    assert row is not None and {one.keys.id, two.keys.id} <= set(row.readers)


def test_a_restored_server_gets_everything_back(server: Server, example: Any, tmp_path: Path) -> None:
    post = posting(server, example)
    server.back_up(backup := tmp_path / "backup")
    one, two, record = example.story(post, invitations(server, "werker-1", "werker-2"))
    server.restore(backup)
    for phone in (one, two, one, two):
        phone.sync()
    assert 2 == server.municipality.committed.entries
    for entry, hash_ in (*one.own, *two.own):
        header = msgspec.msgpack.decode(entry[1])
        assert hash_ == server.municipality.journal.hash_at(header[2], header[3])
    assert server.municipality.keys.has_wrap(record)
    two.edit(record, "huisbezoek", 1, {"/bezoek_datum": "2026-03-06"}, [[one.keys.id, 1, one.own[0][1][:8]]])
    two.sync()
    one.sync()
    assert ("huisbezoek", 1, {"/bezoek_datum": "2026-03-06"}) in one.read(record)


def test_another_municipality_is_not_believed(server: Server, example: Any, tmp_path: Path) -> None:
    other = Server(tmp_path / "other", "GM9901")
    other.clock.ms = server.clock.ms
    (invitation,) = invitations(server, "werker-1")
    town, token, secret, _ = msgspec.msgpack.decode(bytes.fromhex(invitation))
    (elsewhere,) = invitations(other, "werker-1")
    lying = msgspec.msgpack.encode([town, token, secret, msgspec.msgpack.decode(bytes.fromhex(elsewhere))[3]]).hex()
    with pytest.raises(AssertionError, match="another municipality"):
        example.Phone(posting(server, example)).enrol(lying)
