"""Erasure of records in one municipality's folder (sync/SPEC.md section 12).

A record is erased when no file of the installation holds its key or a body of it. The order makes a kill harmless:

1. The signed fact goes to the list outside the backups: from here on the erasure is finished, whatever happens.
2. The key store forgets wraps and sealed grants; without them the bodies are noise.
3. One transaction of the journal takes the fact in, overwrites the bodies (those kept aside as well), and notes the
   record as unfinished.
4. `finish` ends exports under way, removes the files, cuts the write-ahead logs and looks at the result. It is
   repeated, at once, later and at the next start, until nothing is left over; only then is the note removed.

`Leftover` names each place that could not be reached yet and why.
"""

import asyncio
import shutil
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from backend.clock import Clock
from backend.device.store import DeviceStore, Identity
from backend.errors import BackendError, WrongStoreKey, refused
from backend.files import read_small, reason, write_atomically
from backend.municipality.attachments import Attachments
from backend.municipality.auditing import Auditing
from backend.municipality.beside import erase_beside
from backend.municipality.custody import Custody
from backend.municipality.exchange import Exchange
from backend.municipality.exports import Exports
from backend.municipality.intake import Intake
from backend.municipality.outside import Outside
from backend.municipality.state import State
from backend.municipality.taking_away import TakingAway
from backend.municipality.unit import Unit
from backend.municipality.writer import Writer
from backend.sentences import Words, words, words_of
from backend.stores import tidy_blobs
from backend.stores.database import truncate_log, write_anew
from backend.stores.gathered import Gathered
from backend.stores.ledger import Engine, Journal, KeyStore
from backend.stores.places import ATTACHMENTS_FOLDER, DESK_FILE, FOLLOWER, RECORDS_FILE, STAGE
from crypto.vault import Vault
from sync import acting
from sync.acting import Denial
from sync.factbook import FactBook
from sync.facts import ERASURE_REASONS, Erasure, encode_fact, purpose_of

SEEN_FILE: Final = "erasures.seen"  # in a folder whose municipality other servers may have in turn
SCRATCH: Final = "verify-"  # how a folder begins in which `verify` rebuilds the projection
LOG_TRIES: Final = 20  # together two seconds: longer than a step of the projection or a page of a reader
LOG_PAUSE_S: Final = 0.1
ASIDE: Final = (".before-restore-*", ".restoring")
READ: Final = words("left-read")
FOLLOWED: Final = words("left-followed")


class Leftover(NamedTuple):
    """A place that may still hold something of an erased record, and the reason."""

    place: str
    why: Words


class Held(NamedTuple):
    """A device that held something of a record."""

    record: bytes
    device: bytes


class Erased(NamedTuple):
    """The result of an erasure: how many bodies went, and what is left over."""

    bodies: int
    leftovers: tuple[Leftover, ...]


Elsewhere = Callable[[tuple[bytes, ...]], Awaitable[list[Leftover]]]


class Answers(Protocol):
    """Answers about the journal that are kept until its next commit."""

    def unfinished(self) -> dict[bytes, int]:
        """The records whose erasure is not finished, each with its time in milliseconds."""


class Town(Protocol):
    """The parts of a municipality that its erasures need."""

    @property
    def folder(self) -> Path: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def engine(self) -> Engine: ...
    @property
    def stores(self) -> Gathered: ...
    @property
    def journal(self) -> Journal: ...
    @property
    def keys(self) -> KeyStore: ...
    @property
    def book(self) -> FactBook: ...
    @property
    def state(self) -> State: ...
    @property
    def intake(self) -> Intake: ...
    @property
    def attachments(self) -> Attachments: ...
    @property
    def exports(self) -> Exports: ...
    @property
    def resting(self) -> Answers: ...
    @property
    def exchanges(self) -> Exchange: ...
    @property
    def writer(self) -> Writer: ...
    @property
    def custody(self) -> Custody: ...

    @property
    def taking_away(self) -> TakingAway: ...
    @property
    def auditing(self) -> Auditing: ...
    @property
    def unit(self) -> Unit: ...

    @property
    def locked(self) -> bool: ...
    @property
    def outside(self) -> Outside: ...


