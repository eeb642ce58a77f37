"""Hands in what a device wrote without signing a request, and as a file (sync/SPEC.md sections 6.8 and 8.6).

Each entry proves itself by its own signature, so a revoked, forgotten or forked device can hand in, and so can whoever
carries its rescue file. Only sealed entries travel: no record key is needed.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

import msgspec

from backend.device.device import Device
from backend.device.store import DeviceStore, Kept, weight
from backend.device.transport import MESSAGEPACK, Transport
from crypto.errors import CryptoError
from crypto.keys import verify
from sync.device import slice_push
from sync.entry import Entry, parse_header
from sync.errors import NotMessagePack
from sync.facts import Certificate, Erasure
from sync.messages import (
    FORKED,
    HELD,
    KEY_NOT_KEPT,
    KNOWN,
    PROTOCOL,
    UNPROVEN,
    Epoch,
    HandInAnswer,
    HandInRequest,
    Place,
    Receipt,
)

BATCH: Final = 500


class HandInOutcome(NamedTuple):
    """The result of handing in: how many entries the server has now, the code for each that it refused.

    `complete`: a receipt covers the last entry ever written here, and the server kept the keys of all.
    """

    held: int
    refused: tuple[tuple[int, str], ...]
    complete: bool


def request_of(store: DeviceStore, device: bytes, entries: Sequence[Entry]) -> HandInRequest:
    """Make the request that hands in some of a device's own entries."""
    facts = [fact for _, fact in store.facts()]
    certificate = next(fact for fact in facts if isinstance(fact, Certificate) and fact.device == device)
    bare = {parse_header(entry.header).record for entry in entries if entry.body is None}
    ids = sorted({wrap.epoch for entry in entries for wrap in entry.wraps})
    epochs = (store.epoch(id_, Epoch) for id_ in ids)
    return HandInRequest(
        PROTOCOL,
        certificate,
        tuple(entries),
        tuple(epoch for epoch in epochs if epoch is not None),
        tuple(fact for fact in facts if isinstance(fact, Erasure) and fact.record in bare),
        max(store.receipts(), key=lambda receipt: receipt.seq, default=None),
    )


def rescue(device: Device) -> bytes:
    """The bytes of a file that `veldpost rescue` takes in: all own entries, as one hand-in."""
    own = device.store.own_after(device.id, 0, -1)
    return msgspec.msgpack.encode(request_of(device.store, device.id, [kept.entry for kept in own]))


def hand_in(device: Device, transport: Transport) -> HandInOutcome:
    """Hand in what the server lacks; raises `Unreachable` or `ServerRefused`.

    What was never acknowledged goes first. Without a receipt for the last entry then, as from a restored server, all
    that is held here is handed in. A revoked device begins with its newest entries: its end proves those before it.
    """
    if device.ended is not None:
        return _hand_in_newest_first(device, transport)
    first = _hand_in_after(device, transport, device.memory.send_after)
    if first.complete or device.memory.send_after == 0:
        return first
    return _hand_in_after(device, transport, 0)


class _Told:
    """The sum of the answers of one hand-in."""

    def __init__(self, device: Device) -> None:
        self._device = device
        self._statuses: dict[tuple[int, bytes], str] = {}
        self._receipt: Receipt | None = None

    def add(self, batch: Sequence[Kept], answer: HandInAnswer) -> None:
        """Take in what an answer says of the entries that were asked about, and of no others."""
        asked = {(kept.arrival().header.seq, kept.hash) for kept in batch}
        self._statuses |= {(one.seq, one.hash): one.status for one in answer.entries if (one.seq, one.hash) in asked}
        if answer.receipt is not None:
            self._receipt = answer.receipt

    @property
    def is_receipted(self) -> bool:
        """True if a receipt covers the last entry."""
        return _covers(self._device, self._receipt)

    def outcome(self) -> HandInOutcome:
        """The result."""
        said = sorted((seq, status) for (seq, _), status in self._statuses.items())
        held = sum(status in (HELD, KNOWN, FORKED, UNPROVEN, KEY_NOT_KEPT) for _, status in said)
        refused = tuple((seq, status) for seq, status in said if status not in (HELD, KNOWN, FORKED, UNPROVEN))
        kept_keys = all(status != KEY_NOT_KEPT for _, status in said)
        return HandInOutcome(held, refused, kept_keys and self.is_receipted)


def _hand_in_after(device: Device, transport: Transport, after: int) -> HandInOutcome:
    told = _Told(device)
    while True:
        batch = _batch(device, after)
        told.add(batch, _post(device, transport, [kept.entry for kept in batch]))
        if not batch or batch[-1].arrival().header.seq >= device.pen.head.seq:
            return told.outcome()
        after = batch[-1].arrival().header.seq


def _hand_in_newest_first(device: Device, transport: Transport) -> HandInOutcome:
    """Down to what was acknowledged; without a receipt for the last entry then, down to the oldest.

    The receipt comes when the journal has no gap any more: at the end the newest entries are asked about again.
    """
    told, before = _Told(device), device.pen.head.seq + 1
    newest = _batch_before(device, before, 0)
    for after in dict.fromkeys((device.memory.send_after, 0)):
        while batch := _batch_before(device, before, after):
            told.add(batch, _post(device, transport, [kept.entry for kept in batch]))
            before = batch[0].arrival().header.seq
        if not told.is_receipted:
            told.add(newest, _post(device, transport, [kept.entry for kept in newest]))
        if told.is_receipted:
            break
    return told.outcome()


def _batch_before(device: Device, seq: int, after: int) -> list[Kept]:
    waiting = device.store.own_before(device.id, seq, after, BATCH)
    return waiting[: slice_push(weight(kept.entry) for kept in waiting)][::-1]


def _batch(device: Device, after: int) -> list[Kept]:
    waiting = device.store.own_after(device.id, after, BATCH)
    return waiting[: slice_push(weight(kept.entry) for kept in waiting)]


def _post(device: Device, transport: Transport, entries: Sequence[Entry]) -> HandInAnswer:
    body = msgspec.msgpack.encode(request_of(device.store, device.id, entries))
    path = f"/api/v1/{device.pen.municipality}/hand-ins"
    raw = transport.post(path, body, {"Content-Type": MESSAGEPACK})
    try:
        answer = msgspec.msgpack.decode(raw, type=HandInAnswer)
    except msgspec.DecodeError as error:
        raise NotMessagePack(why=str(error)) from None
    device.learn_revocations(answer.revocations)
    return answer


def _covers(device: Device, receipt: Receipt | None) -> bool:
    """True if the server's genuine receipt says that the last entry ever written here is on its disk."""
    head = device.pen.head
    if head.seq == 0:
        return True
    if receipt is None or (receipt.municipality, receipt.device) != (device.pen.municipality, device.id):
        return False
    try:
        verify(device.bundle.receipt, receipt.sig, "receipt", *receipt.signed_fields())
    except CryptoError:
        return False
    return Place(receipt.seq, receipt.hash) == head
