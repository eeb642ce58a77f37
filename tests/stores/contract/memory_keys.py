"""The keys in memory: `backend.stores.ledger.KeyStore` over dictionaries."""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256
from typing import Any, NamedTuple

from backend.errors import StoreForeign
from backend.stores.rows import UNSIGNED_PLACES, StoredWrap
from sync.entry import WRAPS_MAX, Wrap
from sync.messages import Epoch
from tests.stores.contract.tables import Memory


class WrapRow(NamedTuple):
    """A wrap, who brought it, and whether somebody else did so unasked."""

    device: bytes
    wrap: Wrap
    unsigned: bool


class MemoryKeys:
    """Epochs are kept by (device, id, place), wraps by number, sealed grants by (record, device, key, sealed)."""

    def __init__(self, memory: Memory) -> None:
        self._mark, self._epoch = memory.table("mark"), memory.table("epoch")
        self._wrap, self._sealed = memory.table("wrap"), memory.table("sealed")

    def belong_to(self, code: str) -> None:
        self._mark.keep("mark", code)
        if self._mark.get("mark") != code:
            raise StoreForeign(store="keys", municipality=code)

    def _of(self, record: bytes, key: bytes) -> dict[int, WrapRow]:
        return self._wrap.where(lambda _, row: (row.wrap.record, row.wrap.key) == (record, key))

    def take(
        self,
        epochs: Sequence[tuple[bytes, Epoch]],
        wraps: Sequence[tuple[bytes, Wrap]],
        grants: Sequence[tuple[bytes, bytes, bytes, int, bytes]],
    ) -> None:
        for device, epoch in epochs:
            self._epoch.keep((device, epoch.id, 0), epoch)
        for device, wrap in wraps:
            rows = self._of(wrap.record, wrap.key).values()
            own = [row.wrap.epoch for row in rows if row.device == device and not row.unsigned]
            if wrap.epoch not in own and len(own) < WRAPS_MAX:
                self._wrap[self._wrap.next()] = WrapRow(device, wrap, False)
        for record, device, key, suite, sealed in grants:
            self._sealed.keep((record, device, key, sealed), suite)

    def take_unsigned(self, device: bytes, epochs: Iterable[Epoch], wraps: Iterable[Wrap]) -> int:
        kept = 0
        for epoch in epochs:
            rows = self._epochs_of(device, epoch.id)
            free = {*range(1, UNSIGNED_PLACES + 1)} - {place for _, _, place in rows}
            if free and epoch.sealed not in {one.sealed for one in rows.values()}:
                self._epoch[device, epoch.id, min(free)] = epoch
                kept += 1
        for wrap in wraps:
            found = self._of(wrap.record, wrap.key).values()
            known = any(row.device == device and row.wrap == wrap for row in found)
            if not known and sum(row.unsigned for row in found) < UNSIGNED_PLACES:
                self._wrap[self._wrap.next()] = WrapRow(device, wrap, True)
                kept += 1
        return kept

    def unsigned(self, limit: int, after: bytes = b"") -> list[tuple[bytes, bytes]]:
        rows = [row.wrap for row in self._wrap.rows().values() if row.unsigned and row.wrap.record > after]
        records = sorted({wrap.record for wrap in rows})[:limit]
        return sorted({(wrap.record, wrap.key) for wrap in rows if wrap.record in records})

    def sift(self, record: bytes, key: bytes, opens: Callable[[StoredWrap], bool]) -> None:
        tried = {n: row for n, row in self._of(record, key).items() if row.unsigned and self._stored(row)}
        good = {stored.wrap for row in tried.values() for stored in self._stored(row) if opens(stored)}
        for number, row in tried.items():
            if row.wrap in good:
                self._wrap[number] = row._replace(unsigned=False)
                continue
            for stored in self._stored(row):
                for key_of, epoch in self._epochs_of(row.device, row.wrap.epoch).items():
                    if key_of[2] > 0 and epoch.sealed == stored.epoch.sealed:
                        self._epoch.drop(key_of)
            self._wrap.drop(number)

    def _epochs_of(self, device: bytes, id_: bytes) -> dict[Any, Epoch]:
        return self._epoch.where(lambda key, _: key[:2] == (device, id_))

    def _stored(self, row: WrapRow) -> list[StoredWrap]:
        epochs = self._epochs_of(row.device, row.wrap.epoch)
        return [StoredWrap(row.device, row.wrap, epoch) for _, epoch in sorted(epochs.items(), key=lambda e: e[0])]

    def wraps_of(self, record: bytes, key: bytes) -> list[StoredWrap]:
        return [stored for _, row in sorted(self._of(record, key).items()) for stored in self._stored(row)]

    def wraps_of_many(self, records: Sequence[bytes]) -> dict[tuple[bytes, bytes], list[StoredWrap]]:
        found: dict[tuple[bytes, bytes], list[StoredWrap]] = {}
        for _, row in sorted(self._wrap.where(lambda _, row: row.wrap.record in records).items()):
            for stored in self._stored(row):
                found.setdefault((row.wrap.record, row.wrap.key), []).append(stored)
        return found

    def has_wrap(self, record: bytes) -> bool:
        return any(row.wrap.record == record for row in self._wrap.rows().values())

    def sealed_for(self, record: bytes, device: bytes) -> list[tuple[bytes, bytes]]:
        return [(key, sealed) for one, to, key, sealed in self._sealed.rows() if (one, to) == (record, device)]

    def sealed_named(self, device: bytes, named: Sequence[tuple[bytes, bytes]]) -> dict[bytes, bytes]:
        found = [
            (hash_, sealed, sha256(sealed).digest())
            for record, hash_ in named
            for _, sealed in self.sealed_for(record, device)
        ]
        return {hash_: sealed for hash_, sealed, own in found if hash_ == own}

    def forget(self, record: bytes) -> int:
        wraps = self._wrap.drop_where(lambda _, row: row.wrap.record == record)
        return wraps + self._sealed.drop_where(lambda key, _: key[0] == record)
