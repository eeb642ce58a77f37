"""Gives back to a server what it lost: entries of others, facts, and keys (sync/SPEC.md 6.3 and 7.2)."""

from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from backend.device.device import Device
from backend.device.store import DeviceStore, weight
from sync.device import slice_push
from sync.entry import Entry
from sync.facts import Fact
from sync.messages import Epoch

ENTRY_BATCH: Final = 100
FACT_BATCH: Final = 200


def given_back(device: Device) -> tuple[tuple[Entry, ...], tuple[Fact, ...]]:
    """The next entries of others, and the next facts, after a new life.

    Each entry carries a wrap of our own where we have the record's key, else the wraps that it came with.
    """
    store, through = device.store, device.memory.handed_through
    assert through is not None
    entries = [
        _wrapped(device, kept.arrival().header.record, kept.entry)
        for kept in store.others_after(device.id, through, ENTRY_BATCH)
    ]
    entries = entries[: slice_push(map(weight, entries))]
    after = store.get("facts_handed", int) or 0
    return tuple(entries), tuple(fact for _, fact in store.facts(after, FACT_BATCH))


def epochs_of(store: DeviceStore, entries: Sequence[Entry]) -> tuple[Epoch, ...]:
    """The epochs that the wraps of some entries name, as far as they are this device's own."""
    ids = sorted({wrap.epoch for entry in entries for wrap in entry.wraps})
    return tuple(epoch for id_ in ids if (epoch := store.epoch(id_, Epoch)) is not None)


class Rewrapping:
    """Records that nobody can open for the municipality: an entry of each goes again, with a new wrap.

    Once in a sync: a server that asks on has another reason, and the next sync answers it again.
    """

    def __init__(self, device: Device) -> None:
        self._device = device
        self._due: list[bytes] = []
        self._done: set[bytes] = set()

    @property
    def waits(self) -> bool:
        """True if a wrap was asked for that has not been sent in this sync."""
        return bool(self._due)

    def ask(self, records: Iterable[bytes | None]) -> None:
        """The server wants wraps of these; those whose key is not here are left out."""
        for record in records:
            if record is not None and record not in self._done and self._device.keys_of(record) is not None:
                self._done.add(record)
                self._due.append(record)

    def entries(self) -> tuple[Entry, ...]:
        """One entry of each record that waits, with a new wrap."""
        batch, self._due = self._due[:ENTRY_BATCH], self._due[ENTRY_BATCH:]
        held = ((record, self._device.store.first_of(record)) for record in batch)
        return tuple(_wrapped(self._device, record, kept.entry) for record, kept in held if kept is not None)


def _wrapped(device: Device, record: bytes, entry: Entry) -> Entry:
    known = device.store.record_key(record)
    if known is None or known[1] is None:
        return entry
    return msgspec.structs.replace(entry, wraps=(device.wrap(record, known[0]),))
