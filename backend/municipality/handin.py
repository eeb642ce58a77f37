"""Taking in what somebody hands in for a device: entries prove themselves, the request needs no signature.

The decision is `sync.handin`'s; this saves it, in the order of every exchange: keys, then the journal, then the answer
(sync/SPEC.md section 6.8). The same is done with a rescue file, which has the bytes of such a request.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from backend.errors import BackendError, DeviceUnknown
from backend.municipality.custody import record_key_of
from backend.municipality.service import Municipality
from crypto.errors import CryptoError
from crypto.keys import VerifyKey, check_device, verify
from sync.deciding import NOWHERE
from sync.entry import Wrap
from sync.errors import BadReceipt
from sync.exchange import Checked
from sync.facts import Certificate, Erasure, Revocation, purpose_of, signed_fields
from sync.handin import BAD_SIGNATURE, Decided, Read, check_hand_in, decide_hand_in, read_entries, receipted
from sync.messages import (
    FORKED,
    HELD,
    KEY_NOT_KEPT,
    KNOWN,
    UNPROVEN,
    Epoch,
    HandedIn,
    HandInAnswer,
    HandInRequest,
    Place,
    Receipt,
    read_hand_in,
    write_hand_in,
)
from sync.proving import End

ENTRY_BYTES_PER_DAY: Final = 128 * 1024 * 1024  # of one device: a year of texts; it bounds a thief, who can sign
REVOKED_BYTES_MAX: Final = 64 * 1024 * 1024  # in all, above a revoked device's last good entry: its thief can sign
KEY_BYTES_PER_DAY: Final = 4 * 1024 * 1024  # of one device: anybody may bring keys, for keys are not signed
ENTRY_OVERHEAD: Final = 256  # bytes beside header, body and signature that an entry takes in the journal


class HandInFull(BackendError):
    """A device stored all that it may without a signed request; bounded, so that a stolen one fills no disk."""

    code = "hand-in-full"


class HandInRevokedFull(BackendError):
    """A revoked device wrote all that it may after its end: it waits for a person, and is bounded in all."""

    code = "hand-in-revoked-full"


class _HandIn(NamedTuple):
    """A hand-in whose signatures were checked, with the keys it brings for entries that prove themselves."""

    certificate: Certificate
    read: Read
    erasures: tuple[Erasure, ...]
    epochs: tuple[Epoch, ...]
    wraps: tuple[Wrap, ...]
    now_ms: int
    receipts: tuple[End, ...] = ()


async def hand_in(town: Municipality, raw: bytes, failed: Callable[[], None]) -> bytes:
    """Take in a hand-in and answer what became of its entries; `failed` counts bad signatures, and may refuse."""
    prepared = _prepare(town, read_hand_in(raw), failed, town.clock.now_ms())
    return await town.writer.submit(lambda: _take(town, prepared))


def _prepare(town: Municipality, request: HandInRequest, failed: Callable[[], None], now_ms: int) -> _HandIn:
    check_hand_in(request)
    certificate = request.certificate
    try:
        _check_certificate(town, certificate)
    except (CryptoError, DeviceUnknown):
        failed()
        raise DeviceUnknown from None
    key, device = VerifyKey(certificate.signing), certificate.device

    def signed(sig: bytes, hash_: bytes) -> bool:
        try:
            key.verify(sig, "entry", hash_)
        except CryptoError:
            return False
        return True

    erasures = tuple(fact for fact in request.erasures if _is_said(town, fact))
    bare = {fact.record for fact in erasures}

    def erased(record: bytes) -> bool:
        return record in bare or town.book.erased(record)

    read = read_entries(request.entries, town.code, device, signed, erased)
    if any(entry.status == BAD_SIGNATURE for entry in read.bad):
        failed()
    wraps = tuple(wrap for item in read.good for wrap in item.entry.wraps if _fits(item, wrap, erased))
    named = {wrap.epoch for wrap in wraps}
    epochs = tuple(e for e in request.epochs if e.id in named and len(e.key_id) == 8 and len(e.sealed) <= 2_048)
    used = {item.header.record for item in read.good if item.entry.body is None}
    said = tuple(f for f in erasures if f.record in used)
    return _HandIn(certificate, read, said, epochs, wraps, now_ms, _receipted(town, device, request.receipt, failed))


def _receipted(
    town: Municipality, device: bytes, receipt: Receipt | None, failed: Callable[[], None]
) -> tuple[End, ...]:
    """The place that the device's genuine receipt names."""
    if receipt is None or receipt.seq == 0:
        return ()
    try:
        town.exchanges.verify_receipt(device, receipt)
    except BadReceipt:
        failed()
        return ()
    return (End(Place(receipt.seq, receipt.hash), receipt.at_ms),)


