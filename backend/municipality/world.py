"""The world of a server, as `sync.deciding` asks it: the stores and the draft of the state, inside a unit of work."""

from hashlib import sha256

from backend.municipality.custody import Custody
from backend.municipality.intake import Intake
from backend.municipality.state import Ledger, State
from backend.signing import is_genuine, parsed
from backend.stores.gathered import Gathered
from crypto.errors import BadSignature
from crypto.primitives import equal, keyed_hmac_sha256
from sync.admission import may_write
from sync.deciding import NOWHERE
from sync.errors import BadReceipt
from sync.exchange import Cursor, read_cursor
from sync.factbook import FactBook
from sync.facts import Fact, Grant
from sync.messages import SEALED_BYTES_MAX, Place, Receipt, SealedGrant


class Held:
    """The `sync.deciding.World` of one municipality; reading changes nothing."""

    def __init__(self, code: str, stores: Gathered, ledger: Ledger, intake: Intake) -> None:
        self.municipality = code
        self.custody: Custody | None = None
        self._journal = stores.journal
        self._durable = stores.durable
        self._ledger = ledger
        self._intake = intake
        self._mac = keyed_hmac_sha256(stores.journal.meta("cursor") or b"")

    @property
    def _state(self) -> State:
        return self._ledger.draft

    @property
    def book(self) -> FactBook:
        """The facts, with those that earlier exchanges of this unit brought."""
        return self._state.book

    @property
    def life(self) -> bytes:
        """The present life of the journal."""
        return self._state.life

    @property
    def restored(self) -> bool:
        """True if a restore began this life."""
        return self._state.restored

    @property
    def locked(self) -> bool:
        """True if the private keys are away."""
        return self.custody is None

    def tail(self, device: bytes) -> Place:
        """The last entry of a device's unbroken journal."""
        return self._state.tails.get(device, NOWHERE)

    def last_seq(self, device: bytes) -> int:
        """The greatest seq held of a device."""
        return self._journal.last_seq(device)

    def held(self, device: bytes, seq: int) -> bytes | None:
        """The hash of what is held at a device's seq."""
        return self._journal.hash_at(device, seq)

    def names_entry(self, record: bytes, hash_: bytes) -> bool:
        """True if an entry of that name is held of that record."""
        return self._journal.entry_named(record, hash_) is not None

    def lacks_body(self, device: bytes, seq: int) -> bool:
        """True if the entry held there has no body."""
        return self._journal.lacks_body(device, seq)

    def place_hash(self, position: int) -> bytes | None:
        """The short hash of a place."""
        return self._intake.place_hash(position)

    def cursor(self, raw: bytes) -> Cursor | None:
        """A cursor that this store gave out."""
        return read_cursor(raw, lambda mac, rest: equal(mac, self._mac(rest)[: len(mac)]))

    def verify_receipt(self, device: bytes, receipt: Receipt) -> None:
        """Return if this municipality's server signed the receipt for this device; raises `BadReceipt`."""
        keys = self.book.keys
        if keys is None or receipt.device != device or receipt.municipality != self.municipality:
            raise BadReceipt(seq=receipt.seq)
        try:
            parsed(keys.receipt).verify(receipt.sig, "receipt", *receipt.signed_fields())
        except BadSignature:
            raise BadReceipt(seq=receipt.seq) from None

    def is_genuine(self, fact: Fact, book: FactBook) -> bool:
        """True if the fact carries the signature of whoever may say it."""
        return is_genuine(fact, book)

    def has_fact(self, fact: Fact) -> bool:
        """True if this very fact was journaled."""
        return self._journal.has_fact(fact)

    def grants_of(self, record: bytes) -> list[Grant]:
        """The grants of a record that were journaled."""
        return self._journal.grants_of(record)

    def may_write(self, record: bytes, key: bytes, device: bytes) -> bool:
        """True if a device's entries of a record count."""
        return may_write(record, key, device, self.book)

    def seals(self, sealed: SealedGrant) -> bool:
        """True if the sealed key is the one that its grant names, and of a size that a sealed key has."""
        right = equal(sealed.grant.sealed_hash, sha256(sealed.sealed).digest())
        return right and len(sealed.sealed) <= SEALED_BYTES_MAX

    def durable(self, device: bytes, tail: Place) -> Place:
        """The last entry of a device's journal that outlives the machine, with all before it (SPEC 8.4): its tail, but
        where the stores make durable later than they commit."""
        position = self._durable(self._state.position)
        if position >= self._state.position:
            return tail
        if position <= 0:
            return NOWHERE
        first = self._journal.first_after(device, position)
        if first is None or first > tail.seq:
            return tail
        seq = self._journal.held_before(device, first)
        hash_ = self._journal.hash_at(device, seq)
        return NOWHERE if hash_ is None else Place(seq, hash_)

    def receipt_for(self, device: bytes, tail: Place, now_ms: int) -> Receipt | None:
        """The signed word that a device's journal up to a place is on disk; none while locked."""
        if self.custody is None or tail.seq == 0:
            return None
        receipt = Receipt(self.municipality, self.life, device, tail.seq, tail.hash, now_ms)
        sig = self.custody.receipt.sign("receipt", *receipt.signed_fields())
        return Receipt(self.municipality, self.life, device, tail.seq, tail.hash, now_ms, sig)
