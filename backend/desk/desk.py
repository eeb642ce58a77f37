"""The desk of a running server: which municipalities, whose keyslots, and the devices with which staff write.

Every staff member who writes is a device of their own (protocol section 3): their keys lie in the municipality's
vault, their store beside it.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from contextlib import closing, suppress
from typing import Any, ClassVar, Final, TypeVar

import msgspec

from backend.desk.completing import Completion
from backend.desk.export_jobs import ExportJobs
from backend.desk.export_live import FOLDER
from backend.desk.glances import Glances
from backend.desk.own_devices import place_of
from backend.desk.terminals import Terminals
from backend.desk.unnamed import Unnamed
from backend.device.device import Device
from backend.device.store import DeviceStore, Identity
from backend.device.syncing import Outcome, Sync
from backend.device.transport import ServerRefused, refused
from backend.errors import ROOM_ERRORS, BackendError, RecordErased
from backend.municipality import custody as custodies
from backend.municipality.endpoints import answer_post
from backend.municipality.exports import sweep
from backend.municipality.registry import Municipalities
from backend.municipality.returning import ListNotConfirmed
from backend.municipality.service import Municipality
from backend.projection.keeper import STEPS_AT_ONCE, Keeper
from backend.projection.projections import Here, Projections
from backend.stores.people import BLOCKED, LEFT
from backend.stores.sessions import Control
from crypto.primitives import random_bytes
from crypto.vault import Vault
from sync.device import START
from sync.facts import DESK

T = TypeVar("T")
WRITTEN_S: Final = 5.0  # whoever locks or stops waits no longer for decisions under way
TOLD: Final = "told"  # in the store of a desk device: its last entry of which a person was told that it counts
WRONG_MAX: Final = 5  # wrong keyslots of one municipality in `WRONG_MS`: nobody mistypes faster
WRONG_MS: Final = 60_000
OPENED_AT_ONCE: Final = 4  # of the threads that a server on two cores has, so that some are left for people
AGAIN_S: Final = 1.0  # until it is looked again whether what was away is back
Row = dict[str, Any]


class KeyslotNeeded(BackendError):
    """A command that reads answers needs a keyslot."""

    code: ClassVar[str] = "keyslot-needed"


class AccountEnded(BackendError):
    """The person of an account is blocked or has left: a keyslot that they still know opens nothing for them."""

    code: ClassVar[str] = "account-ended"


class TooManyAttempts(BackendError):
    """A keyslot was guessed too often: each guess is slowed down, and is a line of the audit."""

    code: ClassVar[str] = "too-many-attempts"


class NotTaken(BackendError):
    """The journal did not take what a person wrote; it was taken back, and nothing was written."""

    code: ClassVar[str] = "not-taken"


class Desk:
    """The municipality and the stores that commands work on."""

    def __init__(self, municipalities: Municipalities, projections: Projections | None = None) -> None:
        self.municipalities = municipalities
        self._projections: Projections = projections or Here()
        self.keepers: dict[str, Keeper] = {}
        self._turns = asyncio.Semaphore(STEPS_AT_ONCE)
        self._completions: dict[str, Completion] = {}
        self._wrong: dict[str, list[int]] = {}
        self._vault_turns: dict[str, asyncio.Lock] = {}
        self._control: Control | None = None
        self._terminals: Terminals | None = None
        self._tasks: dict[str, list[asyncio.Task[None]]] = {}
        self._opening: dict[str, asyncio.Task[None]] = {}
        self._openings = asyncio.Semaphore(OPENED_AT_ONCE)
        self._writing: set[asyncio.Task[Any]] = set()
        self.exports = ExportJobs(self)
        self.glances = Glances()

    @property
    def control(self) -> Control:
        """control.db: sessions and invitations of this server, opened when first needed."""
        if self._control is None:
            self._control = Control(self.municipalities.data)
        return self._control

    @property
    def terminals(self) -> Terminals:
        """The terminals that people signed in, and those that wait for it."""
        if self._terminals is None:
            self._terminals = Terminals(self, self.municipalities.clock)
        return self._terminals

    def follow_all(self) -> None:
        """Start projecting what is hosted."""
        for town in self.municipalities:
            if town.code not in self.keepers:
                if town.was_elsewhere:
                    with suppress(*ROOM_ERRORS):  # one that cannot be read lets nobody in
                        self.control.end_all(town.code)
                sweep(town.folder / FOLDER)  # what a server that was killed left of exports
                keeper = self.keepers[town.code] = Keeper(town, self._turns, self._projections)
                completion = self._completions[town.code] = Completion(town, keeper)  # asked for, it would follow all
                unnamed = Unnamed(town, self)
                works = (town.settling.settle(), keeper.follow(), completion.follow(), unnamed.follow())
                for work in (*works, town.copying.follow(), town.delivering.follow()):
                    self._tasks.setdefault(town.code, []).append(asyncio.get_running_loop().create_task(work))

    def host(self, code: str) -> None:
        """Host one more municipality; the others go on meanwhile."""
        self.municipalities.host(code)
        self.follow_all()

    async def _stop(self, code: str) -> None:
        """Stop what works for a municipality by itself."""
        tasks = self._tasks.pop(code, [])
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def open_again(self) -> None:
        """Look every now and then who has what, and after what was set apart for what passes; host that again."""
        while True:
            await asyncio.sleep(AGAIN_S)
            with suppress(*ROOM_ERRORS):  # where the database is away, each of its municipalities says so
                await self.municipalities.look()
            for code in self.municipalities.passing():
                if code not in self._opening:
                    self._opening[code] = asyncio.get_running_loop().create_task(self._again(code))

    async def _again(self, code: str) -> None:
        """Host a municipality again. Opening mostly waits for its database, so some are opened at once."""
        try:
            async with self._openings:
                await asyncio.to_thread(self.municipalities.may_open, code)
                await self._stop(code)
                keeper = self.keepers.pop(code, None)
                if keeper is not None:
                    await keeper.close()
                await self.municipalities.open_again(code)
                self.follow_all()
        except ROOM_ERRORS:
            return  # it is still away; the status page says so
        finally:
            del self._opening[code]

    async def close(self) -> None:
        """Finish what is being written and opened, end exports, and stop projecting."""
        await asyncio.gather(*self._opening.values(), return_exceptions=True)
        await self.exports.close()
        if self._control is not None:
            self._control.close()
        await self.written()
        for code in [*self._tasks]:
            await self._stop(code)
        await asyncio.gather(*(keeper.close() for keeper in self.keepers.values()), return_exceptions=True)

    def keeper(self, code: str) -> Keeper:
        """The projection of a hosted municipality."""
        town = self.municipalities.get(code)
        self.follow_all()
        return self.keepers[town.code]

    async def unlocked(self, code: str, slot: str, key: str, command: str, staff: str) -> Vault:
        """The vault, opened with a keyslot that somebody shows; the municipality's own state stays as it is.

        A wrong one leaves an audit line; after some in a minute the next ones are not looked at.
        """
        town = self.municipalities.get(code)
        person = town.people.person(staff)
        if person is not None and person.state in (BLOCKED, LEFT):
            raise AccountEnded(name=staff)
        if not key:
            raise KeyslotNeeded(command=command)
        locked = town.keyring.vault()

        line = ("unlock-failed", command, staff)
        return await self.tried(town, code, line, custodies.opened_by, locked, slot, key, staff)

    async def tried(
        self, town: Municipality, whose: str, line: tuple[str, str, str], attempt: Callable[..., T], *args: Any
    ) -> T:
        """Look at a secret that somebody shows, in a thread; `whose` counts the wrong ones, `line` says them in the
        audit: act, command, account."""
        now_ms = town.clock.now_ms()
        wrong = [at for at in self._wrong.get(whose, ()) if 0 <= now_ms - at < WRONG_MS]
        if len(wrong) >= WRONG_MAX:
            raise TooManyAttempts(count=WRONG_MAX)
        try:
            return await asyncio.to_thread(attempt, *args)
        except ROOM_ERRORS as error:
            self._wrong[whose] = [*wrong, now_ms]
            act, command, staff = line
            why = f"{command}: {error.code}"
            await town.auditing.note(staff, act, None, why, "refused")
            raise

    def vault_turn(self, code: str) -> asyncio.Lock:
        """The turn of whoever opens a vault to change it: what another puts in meanwhile would be written over."""
        return self._vault_turns.setdefault(code, asyncio.Lock())

    def completion(self, code: str) -> Completion:
        """Complete the erasures of a hosted municipality."""
        keeper = self.keeper(code)
        if code not in self._completions:
            self._completions[code] = Completion(keeper.town, keeper)
        return self._completions[code]

    async def written(self) -> None:
        """Wait for what is being written now, for `WRITTEN_S` at most: what a person decided is not cut in half."""
        if self._writing:
            await asyncio.wait(self._writing, timeout=WRITTEN_S)

    async def write_as(self, town: Municipality, staff: str, record: bytes, work: Callable[[Device], T]) -> T:
        """Let a staff member's desk device write in a record (`write_in`)."""
        return await self.write_in(town, staff, [record], work)

    async def write_in(
        self, town: Municipality, staff: str, records: Sequence[bytes], work: Callable[[Device], T]
    ) -> T:
        """Let a staff member's desk device write in records: pull, write, push; with none it begins one.

        One writes at a time, in the order in which they came: two pages of one person are one chain of entries. Whoever
        goes away meanwhile ends nothing. What the journal does not take is taken back from the device, and raises.
        """
        if town.committed.awaiting_list:
            raise ListNotConfirmed(municipality=town.code, ends=town.confirming.end)
        return await self.to_its_end(self._in_turn(town, staff, records, work))

    async def begin_as(self, town: Municipality, staff: str, work: Callable[[Device], bytes]) -> bytes:
        """Let a staff member's desk device begin a record: pull, write, push; returns the record's id."""
        return await self.write_in(town, staff, (), work)

    async def to_its_end(self, work: Coroutine[Any, Any, T]) -> T:
        """Do something to its end, though whoever asked for it goes away; who locks or stops waits for it."""
        task = asyncio.get_running_loop().create_task(work)
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)
        return await asyncio.shield(task)

    async def _in_turn(
        self, town: Municipality, staff: str, records: Sequence[bytes], work: Callable[[Device], T]
    ) -> T:
        async with self.completion(town.code).stores:
            device = await self._device_of(town, staff)
            try:
                return await self._written(town, staff, device, records, work)
            finally:
                device.store.close()

    async def _written(
        self, town: Municipality, staff: str, device: Device, records: Sequence[bytes], work: Callable[[Device], T]
    ) -> T:
        access = town.access
        closed = [one for one in records if not (access.may_write(device.id, one) and access.may_read(device.id, one))]
        if closed:
            await town.opening.grant_each(closed, f"desk:{staff}", staff)
        await asyncio.to_thread(_leave_out_untold, town, device)
        road = _Inside(town, asyncio.get_running_loop())
        left = await asyncio.to_thread(_synced, device, road)
        if left.unsent and not left.forked:
            _take_back(town, device)  # refused for good, since the record was erased: nobody was told that it counts
        done = await asyncio.to_thread(lambda: work(device))
        try:
            outcome = await asyncio.to_thread(_synced, device, road)
        except BaseException:
            if town.committed.tails.get(device.id, START).seq < device.pen.head.seq:
                _take_back(town, device)
                raise
            await asyncio.to_thread(_told, device)
            return done  # the journal has it; what failed came after
        if outcome.unsent:
            if not outcome.forked:
                _take_back(town, device)
            raise NotTaken(municipality=town.code, why=outcome.refused or "forked")
        if records and all(map(town.book.erased, records)):
            raise RecordErased(record=records[0].hex())
        await asyncio.to_thread(_told, device)
        return done

    async def gives_back(self, town: Municipality, staff: str) -> bool:
        """True if somebody was told that an entry of theirs counts which the journal, put back since, has not yet."""
        path, secret = place_of(town, staff)
        vault = town.custody.vault
        async with self.completion(town.code).stores:
            if not path.exists() or not vault.has(secret) or not vault.secret(secret).reveal():
                return False
            store = await asyncio.to_thread(lambda: DeviceStore(path, vault.secret(secret).reveal()))
            with closing(store):
                return (store.get(TOLD, int) or 0) > _tail(town, store)

    async def forget_writer(self, town: Municipality, staff: str) -> None:
        """Forget the store and the key of a desk device whose person is out; it was revoked before."""
        path, secret = place_of(town, staff)
        vault = town.custody.vault
        async with self.completion(town.code).stores:
            if vault.has(secret) and vault.secret(secret).reveal():
                with custodies.changing(town.folder, vault):
                    vault.put(secret, b"")
            for file in path.parent.glob(f"{path.name}*"):
                file.unlink(missing_ok=True)

    async def _device_of(self, town: Municipality, staff: str) -> Device:
        """A staff member's desk device, enrolled when first needed; its store key lies in the vault."""
        path, secret = place_of(town, staff)
        vault = town.custody.vault
        if vault.has(secret) and path.exists():
            store = await asyncio.to_thread(lambda: DeviceStore(path, vault.secret(secret).reveal()))
            if store.get("identity", Identity) is not None:
                return await asyncio.to_thread(lambda: Device(store, town.clock))
            store.close()  # its enrolment was broken off: it begins anew
        key = random_bytes(32)
        with custodies.changing(town.folder, vault):
            vault.put(secret, key)
        path.unlink(missing_ok=True)
        invitation = await town.enrolling.invite(f"desk:{staff}", DESK, staff)
        road = _Inside(town, asyncio.get_running_loop())
        return await asyncio.to_thread(lambda: Device.enrol(path, key, invitation, road, town.clock))


