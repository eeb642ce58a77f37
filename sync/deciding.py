"""One exchange, decided whole from what is held, before anything is saved (SPEC.md sections 6 and 7.3).

`decide` reads through `World` and returns a `Decision`: everything that will be written, in values. Whatever can be
refused is refused here, so a caller that saves the decision needs no way back.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Final, NamedTuple, Protocol

from sync.authority import NO_ACCESS, against_grant, against_taking
from sync.errors import BodyMissing, DeviceRevoked
from sync.exchange import Checked, Cursor, Push, Refused, decide_push, stamp_of, was_restored
from sync.factbook import FactBook
from sync.facts import Certificate, Fact, Grant, Keys
from sync.messages import Place, Receipt, RefusedGrant, ReportNote, SealedGrant, SyncRequest

NOWHERE: Final = Place(0, bytes(32))
GRANTED_MAX: Final = 3  # grants of one record by one device to one other: every reader is told of each


class World(Protocol):
    """The state of a server from which an exchange is decided; reading changes nothing."""

    municipality: str

    @property
    def life(self) -> bytes:
        """The present life of the journal."""

    @property
    def restored(self) -> bool:
        """True if a restore began this life."""

    @property
    def locked(self) -> bool:
        """True if the private keys are away: then nothing can be signed."""

    @property
    def book(self) -> FactBook:
        """The facts held now."""

    def tail(self, device: bytes) -> Place:
        """The last entry of a device's unbroken journal."""

    def last_seq(self, device: bytes) -> int:
        """The greatest seq held of a device, its own or handed in."""

    def held(self, device: bytes, seq: int) -> bytes | None:
        """The hash of what is held at a device's seq."""

    def names_entry(self, record: bytes, hash_: bytes) -> bool:
        """True if an entry of that name is held of that record."""

    def lacks_body(self, device: bytes, seq: int) -> bool:
        """True if the entry held at a device's seq has no body."""

    def place_hash(self, position: int) -> bytes | None:
        """The short hash of a place, as cursors name it."""

    def cursor(self, raw: bytes) -> Cursor | None:
        """A cursor that this store gave out; nothing for any other."""

    def verify_receipt(self, device: bytes, receipt: Receipt) -> None:
        """Return if the municipality's server signed the receipt for this device; raises `BadReceipt`."""

    def is_genuine(self, fact: Fact, book: FactBook) -> bool:
        """True if the fact carries the signature of whoever may say it."""

    def has_fact(self, fact: Fact) -> bool:
        """True if this very fact was journaled."""

    def grants_of(self, record: bytes) -> Sequence[Grant]:
        """The grants of a record that were journaled, whoever signed them."""

    def may_write(self, record: bytes, key: bytes, device: bytes) -> bool:
        """True if a device's entries of a record count."""

    def seals(self, sealed: SealedGrant) -> bool:
        """True if the sealed key is the one that its grant names."""


class Prepared(NamedTuple):
    """A request whose entries were read and whose handed entries and reports carry their authors' signatures.

    `checked` says of grants whether they carry their signer's signature; others are looked at while deciding.
    """

    device: bytes
    request: SyncRequest
    pushed: tuple[Checked, ...]
    handed: tuple[Checked, ...]
    refused: Refused | None
    now_ms: int
    checked: Mapping[Grant, bool]


class Decision(NamedTuple):
    """Everything that an exchange changes, in the order in which it is saved."""

    new_life: bool
    facts: tuple[Fact, ...]
    grants: tuple[SealedGrant, ...]
    refused_grants: tuple[RefusedGrant, ...]
    push: Push
    entries: tuple[tuple[Checked, int], ...]
    bodies: tuple[Checked, ...]
    forked: tuple[Checked, ...]
    receipt: Receipt | None
    cursor: Cursor | None
    reports: tuple[ReportNote, ...]
    erased: tuple[bytes, ...]
    refused: Refused | None


