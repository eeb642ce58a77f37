"""The exchange as a server does it: load, decide (`sync.exchange`), save, answer (sync/SPEC.md section 6).

`prepare` needs no store and runs before the transaction; `answer` runs inside it. The answer leaves the server only
after the commit.
"""

from collections.abc import Generator, Sequence
from typing import Any, Final

import msgspec

from backend.municipality.fleet import Fleet
from backend.municipality.granting import Granting
from backend.municipality.intake import Intake
from backend.municipality.pull import End, Page, Puller
from backend.municipality.state import Ledger
from backend.municipality.world import Held
from backend.municipality.writer import Request
from backend.sentences import told, words
from backend.signing import device_key, is_genuine
from backend.stores.gathered import Gathered
from backend.stores.group import Wanted
from crypto.errors import BadSignature
from crypto.primitives import random_bytes
from sync.deciding import NOWHERE, Decision, Prepared, decide
from sync.entry import Wrap
from sync.errors import TooLarge
from sync.exchange import (
    Checked,
    Cursor,
    Refused,
    check_entry,
    check_push,
    pack_cursor,
)
from sync.factbook import FactBook
from sync.facts import (
    DESK,
    REPORT_REASONS,
    Certificate,
    Erasure,
    Fact,
    Grant,
    Hole,
    Report,
    purpose_of,
    record_of,
    signed_fields,
    with_signature,
)
from sync.messages import (
    ERASED_DROPPED,
    FRESH_MS_MAX,
    SEALED_BYTES_MAX,
    WRAP_WANTED,
    Epoch,
    FormNotice,
    Notice,
    Place,
    Refusal,
    ReportNote,
    SealedGrant,
    Stamp,
    SyncRequest,
    SyncResponse,
    write,
)

LIFE_BYTES: Final = 16
AWAITING_FROM: Final = "awaiting-from"  # the last position before that: what devices said later is signed afterwards
AWAITING: Final = "awaiting-list"  # of the journal's meta: restored, and nobody confirmed where the list ends
SLICE: Final = 16  # signatures that are checked at one go, about two milliseconds
LACKING_SERVED: Final = 64  # record keys sealed anew in one exchange
SEALED_LATELY_MAX: Final = 3  # times in ten minutes that one key is sealed to one device: every reader is told of each

Decided = tuple[Prepared, Decision]
Saved = tuple[Prepared, Decision, list[Notice]]