def _tail(town: Municipality, store: DeviceStore) -> int:
    """The last entry of the device of a store that the journal has."""
    identity = store.get("identity", Identity)
    return START.seq if identity is None else town.committed.tails.get(identity.device, START).seq


def _synced(device: Device, road: "_Inside") -> Outcome:
    """Sync a desk device; a refusal is the error itself, for there is no network between."""
    try:
        return Sync(device, road).run()
    except ServerRefused as refusal:
        raise refusal.__cause__ or refusal from None


def _told(device: Device) -> None:
    """Note how far a person was told that their decisions count."""
    with suppress(BackendError), device.store.transaction():  # on a full disk the decision counts nevertheless
        device.store.put(TOLD, device.pen.head.seq)


def _leave_out_untold(town: Municipality, device: Device) -> None:
    """Take back what a server wrote down, and was killed before its journal had it: nobody was told that it counts.

    A journal that ends before what was told is a restored one, which gets all of it again.
    """
    tail, told = town.committed.tails.get(device.id, START).seq, device.store.get(TOLD, int)
    if told is None:
        _told(device)  # a new device, or one of a release that noted nothing
    elif told <= tail < device.pen.head.seq:
        _take_back(town, device)


def _take_back(town: Municipality, device: Device) -> None:
    """Remove what the journal has not taken from a desk device, so that it does not come later, unasked."""
    tail = town.committed.tails.get(device.id, START)
    with device.changing():
        device.store.remove_own(device.id, tail.seq + 1)
        device.pen = msgspec.structs.replace(device.pen, head=tail)
        device.store.put("pen", device.pen)


def at_hand(town: Municipality, opened: Vault) -> Vault:
    """The vault to be changed: the one that an unlocked municipality holds, for others put things into it meanwhile."""
    return opened if town.locked else town.custody.vault


class _Inside:
    """The road of a desk device to its server, in the same process and with the same checks as over HTTP."""

    def __init__(self, town: Municipality, loop: asyncio.AbstractEventLoop) -> None:
        self._town = town
        self._loop = loop

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer's body."""
        try:
            return asyncio.run_coroutine_threadsafe(answer_post(self._town, path, body, headers), self._loop).result()
        except ROOM_ERRORS as error:
            raise refused(error, self._town.clock.now_ms()) from error
