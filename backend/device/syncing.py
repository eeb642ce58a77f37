"""How a device syncs: send what the server lacks, take in what it answers, again until both are equal."""

from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

from backend.device.device import Device, Identity
from backend.device.store import Kept
from backend.device.transport import ServerRefused, Transport
from backend.municipality.enrolment import EnrolResponse, SucceedRequest
from crypto.errors import CryptoError
from crypto.grants import open_grant
from crypto.keys import SealingKey, SigningKey, VerifyKey, device_id
from sync.device import Lesson, Memory, Pen, Reissued, learn, reissue, slice_push
from sync.entry import Entry, Seen, body_hash_of, encode_header, entry_hash, parse_header
from sync.errors import SyncError
from sync.facts import Erasure, Fact, FormRetired, FormVersion, Grant, Hole, Keys, purpose_of, signed_fields
from sync.messages import (
    PROTOCOL,
    Change,
    Place,
    Receipt,
    SealedGrant,
    SyncRequest,
    SyncResponse,
    read_response,
    write,
)
from sync.messages import Epoch as EpochParts

ROUNDS_MAX: Final = 10_000  # a device that never gets equal has a fault, and says so instead of running for ever
HAND_BATCH: Final = 100
FACT_BATCH: Final = 200
LACKING_BATCH: Final = 64


class Outcome(NamedTuple):
    """What a sync really did."""

    sent: int
    received: int
    unsent: int
    rounds: int
    refused: str | None = None
    succeeded: bool = False