def decide(asked: Prepared, world: World) -> Decision:
    """Decide one exchange. Raises what refuses it whole: `DeviceRevoked`, `BadReceipt`."""
    device, request = asked.device, asked.request
    if world.book.revoked(device):
        raise DeviceRevoked(world.book.revocations_of(device))
    tail = world.tail(device)
    receipt = _verified(device, request.receipt, tail, world)
    gone = _verified(device, request.gone, tail, world)
    cursor = world.cursor(request.cursor)
    new_life = was_restored(world.life, tail, cursor, receipt, world.place_hash)
    facts, book = _facts(request.facts, world, new_life)
    grants, refused_grants = _grants(asked, request.grants, world, book, waits=world.restored or new_life)
    refused = asked.refused or _without_body(asked.pushed, world, book)
    push = decide_push(() if refused else asked.pushed, tail, _held_by(device, tail, world), request.head, gone)
    if push.hole is not None and world.locked:
        push = Push(tail=tail, wanted=tail.seq + 1)  # nobody can sign the hole now: the entries stay wanted
    entries, forked, bodies = _entries(push, asked, receipt, world, book)
    reports = tuple(note for note in dict.fromkeys(request.reports) if world.names_entry(note.record, note.hash))
    erased = tuple(record for record in dict.fromkeys(request.erased) if book.erased(record))
    return Decision(
        new_life,
        facts,
        grants,
        refused_grants,
        push,
        entries,
        bodies,
        forked,
        receipt,
        cursor,
        reports,
        erased,
        refused,
    )


def _held_by(device: bytes, tail: Place, world: World) -> Callable[[int], bytes | None]:
    """The entries that are held at a device's seqs; beyond its tail only where others handed something in."""
    beyond = world.last_seq(device) > tail.seq
    return lambda seq: world.held(device, seq) if beyond or seq <= tail.seq else None


def _verified(device: bytes, receipt: Receipt | None, tail: Place, world: World) -> Receipt | None:
    """A receipt that says something new, verified; others say nothing and cost nothing."""
    if receipt is None or (receipt.seq <= tail.seq and receipt.life == world.life):
        return None
    world.verify_receipt(device, receipt)
    return receipt


def _facts(handed: Sequence[Fact], world: World, new_life: bool) -> tuple[tuple[Fact, ...], FactBook]:
    """The handed facts that are taken, and the book with them: only in a life that a restore began.

    New keys are never taken in this way.
    """
    book = world.book
    if not handed or not (world.restored or new_life):
        return (), book
    book, taken, held = book.copy(), [], _Grants(world)
    for fact in certificates_first(list(dict.fromkeys(handed))):
        if isinstance(fact, Keys) or fact.municipality != world.municipality:
            continue
        if isinstance(fact, Grant) and fact.by is not None and against_taking(fact, book) is not None:
            continue
        if isinstance(fact, Grant) and held.were_many(fact):
            continue
        if not world.has_fact(fact) and world.is_genuine(fact, book):
            taken.append(fact)
            if isinstance(fact, Grant):
                held.add(fact)
            else:
                book.add(fact)
    return tuple(taken), book


