"""The exchange as a server does it: load, decide (`sync.exchange`), save, answer (sync/SPEC.md section 6).

`prepare` needs no store and runs before the transaction; `answer` runs inside it. The answer leaves the server only
after the commit.
"""

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

from backend.errors import NoAccess
from backend.municipality.book import FactBook
from backend.municipality.custody import Custody, record_key_of
from backend.municipality.genuine import is_genuine
from backend.municipality.intake import Intake
from backend.municipality.pull import End, Page, Puller, change_of
from backend.stores.journal import Journal
from backend.stores.keys import Keys as KeyStore
from crypto.errors import BadSignature
from crypto.keys import verify
from crypto.primitives import equal, hmac_sha256, random_bytes
from sync.admission import may_write
from sync.entry import Wrap
from sync.errors import BadReceipt
from sync.exchange import (
    Checked,
    Cursor,
    Push,
    Refused,
    check_entry,
    check_push,
    decide_push,
    pack_cursor,
    read_cursor,
    stamp_of,
    was_restored,
)
from sync.facts import (
    REPORT_REASONS,
    Erasure,
    Grant,
    Hole,
    Report,
    purpose_of,
    signed_fields,
    with_signature,
)
from sync.messages import (
    ERASED_DROPPED,
    WRAP_WANTED,
    Epoch,
    FormNotice,
    Notice,
    Place,
    Receipt,
    Refusal,
    Stamp,
    SyncRequest,
    SyncResponse,
    write,
)

NOWHERE: Final = Place(0, bytes(32))
LIFE_BYTES: Final = 16
AWAITING: Final = "awaiting-list"  # of the journal's meta: restored, and nobody confirmed where the list ends
LACKING_MAX: Final = 64  # record keys sealed anew in one exchange


class Prepared(NamedTuple):
    """A request whose entries were read and whose keys may be stored."""

    device: bytes
    request: SyncRequest
    pushed: tuple[Checked, ...]
    handed: tuple[Checked, ...]
    refused: Refusal | None
    now_ms: int


