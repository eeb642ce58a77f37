"""Syncs a device: send what the server lacks, take in what it answers, again until both are equal."""

from collections.abc import Iterable
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from backend.device.device import Device
from backend.device.giving_back import Rewrapping, epochs_of, given_back
from backend.device.handing_in import hand_in
from backend.device.store import Kept, weight
from backend.device.succession import FORKED, resume
from backend.device.transport import MESSAGEPACK, ServerRefused, Transport, signed_headers
from backend.signing import is_genuine
from crypto.errors import CryptoError
from crypto.grants import open_grant
from sync.device import Lesson, Memory, displaces, learn, slice_push
from sync.entry import Entry, body_hash_of, entry_hash, parse_header
from sync.errors import SyncError
from sync.facts import (
    Erasure,
    Fact,
    FormRetired,
    FormVersion,
    Grant,
    Keys,
    Revocation,
    decode_fact,
)
from sync.messages import (
    GRANT_WAITS,
    GRANTS_MAX,
    PROTOCOL,
    WRAP_WANTED,
    Change,
    Place,
    Receipt,
    SealedGrant,
    SyncRequest,
    SyncResponse,
    read_response,
    write,
)

ROUNDS_MAX: Final = 10_000  # a device that never gets equal has a fault, and says so instead of running for ever
GRANT_BATCH: Final = 100
LACKING_BATCH: Final = 64
ASKED_THROUGH: Final = "asked-through"  # the last record whose lost key was asked for


UNAUTHORIZED: Final = 401  # unknown, uncertified and badly signed are refused alike
REVOKED: Final = "device-revoked"


class Outcome(NamedTuple):
    """The result of a sync. `refused_grants` are (record, code) of grants that the server did not take."""

    sent: int
    received: int
    unsent: int
    rounds: int
    refused: str | None = None
    refused_grants: tuple[tuple[bytes, str], ...] = ()
    forked: bool = False  # its journal parted from the server's: it handed in, and waits for an invitation
    revoked: bool = False  # it handed in instead, and wiped what was due