class _Grants:
    """The grants that are held, those of each record read once in an exchange, and those that it takes."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._of: dict[bytes, list[Grant]] = {}

    def of(self, record: bytes) -> list[Grant]:
        """The grants of a record."""
        if record not in self._of:
            self._of[record] = [*self._world.grants_of(record)]
        return self._of[record]

    def add(self, grant: Grant) -> None:
        """Count a grant that is taken."""
        self.of(grant.record).append(grant)

    def has(self, grant: Grant) -> bool:
        """True if this very grant is held, or the municipality signed the same one."""
        return any(
            one == grant or (one.by is None and one.sealed_hash == grant.sealed_hash) for one in self.of(grant.record)
        )

    def were_many(self, grant: Grant) -> bool:
        """True if its signer granted this record to this device as often as a server takes it (SPEC.md 5.3)."""
        if grant.by is None:
            return False
        return sum((one.by, one.to) == (grant.by, grant.to) for one in self.of(grant.record)) >= GRANTED_MAX


Sifted = tuple[tuple[SealedGrant, ...], tuple[RefusedGrant, ...]]


def decide_grants(asked: Prepared, sealed_grants: Sequence[SealedGrant], world: World) -> Sifted:
    """Decide some grants of a request before the rest of it, which names those again that are refused here."""
    if world.book.revoked(asked.device):
        raise DeviceRevoked(world.book.revocations_of(asked.device))
    return _grants(asked, sealed_grants, world, world.book, waits=world.restored)


def _grants(
    asked: Prepared, sealed_grants: Sequence[SealedGrant], world: World, book: FactBook, *, waits: bool
) -> Sifted:
    """The grants that are taken now; each other one is answered by itself and never costs the exchange.

    In a life that a restore began, a grant whose signer is not in the record yet is journaled and waits.
    """
    taken: list[SealedGrant] = []
    refused: list[RefusedGrant] = []
    device, held = asked.device, _Grants(world)
    for sealed in dict.fromkeys(sealed_grants):
        grant = sealed.grant
        if grant.by != device or grant.municipality != world.municipality:
            refused.append(RefusedGrant(grant.sealed_hash, NO_ACCESS))
            continue
        if book.erased(grant.record) or held.has(grant) or held.were_many(grant):
            continue
        genuine = asked.checked.get(grant)
        if not world.seals(sealed) or not (world.is_genuine(grant, book) if genuine is None else genuine):
            refused.append(RefusedGrant(grant.sealed_hash, "bad-signature"))
            continue
        why = against_grant(grant, world.may_write(grant.record, grant.key, device), book)
        if why is None or (why == NO_ACCESS and waits):
            taken.append(sealed)
            held.add(grant)
        else:
            refused.append(RefusedGrant(grant.sealed_hash, why))
    return tuple(taken), tuple(refused)


def _without_body(pushed: Sequence[Checked], world: World, book: FactBook) -> Refused | None:
    """The refusal of a push that brings a new entry without its body although the record is not erased."""
    for item in pushed:
        header = item.header
        if item.entry.body is None and not book.erased(header.record) and world.held(header.device, header.seq) is None:
            return Refused(header.seq, BodyMissing(seq=header.seq))
    return None


_Entries = tuple[tuple[tuple[Checked, int], ...], tuple[Checked, ...], tuple[Checked, ...]]


def _entries(push: Push, asked: Prepared, receipt: Receipt | None, world: World, book: FactBook) -> _Entries:
    """New entries with their stamps, entries kept apart because they parted, and bodies that known entries lacked."""
    stamped = [(item, stamp_of(item.header.seq, asked.now_ms, receipt)) for item in push.fresh]
    taken = {(item.header.device, item.header.seq) for item in push.fresh}
    forked, known = list(push.forked), list(push.known)
    for item in asked.handed:
        place = (item.header.device, item.header.seq)
        held = world.held(*place)
        if held is None and place not in taken:
            if item.entry.body is not None or book.erased(item.header.record):
                taken.add(place)
                stamped.append((item, asked.now_ms))
        elif held == item.hash:
            known.append(item)
        elif held is not None:
            forked.append(item)
    return tuple(stamped), tuple(forked), _bodies(known, world, book)


def _bodies(known: Collection[Checked], world: World, book: FactBook) -> tuple[Checked, ...]:
    """Known entries that are held without the body which comes with them now; its hash is part of the entry's."""
    return tuple(
        item
        for item in known
        if item.entry.body is not None
        and not book.erased(item.header.record)
        and world.lacks_body(item.header.device, item.header.seq)
    )


def certificates_first(facts: Sequence[Fact]) -> list[Fact]:
    """Facts in an order in which their signers are known before what they signed."""
    return sorted(facts, key=lambda fact: not isinstance(fact, Certificate))
