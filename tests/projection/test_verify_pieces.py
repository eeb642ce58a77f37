"""What `verify` finds in each piece of a store, in this process and in others beside it."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.device.store import DeviceStore
from backend.projection import verify
from backend.projection.checking import Checker
from backend.projection.orders import Found, Places
from backend.projection.processes import ProcessEnded, ReaderProcess
from backend.projection.verify import DAMAGE, ODD, WAITING, Fault, verify_store
from backend.sentences import words
from backend.stores.sqlite import engine
from forms.definition.library import first_raw
from sync.messages import Receipt
from tests.desk.office import STAFF, Office
from tests.forms.versions.forms_made import document, raw
from tests.looking import inside
from tests.projection.town import Town
from tests.spoken import english

Spoil = Callable[[Any], object]


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path, [first_raw("dossier")])
    yield made
    made.close()


def found(town: Town, processes: int = 1) -> list[Fault]:
    municipality = town.server.municipality
    return list(verify_store(municipality.folder, municipality.custody, lambda _done, _all: None, processes))


def filled(town: Town) -> bytes:
    """Three records, one of them with three entries; drawn."""
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.parallel(record, "dossier", {"/roepnaam": "Een"}, {"/roepnaam": "Twee"})
    town.shared("dossier", {"/case_ref": "ABCD-2346"})
    town.shared("dossier", {"/case_ref": "ABCD-2347"})
    town.dump()
    return record


def journal(town: Town) -> Any:
    return inside(town.server.municipality.journal)


IN_THE_JOURNAL: list[tuple[str, str, str, str]] = [
    ("a signature that does not fit", "update entry set sig = zeroblob(64) where position = (select max(position) from"
     " entry)", "author's signature does not fit", ODD),
    ("an entry that is gone", "delete from entry where seq = 1 and device = (select device from entry group by device"
     " having count(*) > 2)", "entries 1 to 1 are missing", DAMAGE),
    ("a last entry that is gone", "delete from entry where position = (select max(position) from entry)",
     "given a receipt", DAMAGE),
    ("an entry that follows another", "update entry set prev = zeroblob(32) where seq = 2", "does not follow", DAMAGE),
    ("a first entry that follows something", "update entry set prev ="
     " x'0101010101010101010101010101010101010101010101010101010101010101' where seq = 1",
     "entry 1 does not follow", DAMAGE),
    ("an entry under another record", "update entry set record = zeroblob(16) where seq = 1", "is filed under another",
     DAMAGE),
    ("a header that is none", "update entry set header = x'00' where seq = 1", "entry", DAMAGE),
    ("an author whom nobody certified", "delete from fact where kind = 'certificate'", "never certified", ODD),
    ("a fact that nobody signed", "update fact set payload = cast(substr(payload, 1, length(payload) - 64) ||"
     " zeroblob(64) as blob) where kind = 'form'", "signature does not fit", ODD),
]  # fmt: skip


def test_a_fault_of_the_journal_is_named_with_what_to_do(town: Town) -> None:
    filled(town)
    assert [] == found(town)
    whole = {name: journal(town).execute(f"select * from {name}").fetchall() for name in ("entry", "fact")}
    for why, sql, what, severity in IN_THE_JOURNAL:
        assert journal(town).execute(sql).rowcount, why
        faults = [fault for fault in found(town) if what in english(fault.what)]
        assert faults and {severity} == {fault.severity for fault in faults}, why
        assert {severity == ODD} == {"do not restore" in english(words(fault.do)) for fault in faults}, why
        for name, rows in whole.items():
            journal(town).execute(f"delete from {name}")
            journal(town).executemany(f"insert into {name} values({','.join('?' * len(rows[0]))})", rows)
    assert [] == found(town)


def test_facts_that_cannot_be_read_are_a_fault_and_no_crash(town: Town) -> None:
    filled(town)
    journal(town).execute("update fact set payload = x'00' where kind = 'form'")
    (fault,) = found(town)
    assert "facts cannot be read" in english(fault.what) and DAMAGE == fault.severity


REMARK = "'x', '', '', '', '', '', 1"  # all of a row but its record
IN_THE_TABLES: list[tuple[str, str]] = [
    ("update dossier set roepnaam = 'Drie' where _record = ?", "differs from a rebuild"),
    ("update _record set shown = '{\"entries\": [], \"answers\": {}}' where record = ?", "differs from a rebuild"),
    ("delete from _record where record = ?", "differs from a rebuild"),
    ("delete from _conflict where record = ?", "differs from a rebuild"),
    ("delete from _search where record = ?", "differs from a rebuild"),
    (f"insert into _attention select substr(record, 1, 31) || '_', {REMARK} from _record where record = ?",
     "which the journal does not have"),
    (f"insert into _attention select lower(hex(randomblob(16))), {REMARK} from _record where record = ?",
     "which the journal does not have"),
    ("insert into _search_fts(rowid, words) select 1000, 'woord' from _record where record = ?", "words of no record"),
]  # fmt: skip


def test_a_fault_of_the_tables_is_made_again_and_never_restored(town: Town) -> None:
    record = filled(town)
    for sql, what in IN_THE_TABLES:
        done = town.server.run(town.keeper.read(lambda store, sql=sql: store.db.conn.execute(sql, (record.hex(),))))  # type: ignore[misc]
        assert done.rowcount, sql
        faults = found(town)
        assert any(what in english(fault.what) for fault in faults), sql
        assert {WAITING} == {fault.severity for fault in faults}
        assert {"verify-do-rebuild"} == {fault.do for fault in faults}
        town.server.run(town.keeper.rebuild(lambda _done, _all: None))
        assert [] == found(town)


def test_processes_beside_this_one_find_what_it_finds(town: Town) -> None:
    record = filled(town)
    assert [] == found(town, processes=2)
    journal(town).execute("update entry set sig = zeroblob(64) where seq = 2")
    journal(town).execute("update entry set body = x'00' where position = (select max(position) from entry)")

    def spoil(records: Any) -> None:
        records.db.conn.execute("update dossier set case_ref = 'ander' where _record <> ?", (record.hex(),))

    town.server.run(town.keeper.read(spoil))
    alone = found(town, processes=1)
    assert len(alone) > 3 and {DAMAGE, ODD, WAITING} == {fault.severity for fault in alone}
    assert alone == found(town, processes=2)


def test_a_process_that_is_killed_is_named_and_nothing_is_said_about_the_store(town: Town) -> None:
    filled(town)
    municipality = town.server.municipality
    process = ReaderProcess(municipality.folder, municipality.custody)
    try:
        assert Found() == process.run(Places(0, 5))
        process.kill()
        with pytest.raises(ProcessEnded):
            process.run(Places(0, 5))
    finally:
        process.close()


def test_keys_are_in_no_argument_and_no_environment_of_a_process(town: Town) -> None:
    filled(town)
    municipality = town.server.municipality
    custody = municipality.custody
    process = ReaderProcess(municipality.folder, custody)
    try:
        seen = b"".join(Path(f"/proc/{process.pid}/{name}").read_bytes() for name in ("cmdline", "environ"))
        assert b"backend.projection.worker" in seen
        for key in (custody.records_key.reveal(), custody.sealing.seed().reveal()):
            assert key not in seen and key.hex().encode() not in seen.lower()
    finally:
        process.close()


def test_nothing_that_was_opened_comes_on_a_disk(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    filled(town)
    before = set(town.server.folder.rglob("*"))
    during: set[Path] = set()
    real = Checker._differing

    def looked(checker: Checker, *args: Any, **named: Any) -> list[bytes]:
        differing = real(checker, *args, **named)
        during.update(town.server.folder.rglob("*"))
        return differing

    monkeypatch.setattr(Checker, "_differing", looked)
    assert [] == found(town)
    assert {path.name for path in during - before} <= {"keys.db-wal", "keys.db-shm", "records.db-wal", "records.db-shm"}


def meanwhile(town: Town, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> list[Fault]:
    """What is found when something happens after the entries were checked and before the tables are compared."""
    real = Checker._tables
    acts = [act]

    def busy(checker: Checker, check: Any) -> Found:
        while acts:
            acts.pop()()
        return real(checker, check)

    monkeypatch.setattr(Checker, "_tables", busy)
    return found(town)


def test_what_happens_while_it_looks_is_no_fault(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    record = filled(town)
    municipality = town.server.municipality

    def busy() -> None:
        town.parallel(record, "dossier", {"/roepnaam": "Drie"}, {"/roepnaam": "Vier"})
        town.server.run(municipality.opening.withdraw(record, "werker-twee", "beheer"))
        other = next(row for row in town.one.store.records() if row != record)
        town.server.run(municipality.erasing.erase(other, "retention", "beheer"))
        town.server.run(municipality.acts.revoke(town.two.id, "beheer", last_seq=0))

    assert [] == meanwhile(town, monkeypatch, busy)


def test_a_form_that_is_published_while_it_looks_is_no_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town = Town(tmp_path)
    try:
        town.server.publish(raw(document({"/naam": "text"}, 1, {})))
        town.shared("proef", {"/naam": "een"})
        town.dump()

        def publish() -> None:
            town.server.publish(raw(document({"/naam": "text", "/meer": "text"}, 2, {})))
            town.dump()

        assert [] == meanwhile(town, monkeypatch, publish)
        assert [] == found(town)
    finally:
        town.close()


def with_receipt(office: Office, change: Callable[[Receipt], Receipt]) -> list[Fault]:
    """What is found when the desk's device keeps a receipt that was changed so."""
    record = filled(office)
    municipality = office.server.municipality

    def write(device: Any) -> None:
        device.save(device.open(record), "dossier", 1, {"/roepnaam": "Desk"})

    office.server.run(office.desk.write_as(municipality, STAFF, record, write))
    office.dump()
    assert [] == found(office)
    (path,) = municipality.folder.glob("desk/*.db")
    store = DeviceStore(path, municipality.custody.vault.secret(f"desk/{path.stem}").reveal())
    (receipt,) = store.receipts()
    store.keep_receipt(change(receipt))
    store.close()
    return found(office)


