"""Puts the entries that a revoked device's chain proves in their place (sync/SPEC.md section 5.7).

`sync.proving` says which they are. This runs inside the writer's transaction, on the draft of the state: whenever
entries of such a device come, and when its revocation does.
"""

from collections.abc import Iterable, Sequence
from typing import Protocol

from backend.municipality.state import Ledger
from backend.stores.ledger import UnitJournal
from sync.deciding import NOWHERE
from sync.entry import Entry, parse_header
from sync.exchange import Checked, check_entry
from sync.factbook import FactBook
from sync.messages import Place
from sync.proving import End, HeldAt, by_strength, prove


class Taking(Protocol):
    """The intake: journals entries, merges them and tells the feeds."""

    def take_entries(self, items: Sequence[tuple[Checked, int]]) -> list[bytes]: ...
    def refold(self, records: Iterable[bytes]) -> None: ...


def put_in_place(
    intake: Taking, journal: UnitJournal, ledger: Ledger, device: bytes, receipts: Sequence[End] = ()
) -> None:
    """Let each proven entry of a revoked device displace what stands at its seq; nothing is lost, either is kept.

    `receipts` are what verified receipts name.
    """
    book = ledger.draft.book
    if not book.revoked(device):
        return

    def held(seq: int) -> bytes | None:
        return journal.hash_at(device, seq)

    def links(seq: int) -> dict[bytes, bytes]:
        return journal.links_at(device, seq)

    tail = ledger.draft.tails.get(device, NOWHERE)
    ends = by_strength(ends_of(book, device), receipts)
    proof = prove(ends, tail, held, links, lambda seq: journal.stamp_at(device, seq))
    due = {seq: hash_ for seq, hash_ in proof.proven.items() if held(seq) != hash_}
    due |= _instead_of_parted(journal, book, device, held, proof.proven.keys())
    _exchange(intake, journal, device, due)
    if proof.tail != tail:
        journal.save_tail(device, proof.tail)
        ledger.draft.move_tail(device, proof.tail)


def ends_of(book: FactBook, device: bytes) -> list[End]:
    """The ends of a device's journal as the municipality said them, with their times."""
    return [End(Place(fact.last_seq, fact.last_hash), fact.at_ms) for fact in book.revocations_of(device)]


def _instead_of_parted(
    journal: UnitJournal, book: FactBook, device: bytes, held: HeldAt, proven: Iterable[int]
) -> dict[int, bytes]:
    """The entry that stands instead of one of which the municipality said before that it holds no place."""
    found = {}
    for seq in {*journal.forked_seqs(device)} - {*proven}:
        there = held(seq)
        others = [hash_ for hash_ in journal.forked_at(device, seq) if not book.parted(hash_)]
        if there is not None and book.parted(there) and others:
            found[seq] = others[0]
    return found


def _exchange(intake: Taking, journal: UnitJournal, device: bytes, due: dict[int, bytes]) -> None:
    """Journal what was kept apart, and keep apart what stood in its place."""
    taken: list[tuple[Checked, int]] = []
    left = set()
    for seq, hash_ in sorted(due.items()):
        back = journal.take_back(hash_)
        assert back is not None, "what is proven is in place or apart"
        entry, received = back
        taken.append((checked(entry), received))
        displaced = journal.displace(device, seq)
        if displaced is not None:
            left.add(parse_header(displaced.entry.header).record)
    if taken:
        intake.refold(sorted(left))
        intake.take_entries(taken)


def checked(entry: Entry) -> Checked:
    """An entry that was checked when it came."""
    return check_entry(entry, parse_header(entry.header).municipality)
