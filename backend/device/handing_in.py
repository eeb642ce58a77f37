"""How a device hands in what it wrote without signing a request, and as a file (sync/SPEC.md sections 6.8 and 8.6).

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
    )


def rescue(device: Device) -> bytes:
    """The bytes of a file that `veldpost rescue` takes in: all own entries, as one hand-in."""
    own = device.store.own_after(device.id, 0, -1)
    return msgspec.msgpack.encode(request_of(device.store, device.id, [kept.entry for kept in own]))


def hand_in(device: Device, transport: Transport) -> HandInOutcome:
    """Hand in what the server lacks; raises `Unreachable` or `ServerRefused`.

    What was never acknowledged goes first. Without a receipt for the last entry then, as from a restored server, all
    that is held here is handed in.
    """
    first = _hand_in_after(device, transport, device.memory.send_after)
    if first.complete or device.memory.send_after == 0:
        return first
    return _hand_in_after(device, transport, 0)


def _hand_in_after(device: Device, transport: Transport, after: int) -> HandInOutcome:
    held, kept_keys = 0, True
    refused: list[tuple[int, str]] = []
    receipt: Receipt | None = None
    while True:
        batch = _batch(device, after)
        answer = _post(device, transport, [kept.entry for kept in batch])
        asked = {(kept.arrival().header.seq, kept.hash) for kept in batch}
        for one in answer.entries:
            if (one.seq, one.hash) not in asked:
                continue
            held += one.status in (HELD, KNOWN, FORKED, KEY_NOT_KEPT)
            kept_keys = kept_keys and one.status != KEY_NOT_KEPT
            if one.status not in (HELD, KNOWN, FORKED):
                refused.append((one.seq, one.status))
        receipt = answer.receipt or receipt
        if not batch or batch[-1].arrival().header.seq >= device.pen.head.seq:
            return HandInOutcome(held, tuple(refused), kept_keys and _covers(device, receipt))
        after = batch[-1].arrival().header.seq


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
    """Whether the server's genuine receipt says that the last entry ever written here is on its disk."""
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