class Erasing:
    """The erasures of one municipality.

    `elsewhere` is given by the desk, which reaches the projection and the devices of staff; without it both are left
    over.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._busy = asyncio.Lock()
        self.elsewhere: Elsewhere | None = None
        self.leftovers: tuple[Leftover, ...] = ()

    def would_forget(self, record: bytes) -> bool:
        """True if there is a record that an erasure would begin to forget; one that was erased is gone on with."""
        return not self._town.book.erased(record) and self._town.journal.record(record) is not None

    async def erase(self, record: bytes, reason: str, staff: str) -> Erased:
        """Forget a record: list, keys, bodies, files, logs. The same again goes on with what was left over."""
        assert reason in ERASURE_REASONS
        town = self._town
        bodies = await town.taking_away.run(lambda: self._decided(record, reason, staff))
        return Erased(bodies, await self.finish())

    def replay(self, listed: Iterable[Erasure] = ()) -> None:
        """Erase what the list outside the backups names and the journal does not know; in a unit of work."""
        for fact in listed:
            if not self._town.state.book.erased(fact.record):
                self.take(fact, "restore")

    def look_again(self) -> None:
        """Note as unfinished what another server erased since this one had the folder: its files know nothing of it."""
        fresh, now_ms = self.made()[self._seen() :], self._town.clock.now_ms()
        if fresh:
            with self._town.unit.at_start():
                for fact in fresh:
                    self._town.journal.note_unfinished(fact.record, now_ms)
        self.note_seen()

    def note_seen(self) -> None:
        """Note how many erasures this folder knows: those that are not finished are noted in the journal."""
        write_atomically(self._town.folder / SEEN_FILE, str(self._town.book.erasures).encode())

    def _seen(self) -> int:
        path = self._town.folder / SEEN_FILE
        said = read_small(path) if path.is_file() else b""
        return int(said) if said.isdigit() else 0

    def clean_up(self) -> None:
        """Finish at the start what was left over; outside a transaction, since the logs are cut."""
        town = self._town
        for scratch in town.folder.glob(SCRATCH + "*"):
            shutil.rmtree(scratch, ignore_errors=True)
        if self.unfinished:
            with town.unit.at_start():
                self._remove(*self.unfinished)
            town.stores.cut()

    def made(self) -> list[Erasure]:
        """Every erasure, in the order in which they were journaled."""
        stored = self._town.journal.facts(kind="erasure")
        return [one.fact for one in stored if isinstance(one.fact, Erasure)]

    def unconfirmed(self, record: bytes) -> set[bytes]:
        """The devices that may hold a copy of an erased record and have not said that they erased it."""
        journal = self._town.journal
        return journal.holders_of(record) - journal.erasure_confirmed_by(record)

    def confirm(self, record: bytes, device: bytes) -> None:
        """Note that a device erased a record as it was told; inside a transaction."""
        self._town.journal.confirm_erasure(record, device, self._town.clock.now_ms())

    @property
    def unfinished(self) -> dict[bytes, int]:
        """The records whose erasure is not finished, each with its time in milliseconds."""
        return self._town.resting.unfinished()

    async def finish(self) -> tuple[Leftover, ...]:
        """Do what is left of all erasures and return what could not be done; safe to repeat."""
        async with self._busy:
            town, records = self._town, self.unfinished
            if not records:
                self.leftovers = ()
                return ()
            reach = self.elsewhere or self._out_of_reach
            leftovers = await asyncio.to_thread(_of_a_move, town.engine, town.folder)
            leftovers += [Leftover(f"exports/{form}", why) for form, why in town.exports.overtake()]
            leftovers += await reach(tuple(records))
            leftovers += await asyncio.to_thread(_of_attachments, town.folder, town.attachments, tuple(records))
            await town.writer.submit(lambda: self._remove(*records))
            vault = None if town.locked else town.custody.vault
            for folder in aside_folders(town.folder):
                leftovers += await asyncio.to_thread(erase_aside, town.engine, folder, tuple(records), vault)
            leftovers += [Leftover(path.name, words("left-verifying")) for path in town.folder.glob(SCRATCH + "*")]
            leftovers += [Leftover(place, _why(place)) for place in await cut_stores(town.stores)]
            if not leftovers:
                await town.writer.submit(lambda: self._finished(records))
            self.leftovers = tuple(leftovers)
            return self.leftovers

    async def _out_of_reach(self, _records: tuple[bytes, ...]) -> list[Leftover]:
        """The places that only the desk reaches, where they exist."""
        folder = self._town.folder
        stores = [folder / RECORDS_FILE, folder / DESK_FILE, *sorted(folder.glob("desk/*.db"))]
        return [Leftover(str(path.relative_to(folder)), words("left-not-running")) for path in stores if path.exists()]

    def _decided(self, record: bytes, reason: str, staff: str) -> int:
        town, now_ms = self._town, self._town.clock.now_ms()
        act = acting.erase(record, reason, now_ms, town.exchanges, known=town.journal.record(record) is not None)
        if isinstance(act, Denial):
            raise refused(act)
        custody = town.custody
        if act.fact is None:
            return self._forget(record, reason, staff)
        assert isinstance(act.fact, Erasure)
        fact = custody.signed(act.fact)
        town.outside.append(purpose_of(fact), encode_fact(fact))
        return self.take(fact, staff)

    def _remove(self, *records: bytes) -> None:
        self._forget_keys(*records)
        self._remove_files()

    def _forget_keys(self, *records: bytes) -> None:
        for record in records:
            self._town.keys.forget(record)

    def take(self, fact: Erasure, staff: str) -> int:
        """Let an erasure take effect, keys first; in a unit of work. Returns how many bodies went."""
        self._forget_keys(fact.record)
        self._town.intake.take_fact(fact, self._town.clock.now_ms())
        return self._forget(fact.record, fact.reason, staff)

    def _forget(self, record: bytes, reason: str, staff: str) -> int:
        """Forget what is held of an erased record, keys first."""
        town, now_ms = self._town, self._town.clock.now_ms()
        self._forget_keys(record)
        bodies = town.journal.forget_bodies(record)
        town.journal.note_unfinished(record, now_ms)
        town.auditing.write(staff, "erase", record, reason)
        return bodies

    def _remove_files(self) -> None:
        for record in self.unfinished:
            self._town.attachments.remove_of(record)
            self._town.journal.forget_bodies(record)

    def _finished(self, records: dict[bytes, int]) -> None:
        for record in records:
            self._town.journal.note_finished(record)


def _of_a_move(engine: Engine, folder: Path) -> list[Leftover]:
    """Remove the copies of stores that a move left when it was killed; a copy that cannot be reached is left over."""
    try:
        engine.tidy(folder)
    except BackendError as error:
        return [Leftover(STAGE, words("left-moving", why=words_of(error)))]
    except OSError as error:
        return [Leftover(STAGE, words("left-system", why=reason(error)))]
    return []


def _of_attachments(folder: Path, attachments: Attachments, records: Sequence[bytes]) -> list[Leftover]:
    """Remove the sealed streams of erased records; a bucket that cannot be reached or used is left over."""
    try:
        tidy_blobs(folder)
        attachments.clear(records)
    except BackendError as error:
        return [Leftover(ATTACHMENTS_FOLDER, words_of(error))]
    return []


def aside_folders(folder: Path) -> list[Path]:
    """The folders beside a municipality's that a restore set aside, or that one left when it was killed."""
    return [path for name in ASIDE for path in sorted(folder.parent.glob(folder.name + name)) if path.is_dir()]


