"""A known entry that came without its body takes the body that fits it (sync/SPEC.md section 7.3)."""

from hashlib import sha256
from pathlib import Path

import msgspec
import pytest

from backend.device.device import Device
from backend.device.store import Kept
from tests.fleet.world import Server


@pytest.fixture
def device(tmp_path: Path) -> Device:
    return Server(tmp_path / "data").enrol(tmp_path / "one.db", "werker-1")


def bare(device: Device, kept: Kept) -> None:
    """The entry as it may have come from somebody who had no body of it."""
    assert kept.entry.body is not None
    entry = msgspec.structs.replace(kept.entry, body=None, body_hash=sha256(kept.entry.body).digest())
    with device.store.transaction():
        device.store.remove_own(device.id, 1)
        device.store.add_entry(kept.hash, entry, None, 1)


def test_the_body_that_fits_is_taken(device: Device) -> None:
    record = device.create("huisbezoek", 1, {"/toegang": "binnen"})
    whole = device.store.entries_of(record)[0]
    bare(device, whole)
    assert {} == device.view(record).answers
    with device.store.transaction():
        device.store.add_entry(whole.hash, whole.entry, None, 2)
    assert {"/toegang": "binnen"} == device.view(record).answers


def test_no_body_of_an_erased_record_comes_back(device: Device) -> None:
    record = device.create("huisbezoek", 1, {"/toegang": "binnen"})
    whole = device.store.entries_of(record)[0]
    with device.store.transaction():
        device.store.erase(record)
        device.store.add_entry(whole.hash, whole.entry, None, 2)
    assert [None] == [kept.entry.body for kept in device.store.entries_of(record)]