@pytest.mark.parametrize(
    ("change", "what", "severity"),
    [
        (lambda receipt, _sign: msgspec.structs.replace(receipt, sig=bytes(64)), "is not signed by this", ODD),
        (lambda receipt, sign: sign(msgspec.structs.replace(receipt, hash=bytes(32))), "that are not held", DAMAGE),
        (lambda receipt, sign: sign(msgspec.structs.replace(receipt, seq=9)), "that are not held", DAMAGE),
        (lambda receipt, sign: sign(msgspec.structs.replace(receipt, device=bytes(16))), "is another's", ODD),
    ],
)
def test_each_receipt_that_is_kept_here_is_checked(
    tmp_path: Path, change: Callable[[Receipt, Callable[[Receipt], Receipt]], Receipt], what: str, severity: str
) -> None:
    office = Office(tmp_path, (first_raw("dossier"),))
    custody = office.server.municipality.custody

    def sign(receipt: Receipt) -> Receipt:
        return msgspec.structs.replace(receipt, sig=custody.receipt.sign("receipt", *receipt.signed_fields()))

    try:
        (fault,) = with_receipt(office, lambda receipt: change(receipt, sign))
        assert what in english(fault.what) and severity == fault.severity
    finally:
        office.close()


def test_its_readers_let_no_log_grow(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """What comes in while a long journal is verified is written back between two pieces."""
    for _ in range(4):
        for _ in range(20):
            town.one.create("dossier", 1, {"/case_ref": "ABCD-2345", "/roepnaam": "lang" * 20})
        town.sync(town.one)
    town.dump()
    limit = 200_000
    monkeypatch.setattr(engine, "LOG_BYTES_MAX", limit)
    monkeypatch.setattr(verify, "PLACES", 8)
    real, log, sizes = Checker._places, town.server.folder / "journal.db-wal", []

    def busy(checker: Checker, after: int, until: int) -> Found:
        sizes.append(log.stat().st_size)
        found = real(checker, after, until)
        for _ in range(20):
            town.one.create("dossier", 1, {"/case_ref": "ABCD-2345", "/roepnaam": "lang" * 20})
        town.sync(town.one)
        return found

    monkeypatch.setattr(Checker, "_places", busy)
    assert [] == found(town)
    assert len(sizes) > 8 and max(sizes[1:]) <= limit
