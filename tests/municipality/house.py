"""A municipality with a record that is in every place where one can be, and what searches all of its files for it."""

import shutil
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from backend.desk import erasing as desk_erasing
from backend.desk.desk import Desk
from backend.device.attachments import Attachments
from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.device.syncing import Sync
from backend.device.transport import Answer, Unreachable
from backend.municipality.registry import Municipalities
from backend.stores.database import open_database, transaction
from backend.stores.records import Records
from forms.definition.library import first_raw
from sync.exchange import check_entry
from tests.fleet.pages import pages
from tests.fleet.photos import PhotoRoad
from tests.fleet.world import LocalTransport, Server

WORD = "Uitzonderlijkwoord"


class LostHalfWay(PhotoRoad):
    """A way that is lost after the first piece of an upload."""

    lost = False

    def ask(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        if self.lost:
            raise Unreachable("lost")
        self.lost = method == "PATCH"
        return super().ask(method, path, body, headers)


class House:
    """A municipality with a record that is in every place where one can be."""

    def __init__(self, folder: Path) -> None:
        self.data, self.keys = folder / "data", folder / "keys"
        self.server = Server(self.data)
        self.server.publish(first_raw("dossier"))
        self.keys.mkdir()
        (self.keys / "GM9901.key").write_bytes(self.server.key_file)
        one, two = (self.server.enrol(folder / f"{name}.db", name) for name in ("een", "twee"))
        self.two = two
        self.record = one.create("dossier", 1, {"/case_ref": "ABCD-2345", "/roepnaam": WORD})
        Sync(one, LocalTransport(self.server)).run()
        self.server.run(self.server.municipality.opening.grant(self.record, "twee", "beheer"))
        Sync(two, LocalTransport(self.server)).run()
        two.save(two.open(self.record), "dossier", 1, {"/roepnaam": WORD + " twee"})
        Sync(two, LocalTransport(self.server)).run()
        self.other = one.create("dossier", 1, {"/case_ref": "ABCD-2346"})
        Sync(one, LocalTransport(self.server)).run()
        self._fork()
        self._photos(one)
        self.open_desk()
        self.server.run(self.desk.write_as(self.server.municipality, "beheer", self.record, lambda device: None))
        self.server.run(self.desk.keeper("GM9901").catch_up())
        self.secrets = self._secrets(one)
        self.hide_between_rows()
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
        with self.server.municipality.stores.unit():
            journal.keep_forked([check_entry(entry, "GM9901")], 1)

    def _photos(self, device: Device) -> None:
        """A whole photo, and one of which the server has the first piece."""
        Attachments(device, PhotoRoad(self.server)).take(self.record, b"p" * 2_000)
        assert 1 == Attachments(device, PhotoRoad(self.server)).send().sent
        Attachments(device, PhotoRoad(self.server)).take(self.record, b"q" * 2_000)
        with suppress(Unreachable):
            Attachments(device, LostHalfWay(self.server), 500).send()
        assert 1 == len(self.photos("*.part")) == len(self.photos("?" * 64))

    def photos(self, named: str) -> list[Path]:
        """The files of attachments and uploads."""
        return list((self.data / "GM9901" / "attachments").rglob(named))

    def hide_between_rows(self) -> None:
        """Leave words of the record in pages that no row stands in, as SQLite does when it moves rows."""
        for path, key in self.sealed():
            db = open_database(path, key=key)
            db.conn.execute("pragma secure_delete = off")
            with transaction(db):
                db.conn.execute("create table passing(word text)")
                db.conn.executemany("insert into passing values(?)", [(WORD,)] * 500)
                db.conn.execute("drop table passing")
            db.close()

    def sealed(self) -> Iterator[tuple[Path, bytes]]:
        """The stores that SQLCipher seals, of folders that were set aside too, with their keys."""
        custody = self.server.municipality.custody
        for path in self.data.rglob("desk/*.db"):
            yield path, custody.vault.secret(f"desk/{path.stem}").reveal()
        for path in self.data.rglob("records.db"):
            yield path, custody.records_key.reveal()

    def _secrets(self, device: Device) -> list[bytes]:
        """The record's key; bodies, wraps and sealed grants, as the stores hold them; pieces of photos."""
        town = self.server.municipality
        bodies = [s.entry.body for s in town.journal.entries_of(self.record)]
        row = town.journal.record(self.record)
        assert row is not None
        wraps = [stored.wrap.wrapped for stored in town.keys.wraps_of(self.record, row.key)]
        sealed = [raw for c in town.book.certificates for _, raw in town.keys.sealed_for(self.record, c)]
        known = device.store.record_key(self.record)
        photos = [path.read_bytes()[100:200] for path in (*self.photos("*.part"), *self.photos("?" * 64))]
        found = [raw for raw in (*bodies, *wraps, *sealed, *photos, known and known[1]) if raw]
        assert len(found) >= 8
        return found

    def found(self) -> list[str]:
        """The files that hold any of it, raw or in hexadecimal."""
        return [
            f"{path.relative_to(self.data)}"
            for path in sorted(self.data.rglob("*"))
            if path.is_file()
            for raw in [path.read_bytes()]
            if self._any_in(raw)
        ]

    def _any_in(self, raw: bytes) -> bool:
        return any(secret in raw or secret.hex().encode() in raw.lower() for secret in (*self.secrets, WORD.encode()))

    def held_sealed(self) -> list[str]:
        """The sealed stores that hold any of it, in a row, between rows or in a log, opened with their keys."""
        found = []
        for path, key in self.sealed():
            found += [path.name] * any(map(self._any_in, pages(path, key)))
            if path.name == "records.db":
                records = Records(path, key)
                found += [path.name] * bool(records.opened(self.record) or records.there([self.record]))
                records.close()
                continue
            store = DeviceStore(path, key)
            granted = "select 1 from fact where record = ? and sealed is not null"
            known = store.record_key(self.record)
            bodies = [kept for kept in store.entries_of(self.record) if kept.entry.body or kept.entry.wraps]
            if bodies or (known and known[1]) or store.db.conn.execute(granted, (self.record,)).fetchall():
                found.append(path.name)
            store.close()
        return found

    def erase(self) -> dict[str, Any]:
        args = {"record": self.record.hex(), "reason": "request"}
        return self.server.run(desk_erasing.erase(self.desk, self.server.municipality, "beheer", args))[0]

    async def settled(self) -> None:
        """As after a start: what is unfinished is finished."""
        self.desk.completion("GM9901")
        await self.server.municipality.erasing.finish()