class Sync:
    """Syncs one device over one transport."""

    def __init__(self, device: Device, transport: Transport) -> None:
        self._device = device
        self._store = device.store
        self._transport = transport

    def run(self, limit: int = 500) -> Outcome:
        """Exchange until nothing is left to send or to take in, or the server refuses an entry."""
        sent = received = 0
        succeeded = False
        for rounds in range(1, ROUNDS_MAX):
            request, own = self._request(limit)
            answer = self._post(request)
            lesson = self._take(request, answer)
            sent += min(len(own), max(0, answer.received_through.seq - (own[0].arrival().header.seq - 1))) if own else 0
            received += len(answer.changes)
            if lesson.fork_at is not None:
                self._succeed(lesson.fork_at)
                succeeded = True
                continue
            if answer.refused is not None:
                return Outcome(sent, received, self._unsent(), rounds, answer.refused.code, succeeded)
            if not answer.more and not self._has_more(answer):
                return Outcome(sent, received, self._unsent(), rounds, None, succeeded)
        raise RuntimeError("the device and its server do not get equal")

    def _unsent(self) -> int:
        return self._device.pen.head.seq - self._device.memory.send_after

    def _has_more(self, answer: SyncResponse) -> bool:
        memory = self._device.memory
        return (
            answer.wanted is not None
            or self._unsent() > 0
            or memory.handed_through is not None
            or bool(self._store.queued_grants(1))
            or bool(self._store.erased(unconfirmed=True))
        )

    # --- asking ---

    def _request(self, limit: int) -> tuple[SyncRequest, list[Kept]]:
        device, store = self._device, self._store
        memory = device.memory
        waiting = store.own_after(device.id, memory.send_after, 500)
        own = waiting[: slice_push(len(kept.entry.header) + len(kept.entry.body or b"") + 400 for kept in waiting)]
        handed, facts = self._to_hand_in(memory)
        entries = tuple(kept.entry for kept in own)
        request = SyncRequest(
            PROTOCOL,
            device.clock.now_ms() + device.pen.offset_ms,
            cursor=memory.cursor,
            limit=limit,
            head=device.pen.head if device.pen.head.seq else None,
            receipt=memory.receipt,
            gone=self._gone(memory),
            epochs=self._epochs((*entries, *handed)),
            entries=entries,
            grants=tuple(SealedGrant(grant, sealed) for _, grant, sealed in store.queued_grants(100)),
            handed=handed,
            facts=facts,
            erased=tuple(store.erased(unconfirmed=True)),
            lacking=tuple(store.lacking(LACKING_BATCH)),
            status={"unsent": self._unsent()},
        )
        return request, own

    def _gone(self, memory: Memory) -> Receipt | None:
        if not memory.show_gone:
            return None
        oldest = self._store.oldest(self._device.id) or self._device.pen.head.seq + 1
        return next((receipt for receipt in self._store.receipts() if receipt.seq == oldest - 1), None)

    def _to_hand_in(self, memory: Memory) -> tuple[tuple[Entry, ...], tuple[Fact, ...]]:
        """After a new life: what others wrote, each with a wrap of our own, and what the municipality said."""
        if memory.handed_through is None:
            return (), ()
        entries = []
        for kept in self._store.others_after(self._device.id, memory.handed_through, HAND_BATCH):
            header = kept.arrival().header
            known = self._store.record_key(header.record)
            wraps = (self._device.wrap(header.record, header.key),) if known is not None and known[1] else ()
            entries.append(msgspec.structs.replace(kept.entry, wraps=wraps))
        after = self._store.get("facts_handed", int) or 0
        return tuple(entries), tuple(fact for _, fact in self._store.facts(after, FACT_BATCH))

    def _epochs(self, entries: tuple[Entry, ...]) -> tuple[EpochParts, ...]:
        ids = sorted({wrap.epoch for entry in entries for wrap in entry.wraps})
        return tuple(epoch for id_ in ids if (epoch := self._store.epoch(id_, EpochParts)) is not None)

    def _post(self, request: SyncRequest) -> SyncResponse:
        """Post, learning the server's time if ours was off, and our certificate's place if the server forgot it.

        A restored server may do both in one exchange; each is mended once.
        """
        mended: set[str] = set()
        while True:
            try:
                return self._signed_post(request)
            except ServerRefused as refusal:
                if refusal.code in mended or refusal.code not in ("clock", "device-unknown"):
                    raise
                mended.add(refusal.code)
                if refusal.code == "clock":
                    self._learn_time(refusal)
                    sent = self._device.clock.now_ms() + self._device.pen.offset_ms
                    request = msgspec.structs.replace(request, sent=sent)
                else:
                    certificate = self._device.certificates[self._device.id]
                    self._transport.post(self._path("certificates"), msgspec.msgpack.encode(certificate), {})

    def _learn_time(self, refusal: ServerRefused) -> None:
        if refusal.server_time is None:
            raise refusal
        offset = refusal.server_time - self._device.clock.now_ms()
        self._device.pen = msgspec.structs.replace(self._device.pen, offset_ms=offset)

    def _path(self, name: str) -> str:
        return f"/api/v1/{self._device.pen.municipality}/{name}"

    def _signed_post(self, request: SyncRequest) -> SyncResponse:
        body, path = write(request), self._path("sync")
        sig = self._device.signing.sign("request", "POST", path, sha256(body).digest())
        headers = {"Veldpost-Device": self._device.id.hex(), "Veldpost-Signature": sig.hex()}
        return read_response(self._transport.post(path, body, headers))

    # --- taking in ---

    def _take(self, request: SyncRequest, answer: SyncResponse) -> Lesson:
        device, store = self._device, self._store
        now_ms = device.clock.now_ms()
        oldest = store.oldest(device.id) or device.pen.head.seq + 1
        lesson = learn(device.memory, answer, now_ms, oldest, device.pen.offset_ms)
        with device.changing():
            if lesson.new_life:
                store.begin_life()
            self._take_changes(answer.changes, now_ms)
            for stamp in answer.stamps:
                store.stamp(device.id, stamp.first, stamp.last, stamp.received)
            if answer.receipt is not None:
                store.keep_receipt(answer.receipt)
            granted = {sealed.grant.sealed_hash for sealed in request.grants}
            store.unqueue_grants(n for n, grant, _ in store.queued_grants(256) if grant.sealed_hash in granted)
            store.confirm_erased(request.erased)
            memory = self._handed(request, lesson)
            device.memory = memory
            device.pen = msgspec.structs.replace(device.pen, offset_ms=lesson.offset_ms)
            store.put("memory", memory)
            store.put("pen", device.pen)
        device.refresh_facts()
        return lesson

    def _handed(self, request: SyncRequest, lesson: Lesson) -> Memory:
        """How far handing in has come: begun by a new life, ended when nothing was left to hand in."""
        if lesson.new_life:
            self._store.put("facts_handed", 0)
            return lesson.memory
        through = lesson.memory.handed_through
        if through is None:
            return lesson.memory
        if not request.handed and not request.facts:
            return msgspec.structs.replace(lesson.memory, handed_through=None)
        handed = self._store.others_after(self._device.id, through, len(request.handed))
        facts = self._store.facts(self._store.get("facts_handed", int) or 0, len(request.facts))
        if facts and request.facts:
            self._store.put("facts_handed", facts[-1][0])
        return msgspec.structs.replace(
            lesson.memory, handed_through=handed[-1].number if handed and request.handed else through
        )

    def _take_changes(self, changes: tuple[Change, ...], now_ms: int) -> None:
        for change in changes:
            if change.entry is not None:
                self._take_entry(change.entry, change.received, now_ms)
            elif change.fact is not None:
                self._take_fact(change.fact, change.sealed)

    def _take_entry(self, entry: Entry, received: int | None, now_ms: int) -> None:
        device = self._device
        try:
            header = parse_header(entry.header)
            hash_ = entry_hash(entry.prev, entry.header, body_hash_of(entry, header.seq))
        except SyncError:
            return  # the server sent what it should have refused; nothing of it can be shown
        if header.device == device.id and header.seq > device.pen.head.seq:
            if header.seq != device.pen.head.seq + 1 or entry.prev != device.pen.head.hash:
                return
            device.pen = msgspec.structs.replace(device.pen, head=Place(header.seq, hash_))
        self._store.add_entry(hash_, entry, received, now_ms)
        self._store.keep_key(header.record, header.key, None)

    def _take_fact(self, fact: Fact, sealed: bytes | None) -> None:
        device, store = self._device, self._store
        if not self._is_genuine(fact):
            return
        store.add_fact(fact, sealed)
        if isinstance(fact, Keys) and fact.serial > device.bundle.serial:
            device.bundle = fact
            store.put("keys", fact)
        if isinstance(fact, Erasure):
            store.erase(fact.record)
        if isinstance(fact, FormVersion):
            store.put(f"form:{fact.form}", fact)
        if isinstance(fact, FormRetired):
            store.put(f"retired:{fact.form}", fact)
        if isinstance(fact, Grant) and fact.to == device.id and sealed is not None:
            self._take_key(fact, sealed)

    def _is_genuine(self, fact: Fact) -> bool:
        """The municipality's word, or a device's: never the server's alone."""
        by = getattr(fact, "by", None)
        if by is not None:
            certificate = self._device.certificates.get(by)
            signer = None if certificate is None else certificate.signing
        else:
            signer = self._device.bundle.receipt if isinstance(fact, Hole) else self._device.bundle.signing
        if signer is None:
            self._device.refresh_facts()
            certificate = self._device.certificates.get(by or b"")
            if certificate is None:
                return False
            signer = certificate.signing
        try:
            VerifyKey(signer).verify(fact.sig, purpose_of(fact), *signed_fields(fact))
        except CryptoError:
            return False
        return True

    def _take_key(self, grant: Grant, sealed: bytes) -> None:
        device = self._device
        try:
            record_key = open_grant(
                device.sealing,
                grant.municipality,
                grant.record,
                grant.key,
                device.id,
                grant.suite,
                sealed,
                minimum_suite=device.bundle.minimum_suite,
            )
        except CryptoError:
            return
        self._store.keep_key(grant.record, grant.key, record_key)

    # --- fork ---

    def _succeed(self, fork_at: int) -> None:
        """Become the successor of ourselves: new keys, certified by the municipality, and everything written again.

        The new keys are on disk before they are sent, so that a power cut in between loses nothing.
        """
        device, store = self._device, self._store
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
        answer = self._certified(waiting)
        with store.transaction():
            self._reissue(waiting, answer, fork_at)
        device.load()

    def _certified(self, waiting: Identity) -> EnrolResponse:
        device = self._device
        signing = SigningKey.from_seed(waiting.signing)
        sealing = SealingKey.from_seed(waiting.sealing, waiting.suite)
        request = SucceedRequest(device.id, waiting.suite, signing.public, sealing.public, b"")
        request = msgspec.structs.replace(request, sig=device.signing.sign("succeed", *request.signed_fields()))
        raw = self._transport.post(self._path("successions"), msgspec.msgpack.encode(request), {})
        return msgspec.msgpack.decode(raw, type=EnrolResponse)

    def _reissue(self, waiting: Identity, answer: EnrolResponse, fork_at: int) -> None:
        device, store = self._device, self._store
        old = device.id
        moved_away = store.own_after(old, fork_at - 1, 1 << 31)
        common = {kept.arrival().header.record: kept for kept in store.own_after(old, 0, 1 << 31)
                  if kept.arrival().header.seq < fork_at}  # fmt: skip
        plain = {kept.hash: self._plain(kept) for kept in moved_away}
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

    def _plain(self, kept: Kept) -> bytes | None:
        """The plaintext bytes of an own entry, to be sealed anew under its new header.

        Nothing where the record was erased, or where the body never opened: nobody could read it before either, and
        the server holds the old entry among those that parted.
        """
        keys = self._device.keys_of(kept.arrival().header.record)
        if keys is None or kept.entry.body is None:
            return None
        try:
            return keys.open(kept.entry.header, kept.entry.body)
        except CryptoError:
            return None


def sync(device: Device, transport: Transport, limit: int = 500) -> Outcome:
    """Sync a device once, to the end."""
    return Sync(device, transport).run(limit)
