"""A small world for whole devices and a real server, without a network: loss, power cuts and clocks are the test's."""

import asyncio
import contextlib
import math
import shutil
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

from backend.desk.desk import Desk
from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.device.succession import succeed_by_invitation
from backend.device.transport import Unreachable, refused
from backend.errors import ROOM_ERRORS
from backend.municipality.endpoints import answer_post
from backend.municipality.founding import found
from backend.municipality.publishing import WAITING, Outcome, approve, publish
from backend.municipality.returning import end_of
from backend.municipality.service import Municipality
from backend.municipality.turns import Turns
from backend.stores import open_stores
from backend.stores.ledger import Engine
from crypto.vault import Vault
from forms.lint.frame import Publication
from tests.stores.contract.served import Served

T = TypeVar("T")
PUBLICATION = Publication("College van Voorbeeldstad", "https://example.org/register/7")
START_MS = 1_772_600_000_000


OUTSIDE = ("outside.log", "erasures.log")  # the list that no backup holds


class FakeClock:
    """A clock that a test turns, forwards and back."""

    def __init__(self, ms: int = START_MS) -> None:
        self.ms = ms

    def now_ms(self) -> int:
        return self.ms


class SkewedClock:
    """A device's wall clock: the world's, some milliseconds off."""

    def __init__(self, world: FakeClock) -> None:
        self._world = world
        self.off_ms = 0

    def now_ms(self) -> int:
        return self._world.ms + self.off_ms


class Server:
    """One municipality behind the same checks as over HTTP; it can be stopped, cut off, backed up and restored."""

    def __init__(self, folder: Path, code: str = "GM9901", engine: Engine | None = None) -> None:
        self.stand_by(folder / code, FakeClock(), engine)
        self.municipality, self.key_file = found(self.folder, self.clock, Vault.set_key_file, self.engine)
        self.hurry()

    def stand_by(self, folder: Path, clock: FakeClock, engine: Engine | None = None) -> None:
        """Have all that a server has before it is opened for the first time."""
        self.engine = engine or open_stores()
        self.loop = asyncio.new_event_loop()
        self.clock = clock
        self.desk: Desk | None = None  # of who has one: it ends with the server
        self.opened: list[Callable[[], None]] = []  # what is done when the server has started again
        self.confirms = True  # a person confirms the list of a restored server as soon as it is asked for
        self.folder = folder

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.loop.run_until_complete(work)

    def stop(self) -> None:
        if self.desk is not None:
            self.run(self.desk.close())
        self.run(self.municipality.close())

    def start(self) -> None:
        self.municipality = Municipality(self.folder, self.clock, engine=self.engine)
        self.hurry()
        self.unlock()
        for work in self.opened:
            work()

    def hurry(self) -> None:
        """Let devices that never pause, as in tests, wait for no turn."""
        self.municipality.exchanging.turns = Turns(credit_s=math.inf)

    def unlock(self) -> None:
        self.municipality.keyring.unlock(self.municipality.keyring.vault().with_key_file(self.key_file))

    def back_up(self, to: Path) -> None:
        self.stop()
        shutil.rmtree(to, ignore_errors=True)
        shutil.copytree(self.folder, to, ignore=shutil.ignore_patterns(*OUTSIDE))
        if isinstance(self.engine, Served):
            self.engine.copied(self.folder, to)
        self.start()

    def restore(self, backup: Path) -> None:
        """Put a backup back without telling anybody: the server must notice by itself."""
        self.stop()
        kept = {name: path.read_bytes() for name in OUTSIDE if (path := self.folder / name).exists()}
        shutil.rmtree(self.folder)
        shutil.copytree(backup, self.folder)
        for name, raw in kept.items():
            (self.folder / name).write_bytes(raw)
        if isinstance(self.engine, Served):
            self.engine.taken_back(self.folder)
        self.start()

    def answer(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        if path.endswith("/sync"):
            self.confirm_list()
        return self.run(answer_post(self.municipality, path, body, headers))

    def confirm_list(self) -> None:
        """Let a person confirm the list outside the backups, where the server waits for it."""
        if self.confirms and self.municipality.committed.awaiting_list:
            self.run(self.municipality.confirming.confirm_list(end_of(self.municipality.outside), "beheer"))

    def publish(self, raw: bytes, *, said: Publication = PUBLICATION) -> Outcome:
        """Publish a form; where it carries warnings, a colleague agrees with them."""
        outcome = self.run(publish(self.municipality, raw, "beheer", said))
        if outcome.state == WAITING:
            outcome = self.run(approve(self.municipality, outcome.form, "collega", outcome.digest))
        return outcome

    def enrol(self, path: Path, worker: str, clock: SkewedClock | FakeClock | None = None) -> Device:
        invitation = self.run(self.municipality.enrolling.invite(worker, "worker", "beheer"))
        return Device.enrol(path, None, invitation, LocalTransport(self), clock or self.clock)

    def replace(self, device: Device, staff: str = "beheer") -> None:
        """Let a person invite a device in the place of its old id, and let it go on under a new one."""
        worker = self.municipality.book.certificates[device.id].worker
        invitation = self.run(self.municipality.enrolling.invite(worker, "worker", staff, device.id))
        succeed_by_invitation(device, invitation, LocalTransport(self))


Sent = tuple[str, bytes, Mapping[str, str]]


class LocalTransport:
    """Calls the server in this process; `before` and `after` may lose the request or the answer.

    What `late` gives are requests that were under way all the time: they come again just before this one.
    """

    def __init__(
        self,
        server: Server,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
        late: Callable[[Sent], list[Sent]] = lambda _sent: [],
    ) -> None:
        self._server = server
        self._before = before
        self._after = after
        self._late = late

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        for sent in self._late((path, body, headers)):
            with contextlib.suppress(*ROOM_ERRORS):
                self._server.answer(*sent)
        self._before()
        try:
            answer = self._server.answer(path, body, headers)
        except ROOM_ERRORS as error:
            raise refused(error, self._server.clock.now_ms()) from error
        self._after()
        return answer


def reopened(device: Device, path: Path) -> Device:
    """The device after a power cut or a restart: only what its store holds."""
    device.store.close()
    return Device(DeviceStore(path, None), device.clock)


def lost() -> None:
    raise Unreachable("lost")
