"""What is authoritative beside the log, in memory: `backend.stores.ledger_beside.Beside` over dictionaries."""

from collections.abc import Collection, Iterable, Iterator

import msgspec

from backend.stores.group import Group
from backend.stores.journal_rows import StoredFact
from backend.stores.rows import ACCOUNT, DETAIL_MAX, ORIGIN, Account, AttachmentRow, Draft, Version
from sync.audit import FIRST, AuditLine, Wanted, line_hash
from sync.facts import Grant, record_of
from tests.stores.contract.memory_derived import MemoryDerived
from tests.stores.contract.tables import Memory


class MemoryShelf:
    """Published forms and drafts."""

    def __init__(self, memory: Memory) -> None:
        self._form, self._draft = memory.table("form"), memory.table("draft")

    def document(self, form: str, version: int) -> bytes | None:
        found = self._form.get((form, version))
        return None if found is None else found.document

    def versions(self, form: str) -> list[Version]:
        return [version for key, version in sorted(self._form.rows().items()) if key[0] == form]

    def newest(self) -> list[Version]:
        return list({form: version for (form, _), version in sorted(self._form.rows().items())}.values())

    def keep(self, version: Version) -> None:
        assert (version.form, version.version) not in self._form
        self._form[version.form, version.version] = version
        self._draft.drop(version.form)

    def retire(self, form: str, version: int, now_ms: int) -> None:
        for one in self.versions(form):
            if one.retired_ms is None and one.version <= version:
                self._form[form, one.version] = msgspec.structs.replace(one, retired_ms=now_ms)

    def draft(self, form: str) -> Draft | None:
        found: Draft | None = self._draft.get(form)
        return found

    def drafts(self) -> list[Draft]:
        return [draft for _, draft in sorted(self._draft.rows().items())]

    def propose(self, draft: Draft) -> None:
        self._draft[draft.form] = draft

    def withdraw(self, form: str) -> None:
        self._draft.drop(form)


class MemoryAttachments:
    """The rows of attachments: row and the time at which it came."""

    def __init__(self, memory: Memory) -> None:
        self._attachment = memory.table("attachment")

    def keep(self, row: AttachmentRow, now_ms: int) -> None:
        self._attachment.keep(row.name, (row, now_ms))

    def find(self, name: bytes) -> AttachmentRow | None:
        found = self._attachment.get(name)
        return None if found is None else found[0]

    def brought_since(self, device: bytes, since_ms: int) -> int:
        return sum(row.size for row, at in self._attachment.rows().values() if row.device == device and at >= since_ms)

    def between(self, after_ms: int, until_ms: int) -> list[tuple[AttachmentRow, int]]:
        found = [(row, at) for row, at in self._attachment.rows().values() if after_ms < at <= until_ms]
        return sorted(found, key=lambda one: (one[1], one[0].name))

    def of_record(self, record: bytes) -> list[bytes]:
        return [name for name, (row, _) in self._attachment.rows().items() if row.record == record]

    def forget(self, record: bytes) -> None:
        for name in self.of_record(record):
            self._attachment.drop(name)

    def drop(self, name: bytes) -> None:
        self._attachment.drop(name)

    def names(self) -> list[bytes]:
        return [name for _, name in sorted((at, name) for name, (_, at) in self._attachment.rows().items())]

    def unreadable(self) -> int:
        return 0