def erase_aside(engine: Engine, folder: Path, records: Sequence[bytes], vault: Vault | None) -> list[Leftover]:
    """Erase records in a folder that was set aside: its keys, bodies, files, tables, and the stores of its desk."""

    def remove_files(journal: Journal) -> None:
        attachments = Attachments(folder, journal)
        attachments.clear(records)
        for record in records:
            attachments.remove_of(record)

    try:
        engine.tidy(folder)
        tidy_blobs(folder)
        logs = engine.forget_in(folder, records, remove_files)
        for path in folder.glob(f"{RECORDS_FILE}*"):
            path.unlink()  # made from the journal, and made again where it is needed
        leftovers = [place for path in folder.glob("desk/*.db") for place in erase_desk_store(path, records, vault)[1]]
        leftovers += [Leftover(place, _why(place)) for place in logs]
        if why := erase_beside(folder, records, vault):
            leftovers.append(Leftover(DESK_FILE, words(why)))
    except BackendError as error:
        leftovers = [Leftover("", words_of(error))]
    except OSError as error:
        leftovers = [Leftover("", words("left-system", why=reason(error)))]
    return [Leftover(f"{folder.name}/{place}", why) for place, why in leftovers]


def erase_desk_store(
    path: Path, records: Sequence[bytes], vault: Vault | None, *, anew: bool = True
) -> tuple[list[Held], list[Leftover]]:
    """Erase records in the store of a staff member's device; returns what it held of them, and what is left over.

    With `anew` it is written anew, so that nothing of them lies between its rows. A store whose key no vault holds is
    noise, and goes.
    """
    if vault is None:
        return [], [Leftover(f"desk/{path.name}", words("left-locked"))]
    secret = f"desk/{path.stem}"
    key = vault.secret(secret).reveal() if vault.has(secret) else None
    try:
        store = DeviceStore(path, key) if key is not None else None
    except WrongStoreKey:
        store = None
    if store is None or key is None:
        for suffix in ("", "-wal", "-shm"):
            path.with_name(path.name + suffix).unlink(missing_ok=True)
        return [], []
    try:
        device = store.get("identity", Identity).device
        held = [Held(record, device) for record in records if store.record_key(record) or store.entries_of(record)]
        with store.transaction():
            for record in records:
                store.erase(record)
    finally:
        store.close()
    is_clean = write_anew(path, key) if anew else truncate_log(path, key)
    return held, [] if is_clean else [Leftover(f"desk/{path.name}-wal", READ)]


def _why(place: str) -> Words:
    return FOLLOWED if place.endswith(FOLLOWER) else READ


async def cut_log(store: Path, key: bytes | None = None) -> bool:
    """Cut a store's write-ahead log, waiting a bounded time for those who read it."""
    for _ in range(LOG_TRIES):
        if await asyncio.to_thread(truncate_log, store, key):
            return True
        await asyncio.sleep(LOG_PAUSE_S)
    return False


async def cut_stores(stores: Gathered) -> list[str]:
    """Cut the logs of a municipality's stores likewise; returns the places that somebody still reads."""
    for _ in range(LOG_TRIES):
        left = await asyncio.to_thread(stores.cut)
        if not left:
            break
        await asyncio.sleep(LOG_PAUSE_S)
    return left
