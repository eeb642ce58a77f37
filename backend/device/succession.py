"""Goes on after a fork: under a new id, with everything that the device wrote since written again (SPEC 8.5)."""

from backend.device.device import Device
from backend.device.enrolling import ask_to_enrol, facts_told, new_identity
from backend.device.store import Identity, Kept
from backend.device.transport import ServerRefused, Transport
from backend.device.wiping import ENDED
from backend.enrolment import EnrolResponse, Invitation
from backend.errors import EnrolmentRefused
from crypto.errors import CryptoError
from crypto.keys import SealingKey, SigningKey, verify
from sync.device import Memory, Pen, Reissued, reissue
from sync.entry import Seen, encode_header
from sync.facts import Certificate, purpose_of, signed_fields

SUCCESSOR = "successor"  # the keys that wait to be certified in the place of the present ones
FORKED = "forked"  # the name under which a store keeps the first seq at which the server holds another entry


def succeed_by_invitation(device: Device, invitation: Invitation, transport: Transport) -> None:
    """Take the place of this device's old id, as a person's invitation that names it allows.

    What was written since the fork, or without one what no server acknowledged, is written again under the new id. The
    new keys are on disk before they are sent: where the answer was lost, `resume` goes on without another invitation.

    Raises:
        EnrolmentRefused: the invitation does not name this device; it stays what it was.
    """
    if resume(device, transport):
        return
    waiting = _waiting(device)
    answer = ask_to_enrol(
        invitation,
        SigningKey.from_seed(waiting.signing),
        SealingKey.from_seed(waiting.sealing, waiting.suite),
        transport,
    )
    if answer.certificate.succeeds != device.id:
        with device.store.transaction():
            device.store.put(SUCCESSOR, None)  # these keys are another device now: the next invitation finds fresh ones
        raise EnrolmentRefused(why="names-another")
    _become(device, waiting, answer, _parted_at(device))


def resume(device: Device, transport: Transport) -> bool:
    """Go on with a succession whose answer was lost: the new keys ask whether they were certified.

    Certificates are sent to every device, so that a certified one finds its own. False where nothing was begun, or
    the server does not know the new keys.
    """
    waiting: Identity | None = device.store.get(SUCCESSOR, Identity)
    if waiting is None:
        return False
    try:
        certificate = _certificate_of(device, waiting, transport)
    except ServerRefused:
        return False
    if certificate is None:
        return False
    _become(device, waiting, EnrolResponse(device.bundle, certificate, 0), _parted_at(device))
    return True


def _certificate_of(device: Device, waiting: Identity, transport: Transport) -> Certificate | None:
    for fact, _ in facts_told(waiting, transport, device.clock.now_ms() + device.pen.offset_ms):
        if isinstance(fact, Certificate) and (fact.device, fact.succeeds) == (waiting.device, device.id):
            verify(device.bundle.signing, fact.sig, purpose_of(fact), *signed_fields(fact))
            return fact
    return None


def _parted_at(device: Device) -> int:
    """The first seq that the new id writes again: that of the fork, or the first that no server acknowledged."""
    return device.store.get(FORKED, int) or device.memory.send_after + 1


def _waiting(device: Device) -> Identity:
    """The keys of the successor: made once, and on disk before anybody hears of them."""
    waiting: Identity | None = device.store.get(SUCCESSOR, Identity)
    if waiting is None:
        waiting = new_identity(device.pen.municipality, device.identity.suite)
        with device.store.transaction():
            device.store.put(SUCCESSOR, waiting)
    return waiting


def _become(device: Device, waiting: Identity, answer: EnrolResponse, fork_at: int) -> None:
    with device.store.transaction():
        _reissue(device, waiting, answer, fork_at)
        device.store.put(FORKED, None)
        device.store.put(ENDED, None)  # which was said of the old id: a device wipes for the id that it has now
    device.load()


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
    store.put(SUCCESSOR, None)
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