class Exchange:
    """Answers the devices of one municipality, one at a time, inside the writer's transaction."""

    def __init__(self, code: str, journal: Journal, keys: KeyStore, book: FactBook, intake: Intake) -> None:
        self._code = code
        self._journal = journal
        self._keys = keys
        self._book = book
        self._intake = intake
        self._puller = Puller(journal, keys)
        self.custody: Custody | None = None
        self.tails: dict[bytes, Place] = {}
        self.life = b""
        self.awaiting_list = False
        self._cursor_key = b""
        self.resume()

    def resume(self) -> None:
        """Take everything from the stores: at opening, and after a transaction was rolled back."""
        self.tails = self._journal.tails()
        self.life = self._journal.life()
        self.awaiting_list = self._journal.meta(AWAITING) == b"1"
        self._cursor_key = self._journal.meta("cursor") or b""

    # --- before the transaction ---

    def prepare(self, device: bytes, request: SyncRequest, now_ms: int) -> Prepared:
        """Check what needs no store: the shape of entries, signatures of what others wrote."""
        refused = None
        pushed: tuple[Checked, ...] = ()
        try:
            pushed = check_push(request.entries, self._code, device)
        except Refused as error:
            refused = Refusal(error.seq, error.cause.code, str(error.cause), error.cause.remedy)
        handed = tuple(
            item for entry in request.handed if (item := self._checked_handed(check_entry(entry, self._code)))
        )
        for note in request.reports:
            self._check_report(device, note.record, note.hash, note.reason, note.sig)
        return Prepared(device, request, pushed, handed, refused, now_ms)

    def _checked_handed(self, item: Checked) -> Checked | None:
        """Another's entry counts by its own signature; one of a device that is unknown here is passed over."""
        key = self._book.verify_key(item.header.device)
        if key is None:
            return None
        try:
            key.verify(item.entry.sig, "entry", item.hash)
        except BadSignature:
            return None
        return item

    def _check_report(self, device: bytes, record: bytes, hash_: bytes, reason: str, sig: bytes) -> None:
        key = self._book.verify_key(device)
        assert key is not None
        fact = Report(self._code, record, hash_, reason if reason in REPORT_REASONS else "open", device, sig)
        key.verify(sig, purpose_of(fact), *signed_fields(fact))

    def keep_keys(self, prepared: Prepared) -> None:
        """Commit epochs, wraps and sealed grants: before the journal entry that needs them."""
        wraps = [
            (prepared.device, wrap)
            for item in (*prepared.pushed, *prepared.handed)
            for wrap in item.entry.wraps
            if self._wrap_fits(item, wrap)
        ]
        epochs = [(prepared.device, epoch) for epoch in prepared.request.epochs if _epoch_fits(epoch)]
        grants = [
            (g.grant.record, g.grant.to, g.grant.key, g.grant.suite, g.sealed)
            for g in prepared.request.grants
            if not self._book.erased(g.grant.record)
        ]
        if wraps or epochs or grants:
            self._keys.take(epochs, wraps, grants)

    def _wrap_fits(self, item: Checked, wrap: Wrap) -> bool:
        header = item.header
        return (
            (wrap.record, wrap.key) == (header.record, header.key)
            and (len(wrap.epoch), len(wrap.nonce), len(wrap.wrapped)) == (8, 12, 48)
            and not self._book.erased(wrap.record)
        )

    # --- inside the transaction ---

    def answer(self, prepared: Prepared) -> bytes:
        """Take in what was sent and say what the device lacks."""
        device, request, now_ms = prepared.device, prepared.request, prepared.now_ms
        tail = self.tails.get(device, NOWHERE)
        receipt, gone = self._verified(device, request.receipt, tail), self._verified(device, request.gone, tail)
        cursor = read_cursor(request.cursor, self._is_ours)
        if was_restored(self.life, tail, cursor, receipt, self._intake.place_hash):
            self.begin_life(now_ms, "behind a cursor or receipt")
        self._take_facts(request, now_ms)
        self._take_grants(device, request, now_ms)
        push = decide_push(prepared.pushed, tail, self._held_by(device, tail), request.head, gone)
        push = self._with_hole(device, push, tail, now_ms)
        stamped = [(item, stamp_of(item.header.seq, now_ms, receipt)) for item in push.fresh]
        notices = self._take(push, stamped, prepared, receipt)
        self._take_reports(device, request, now_ms)
        self._grant_lacking(device, request, cursor, now_ms)
        tail = self._moved(device, tail, push)
        page, own = self._page(device, request, cursor, tail)
        response = SyncResponse(
            life=self.life,
            server_time=now_ms,
            received_through=tail,
            durable_through=tail,
            cursor=pack_cursor(page.cursor, self._mac),
            more=page.more or own.more,
            wanted=push.wanted,
            fork=push.fork,
            refused=prepared.refused,
            receipt=self.receipt_for(device, tail, now_ms),
            stamps=self._stamps(device, push, stamped),
            changes=(*own.changes, *page.changes),
            forms=self._forms_lacking(request),
            notices=(*notices, *self._notices(device)),
        )
        return write(response)

    def _held_by(self, device: bytes, tail: Place) -> Callable[[int], bytes | None]:
        """What is held at a device's seqs; beyond its tail only where others handed something in."""
        beyond = self._journal.last_seq(device) > tail.seq

        def held(seq: int) -> bytes | None:
            return self._journal.hash_at(device, seq) if beyond or seq <= tail.seq else None

        return held

    def begin_life(self, now_ms: int, why: str) -> None:
        """Start a new life: this store was restored. It delivers nothing until a person confirms its list."""
        self.life = random_bytes(LIFE_BYTES)
        self._journal.set_meta(AWAITING, b"1")
        self.awaiting_list = True
        self._journal.begin_life(self.life, now_ms, why)

    def _verified(self, device: bytes, receipt: Receipt | None, tail: Place) -> Receipt | None:
        """A receipt that says something new, if this municipality's server signed it; others say nothing."""
        if receipt is None or (receipt.seq <= tail.seq and receipt.life == self.life):
            return None
        keys = self._book.keys
        if keys is None or receipt.device != device or receipt.municipality != self._code:
            raise BadReceipt(seq=receipt.seq)
        try:
            verify(keys.receipt, receipt.sig, "receipt", *receipt.signed_fields())
        except BadSignature:
            raise BadReceipt(seq=receipt.seq) from None
        return receipt

    def _with_hole(self, device: bytes, push: Push, tail: Place, now_ms: int) -> Push:
        """Record a hole with the receipt key; while the municipality is locked the entries stay wanted."""
        if push.hole is None:
            return push
        if self.custody is None:
            return Push(tail=tail, wanted=tail.seq + 1)
        fact = Hole(self._code, device, push.hole.first, push.hole.last, push.hole.last_hash, now_ms)
        self._intake.take_fact(
            with_signature(fact, self.custody.receipt.sign(purpose_of(fact), *signed_fields(fact))), now_ms
        )
        return push

    def _take(
        self, push: Push, stamped: Sequence[tuple[Checked, int]], prepared: Prepared, receipt: Receipt | None
    ) -> list[Notice]:
        now_ms = prepared.now_ms
        items = list(stamped)
        pushed = {(item.header.device, item.header.seq) for item in push.fresh}
        forked = list(push.forked)
        for item in prepared.handed:
            place = (item.header.device, item.header.seq)
            held = self._journal.hash_at(*place)
            if held is None and place not in pushed:
                pushed.add(place)
                items.append((item, now_ms))
            elif held is not None and held != item.hash:
                forked.append(item)
        if receipt is not None:
            self._lower_stamps(push, receipt)
        self._journal.keep_forked(forked, now_ms)
        return [Notice(ERASED_DROPPED, record) for record in self._intake.take_entries(items)]

    def _lower_stamps(self, push: Push, receipt: Receipt) -> None:
        """What another device handed in before its author came: the author's receipt proves an earlier stamp."""
        lowered = {
            item.header.record
            for item in push.known
            if item.header.seq <= receipt.seq
            and self._journal.lower_stamp(item.hash, item.header.device, item.header.seq, receipt.at_ms)
        }
        self._intake.refold(sorted(lowered), self._intake.position)
        self._journal.mark_dirty(lowered)

    def _moved(self, device: bytes, before: Place, push: Push) -> Place:
        if push.tail != before:
            self._journal.save_tail(device, push.tail)
            self.tails[device] = push.tail
        return push.tail

    def _take_grants(self, device: bytes, request: SyncRequest, now_ms: int) -> None:
        for sealed in request.grants:
            fact = sealed.grant
            key = self._book.verify_key(device)
            assert key is not None
            if fact.by != device or fact.municipality != self._code or not self._book.certified(fact.to):
                raise NoAccess
            key.verify(fact.sig, purpose_of(fact), *signed_fields(fact))
            if not equal(fact.sealed_hash, sha256(sealed.sealed).digest()):
                raise BadSignature(purpose="grant")
            if not may_write(fact.record, fact.key, device, self._book):
                raise NoAccess
            if not self._journal.has_access(fact.to, fact.record) and not self._book.erased(fact.record):
                self._intake.take_fact(fact, now_ms)

    def _take_facts(self, request: SyncRequest, now_ms: int) -> None:
        """What a restored server had said and forgot, handed in by its devices; counts by its own signature."""
        for fact in request.facts if self._journal.is_restored() else ():
            if fact.municipality == self._code and is_genuine(fact, self._book) and not self._journal.has_fact(fact):
                if isinstance(fact, Erasure):
                    self._keys.forget(fact.record)
                    self._journal.forget_bodies(fact.record)
                self._intake.take_fact(fact, now_ms)

    def _take_reports(self, device: bytes, request: SyncRequest, now_ms: int) -> None:
        known = {fact.fact for note in request.reports for fact in self._journal.facts(record=note.record)}
        for note in request.reports:
            fact = Report(self._code, note.record, note.hash, note.reason, device, note.sig)
            if fact not in known:
                self._intake.take_fact(fact, now_ms)
        for record in request.erased:
            self._journal.confirm_erasure(record, device, now_ms)

    def _grant_lacking(self, device: bytes, request: SyncRequest, cursor: Cursor | None, now_ms: int) -> None:
        """Seal record keys anew to a device that may read the records and lost the keys."""
        certificate = self._book.certificates.get(device)
        if self.custody is None or certificate is None:
            return
        for record in request.lacking[:LACKING_MAX]:
            row = self._journal.record(record)
            if row is None or device not in row.readers or self._book.erased(record):
                continue
            if self._is_on_its_way(device, record, cursor):
                continue
            opened = record_key_of(self.custody, self._keys, record, row.key)
            if opened is not None:
                fact, sealed = self.custody.grant(
                    record, row.key, opened, device, certificate.sealing, certificate.suite
                )
                self._keys.take((), (), [(record, device, row.key, fact.suite, sealed)])
                self._intake.take_fact(fact, now_ms)

    def _is_on_its_way(self, device: bytes, record: bytes, cursor: Cursor | None) -> bool:
        """Whether a grant that the device has not pulled yet brings the key already."""
        pulled = cursor.position if cursor is not None and cursor.life == self.life else 0
        return any(
            stored.position > pulled and isinstance(stored.fact, Grant) and stored.fact.to == device
            for stored in self._journal.facts(record=record)
        )

    def _page(self, device: bytes, request: SyncRequest, cursor: Cursor | None, tail: Place) -> tuple[Page, Page]:
        if cursor is None or cursor.life != self.life:
            cursor = Cursor(self.life)
        own = Page((), cursor, False)
        head = request.head or NOWHERE
        if head.seq < tail.seq and not request.entries:
            known = NOWHERE.hash if head.seq == 0 else self._journal.hash_at(device, head.seq)
            if known == head.hash:
                lost = self._journal.own_after(device, head.seq, request.limit)
                own = Page(tuple(change_of(stored) for stored in lost), cursor, len(lost) == request.limit)
        end = End(self._intake.position, self._intake.place, self._intake.last_global)
        if self.awaiting_list or device in self._book.revocations:
            return Page((), cursor, False), Page((), cursor, False)
        return self._puller.page(device, cursor, request.limit, end), own

    def _stamps(self, device: bytes, push: Push, stamped: Sequence[tuple[Checked, int]]) -> tuple[Stamp, ...]:
        """The stamps of all that was pushed, those of a repeated push included, in runs."""
        runs: list[Stamp] = []
        found = [(item.header.seq, received) for item, received in stamped]
        seqs = [item.header.seq for item in push.known]
        if seqs:
            found = sorted({*found, *self._journal.stamps(device, min(seqs), max(seqs))})
        for seq, received in found:
            if runs and runs[-1].received == received and runs[-1].last == seq - 1:
                runs[-1] = Stamp(runs[-1].first, seq, received)
            else:
                runs.append(Stamp(seq, seq, received))
        return tuple(runs)

    def receipt_for(self, device: bytes, tail: Place, now_ms: int) -> Receipt | None:
        """The signed word that a device's journal up to a place is on disk; none while locked."""
        if self.custody is None or tail.seq == 0:
            return None
        receipt = Receipt(self._code, self.life, device, tail.seq, tail.hash, now_ms)
        sig = self.custody.receipt.sign("receipt", *receipt.signed_fields())
        return Receipt(self._code, self.life, device, tail.seq, tail.hash, now_ms, sig)

    def _forms_lacking(self, request: SyncRequest) -> tuple[FormNotice, ...]:
        return tuple(
            FormNotice(form, fact.version, fact.digest)
            for form, fact in sorted(self._book.forms.items())
            if request.forms.get(form) != fact.digest
        )

    def _notices(self, device: bytes) -> list[Notice]:
        return [Notice(WRAP_WANTED, record) for record in self._journal.wraps_wanted_from(device)]

    def _mac(self, raw: bytes) -> bytes:
        return hmac_sha256(self._cursor_key, raw)

    def _is_ours(self, mac: bytes, raw: bytes) -> bool:
        return equal(mac, self._mac(raw)[: len(mac)])


def _epoch_fits(epoch: Epoch) -> bool:
    return len(epoch.id) == 8 and len(epoch.key_id) == 8 and len(epoch.sealed) <= 2_048
