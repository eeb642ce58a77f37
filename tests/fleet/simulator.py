"""A seeded fleet: real devices and the real server through loss, repeats, power cuts, bad clocks and backups.

It proves what it saw (`seen`) and, when the noise ends, that all are equal and nothing acknowledged or queued is
missing.
"""

import shutil
from collections import Counter
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any, Final

from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.device.syncing import Sync
from backend.device.transport import ServerRefused, Unreachable
from backend.municipality.exchange import Exchange
from backend.stores.journal_rows import arrival_of
from sync.device import KEEP_MS, compose
from sync.entry import Seen
from sync.merge import RecordState, standing
from tests.fleet.photos import Photos
from tests.fleet.world import LocalTransport, Sent, Server, SkewedClock
from tests.sync.reference import facts_of, reference

FIELDS: Final = ("/toegang", "/zorg", "/duiding", "/vervolg_datum")
YEARS_MS: Final = 5 * 365 * 24 * 3_600_000


class PowerCut(Exception):
    """The power goes, on the device or on the server."""


class Sailor:
    """One device of the fleet, with the words it ever wrote."""

    def __init__(self, name: str, path: Path, device: Device, clock: SkewedClock) -> None:
        self.name = name
        self.path = path
        self.device = device
        self.clock = clock
        self.open: dict[bytes, Any] = {}
        self.revoked = False


