"""What all parts of the simulated fleet share: the phones, the server, the die, and what was written and taken away."""

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from random import Random
from typing import NamedTuple

from backend.device.device import Device
from backend.device.reading import Editing
from backend.device.store import DeviceStore
from backend.device.syncing import Outcome, Sync
from backend.device.transport import Unreachable
from backend.device.wiping import WIPED
from backend.municipality.service import Municipality
from backend.stores.ledger import Engine
from sync.authority import OWN_WORKER, WITHDRAWN
from sync.facts import Grant
from tests.fleet.photos import Photos
from tests.fleet.world import LocalTransport, Sent, Server, SkewedClock
from tests.stores.contract.later import Later, LaterStores

Hashes = frozenset[bytes]
STORE_FILES = ("", "-wal", "-shm")
CERTAIN = ("withdrawal", "erasure", "revocation")  # on the list once done; a phone's grant may not have been sent yet


class PowerCut(Exception):
    """The power goes, on the device or on the server."""


class Opened(NamedTuple):
    """A form on a screen, and how far each device's entries were shown when it was opened."""

    editing: Editing
    shown: dict[bytes, int]


class Sailor:
    """One phone of a worker."""

    def __init__(self, worker: str, path: Path, device: Device, clock: SkewedClock) -> None:
        self.worker = worker
        self.path = path
        self.device = device
        self.clock = clock
        self.open: dict[bytes, Opened] = {}

    def reopen(self) -> None:
        """Start again, with what the store holds."""
        self.device.store.close()
        self.device = Device(DeviceStore(self.path, None), self.clock)
        self.open.clear()

    def held(self, record: bytes) -> Hashes:
        """The entries of a record that this phone has of other workers' and its own devices."""
        return frozenset(kept.hash for kept in self.device.store.entries_of(record))

    @property
    def wiped(self) -> bool:
        """Whether everything went from this phone."""
        return bool(self.device.store.get(WIPED, bool))

    def forget_files(self) -> None:
        """The phone's files go."""
        self.device.store.close()
        for suffix in STORE_FILES:
            Path(f"{self.path}{suffix}").unlink(missing_ok=True)


