"""The state that a municipality's server keeps in memory of its journal, replaced whole after each commit.

The writer works on a draft; everybody else reads `Ledger.committed`. So nobody ever sees a state half filled, and a
transaction that fails leaves nothing to undo.
"""

from typing import Final

from backend.stores.ledger import Journal
from sync.factbook import FactBook
from sync.facts import Fact
from sync.messages import Place

PLACES_KEPT: Final = 8_192  # hashes of places in memory: a device comes back from where one of the last answers ended


class State:
    """Facts, tails and counts of one journal. Readers treat it as frozen; only a draft is changed."""

    NOWHERE: Final = 1 << 62

    def __init__(self, journal: Journal) -> None:
        self.book = FactBook(journal.was_granted)
        for stored in journal.facts():
            self.book.add(stored.fact)
        self.life = journal.life()
        size = journal.size()
        self.restored = size.lives > 1
        self.awaiting_list = journal.meta("awaiting-list") == b"1"
        self.awaiting_from = int(journal.meta("awaiting-from") or self.NOWHERE)
        self.tails = journal.tails()
        self.position = journal.last_position()
        self.place = journal.place_at(self.position) or b""
        self.last_global = journal.last_global_fact()
        self.entries, self.records = size.entries, size.records
        self._owns_book = self._owns_tails = False

    def copy(self) -> "State":
        """A state that may be changed while this one is read; what is large is copied when it changes first."""
        self._owns_book = self._owns_tails = False
        made = State.__new__(State)
        made.__dict__.update(self.__dict__)
        return made

    def signs(self, position: int) -> bool:
        """True if the municipality signs what a device said at a position. What came since a restore waits until a
        person has confirmed the list outside the backups: what was taken from its signer may not be known yet."""
        return not self.awaiting_list or position <= self.awaiting_from

    def learn(self, fact: Fact) -> None:
        """Let a fact take effect."""
        if not self._owns_book:
            self.book, self._owns_book = self.book.copy(), True
        self.book.add(fact)

    def move_tail(self, device: bytes, tail: Place) -> None:
        """Move the end of a device's unbroken journal."""
        if not self._owns_tails:
            self.tails, self._owns_tails = dict(self.tails), True
        self.tails[device] = tail

    def take_place(self, place: bytes, count: int = 1) -> int:
        """Take the next positions of the journal, the last one with this short hash; returns the last."""
        self.position += count
        self.place = place
        return self.position


class Ledger:
    """The committed state, and the draft of the transaction under way (on the writer's thread)."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._places: dict[int, bytes] = {}  # of committed positions: no position ever gets another hash
        self.committed = self.draft = State(journal)

    def begin(self) -> None:
        """Start a draft from what is committed."""
        self.draft = self.committed.copy()

    def adopt(self) -> None:
        """Put the draft in place; its transaction is on disk."""
        self.committed = self.draft
        self._keep(self.committed.position, self.committed.place)  # where devices were told that they stand

    def place_hash(self, position: int) -> bytes | None:
        """The short hash of a place, as cursors name it; nothing where nothing took it."""
        if position == self.draft.position:
            return self.draft.place
        known = self._places.get(position)
        if known is None:
            known = self._journal.place_at(position)
            if known is not None and position <= self.committed.position:
                self._keep(position, known)
        return known

    def _keep(self, position: int, place: bytes) -> None:
        if len(self._places) >= PLACES_KEPT:
            del self._places[next(iter(self._places))]
        self._places[position] = place

    def drop(self) -> None:
        """Forget the draft; its transaction was rolled back."""
        self.draft = self.committed
