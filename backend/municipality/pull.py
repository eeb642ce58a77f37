"""What a device is sent: the changes of its records and the facts that concern it, page by page.

The cost of a page is that of what changed, not of what is stored: each device has a feed of positions.
"""

from typing import Final, NamedTuple

import msgspec

from backend.stores.journal_rows import PLAIN, FeedItem, StoredEntry, arrival_of
from backend.stores.ledger import Journal, KeyStore
from sync.exchange import Cursor
from sync.facts import Grant
from sync.messages import CHANGES_MAX, Change

OWN_AT_ONCE: Final = 16  # entries read at once, so that a page of the largest ones is all that memory holds
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
        for item in items:
            cursor, whole = self._take(device, item, cursor, page, desk=end.desk)
            if not whole:
                return self._ended(page, cursor)
        if not complete:
            return self._ended(page, cursor)
        return Page(tuple(page.changes), Cursor(cursor.life, end.position, end.place), False)

    def own_page(self, device: bytes, after: int, cursor: Cursor, limit: int) -> Page:
        """What a device wrote after a seq and has lost, as much as one answer carries."""
        page = _Building(max(1, min(limit, CHANGES_MAX)))
        while lost := self._journal.own_after(device, after, OWN_AT_ONCE):
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

    def _take(
        self, device: bytes, item: FeedItem, cursor: Cursor, page: "_Building", *, desk: bool
    ) -> tuple[Cursor, bool]:
        """Deliver one place of a feed, or as much of it as fits: a granted record's earlier entries and facts first."""
        position, record = item
        if record != PLAIN:
            for earlier in self._journal.places_of(record, cursor.within, position, desk=desk):
                if page.is_full:
                    return cursor, False
                self._add(device, earlier, page)
                cursor = msgspec.structs.replace(cursor, within=earlier)
        if page.is_full:
            return cursor, False
        self._add(device, position, page)
        return Cursor(cursor.life, position, b"", record), True

    def _add(self, device: bytes, position: int, page: "_Building") -> None:
        change = self._change(device, position)
        if change is not None:
            page.add(change)

    def _change(self, device: bytes, position: int) -> Change | None:
        entry = self._journal.entry_at(position)
        if entry is not None:
            return change_of(entry)
        stored = self._journal.fact_at(position)
        if stored is None:
            again = self._journal.again_at(position)
            entry = None if again is None else self._journal.entry_at(again)
            return None if entry is None else msgspec.structs.replace(change_of(entry), position=position)
        sealed = None
        if isinstance(stored.fact, Grant) and stored.fact.to == device:
            sealed = self._keys.sealed_named(stored.fact.record, device, stored.fact.sealed_hash)
        return Change(position, fact=stored.fact, sealed=sealed)


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
