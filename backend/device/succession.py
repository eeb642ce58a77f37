"""How a device goes on after a fork: under a new id, with everything that it wrote since written again (SPEC 8.5)."""

import msgspec

from backend.device.device import Device
from backend.device.store import Identity, Kept
from backend.device.transport import Transport
from backend.municipality.enrolment import EnrolResponse, SucceedRequest
from crypto.errors import CryptoError
from crypto.keys import SealingKey, SigningKey, device_id
from sync.device import Memory, Pen, Reissued, reissue
from sync.entry import Seen, encode_header


def succeed(device: Device, transport: Transport, fork_at: int) -> None:
    """Become the successor of ourselves: new keys, certified by the municipality, and everything written again.

    The new keys are on disk before they are sent, so that a power cut in between loses nothing.
    """
    store = device.store
    waiting = store.get("successor", Identity)
    if waiting is None:
        signing, sealing = SigningKey.generate(), SealingKey.generate(device.identity.suite)
        waiting = Identity(
            device.pen.municipality,
            device_id(signing.public, sealing.public),
            sealing.suite,
            signing.seed().reveal(),
            sealing.seed().reveal(),
        )
        with store.transaction():
            store.put("successor", waiting)
    answer = _certified(device, transport, waiting)
    with store.transaction():
        _reissue(device, waiting, answer, fork_at)
    device.load()


def _certified(device: Device, transport: Transport, waiting: Identity) -> EnrolResponse:
    signing = SigningKey.from_seed(waiting.signing)
    sealing = SealingKey.from_seed(waiting.sealing, waiting.suite)
    request = SucceedRequest(device.id, waiting.suite, signing.public, sealing.public, b"")
    request = msgspec.structs.replace(request, sig=device.signing.sign("succeed", *request.signed_fields()))
    raw = transport.post(f"/api/v1/{device.pen.municipality}/successions", msgspec.msgpack.encode(request), {})
    return msgspec.msgpack.decode(raw, type=EnrolResponse)


def _reissue(device: Device, waiting: Identity, answer: EnrolResponse, fork_at: int) -> None:
    store = device.store
    old = device.id
    moved_away = store.own_after(old, fork_at - 1, 1 << 31)
    common = {kept.arrival().header.record: kept for kept in store.own_after(old, 0, 1 << 31)
              if kept.arrival().header.seq < fork_at}  # fmt: skip
    plain = {kept.hash: _plain(device, kept) for kept in moved_away}
    store.remove_own(old, fork_at)
    store.put("identity", waiting)
    pen = Pen(waiting.municipality, waiting.device, offset_ms=device.pen.offset_ms)
    memory = Memory(life=device.memory.life)  # a successor pulls from the beginning: its feed is a new one
    store.put("pen", pen)
    store.put("memory", memory)
    store.put("successor", None)
    store.forget_receipts()
    store.add_fact(answer.certificate, None)
    device.load()
    moved: dict[tuple[bytes, int], Reissued] = {}
    for kept in moved_away:
        header, text = kept.arrival().header, plain[kept.hash]
        if text is None:
            continue
        last = common.get(header.record)
        seen = None if last is None else Seen(old, last.arrival().header.seq, last.hash[:8])
        new = reissue(header, kept.hash, device.pen, fork_at, seen, moved)
        keys = device.keys_of(header.record)
        assert keys is not None
        written = device.chain(new, keys.seal(encode_header(new), text))
        moved[old, header.seq] = Reissued(new.seq, written.hash)


def _plain(device: Device, kept: Kept) -> bytes | None:
    """The plaintext bytes of an own entry, to be sealed anew under its new header.

    Nothing where the record was erased, or where the body never opened: nobody could read it before either, and
    the server holds the old entry among those that parted.
    """
    keys = device.keys_of(kept.arrival().header.record)
    if keys is None or kept.entry.body is None:
        return None
    try:
        return keys.open(kept.entry.header, kept.entry.body)
    except CryptoError:
        return None
