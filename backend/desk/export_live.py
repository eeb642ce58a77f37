"""An export that this process has: what is asked for, what is under way or lies there, and what ends it."""

import asyncio
from asyncio.subprocess import Process
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import ClassVar, Final

from backend.desk.export_asking import Asking
from backend.desk.export_pipe import SEALED
from backend.errors import BackendError
from backend.municipality.exports import WORK
from backend.municipality.service import Municipality
from backend.stores.sessions import WAITING
from crypto.primitives import random_bytes

WAITS, RUNS, READY = WAITING, "running", "ready"  # and `OVER`, with why
RESTART, UNHEARD = "restart", "restart-waits"  # why: the server stopped while it was made or lay; while it waited
FOLDER: Final = "taken-along"


class ExportLimitOwn(BackendError):
    """Another export of the same person is under way."""

    code: ClassVar[str] = "export-limit-own"


class ExportLimitServer(BackendError):
    """As many exports as the server makes at once are under way."""

    code: ClassVar[str] = "export-limit-server"


class ExportLimitKept(BackendError):
    """As many files or requests of one person as the server keeps lie there."""

    code: ClassVar[str] = "export-limit-kept"


class ExportSecondSelf(BackendError):
    """A second person is never the one who asked, nor an account that one of the two brought in alone."""

    code: ClassVar[str] = "export-second-self"


class ExportNotAgreed(BackendError):
    """The second person said no to an export that a terminal waits for, or it was ended before anybody agreed."""

    code: ClassVar[str] = "export-not-agreed"


class Live:
    """A job of this process: what is asked for, and what is under way or lies there."""

    def __init__(self, town: Municipality, id_: str, asking: Asking) -> None:
        self.town, self.id, self.asking = town, id_, asking
        self.key = random_bytes(32)
        self.folder = town.folder / FOLDER / f"{WORK}{id_[:16]}"
        self.done = self.total = 0  # how far it is
        self.held = ExitStack()  # the folder, which nobody else may sweep while this process lives
        self.process: Process | None = None
        self.ends: asyncio.TimerHandle | None = None
        self.agreed: asyncio.Future[None] | None = None  # where a terminal waits for it, which writes the file itself
        self.erased, self.life = town.book.erasures, town.committed.life

    @property
    def file(self) -> Path:
        """The sealed file."""
        return self.folder / SEALED

    def gone(self) -> None:
        """Let go of everything: the process, the folder, the key."""
        self.key = b""
        if self.agreed is not None and not self.agreed.done():
            self.agreed.set_exception(ExportNotAgreed())
            self.agreed.exception()  # looked at: the terminal may be gone already
        if self.ends is not None:
            self.ends.cancel()
        if self.process is not None and self.process.returncode is None:
            with suppress(ProcessLookupError):
                self.process.kill()
        self.held.close()