class Fleet:
    """Some devices, one server, and a die."""

    def __init__(self, folder: Path, seed: int, size: int = 3) -> None:
        self.random = Random(seed)
        self.folder = folder
        self.server = Server(folder / "server")
        self.seen: Counter[str] = Counter()
        self.words: dict[str, bytes] = {}
        self.erased: set[bytes] = set()
        self.number = 0
        self.sailors = [self._enrol(f"werker-{n}") for n in range(size)]
        self.stranger = self._enrol("vreemde")  # certified, and granted nothing
        self.backed_up = False
        self.under_way: list[Sent] = []
        self.erased_since_backup = False
        self.photos = Photos(self.server, seed, self.seen)

    def _enrol(self, name: str) -> Sailor:
        clock = SkewedClock(self.server.clock)
        path = self.folder / f"{name}.db"
        return Sailor(name, path, self.server.enrol(path, name, clock), clock)

    # --- one step ---

    def step(self) -> None:
        """One thing happens."""
        self.server.clock.ms += self.random.randrange(1, 600_000)
        sailor = self.random.choice(self.sailors)
        happens = (
            (self.write_new, 3),
            (self.begin, 14),
            (self.save, 14),
            (self.delete, 1),
            (self.sync, 16),
            (self.grant, 9),
            (self.cut_power, 1),
            (self.cut_device_power, 1),
            (self.jump_clock, 1),
            (self.back_up_device, 1),
            (self.restore_device, 1),
            (self.back_up_server, 1),
            (self.restore_server, 1),
            (self.erase, 1),
            (self.lie, 2),
            (self.revoke, 1),
        )
        act = self.random.choices([act for act, _ in happens], [weight for _, weight in happens])[0]
        act(sailor)
        if sailor in self.sailors:  # what a revoked phone photographs later does not count
            self.photos.step(sailor, self._gone(sailor))

    def _word(self, record: bytes | None) -> str:
        self.number += 1
        word = f"woord-{self.number}"
        if record is not None:
            self.words[word] = record
        return word

    def write_new(self, sailor: Sailor) -> None:
        word = self._word(None)
        self.words[word] = sailor.device.create("huisbezoek", 1, {self.random.choice(FIELDS): word})

    def begin(self, sailor: Sailor) -> None:
        record = self._readable(sailor)
        if record is not None:
            sailor.open[record] = sailor.device.open(record)

    def _readable(self, sailor: Sailor) -> bytes | None:
        records = [r for r in sailor.device.store.records() if sailor.device.keys_of(r) and r not in self._gone(sailor)]
        return self.random.choice(records) if records else None

    def _gone(self, sailor: Sailor) -> set[bytes]:
        return set(sailor.device.store.erased())

    def save(self, sailor: Sailor) -> None:
        """Save a form that was opened earlier: what came by sync meanwhile was not on screen."""
        sailor.open = {r: e for r, e in sailor.open.items() if r not in self._gone(sailor)}
        if sailor.open:
            record = self.random.choice(list(sailor.open))
            fields = self.random.sample(FIELDS, self.random.randrange(1, 3))
            changed = {field: self._word(record) for field in fields}
            sailor.device.save(sailor.open.pop(record), "huisbezoek", 1, changed)

    def delete(self, sailor: Sailor) -> None:
        record = self._readable(sailor)
        if record is not None:
            editing = sailor.device.open(record)
            (sailor.device.delete if self.random.random() < 0.7 else sailor.device.restore)(editing)
            self.seen["delete or restore"] += 1

    # --- syncing through bad weather ---

    def sync(self, sailor: Sailor, *, calm: bool = False) -> None:
        if sailor.revoked:
            return
        road = (
            LocalTransport(self.server)
            if calm
            else LocalTransport(self.server, self._lose_request, self._lose_answer, self._come_late)
        )
        before = sailor.device.id
        try:
            outcome = Sync(sailor.device, road).run(limit=self.random.choice((1, 3, 50)))
            if outcome.forked:
                self.server.replace(sailor.device)
            self.seen["sync"] += 1
            self.seen["received"] += outcome.received
        except Unreachable:
            self.seen["lost"] += 1
        except PowerCut:
            self._reopen(sailor)
        if sailor.device.id != before:
            self.seen["fork"] += 1
            sailor.open.clear()

    def _come_late(self, sent: Sent) -> list[Sent]:
        """Requests that the network kept, of this device and of others, come again and after later ones."""
        late = [one for one in self.under_way if self.random.random() < 0.1]
        self.seen["repeated or reordered"] += len(late)
        self.under_way = [*self.under_way[-4:], sent]
        return late

    def _lose_request(self) -> None:
        if self.random.random() < 0.1:
            self.seen["lost request"] += 1
            raise Unreachable("lost request")

    def _lose_answer(self) -> None:
        chance = self.random.random()
        if chance < 0.1:
            self.seen["lost answer"] += 1
            raise Unreachable("lost answer")
        if chance < 0.15:
            self.seen["power cut before the answer was taken in"] += 1
            raise PowerCut

    def _reopen(self, sailor: Sailor) -> None:
        sailor.device.store.close()
        sailor.device = Device(DeviceStore(sailor.path, None), sailor.clock)
        sailor.open.clear()

    def cut_power(self, sailor: Sailor) -> None:
        """The server goes down in the middle of a transaction, after everything was written and before the commit."""
        save = Exchange.save

        def dies(exchange: Exchange, decided: Any) -> bytes:
            save(exchange, decided)
            raise PowerCut

        Exchange.save = dies  # type: ignore[method-assign]
        try:
            self.sync(sailor)
        finally:
            Exchange.save = save  # type: ignore[method-assign]
        self.server.stop()
        self.server.start()
        self.seen["server power cut"] += 1

    def cut_device_power(self, sailor: Sailor) -> None:
        """A device dies in the middle of saving or of taking in: with a word written, or an answer half read."""
        put = DeviceStore.put

        def dies(_store: DeviceStore, _name: str, _value: Any) -> None:
            raise PowerCut

        DeviceStore.put = dies  # type: ignore[method-assign]
        try:
            if self.random.random() < 0.5:
                sailor.device.create("huisbezoek", 1, {"/duiding": "een woord dat nooit bewaard werd"})
            else:
                Sync(sailor.device, LocalTransport(self.server)).run(limit=1)
        except PowerCut:
            self.seen["device power cut"] += 1
        finally:
            DeviceStore.put = put  # type: ignore[method-assign]
        if self.random.random() < 0.5:  # else it was a full disk: the device goes on with what it has in memory
            self._reopen(sailor)

    def jump_clock(self, sailor: Sailor) -> None:
        sailor.clock.off_ms = self.random.choice((0, -YEARS_MS, YEARS_MS, 3_600_000))
        self.seen["clock jump"] += 1

    # --- backups ---

    def back_up_device(self, sailor: Sailor) -> None:
        sailor.device.store.db.conn.execute("pragma wal_checkpoint(truncate)").fetchall()
        shutil.copy(sailor.path, sailor.path.with_suffix(".backup"))

    def restore_device(self, sailor: Sailor) -> None:
        """Back to an older state; what only this device held is lost with it, as it is in life."""
        backup = sailor.path.with_suffix(".backup")
        if not backup.exists():
            return
        self.sync(sailor, calm=True)
        unsent = sailor.device.pen.head.seq - sailor.device.memory.send_after
        if unsent or self.photos.hand_over(sailor):
            return
        self.back_up_server(
            sailor
        )  # losing a device and the server's last days at once is beyond what any copy can heal
        sailor.device.store.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{sailor.path}{suffix}").unlink(missing_ok=True)
        shutil.copy(backup, sailor.path)
        sailor.device = Device(DeviceStore(sailor.path, None), sailor.clock)
        sailor.open.clear()
        self.seen["device restored"] += 1

    def back_up_server(self, _sailor: Sailor) -> None:
        self.server.back_up(self.folder / "server-backup")
        self.backed_up = True
        self.erased_since_backup = False

    def restore_server(self, _sailor: Sailor) -> None:
        if self.backed_up:
            self.server.restore(self.folder / "server-backup")
            self.seen["server restored"] += 1
            self.seen["erasure before a restore"] += self.erased_since_backup

    # --- staff ---

    def grant(self, _sailor: Sailor) -> None:
        known = [r for r in self._server_records() if r not in self.erased]
        if known:
            to = self.random.choice(self.sailors)
            self.server.run(self.server.municipality.grant(self.random.choice(known), to.name, "beheer"))
            self.seen["grant"] += 1

    def _server_records(self) -> list[bytes]:
        """In the order in which they came, so that a seed plays the same although ids are random."""
        rows = self.server.municipality.journal.db.query(
            "select record from entry group by record order by min(position)"
        )
        return [row["record"] for row in rows]

    def erase(self, _sailor: Sailor) -> None:
        known = [r for r in self._server_records() if r not in self.erased]
        if len(known) > 3:
            record = self.random.choice(known)
            self.erased.add(record)
            self.server.run(self.server.municipality.erase(record, "request", "beheer"))
            self.seen["erasure"] += 1
            self.seen["erasure after a restore"] += bool(self.seen["server restored"])
            self.erased_since_backup = True

    def revoke(self, sailor: Sailor) -> None:
        """A lost phone: what it handed in stays, what it still holds does not count, and its worker gets another."""
        if self.seen["revoked"] or self.random.random() < 0.7:
            return
        self.sync(sailor, calm=True)
        if self.photos.hand_over(sailor):
            return
        self.server.run(self.server.municipality.revoke(sailor.device.id, "beheer"))
        sailor.device.create("huisbezoek", 1, {"/zorg": "na de intrekking"})
        with suppress(ServerRefused):
            Sync(sailor.device, LocalTransport(self.server)).run()
        self.back_up_server(sailor)  # what only the lost phone and the server's last days held would be gone with both
        self.seen["revoked"] += 1
        self.sailors.remove(sailor)
        self.sailors.append(self._enrol(f"{sailor.name}-nieuw"))

    def lie(self, sailor: Sailor) -> None:
        """A device that writes where it may not, claims to have seen what does not exist, or seals rubbish."""
        records = [r for r in self._server_records() if r not in self.erased]
        if not records or sailor.revoked:
            return
        sailor = self.random.choice((sailor, self.stranger))
        record, device = self.random.choice(records), sailor.device
        row = self.server.municipality.journal.record(record)
        assert row is not None
        ghost = Seen(device.id, device.pen.head.seq + 5, b"spookje!")
        other = Seen(bytes(16), 3, b"spookje!")
        observed = self.random.choice(((), (ghost,), (other,)))
        head = compose(device.pen, device.clock.now_ms(), record, row.key, "write", observed, [b"aanraken"])
        with device.store.transaction():
            known = device.store.record_key(record)
            device.store.keep_key(record, row.key, bytes(32) if known is None or known[1] is None else None)
            device.chain(head, self.random.randbytes(300))
            if known is None or known[1] is None:
                device.store.db.execute("update record set record_key = null where record = ?", (record,))
        self.seen["lie"] += 1
        if sailor is self.stranger:
            self.sync(sailor)

    # --- the end ---

    def settle(self) -> None:
        """Calm weather, until nobody has anything to send or to take in."""
        for _ in range(4):
            for sailor in (*self.sailors, self.stranger):
                self.sync(sailor, calm=True)
        for record in self._server_records():
            if record not in self.erased:
                for sailor in self.sailors:
                    self.server.run(self.server.municipality.grant(record, sailor.name, "beheer"))
        for _ in range(4):
            for sailor in self.sailors:
                self.sync(sailor, calm=True)
                self.photos.send(sailor)
        self.server.clock.ms += KEEP_MS + 1
        for sailor in self.sailors:
            self.photos.send(sailor)

    def differences(self) -> list[str]:
        """What is not equal everywhere, or missing, now that all is calm."""
        found: list[str] = []
        for record in self._server_records():
            if record not in self.erased:
                found += self._differences_of(record)
        photos = self.photos.missing(self.sailors[0], self.erased)
        return found + photos + self._missing_words() + self._miscounted()

    def _miscounted(self) -> list[str]:
        """Where the counts that the server keeps while it runs are not those of its store."""
        town = self.server.municipality
        kept = {"entry": town.health()["entries"], "record": town.health()["records"]}
        return [f"{name}s are counted as {count}" for name, count in kept.items() if town.journal.count(name) != count]

    def _differences_of(self, record: bytes) -> list[str]:
        row = self.server.municipality.journal.record(record)
        assert row is not None
        expected = _survivors(row.state)
        found = [
            f"{sailor.name} merges {record.hex()} otherwise"
            for sailor in self.sailors
            if _survivors(sailor.device.taken(record).state) != expected
        ]
        arrivals = [arrival_of(stored) for stored in self.server.municipality.journal.entries_of(record)]
        meant = reference(arrivals, facts_of(fact for _, fact in self.sailors[0].device.store.facts()))["records"].get(
            record.hex(), {"fields": {}}
        )
        if meant["fields"] != expected:
            found.append(f"the server merges {record.hex()} otherwise than the protocol says")
        self.seen["conflict"] += any(len(alive) > 1 for alive in expected.values())
        self.seen["deleted beside an edit"] += standing(row.state).contested
        return found

    def _missing_words(self) -> list[str]:
        """Every word that was written is in some entry that the server journaled or holds, erased records apart."""
        journal = self.server.municipality.journal
        reader = self.sailors[0].device
        there: set[str] = set()
        for record in (one for one in self._server_records() if one not in self.erased):
            arrivals = [k.arrival() for k in reader.store.entries_of(record)]
            for text in reader.opened(record, arrivals).values():
                there.update(str(value) for value in text.answers.values())
        forks = journal.count("forked")
        self.seen["forked entries kept"] += forks
        return [word for word, record in self.words.items() if word not in there and record not in self.erased]


def _survivors(state: RecordState) -> dict[str, list[str]]:
    return {touch.hex(): [dot.hash.hex() for dot in state.survivors(touch)] for touch in state.touches}
