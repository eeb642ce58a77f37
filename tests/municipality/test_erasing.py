"""After an erasure no file of the installation holds a key or a body (sync/SPEC.md section 12)."""

import asyncio
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlcipher3

from backend.desk import erasing as desk_erasing
from backend.desk.desk import Desk
from backend.device.store import DeviceStore
from backend.device.syncing import Sync
from backend.municipality.registry import Municipalities
from backend.stores.database import transaction
from backend.stores.records import Records
from forms.library import shipped_raw
from sync.exchange import check_entry
from tests.fleet.world import LocalTransport, Server

WORD = "Uitzonderlijkwoord"
GRANTED = "select 1 from fact where record = ? and sealed is not null"
CHILD = """
import asyncio, os, signal, sys
from pathlib import Path
from backend.clock import WallClock
from backend.desk.desk import Desk
from backend.municipality import erasing, registry
from backend.municipality.attachments import Attachments
from backend.municipality.outside import Outside
from backend.stores.journal import Journal
from backend.stores.keys import Keys
data, keys, record, fatal = Path(sys.argv[1]), Path(sys.argv[2]), bytes.fromhex(sys.argv[3]), int(sys.argv[4])
steps = 0
def deadly(owner, name):
    real = getattr(owner, name)
    def step(*args, **kwargs):
        global steps
        steps += 1
        if steps == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    setattr(owner, name, step)
async def main():
    towns = registry.Municipalities(data, keys, WallClock())
    towns.open_all()
    town = towns.get("GM9901")
    desk = Desk(towns)
    desk.completion("GM9901")
    for owner, name in ((Outside, "append"), (Outside, "settle"), (Keys, "forget"), (Journal, "append_fact"),
                        (Journal, "note_unfinished"), (Attachments, "remove_of"), (Journal, "note_finished"),
                        (erasing, "truncate_log"), (erasing, "_erase_keys"), (erasing, "_erase_journal"),
                        (erasing, "erase_desk_store")):
        deadly(owner, name)
    await town.erasing.erase(record, "request", "beheer")
    os._exit(0)
asyncio.run(main())
"""


class House:
    """A municipality with a record that is in every place where one can be."""

    def __init__(self, folder: Path) -> None:
        self.data, self.keys = folder / "data", folder / "keys"
        self.server = Server(self.data)
        self.server.publish(shipped_raw("dossier"))
        self.keys.mkdir()
        (self.keys / "GM9901.key").write_bytes(self.server.key_file)
        one, two = (self.server.enrol(folder / f"{name}.db", name) for name in ("een", "twee"))
        self.two = two
        self.record = one.create("dossier", 1, {"/case_ref": "ABCD-2345", "/roepnaam": WORD})
        Sync(one, LocalTransport(self.server)).run()
        self.server.run(self.server.municipality.grant(self.record, "twee", "beheer"))
        Sync(two, LocalTransport(self.server)).run()
        two.save(two.open(self.record), "dossier", 1, {"/roepnaam": WORD + " twee"})
        Sync(two, LocalTransport(self.server)).run()
        self.other = one.create("dossier", 1, {"/case_ref": "ABCD-2346"})
        Sync(one, LocalTransport(self.server)).run()
        self._fork()
        self.open_desk()
        self.server.run(self.desk.write_as(self.server.municipality, "beheer", self.record, lambda device: None))
        self.server.run(self.desk.keeper("GM9901").catch_up())
        self.secrets = self._secrets()
        self.shut()
        shutil.copytree(self.data / "GM9901", self.data / "GM9901.before-restore-1")
        self.server.start()
        self.open_desk()

    def open_desk(self) -> None:
        towns = Municipalities(self.data, self.keys, self.server.clock)
        towns.add(self.server.municipality)
        self.desk = Desk(towns)

    def shut(self) -> None:
        self.server.run(self.desk.close())
        self.server.stop()

    def _fork(self) -> None:
        journal = self.server.municipality.journal
        entry = journal.entries_of(self.record)[0].entry
        with transaction(journal.db):
            journal.keep_forked([check_entry(entry, "GM9901")], 1)

    def _secrets(self) -> list[bytes]:
        """Bodies, wraps and sealed grants, as the stores hold them."""
        town = self.server.municipality
        bodies = [s.entry.body for s in town.journal.entries_of(self.record)]
        row = town.journal.record(self.record)
        assert row is not None
        wraps = [stored.wrap.wrapped for stored in town.keys.wraps_of(self.record, row.key)]
        sealed = [raw for c in town.book.certificates for _, raw in town.keys.sealed_for(self.record, c)]
        found = [raw for raw in (*bodies, *wraps, *sealed) if raw is not None]
        assert len(found) >= 5
        return found

    def found(self) -> list[str]:
        """The files that hold any of it, raw or in hexadecimal."""
        return [
            f"{path.relative_to(self.data)}"
            for path in sorted(self.data.rglob("*"))
            if path.is_file()
            for raw in [path.read_bytes()]
            if any(secret in raw or secret.hex().encode() in raw.lower() for secret in (*self.secrets, WORD.encode()))
        ]

    def held_sealed(self) -> list[str]:
        """The sealed stores that hold any of it, opened with the keys of the vault."""
        vault = self.server.municipality.custody.vault
        found = []
        for path in self.data.rglob("desk/*.db"):
            store = DeviceStore(path, vault.secret(f"desk/{path.stem}").reveal())
            bodies = [kept for kept in store.entries_of(self.record) if kept.entry.body or kept.entry.wraps]
            key = store.record_key(self.record)
            granted = store.db.conn.execute(
                "select 1 from fact where record = ? and sealed is not null", (self.record,)
            )
            if bodies or (key and key[1]) or granted.fetchall():
                found.append(path.name)
            store.close()
        for path in self.data.rglob("records.db"):
            records = Records(path, self.server.municipality.custody.records_key.reveal())
            found += [path.name] * bool(records.opened(self.record) or records.there([self.record]))
            records.close()
        return found

    def erase(self) -> dict[str, object]:
        args = {"record": self.record.hex(), "reason": "request"}
        return self.server.run(desk_erasing.erase(self.desk, self.server.municipality, "beheer", args))[0]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    yield House(tmp_path)