class Sync:
    """Syncs one device over one transport."""

    def __init__(self, device: Device, transport: Transport) -> None:
        self._device = device
        self._store = device.store
        self._transport = transport
        self._rewrapping = Rewrapping(device)
        self._told: list[Fact] = []  # revocations of this device that came among the changes
        self._refused_grants: dict[bytes, tuple[bytes, str]] = {}  # by sealed hash: the record and the code
        self._stop: int | None = None  # the own entry that was refused: it and what follows wait for a later sync

    def run(self, limit: int = 500) -> Outcome:
        """Exchange until nothing is left to send or to take in; an entry that is refused waits with what follows it.

        A device that the municipality revoked hands in what it has, and wipes (SPEC.md section 8.6).
        """
        self._device.check_not_wiped()
        try:
            if self._device.ended is None:
                outcome = self._exchange(limit)
                if self._device.ended is None:
                    return outcome
        except ServerRefused as refusal:
            if refusal.code != REVOKED or not self._device.learn_revocations(read_facts(refusal.revocations)):
                raise
        if resume(self._device, self._transport):
            return self._exchange(limit)  # it was the old id that ended
        return self._leave()

    def _leave(self) -> Outcome:
        device = self._device
        if device.wipe():
            return Outcome(0, 0, 0, 1, REVOKED, revoked=True)
        if device.ended is not None and device.ended.received:
            return Outcome(0, 0, 0, 1, REVOKED, revoked=True)  # photos wait, for whoever sends them
        handed = hand_in(device, self._transport)
        device.was_handed_in(complete=handed.complete)
        unsent = 0 if handed.complete else self._unsent()
        device.wipe()
        return Outcome(handed.held, 0, unsent, 1, REVOKED, revoked=True)

    def _exchange(self, limit: int) -> Outcome:
        sent = received = rounds = 0
        refused, self._stop = None, None
        while True:
            rounds += 1
            if rounds == ROUNDS_MAX:
                raise RuntimeError("the device and its server do not get equal")
            request, own = self._request(limit)
            answer = self._post(request)
            lesson = self._take(request, answer)
            sent += min(len(own), max(0, answer.received_through.seq - (own[0].arrival().header.seq - 1))) if own else 0
            received += len(answer.changes)
            if lesson.fork_at is not None:
                return self._parted(lesson.fork_at, Outcome(sent, received, 0, rounds))
            if answer.refused is not None:  # the first of a push has no number of its own there
                refused = answer.refused.code
                self._stop = answer.refused.seq or (own[0].arrival().header.seq if own else 0)
            if not answer.more and not self._has_more(answer):
                break  # one entry that is refused keeps back what follows it, and nobody else's words
        grants = tuple(self._refused_grants.values())
        return Outcome(sent, received, self._unsent(), rounds, refused, grants)

    def _parted(self, fork_at: int, so_far: Outcome) -> Outcome:
        """Hand in and keep every word, until a person's invitation names this device (`succeed_by_invitation`)."""
        with self._store.transaction():
            self._store.put(FORKED, fork_at)
        handed = hand_in(self._device, self._transport)
        return so_far._replace(sent=so_far.sent + handed.held, unsent=self._unsent(), forked=True)

    def _unsent(self) -> int:
        return self._device.pen.head.seq - self._device.memory.send_after

    def _has_more(self, answer: SyncResponse) -> bool:
        memory = self._device.memory
        if self._stop is None:
            sends = answer.wanted is not None or self._unsent() > 0
        else:
            sends = memory.send_after + 1 < self._stop
        return (
            sends
            or memory.handed_through is not None
            or bool(self._grants())
            or bool(self._store.erased(unconfirmed=True))
            or self._rewrapping.waits
        )

    # --- asking ---

    def _request(self, limit: int) -> tuple[SyncRequest, list[Kept]]:
        device, store = self._device, self._store
        memory = device.memory
        waiting = self._sendable(store.own_after(device.id, memory.send_after, 500))
        own = waiting[: slice_push(map(weight, (kept.entry for kept in waiting)))]
        handed, facts = given_back(device) if memory.handed_through is not None else (self._rewrapping.entries(), ())
        entries = tuple(kept.entry for kept in own)
        request = SyncRequest(
            PROTOCOL,
            device.clock.now_ms() + device.pen.offset_ms,
            cursor=memory.cursor,
            limit=limit,
            head=device.pen.head if device.pen.head.seq else None,
            receipt=memory.receipt,
            gone=self._gone(memory),
            epochs=epochs_of(store, (*entries, *handed)),
            entries=entries,
            grants=self._grants(),
            handed=handed,
            facts=facts,
            erased=tuple(store.erased(unconfirmed=True)),
            lacking=self._lacking(),
            status={"unsent": self._unsent()},
        )
        return request, own

    def _sendable(self, waiting: list[Kept]) -> list[Kept]:
        """Return those before the entry that was refused in this sync."""
        return [kept for kept in waiting if self._stop is None or kept.arrival().header.seq < self._stop]

    def _lacking(self) -> tuple[bytes, ...]:
        """Some records whose keys are lost, in turn: keys that never come hold up no other."""
        after = self._store.get(ASKED_THROUGH, bytes) or b""
        found = self._store.lacking(LACKING_BATCH, after)
        return tuple(found or (self._store.lacking(LACKING_BATCH) if after else ()))

    def _grants(self) -> tuple[SealedGrant, ...]:
        """The grants that wait, those left out that were refused in this sync."""
        waiting = self._store.queued_grants(GRANTS_MAX + len(self._refused_grants))
        open_ = (SealedGrant(g, sealed) for _, g, sealed in waiting if g.sealed_hash not in self._refused_grants)
        return tuple(islice(open_, GRANT_BATCH))

    def _gone(self, memory: Memory) -> Receipt | None:
        if not memory.show_gone:
            return None
        oldest = self._store.oldest(self._device.id) or self._device.pen.head.seq + 1
        return next((receipt for receipt in self._store.receipts() if receipt.seq == oldest - 1), None)

    def _post(self, request: SyncRequest) -> SyncResponse:
        """Post, learning the server's time if ours was off, and our certificate's place if the server forgot it.

        A restored server may do both in one exchange; each is mended once.
        """
        mended: set[str] = set()
        while True:
            try:
                return self._signed_post(request)
            except ServerRefused as refusal:
                lacks = "certificate" if refusal.status == UNAUTHORIZED else refusal.code
                if lacks in mended or lacks not in ("clock", "certificate"):
                    raise
                mended.add(lacks)
                if lacks == "clock":
                    self._learn_time(refusal)
                    sent = self._device.clock.now_ms() + self._device.pen.offset_ms
                    request = msgspec.structs.replace(request, sent=sent)
                else:
                    certificate = self._device.facts.certificates[self._device.id]
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
        device, plain = self._device, {"Content-Type": MESSAGEPACK}
        headers = signed_headers(device.id, device.signing, request.sent, "POST", path, body, plain)
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
            self._take_grants(request, answer)
            store.confirm_erased(request.erased)
            if request.lacking:
                store.put(ASKED_THROUGH, request.lacking[-1])
            self._rewrapping.ask(note.record for note in answer.notices if note.kind == WRAP_WANTED)
            memory = self._handed(request, lesson)
            device.memory = memory
            device.pen = msgspec.structs.replace(device.pen, offset_ms=lesson.offset_ms)
            store.put("memory", memory)
            store.put("pen", device.pen)
        device.learn_revocations(self._told)
        return lesson

    def _take_grants(self, request: SyncRequest, answer: SyncResponse) -> None:
        """Grants that were sent wait no longer; one that was refused is deleted, unless it may be taken later."""
        codes = {refused.sealed_hash: refused.code for refused in answer.refused_grants}
        for grant in (sealed.grant for sealed in request.grants):
            code = codes.get(grant.sealed_hash)
            if code is None:
                self._store.unqueue_grant(grant)
                continue
            self._refused_grants[grant.sealed_hash] = (grant.record, code)
            if code != GRANT_WAITS:
                self._store.drop_grant(grant)
                self._device.facts = self._device.read_facts()

    def _handed(self, request: SyncRequest, lesson: Lesson) -> Memory:
        """The progress of handing in: begun by a new life, ended when nothing was left to hand in."""
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
        there = self._store.at(header.device, header.seq)
        if there is not None and displaces(hash_, there[1], device.facts.parted):
            self._store.displace(header.device, header.seq)
        self._store.add_entry(hash_, entry, received, now_ms)
        self._store.keep_key(header.record, header.key, None)

    def _take_fact(self, fact: Fact, sealed: bytes | None) -> None:
        device, store = self._device, self._store
        if not is_genuine(fact, device.facts):
            return  # never the server's word alone
        store.add_fact(fact, sealed)
        device.facts.add(fact)
        if isinstance(fact, Revocation) and fact.device == device.id:
            self._told.append(fact)
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


def read_facts(raw: Iterable[bytes]) -> list[Fact]:
    """The facts among some bytes; what is none is left out."""
    found = []
    for one in raw:
        try:
            found.append(decode_fact(one))
        except msgspec.DecodeError:
            continue
    return found


def sync(device: Device, transport: Transport, limit: int = 500) -> Outcome:
    """Sync a device once, to the end."""
    return Sync(device, transport).run(limit)