class Exchange(Held):
    """Answers the devices of one municipality. `prepare` runs anywhere, the rest in the writer's unit."""

    def __init__(
        self, code: str, stores: Gathered, ledger: Ledger, intake: Intake, granting: Granting, fleet: Fleet
    ) -> None:
        super().__init__(code, stores, ledger, intake)
        self._fleet = fleet
        self._keys = stores.keys
        self._granting = granting
        self._puller = Puller(stores.journal, stores.keys)

    # --- before the transaction ---

    def prepare(self, device: bytes, request: SyncRequest, now_ms: int) -> Generator[None, None, Prepared]:
        """Check what needs no store: the shape of entries, signatures of what others wrote.

        Signatures are checked in slices, so that whoever runs it on the event loop lets others in between.
        """
        refused = None
        pushed: tuple[Checked, ...] = ()
        try:
            pushed = check_push(request.entries, self.municipality, device)
        except Refused as error:
            refused = error
        book = self._with_certificates(request.facts)
        handed = []
        for number, entry in enumerate(request.handed, 1):
            item = check_entry(entry, self.municipality)
            if _is_by_author(item, book):
                handed.append(item)
            if number % SLICE == 0:
                yield
        for number, note in enumerate(request.reports, 1):
            self._check_report(book, device, note)
            if number % SLICE == 0:
                yield
        checked: dict[Grant, bool] = {}
        fresh: list[SealedGrant] = []
        for number, sealed in enumerate(request.grants, 1):
            if not self._journal.has_fact(sealed.grant):  # what is held is passed over
                checked[sealed.grant] = sealed.grant.by == device and self.is_genuine(sealed.grant, book)
                fresh.append(sealed)
            if number % SLICE == 0:
                yield
        if len(fresh) < len(request.grants):
            request = msgspec.structs.replace(request, grants=tuple(fresh))
        return Prepared(device, request, pushed, tuple(handed), refused, now_ms, checked)

    def _with_certificates(self, facts: Sequence[Fact]) -> FactBook:
        """The committed facts, with the genuine certificates that a request brings: entries of theirs come along."""
        book = self._ledger.committed.book
        certificates = [fact for fact in facts if isinstance(fact, Certificate) and not book.certified(fact.device)]
        if certificates and self._ledger.committed.restored:
            book = book.copy()
            for fact in certificates:
                if fact.municipality == self.municipality and is_genuine(fact, book):
                    book.add(fact)
        return book

    def _check_report(self, book: FactBook, device: bytes, note: ReportNote) -> None:
        key = device_key(book, device)
        assert key is not None
        if note.reason not in REPORT_REASONS:
            raise TooLarge(what="reason-of-a-report", size=repr(note.reason[:20]), limit=", ".join(REPORT_REASONS))
        fact = Report(self.municipality, note.record, note.hash, note.reason, device, note.sig)
        key.verify(note.sig, purpose_of(fact), *signed_fields(fact))

    # --- inside the unit ---

    def take_grants(self, prepared: Prepared, taken: Sequence[SealedGrant]) -> None:
        """Save some grants of a request before the rest of it, which may be refused or never come."""
        self._keep_sealed(taken)
        self._save_grants(prepared.device, taken, prepared.now_ms)
        if taken and self.custody is not None:
            self._granting.copy(self.custody, prepared.now_ms)

    def decide(self, prepared: Prepared) -> Decided:
        """Decide an exchange from what is held; writes nothing."""
        return prepared, decide(prepared, self)

    def request(self, prepared: Prepared) -> Request[Decided, Saved, bytes]:
        """A prepared exchange as the writer runs it."""
        records = frozenset(item.header.record for item in (*prepared.pushed, *prepared.handed))
        wanted = Wanted(frozenset((prepared.device,)), records)
        return Request(wanted, lambda: self.decide(prepared), self.save, self.answer)

    def save(self, decided: Decided) -> Saved:
        """Write a decision; nothing in it refuses any more."""
        asked, decision = decided
        device, request, now_ms = asked.device, asked.request, asked.now_ms
        if decision.new_life:
            self.begin_life(now_ms, "behind-a-device")
        before = self.tail(device)
        self._fleet.hear(device, request, now_ms)
        self._save_facts(device, decision, now_ms)
        notices = self._save_entries(decision, before, device, now_ms)
        self._save_keys(device, decision, asked)
        self._save_grants(device, decision.grants, now_ms)
        self._save_reports(device, decision, now_ms)
        self._save_promises(device, request, decision, now_ms, proved=self._prove_handed(decision))
        return asked, decision, notices

    def answer(self, saved: Saved) -> bytes:
        """Answer an exchange that is saved, inside the unit: what it is sent is read here."""
        asked, decision, notices = saved
        device, request, now_ms = asked.device, asked.request, asked.now_ms
        page, own = self._page(device, request, decision.cursor, decision.push.tail)
        tail = decision.push.tail
        response = SyncResponse(
            life=self.life,
            server_time=now_ms,
            received_through=tail,
            durable_through=self.durable(device, tail),
            cursor=pack_cursor(page.cursor, self._mac),
            more=page.more or own.more,
            wanted=decision.push.wanted,
            fork=decision.push.fork,
            refused=None if decision.refused is None else _refusal(decision.refused),
            refused_grants=decision.refused_grants,
            receipt=self.receipt_for(device, tail, now_ms),
            stamps=self._stamps(device, decision),
            changes=(*own.changes, *page.changes),
            forms=self._forms_lacking(request),
            notices=(*notices, *self._notices(device)),
        )
        return write(response)

    def begin_life(self, now_ms: int, why: str) -> None:
        """Start a new life: this store was restored. It delivers nothing until a person confirms its list."""
        self._state.life, self._state.restored = random_bytes(LIFE_BYTES), True
        self.await_list(waits=True)
        self._journal.begin_life(self._state.life, now_ms, why)

    def await_list(self, *, waits: bool) -> None:
        """Deliver nothing until a person has confirmed where the list outside the backups ends, or deliver again."""
        state = self._state
        if waits and not state.awaiting_list:
            state.awaiting_from = state.position
            self._journal.set_meta(AWAITING_FROM, str(state.position).encode())
        self._journal.set_meta(AWAITING, b"1" if waits else b"")
        state.awaiting_list = waits

    def _save_facts(self, device: bytes, decision: Decision, now_ms: int) -> None:
        for fact in decision.facts:
            if isinstance(fact, Erasure):
                self._keys.forget(fact.record)
                self._journal.forget_bodies(fact.record)
                self._journal.note_unfinished(fact.record, now_ms)
            self._intake.take_fact(fact, now_ms)
            about = words("audit-return", kind=purpose_of(fact), about=about_of(fact)).kept
            self._journal.audit(now_ms, f"device:{self.book.worker(device)}", "return", record_of(fact), about)

    def _save_entries(self, decision: Decision, before: Place, device: bytes, now_ms: int) -> list[Notice]:
        push = decision.push
        if push.hole is not None and self.custody is not None:
            hole = Hole(self.municipality, device, push.hole.first, push.hole.last, push.hole.last_hash, now_ms)
            sig = self.custody.receipt.sign(purpose_of(hole), *signed_fields(hole))
            self._intake.take_fact(with_signature(hole, sig), now_ms)
        if decision.receipt is not None:
            known = [item for item in push.known if item.header.seq <= decision.receipt.seq]
            self._intake.lower_stamps(known, decision.receipt.at_ms)
        if decision.forked:
            self._journal.keep_forked(decision.forked, now_ms)
        erased = self._intake.take_entries(decision.entries)
        self._intake.take_bodies(decision.bodies)
        if push.tail != before:
            self._journal.save_tail(device, push.tail)
            self._state.move_tail(device, push.tail)
        return [Notice(ERASED_DROPPED, record) for record in erased]

    def _prove_handed(self, decision: Decision) -> bool:
        """Let what was handed in of revoked devices stand where their chains say; whether there was any."""
        ended = self.book.revocations
        if not ended:
            return False
        fresh = [item for item, _ in decision.entries if item.header.device in ended]
        self._journal.no_longer_forked(item.hash for item in fresh)
        authors = {item.header.device for item in (*fresh, *decision.forked)} & ended.keys()
        for author in sorted(authors):
            self._intake.prove(author)
        return bool(authors)

    def _save_keys(self, device: bytes, decision: Decision, asked: Prepared) -> None:
        """Keep epochs and wraps under the device that brought them, and sealed grants that were taken."""
        wraps = [
            (device, wrap)
            for item in (*(asked.pushed if decision.refused is None else ()), *asked.handed)
            for wrap in item.entry.wraps
            if self._wrap_fits(item, wrap)
        ]
        epochs = [(device, epoch) for epoch in asked.request.epochs if _epoch_fits(epoch)]
        if wraps or epochs:
            self._keys.take(epochs, wraps, ())
        self._keep_sealed(decision.grants)

    def _keep_sealed(self, taken: Sequence[SealedGrant]) -> None:
        """Keep the sealed keys of grants that are taken."""
        if taken:
            rows = [(one.grant.record, one.grant.to, one.grant.key, one.grant.suite, one.sealed) for one in taken]
            self._keys.take((), (), rows)

    def _wrap_fits(self, item: Checked, wrap: Wrap) -> bool:
        header = item.header
        return (
            (wrap.record, wrap.key) == (header.record, header.key)
            and (len(wrap.epoch), len(wrap.nonce), len(wrap.wrapped)) == (8, 12, 48)
            and not self.book.erased(wrap.record)
        )

    def _save_grants(self, device: bytes, taken: Sequence[SealedGrant], now_ms: int) -> None:
        for sealed in taken:
            self._intake.take_fact(sealed.grant, now_ms)
            worker = self.book.worker(sealed.grant.to) or ""
            detail = words("audit-grant", device=device.hex(), to=sealed.grant.to.hex(), worker=worker).kept
            self._journal.audit(now_ms, f"device:{self.book.worker(device)}", "grant", sealed.grant.record, detail)

    def _save_reports(self, device: bytes, decision: Decision, now_ms: int) -> None:
        for note in decision.reports:
            fact = Report(self.municipality, note.record, note.hash, note.reason, device, note.sig)
            if not self._journal.has_fact(fact):
                self._intake.take_fact(fact, now_ms)
        for record in decision.erased:
            self._journal.confirm_erasure(record, device, now_ms)

    def _save_promises(
        self, device: bytes, request: SyncRequest, decision: Decision, now_ms: int, *, proved: bool
    ) -> None:
        """Sign and seal what is promised: copies of grants, grants to the worker's other devices, lost keys."""
        if self.custody is None:
            return
        if decision.grants or decision.facts or proved:
            self._granting.copy(self.custody, now_ms)
        if self._state.awaiting_list:
            return  # what opens a record to somebody waits as well
        self._granting.pay_in_turn(self.custody, now_ms)
        certificate = self.book.certificates.get(device)
        for record in request.lacking[:LACKING_SERVED] if certificate is not None else ():
            row = self._journal.record(record)
            reads = row is not None and device in row.readers
            if certificate is not None and reads and not self._was_sealed(device, record, decision.cursor, now_ms):
                self._granting.seal(self.custody, certificate, record, now_ms)

    def _was_sealed(self, device: bytes, record: bytes, cursor: Cursor | None, now_ms: int) -> bool:
        """True if a grant that the device has not pulled yet brings the key already, or it had several just now."""
        pulled = cursor.position if cursor is not None and cursor.life == self.life else 0
        facts = self._journal.facts(record=record)
        sealed = [one for one in facts if isinstance(one.fact, Grant) and one.fact.to == device]
        lately = sum(one.received > now_ms - FRESH_MS_MAX for one in sealed)
        return lately >= SEALED_LATELY_MAX or any(one.position > pulled for one in sealed)

    def _page(self, device: bytes, request: SyncRequest, cursor: Cursor | None, tail: Place) -> tuple[Page, Page]:
        if cursor is None or cursor.life != self.life:
            cursor = Cursor(self.life)
        own = Page((), cursor, False)
        head = request.head or NOWHERE
        if head.seq < tail.seq and not request.entries:
            known = NOWHERE.hash if head.seq == 0 else self._journal.hash_at(device, head.seq)
            if known == head.hash:
                own = self._puller.own_page(device, head.seq, cursor, request.limit)
        state = self._state
        if state.awaiting_list:
            return Page((), cursor, False), Page((), cursor, False)
        end = End(state.position, state.place, state.last_global, self.book.role(device) == DESK)
        return self._puller.page(device, cursor, request.limit, end), own

    def _stamps(self, device: bytes, decision: Decision) -> tuple[Stamp, ...]:
        """The stamps of all that was pushed, those of a repeated push included, in runs."""
        runs: list[Stamp] = []
        own = [(item.header, received) for item, received in decision.entries if item.header.device == device]
        found = [(header.seq, received) for header, received in own]
        seqs = [item.header.seq for item in decision.push.known]
        if seqs:
            found = sorted({*found, *self._journal.stamps(device, min(seqs), max(seqs))})
        for seq, received in found:
            if runs and runs[-1].received == received and runs[-1].last == seq - 1:
                runs[-1] = Stamp(runs[-1].first, seq, received)
            else:
                runs.append(Stamp(seq, seq, received))
        return tuple(runs)

    def _forms_lacking(self, request: SyncRequest) -> tuple[FormNotice, ...]:
        return tuple(
            FormNotice(form, fact.version, fact.digest)
            for form, fact in sorted(self.book.forms.items())
            if request.forms.get(form) != fact.digest
        )

    def _notices(self, device: bytes) -> list[Notice]:
        return [Notice(WRAP_WANTED, record) for record in self._journal.wraps_wanted_from(device)]


def _is_by_author(item: Checked, book: FactBook) -> bool:
    """True if an entry that another device brings is signed by its author; those of unknown devices are passed over."""
    key = device_key(book, item.header.device)
    if key is None:
        return False
    try:
        key.verify(item.entry.sig, "entry", item.hash)
    except BadSignature:
        return False
    return True


def _epoch_fits(epoch: Epoch) -> bool:
    return len(epoch.id) == 8 and len(epoch.key_id) == 8 and len(epoch.sealed) <= SEALED_BYTES_MAX


def about_of(fact: Any) -> str:
    """Whom or what a fact is about, as the audit says it."""
    device = getattr(fact, "device", getattr(fact, "to", None))
    return device.hex() if device is not None else str(getattr(fact, "worker", getattr(fact, "form", "")))


def _refusal(refused: Refused) -> Refusal:
    """A refused push as the device is told of it."""
    cause = refused.cause
    return Refusal(refused.seq, cause.code, *told(cause), cause.facts)