class Sea:
    """The state of one voyage. What is found to be wrong on the way is in `faults`."""

    def __init__(self, folder: Path, seed: int, size: int, engine: Engine | None = None) -> None:
        self.random = Random(seed)
        self.folder = folder
        self.server = Server(folder / "server", engine=engine)
        self.seen: Counter[str] = Counter()
        self.faults: list[str] = []
        self.words: dict[str, bytes] = {}
        self.kept_words: dict[str, bytes] = {}  # of phones that were ended before they sent them: held, never counted
        self.desk_words: dict[str, bytes] = {}  # since the last backup: only the server's own folder may hold them
        self.lost_words: dict[str, bytes] = {}  # of the desk, gone with a restore unless somebody brings them back
        self.erased: dict[bytes, set[bytes]] = {}  # with the keys that opened them
        self.taken: dict[tuple[bytes, str], dict[Path, Hashes]] = {}  # what each phone had when a record was withdrawn
        self.ended: dict[Path, dict[bytes, Hashes]] = {}  # what each phone had when it was revoked
        self.keys_of_ended: dict[Path, set[bytes]] = {}
        self.number = 0
        self.sailors: list[Sailor] = []
        self.ashore: list[Sailor] = []
        for number in range(size):
            self.enrol(f"werker-{number}")
        self.stranger = self._enrolled("vreemde")  # certified, and granted nothing
        self.photos = Photos(self.server, seed, self.seen)
        self.under_way: list[Sent] = []
        self.backed_up = False
        self.since_backup: Counter[str] = Counter()
        self.told: set[Path] = set()  # phones that had an answer since the server was last restored from a backup

    @property
    def town(self) -> Municipality:
        """The municipality as it runs now."""
        return self.server.municipality

    def enrol(self, worker: str, replaces: bytes | None = None) -> Sailor:
        """A new phone for a worker, which sails with the others."""
        sailor = self._enrolled(worker, replaces)
        self.sailors.append(sailor)
        return sailor

    def _enrolled(self, worker: str, replaces: bytes | None = None) -> Sailor:
        self.number += 1
        clock, path = SkewedClock(self.server.clock), self.folder / f"{worker}-{self.number}.db"
        invitation = self.server.run(self.server.municipality.enrolling.invite(worker, "worker", "beheer", replaces))
        return Sailor(worker, path, Device.enrol(path, None, invitation, LocalTransport(self.server), clock), clock)

    def word(self, record: bytes | None) -> str:
        """A word that nobody wrote before."""
        self.number += 1
        word = f"woord-{self.number:06d}"
        if record is not None:
            self.words[word] = record
        return word

    def written(self) -> dict[str, bytes]:
        """Every word that anybody wrote, with its record."""
        return {**self.words, **self.kept_words, **self.lost_words}

    def records(self) -> list[bytes]:
        """In the order in which they came, so that a seed plays the same although ids are random."""
        journal = self.town.journal
        return [*dict.fromkeys(record for (_, _, record), _ in journal.entries_between(0, journal.last_position()))]

    def living(self) -> list[bytes]:
        """The records that the server has and that were not erased."""
        return [record for record in self.records() if record not in self.erased]

    def readable(self, sailor: Sailor) -> list[bytes]:
        """The records that a phone can show."""
        gone = set(sailor.device.store.erased())
        return [r for r in sailor.device.store.records() if r not in gone and sailor.device.keys_of(r)]

    def is_on_server(self, sailor: Sailor) -> bool:
        """Whether everything that a phone wrote is on the server."""
        return sailor.device.pen.head.seq == sailor.device.memory.send_after

    # --- syncing ---

    def sync(self, sailor: Sailor, *, calm: bool = False) -> Outcome | None:
        """Let a phone sync; nothing if it did not come through. A forked one is invited in the place of its old id."""
        lossy = self._lose_request, self._lose_answer, self._come_late
        road = LocalTransport(self.server) if calm else LocalTransport(self.server, *lossy)
        owed = self._not_to_be_taken(sailor)
        outcome = None
        try:
            outcome = Sync(sailor.device, road).run(limit=self.random.choice((1, 3, 50)))
        except Unreachable:
            self.seen["lost"] += 1
        except PowerCut:
            sailor.reopen()
        if outcome is not None:
            self._came_through(sailor, outcome, owed)
        return outcome

    def _came_through(self, sailor: Sailor, outcome: Outcome, owed: dict[bytes, tuple[bytes, str]]) -> None:
        self.seen["sync"] += 1
        self.told.add(sailor.path)
        self.seen.update(f"grant refused: {code}" for _, code in outcome.refused_grants)
        if outcome.forked:
            self.seen["fork"] += 1
            self._replace(sailor)
            return
        for name, (record, why) in owed.items():
            if name in self._granted(record) and not self.town.committed.restored:  # then it may be an old one
                self.faults.append(f"a grant was taken although it is {why}")

    def _replace(self, sailor: Sailor) -> None:
        """A person invites a forked phone in the place of its old id; now and then the answer is lost."""
        if self.random.random() < 0.5:
            self.seen["fork that waits"] += 1
            return
        old = sailor.device.id
        self.server.replace(sailor.device)
        sailor.open.clear()
        self.seen["fork replaced by invitation"] += sailor.device.id != old

    def _not_to_be_taken(self, sailor: Sailor) -> dict[bytes, tuple[bytes, str]]:
        """The grants on a phone that no server may take: sealed hash, record and why."""
        found = {}
        for _, grant, _ in sailor.device.store.queued_grants(-1):
            to = self.town.book.worker(grant.to)
            if grant.sealed_hash in self._granted(grant.record) | self._copies(grant.record):
                continue
            if to == sailor.worker:
                found[grant.sealed_hash] = grant.record, OWN_WORKER
            elif (grant.record, sailor.worker) in self.taken:
                found[grant.sealed_hash] = grant.record, WITHDRAWN
        return found

    def _granted(self, record: bytes) -> set[bytes]:
        """The grants of a record that the server has, by the hash of what they seal."""
        facts = [stored.fact for stored in self.town.journal.facts("grant", record)]
        return {fact.sealed_hash for fact in facts if isinstance(fact, Grant)}

    def _copies(self, record: bytes) -> set[bytes]:
        """Grants of a record that the municipality signed and some phone holds: a restored server takes them."""
        phones = (*self.sailors, *(phone for phone in self.ashore if not phone.wiped))
        facts = [fact for phone in phones for _, fact in phone.device.store.facts()]
        grants = [fact for fact in facts if isinstance(fact, Grant) and fact.by is None]
        return {fact.sealed_hash for fact in grants if fact.record == record}

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

    # --- backups of the server ---

    def back_up_server(self, _sailor: Sailor | None = None) -> None:
        """Copy the server's folder as an administrator would."""
        self.server.back_up(self.folder / "server-backup")
        self.backed_up = True
        self.since_backup.clear()
        self.desk_words.clear()

    def restore_server(self, _sailor: Sailor | None = None) -> None:
        """Put the last copy back; what was taken away since is on the list outside it."""
        if not self.backed_up:
            return
        life = self.town.exchanges.life
        for word in self.desk_words:
            self.lost_words[word] = self.words.pop(word)
        self.desk_words.clear()
        self.server.restore(self.folder / "server-backup")
        self.told.clear()
        self.seen["server restored"] += 1
        self.seen["list confirmed after a restore"] += self.town.committed.awaiting_list
        for what, count in self.since_backup.items():
            self.seen[f"{what} before a restore"] += count
        if any(self.since_backup[what] for what in CERTAIN) and life == self.town.exchanges.life:
            self.faults.append("a restored server did not notice that its list knows more")

    # --- a database that becomes durable later ---

    def ship(self, _sailor: Sailor | None = None) -> None:
        """The copy elsewhere comes up to date."""
        self.seen["copied elsewhere"] += self.catch_up()

    def catch_up(self) -> bool:
        """Bring the copy elsewhere up to date, where there is one: what was erased leaves it only then."""
        stores = self.town.stores.inner
        if isinstance(stores, LaterStores):
            stores.ship()
        return isinstance(stores, LaterStores)

    def lose_machine(self, _sailor: Sailor | None = None) -> None:
        """The server's machine ends; another goes on with the copy, which must hold all that was called durable.

        A backup is older than what was called durable; a phone believes that until it asks the restored server.
        """
        engine, stores = self.server.engine, self.town.stores.inner
        if not isinstance(engine, Later) or not isinstance(stores, LaterStores):
            return
        lost = self.town.committed.position - stores.durable(self.town.committed.position)
        self.server.stop()
        engine.lose(self.server.folder)
        self.server.start()
        self.seen["machine lost"] += 1
        self.seen["machine lost with words that were not durable"] += lost > 0
        for phone in (one for one in self.sailors if one.path in self.told):
            device, seq = phone.device.id, phone.device.memory.durable
            if seq > self.town.journal.last_seq(device):
                self.faults.append(f"{phone.path.name} was told that {seq} is durable, and it is gone")

    # --- what is taken away ---

    def withdrew(self, record: bytes, worker: str) -> None:
        """Remember what each phone of a worker has of a record that is theirs no longer."""
        phones = [one for one in (*self.sailors, *self.ashore) if one.worker == worker]
        self.taken[record, worker] = {one.path: one.held(record) for one in phones}

    def end(self, sailor: Sailor) -> None:
        """A phone is out of use; remember what it has, and its keys."""
        store = sailor.device.store
        self.ended[sailor.path] = {record: sailor.held(record) for record in store.records()}
        self.keys_of_ended[sailor.path] = set(self.keys(store, store.records()))
        self.sailors.remove(sailor)
        self.ashore.append(sailor)

    def keys(self, store: DeviceStore, records: Iterable[bytes]) -> list[bytes]:
        """The keys that a store has of some records."""
        known = [store.record_key(record) for record in records]
        return [one[1] for one in known if one is not None and one[1] is not None]

    def copy_phone(self, sailor: Sailor, to: Path) -> None:
        """Copy a phone's store, whole."""
        sailor.device.store.db.conn.execute("pragma wal_checkpoint(truncate)").fetchall()
        shutil.copy(sailor.path, to)