def test_nothing_of_an_erased_record_is_in_any_file(house: House) -> None:
    assert house.found() and house.held_sealed()
    said = house.erase()
    assert (True, []) == (said["finished"], said["left"])
    assert [] == house.found()
    assert [] == house.held_sealed()
    assert ["een", "twee"] == sorted(text.split("(")[1][:-1] for text in said["unconfirmed"])  # type: ignore[attr-defined]
    assert house.server.municipality.journal.entries_of(house.other)[0].entry.body is not None


@pytest.mark.parametrize("store", ["journal.db", "keys.db"])
def test_a_reader_that_holds_the_log_is_named_and_the_log_is_cut_later(house: House, store: str) -> None:
    reader = sqlcipher3.connect(str(house.data / "GM9901" / store), isolation_level=None)
    reader.execute("begin")
    reader.execute("select count(*) from sqlite_master").fetchone()
    table = "entry" if store == "journal.db" else "wrap"
    assert reader.execute(f"select count(*) from {table}").fetchone()[0]
    said = house.erase()
    assert (False, [f"{store}-wal: another program reads the store"]) == (said["finished"], said["left"])
    reader.execute("commit")
    reader.close()

    async def later() -> None:
        house.desk.follow_all()
        for _ in range(3_000):
            if not house.server.municipality.erasing.unfinished:
                return
            await asyncio.sleep(0.1)

    house.server.run(house.server.municipality.erasing.finish())
    house.server.run(later())
    assert {} == house.server.municipality.erasing.unfinished
    assert [] == house.found()


@pytest.mark.parametrize("first", ["the server starts", "a command is asked"])
def test_what_was_erased_where_no_desk_ran_is_finished_by_whatever_starts(house: House, first: str) -> None:
    house.server.run(house.desk.close())
    house.server.stop()
    house.server.start()  # a municipality by itself, as a program opens it
    erased = house.server.run(house.server.municipality.erasing.erase(house.record, "request", "beheer"))
    assert {"records.db"} < {left.place for left in erased.leftovers}
    house.server.stop()
    house.server.start()
    house.open_desk()

    async def begins() -> None:
        if first == "the server starts":
            house.desk.follow_all()
        else:
            house.desk.keeper("GM9901")
        for _ in range(600):
            if not house.server.municipality.erasing.unfinished:
                return
            await asyncio.sleep(0.05)

    house.server.run(begins())
    assert {} == house.server.municipality.erasing.unfinished
    assert [] == house.found() + house.held_sealed()


def test_a_locked_municipality_finishes_when_it_is_unlocked(house: House) -> None:
    town = house.server.municipality
    house.server.run(town.erase(house.record, "request", "beheer"))  # the desk was not asked yet
    house.server.run(house.desk.close())
    house.server.stop()
    house.server.municipality = type(town)(house.server.folder, house.server.clock)
    house.open_desk()
    house.server.municipality.lock()
    house.server.run(_settled(house))
    assert house.record in house.server.municipality.erasing.unfinished
    house.server.unlock()
    house.server.run(house.server.municipality.erasing.finish())
    assert {} == house.server.municipality.erasing.unfinished
    assert [] == house.found() + house.held_sealed()


def test_killed_at_any_step_it_is_finished_at_the_next_start(house: House, tmp_path: Path) -> None:
    house.shut()
    whole = tmp_path / "whole"
    shutil.copytree(house.data, whole)
    for fatal in range(1, 60):
        shutil.rmtree(house.data)
        shutil.copytree(whole, house.data)
        child = [sys.executable, "-c", CHILD, str(house.data), str(house.keys), house.record.hex(), str(fatal)]
        code = subprocess.run(child, check=False).returncode
        assert code in (0, -signal.SIGKILL)
        house.server.start()
        house.open_desk()
        house.server.run(_settled(house))
        erased = house.server.municipality.book.erased(house.record)
        assert erased or fatal == 1, fatal
        if erased:
            assert [] == house.found() + house.held_sealed(), fatal
        house.shut()
        if code == 0:
            assert fatal > 10
            return
    raise AssertionError("it never came to its end")


def test_a_forked_entry_of_an_erased_record_is_kept_without_its_body(house: House) -> None:
    entry = house.server.municipality.journal.entries_of(house.record)[0].entry
    house.erase()
    journal = house.server.municipality.journal
    with transaction(journal.db):
        journal.keep_forked([check_entry(entry, "GM9901")._replace(hash=bytes(32))], 1)
    house.shut()
    assert [] == house.found()


def test_a_worker_from_whom_the_record_was_withdrawn_is_told_of_the_erasure_too(house: House) -> None:
    town = house.server.municipality
    house.server.run(town.withdraw(house.record, "twee", "beheer"))
    Sync(house.two, LocalTransport(house.server)).run()
    house.erase()
    Sync(house.two, LocalTransport(house.server)).run()
    assert house.record in house.two.store.erased()
    Sync(house.two, LocalTransport(house.server)).run()
    assert house.two.id in town.journal.erasure_confirmed_by(house.record)


async def _settled(house: House) -> None:
    house.desk.completion("GM9901")
    await house.server.municipality.erasing.finish()