def _check_certificate(town: Municipality, certificate: Certificate) -> None:
    keys = town.book.keys
    if keys is None or certificate.municipality != town.code:
        raise DeviceUnknown
    verify(keys.signing, certificate.sig, purpose_of(certificate), *signed_fields(certificate))
    check_device(certificate.device, certificate.signing, certificate.sealing)


def _is_said(town: Municipality, fact: Erasure) -> bool:
    keys = town.book.keys
    if keys is None or fact.municipality != town.code:
        return False
    try:
        verify(keys.signing, fact.sig, purpose_of(fact), *signed_fields(fact))
    except CryptoError:
        return False
    return True


def _fits(item: Checked, wrap: Wrap, erased: Callable[[bytes], bool]) -> bool:
    header = item.header
    named = (wrap.record, wrap.key) == (header.record, header.key) and not erased(header.record)
    return named and (len(wrap.epoch), len(wrap.nonce), len(wrap.wrapped)) == (8, 12, 48)


def _keep_keys(town: Municipality, prepared: _HandIn) -> None:
    """Keep epochs and wraps under their author; nobody signed them, so that a day's bytes are bounded."""
    device = prepared.certificate.device
    size = sum(len(epoch.sealed) + 64 for epoch in prepared.epochs) + 160 * len(prepared.wraps)
    if size == 0 or size > town.quota.left(device, "keys", KEY_BYTES_PER_DAY, prepared.now_ms):
        return
    kept = town.keys.take_unsigned(device, prepared.epochs, prepared.wraps)
    custody = town.exchanges.custody
    if custody is not None:
        for record, key in {(wrap.record, wrap.key): None for wrap in prepared.wraps}:
            town.keys.sift(record, key, custody.opens)
    if kept:
        town.quota.spend(device, "keys", size)


def _take(town: Municipality, prepared: _HandIn) -> bytes:
    """Decide and save, in a unit of work; returns the answer."""
    device, now_ms, journal = prepared.certificate.device, prepared.now_ms, town.journal
    tail = town.state.tails.get(device, NOWHERE)
    last_good = town.state.book.last_good(device)
    decided = decide_hand_in(prepared.read, tail, lambda seq: journal.hash_at(device, seq), last_good)
    apart = [item for item in (*decided.forked, *decided.apart) if journal.forked_place(item.hash) is None]
    stored = sum(_bytes_of(item) for item in (*decided.fresh, *apart))
    left = town.quota.left(device, "entries", ENTRY_BYTES_PER_DAY, now_ms)
    if stored > left:
        raise HandInFull(stored=ENTRY_BYTES_PER_DAY - left + stored, limit=ENTRY_BYTES_PER_DAY)
    if last_good is not None:
        fresh = sum(_bytes_of(item) for item in (*decided.fresh, *apart))
        held = journal.bytes_above(device, last_good) if fresh else 0
        if held + fresh > REVOKED_BYTES_MAX:
            raise HandInRevokedFull(stored=held + fresh, limit=REVOKED_BYTES_MAX)
    if not town.state.book.certified(device):
        town.intake.take_fact(prepared.certificate, now_ms)
        town.auditing.write(f"device:{prepared.certificate.worker}", "readmit", None, device.hex())
    for fact in prepared.erasures:
        if not town.state.book.erased(fact.record):
            town.keys.forget(fact.record)
            journal.forget_bodies(fact.record)
            journal.note_unfinished(fact.record, now_ms)
            town.intake.take_fact(fact, now_ms)
            town.auditing.write(f"device:{prepared.certificate.worker}", "return", fact.record, purpose_of(fact))
    _keep_keys(town, prepared)
    erased = town.state.book.erased
    town.intake.take_entries([(item, now_ms) for item in decided.fresh])
    town.intake.take_bodies(item for item in decided.known if not erased(item.header.record))
    journal.keep_forked((*decided.forked, *decided.apart), now_ms)
    if decided.tail != tail:
        journal.save_tail(device, decided.tail)
        town.state.move_tail(device, decided.tail)
    if last_good is not None:
        town.intake.prove(device, prepared.receipts)
        if town.exchanges.custody is not None:
            town.granting.copy(town.exchanges.custody, now_ms)
        decided = _as_proven(town, device, decided)
    town.quota.spend(device, "entries", stored)
    return write_hand_in(_answer(town, prepared, decided))


