"""Pages for a device: the changes of its records and the facts that concern it.

The cost of a page is that of what changed, not of what is stored: each device has a feed of positions.
"""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final, NamedTuple

import msgspec

from backend.stores.journal_rows import PLAIN, FeedItem, StoredEntry, StoredFact, arrival_of
from backend.stores.ledger import Journal, KeyStore
from sync.exchange import Cursor
from sync.facts import Fact, Grant
from sync.messages import CHANGES_MAX, Change

AT_ONCE: Final = 32  # places read at once: if each holds the largest entry, memory holds two pages of them
PAGE_BYTES_MAX: Final = 4 * 1024 * 1024  # what a phone on a weak connection gets in one answer


class Page(NamedTuple):
    """Some changes in order of position, and where the next page starts."""

    changes: tuple[Change, ...]
    cursor: Cursor
    more: bool


class End(NamedTuple):
    """The journal's last position, the short hash of that place, and where the last fact for every device stands."""

    position: int
    place: bytes
    last_global: int
    desk: bool  # whether the device is the desk's: it is sent what is held for a person, too


class _Step(NamedTuple):
    """One place to send, and the cursor of a device that has it."""

    position: int
    cursor: Cursor


class Puller:
    """Reads pages of one municipality's journal for its devices."""

    def __init__(self, journal: Journal, keys: KeyStore) -> None:
        self._journal = journal
        self._keys = keys

    def page(self, device: bytes, cursor: Cursor, limit: int, end: End) -> Page:
        """The next changes after a cursor."""
        limit = max(1, min(limit, CHANGES_MAX))
        page = _Building(limit)
        feed = self._journal.feed_after(device, cursor.position, cursor.record, limit + 1)
        facts = (
            self._journal.global_facts_after(cursor.position, limit + 1) if cursor.position < end.last_global else []
        )
        items = sorted({*feed, *facts})
        complete = len(feed) <= limit and len(facts) <= limit
        steps = self._steps(items, cursor, desk=end.desk)
        while some := tuple(islice(steps, AT_ONCE)):
            changes = self._changes(device, [step.position for step in some])
            for step in some:
                if page.is_full:
                    return self._ended(page, cursor)
                if step.position in changes:
                    page.add(changes[step.position])
                cursor = step.cursor
        if not complete:
            return self._ended(page, cursor)
        return Page(tuple(page.changes), Cursor(cursor.life, end.position, end.place), False)

    def own_page(self, device: bytes, after: int, cursor: Cursor, limit: int) -> Page:
        """The entries that a device wrote after a seq and has lost, as much as one answer carries."""
        page = _Building(max(1, min(limit, CHANGES_MAX)))
        while lost := self._journal.own_after(device, after, AT_ONCE):
            for stored in lost:
                if page.is_full:
                    return Page(tuple(page.changes), cursor, True)
                page.add(change_of(stored))
            after = arrival_of(lost[-1]).header.seq
        return Page(tuple(page.changes), cursor, False)

    def _ended(self, page: "_Building", cursor: Cursor) -> Page:
        return Page(
            tuple(page.changes),
            msgspec.structs.replace(cursor, place=self._journal.place_at(cursor.position) or b""),
            True,
        )

    def _steps(self, items: Sequence[FeedItem], cursor: Cursor, *, desk: bool) -> Iterator[_Step]:
        """The places to send, one by one: before each place of a feed, the earlier ones of the record granted there."""
        begun = {items[0]: cursor.within} if items else {}  # of the first, an earlier page sent some already
        for start in range(0, len(items), AT_ONCE):
            some = items[start : start + AT_ONCE]
            granted = [item for item in some if item.granted != PLAIN]
            wanted = [(item.granted, begun.get(item, 0), item.position) for item in granted]
            places = self._journal.places_of(wanted, desk=desk) if wanted else []
            earlier = dict(zip(granted, places, strict=True))
            for item in some:
                for place in earlier.get(item, ()):
                    cursor = msgspec.structs.replace(cursor, within=place)
                    yield _Step(place, cursor)
                cursor = Cursor(cursor.life, item.position, b"", item.granted)
                yield _Step(item.position, cursor)

    def _changes(self, device: bytes, positions: Sequence[int]) -> dict[int, Change]:
        """The changes at these positions, with the keys that grants to the device name."""
        found = self._journal.sent_at(positions)
        facts = [one.fact for one in found.values() if isinstance(one, StoredFact)]
        own = {hash_: fact.record for fact in facts if isinstance(fact, Grant) and (hash_ := _key_named(fact, device))}
        sealed = self._keys.sealed_named(device, [(record, hash_) for hash_, record in own.items()]) if own else {}
        return {
            position: change_of(one)
            if isinstance(one, StoredEntry)
            else Change(position, fact=one.fact, sealed=sealed.get(_key_named(one.fact, device)))
            for position, one in found.items()
        }


def _key_named(fact: Fact, device: bytes) -> bytes:
    """The hash of the key that a grant to the device names; of any other fact, no hash."""
    return fact.sealed_hash if isinstance(fact, Grant) and fact.to == device else b""


def change_of(stored: StoredEntry) -> Change:
    """An entry as a device is sent it, with its stamp."""
    return Change(stored.position, entry=stored.entry, received=stored.received)


class _Building:
    """A page being filled, up to a number of changes and of bytes."""

    def __init__(self, limit: int) -> None:
        self.changes: list[Change] = []
        self._limit = limit
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        return len(self.changes) >= self._limit or self._bytes >= PAGE_BYTES_MAX

    def add(self, change: Change) -> None:
        self.changes.append(change)
        if change.entry is not None:
            self._bytes += len(change.entry.header) + len(change.entry.body or b"") + 200