class MemoryJournal(MemoryDerived):
    """A whole journal in memory."""

    def __init__(self, memory: Memory) -> None:
        super().__init__(memory)
        table = memory.table
        self._audit, self._owed, self._to_sign, self._wanted = (
            table("audit"), table("owed"), table("to_sign"), table("wanted"),
        )  # fmt: skip
        self._confirmed, self._unfinished, self._recount = table("confirmed"), table("unfinished"), table("recount")
        self._account, self._kept = table("account"), table("kept")
        self.shelf, self.attachments = MemoryShelf(memory), MemoryAttachments(memory)

    def write(self, group: Group) -> None:
        super().write(group)
        self.pay(group.paid)
        self.owe(group.owed)
        for line, hash_ in group.audited:
            assert line.number == self.audit_end()[0] + 1
            self._audit[line.number] = (line, hash_)

    def accounts(self) -> list[Account]:
        return sorted(self._account.rows().values())

    def keep_account(self, account: Account) -> None:
        self._account.keep(account.name, account)

    def confirm_account(self, name: str, by: str) -> None:
        found = self._account.get(name)
        if found is not None:
            self._account[name] = found._replace(confirmed_by=by)

    def kept(self, kind: str) -> dict[str, bytes]:
        return {id_: raw for (own, id_), raw in sorted(self._kept.rows().items()) if own == kind}

    def kept_one(self, kind: str, id_: str) -> bytes | None:
        found: bytes | None = self._kept.get((kind, id_))
        return found

    def keep(self, kind: str, id_: str, raw: bytes) -> None:
        self._kept[kind, id_] = raw

    def unkeep(self, kind: str, id_: str) -> None:
        self._kept.drop((kind, id_))

    # --- audit ---

    def audit(
        self, at_ms: int, staff: str, act: str, record: bytes | None = None, detail: str = "", result: str = ""
    ) -> None:
        last, before = self.audit_end()
        line = AuditLine(last + 1, at_ms, staff, act, record, detail[:DETAIL_MAX], ACCOUNT.get(), result, ORIGIN.get())
        self._audit[line.number] = (line, line_hash(before, line))

    def audit_end(self) -> tuple[int, bytes]:
        last = max(self._audit.rows(), default=0)
        return (last, self._audit.at(last)[1]) if last else (0, FIRST)

    def audit_lines(self, record: bytes | None, limit: int) -> list[AuditLine]:
        lines = [line for line, _ in self.audit_chain() if record is None or line.record == record]
        return lines[::-1][:limit]

    def audit_page(self, wanted: Wanted, limit: int) -> list[AuditLine]:
        return [line for line, _ in self.audit_chain() if wanted.fits(line)][::-1][:limit]

    def audit_chain(self) -> Iterator[tuple[AuditLine, bytes]]:
        return iter([pair for _, pair in sorted(self._audit.rows().items())])

    # --- what is owed ---

    def owe(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        for row in rows:
            if row not in self._owed.rows().values():
                self._owed[self._owed.next()] = row

    def owed(self, limit: int, after: int = 0) -> list[tuple[int, bytes, bytes]]:
        found = sorted(self._owed.rows().items())
        return [(number, record, device) for number, (record, device) in found if number > after][:limit]

    def pay(self, rows: Iterable[tuple[bytes, bytes]]) -> None:
        paid = {*rows}
        self._owed.drop_where(lambda _, row: row in paid)

    def want_copy(self, position: int) -> None:
        self._to_sign.keep(position, (False,))

    def want_copies(self, record: bytes, devices: Collection[bytes]) -> None:
        for stored in self.facts(record=record):
            if isinstance(stored.fact, Grant) and stored.fact.by in devices:
                self.want_copy(stored.position)

    def copies_wanted(self, record: bytes | None = None) -> list[tuple[StoredFact, bool]]:
        rows = [(self._fact.at(at), promised) for at, (promised,) in sorted(self._to_sign.rows().items())]
        return [(s, promised) for s, promised in rows if record is None or record_of(s.fact) == record]

    def promise(self, positions: Iterable[int]) -> None:
        for position in positions:
            if position in self._to_sign:
                self._to_sign[position] = (True,)

    def copied(self, position: int) -> None:
        self._to_sign.drop(position)

    def displaced_untold(self) -> list[tuple[bytes, bytes]]:
        return [(row.record, row.hash) for row in self._displaced.rows().values() if not row.told]

    def displaced_told(self, hash_: bytes) -> None:
        for at, row in self._displaced.where(lambda _, row: row.hash == hash_).items():
            self._displaced[at] = row._replace(told=True)

    def want_wrap(self, record: bytes) -> None:
        self._wanted[record] = True

    def unwant_wrap(self, record: bytes) -> None:
        self._wanted.drop(record)

    def wraps_wanted_from(self, device: bytes) -> list[bytes]:
        return [record for record in self._wanted.rows() if self.has_access(device, record)]

    # --- erasures ---

    def confirm_erasure(self, record: bytes, device: bytes, now_ms: int) -> None:
        self._confirmed.keep((record, device), now_ms)

    def erasure_confirmed_by(self, record: bytes) -> set[bytes]:
        return {device for one, device in self._confirmed.rows() if one == record}

    def note_unfinished(self, record: bytes, now_ms: int) -> None:
        self._unfinished.keep(record, now_ms)

    def note_finished(self, record: bytes) -> None:
        self._unfinished.drop(record)

    def unfinished_erasures(self) -> dict[bytes, int]:
        return dict(sorted(self._unfinished.rows().items(), key=lambda item: item[1]))

    def recount_wanted(self) -> bool:
        return len(self._recount) > 0

    def recounted(self) -> None:
        self._recount.drop_where(lambda _key, _row: True)