def _as_proven(town: Municipality, device: bytes, decided: Decided) -> Decided:
    """The outcome for the entries of a revoked device after its chain was looked at."""
    proven = {item.hash for item in decided.apart if town.journal.hash_at(device, item.header.seq) == item.hash}
    return decided._replace(
        fresh=(*decided.fresh, *(item for item in decided.apart if item.hash in proven)),
        apart=tuple(item for item in decided.apart if item.hash not in proven),
        tail=town.state.tails.get(device, NOWHERE),
    )


def _bytes_of(item: Checked) -> int:
    return len(item.entry.header) + len(item.entry.body or b"") + ENTRY_OVERHEAD


def _answer(town: Municipality, prepared: _HandIn, decided: Decided) -> HandInAnswer:
    """Answer with the outcome of the request's entries, and nothing else: everybody holds everybody's certificate."""
    device = prepared.certificate.device
    fresh = {item.hash for item in decided.fresh}
    statuses = [
        HandedIn(item.header.seq, item.hash, _status(town, item, HELD if item.hash in fresh else KNOWN))
        for item in (*decided.fresh, *decided.known)
    ]
    statuses += [HandedIn(item.header.seq, item.hash, FORKED) for item in decided.forked]
    for item in decided.apart:
        there = town.journal.hash_at(device, item.header.seq)
        statuses.append(HandedIn(item.header.seq, item.hash, UNPROVEN if there is None else FORKED))
    last = receipted(prepared.read, decided)
    if last is not None and town.exchanges.durable(device, last) != last:
        last = None  # whoever ends with this receipt wipes: it comes when the words outlive the machine
    return HandInAnswer(
        town.exchanges.life,
        prepared.now_ms,
        tuple(sorted((*statuses, *prepared.read.bad), key=lambda entry: entry.seq)),
        None if last is None else town.exchanges.receipt_for(device, last, prepared.now_ms),
        revocations_of(town, device),
    )


def _status(town: Municipality, item: Checked, status: str) -> str:
    """`key-not-kept` where the wrap of an entry found no place and nothing else opens its record."""
    header = item.header
    if not item.entry.wraps or town.state.book.erased(header.record):
        return status
    kept = {stored.wrap for stored in town.keys.wraps_of(header.record, header.key)}
    if kept & {*item.entry.wraps}:
        return status
    custody = town.exchanges.custody
    if custody is not None and record_key_of(custody, town.keys, header.record, header.key) is not None:
        return status
    return KEY_NOT_KEPT


def revocations_of(town: Municipality, device: bytes) -> tuple[Revocation, ...]:
    """Every revocation of a device, as the device itself is told."""
    return town.state.book.revocations_of(device)
