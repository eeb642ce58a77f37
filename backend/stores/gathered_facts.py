"""The part of a gathered journal that facts and acts write: facts, grants that count, what is owed, lines of the audit.

An act of staff on a thousand records writes each of these once for some hundreds of them, and not once for each.
"""

from collections.abc import Callable, Iterable
from typing import Final

from backend.stores.audit_lines import Audited, next_line
from backend.stores.group import Group, Loaded
from backend.stores.ledger import Journal
from sync.facts import Fact, encode_fact

READ_FACTS: Final = frozenset({  # verbs that change nothing, and read of what is gathered facts and what is owed alone
    "facts", "payloads", "fact_at", "grants_of", "last_global_fact", "global_facts_after", "is_erased", "owed",
    "copies_wanted",
})  # fmt: skip


class GatheredFacts:
    """Rows are gathered inside a unit; outside one, each verb is the database's own."""

    inner: Journal
    loaded: Loaded
    is_at_work: Callable[[], bool]
    flush: Callable[[], None]

    def drop_facts(self) -> None:
        """Forget what is gathered here."""
        self._facts: list[tuple[int, Fact, int]] = []
        self._raw_facts: set[bytes] = set()
        self._granted: list[tuple[bytes, bytes]] = []
        self._granted_to: dict[bytes, set[bytes]] = {}
        self._given: set[bytes] = set()
        self._due: dict[tuple[bytes, bytes], bool] = {}  # grants that are owed, or no longer
        self._audited: list[Audited] = []
        self._copies_wanted = False
        self.is_any = False  # whether anything at all is gathered here

    def with_facts(self, group: Group) -> Group:
        """A group with the rows that are gathered here."""
        return Group(
            group.entries, group.records, group.placed, group.held, group.tails, group.feeds,
            facts=tuple(self._facts), granted=tuple(self._granted), audited=tuple(self._audited),
            owed=tuple(row for row, is_due in self._due.items() if is_due),
            paid=tuple(row for row, is_due in self._due.items() if not is_due),
        )  # fmt: skip

    # --- facts ---

    def append_fact(self, position: int, fact: Fact, now_ms: int) -> None:
        """Journal one fact."""
        if not self.is_at_work():
            self.inner.append_fact(position, fact, now_ms)
            return
        self.is_any = True
        self._facts.append((position, fact, now_ms))

    def has_fact(self, fact: Fact) -> bool:
        """True if this very fact was journaled."""
        if self._facts and self.is_at_work():
            self._raw_facts.update(encode_fact(one) for _, one, _ in self._facts[len(self._raw_facts) :])
            if encode_fact(fact) in self._raw_facts:
                return True
        return self.inner.has_fact(fact)

    def before_facts_are_read(self, name: str) -> None:
        """Write what a verb that reads facts, or what is owed, would not find."""
        if self.is_any and self.is_at_work():
            if name == "owed" and not self._due:
                return  # it is asked in every exchange, and nearly always of nothing
            if name == "copies_wanted" and not self._copies_wanted:
                return  # which of the facts that are written wait for a copy is in the database
            self.flush()

    def want_copy(self, position: int) -> None:
        """Note a device's fact that the municipality is to sign too."""
        self._copies_wanted = True
        self.inner.want_copy(position)

    # --- grants that count ---

    def granted_of(self, record: bytes) -> set[bytes]:
        """The devices to which grants that count open a record."""
        if not self.is_at_work():
            return self.inner.granted_of(record)
        known = self.loaded.granted.get(record)
        found = self.inner.granted_of(record) if known is None else {*known}
        return found | self._granted_to[record] if record in self._granted_to else found

    def was_granted(self, record: bytes, device: bytes) -> bool:
        """True if grants that count open a record to a device; withdrawal changes nothing here."""
        if self._granted_to and self.is_at_work() and device in self._granted_to.get(record, ()):
            return True
        return self.inner.was_granted(record, device)

    def note_grant(self, record: bytes, device: bytes) -> None:
        """Count a grant of a record to a device."""
        if not self.is_at_work():
            self.inner.note_grant(record, device)
            return
        self.is_any = True
        self._granted.append((record, device))
        self._granted_to.setdefault(record, set()).add(device)

    def note_gift(self, record: bytes, device: bytes) -> None:
        """Remember that a device granted a record."""
        self._given.add(record)
        self.inner.note_gift(record, device)

    def has_gifts(self, record: bytes) -> bool:
        """True if a device granted this record."""
        if record in self.loaded.granted and self.is_at_work():
            return record in self.loaded.given or record in self._given
        return self.inner.has_gifts(record)

    # --- what is owed ---

    def owe(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Note grants that the municipality is to make as soon as it can: (record, device)."""
        self._note_due(rows, True)

    def pay(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        """Remove grants from what is owed: they were made, or are due no longer."""
        self._note_due(rows, False)

    def _note_due(self, rows: Iterable[tuple[bytes, bytes]], is_due: bool) -> None:
        if not self.is_at_work():
            (self.inner.owe if is_due else self.inner.pay)(rows)
            return
        for row in rows:
            self.is_any = True
            self._due[row] = is_due

    # --- the audit ---

    def audit(
        self, at_ms: int, staff: str, act: str, record: bytes | None = None, detail: str = "", result: str = ""
    ) -> None:
        """Leave a line about what a member of staff did with personal data."""
        if not self.is_at_work():
            self.inner.audit(at_ms, staff, act, record, detail, result)
            return
        self._audited.append(next_line(self.audit_end(), at_ms, staff, act, record, detail, result))
        self.is_any = True

    def audit_end(self) -> tuple[int, bytes]:
        """The number and the hash of the last line."""
        if self._audited and self.is_at_work():
            line, hash_ = self._audited[-1]
            return line.number, hash_
        return self.inner.audit_end()
