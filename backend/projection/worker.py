"""A process that reads municipalities' stores for the server: `python -m backend.projection.worker`.

It is told everything on its standard input, the keys included, and ends when that ends. Signals are for the server:
it ends its processes when it is done with them.
"""

import os
import signal
import sys
from pathlib import Path
from typing import BinaryIO, Final

from backend.projection.checking import Checker
from backend.projection.orders import (
    LENGTH_BYTES,
    Answer,
    Close,
    Found,
    Order,
    Project,
    Rebuild,
    Start,
    Step,
    Stepped,
    broke,
    framed,
    keys_of,
    order,
)
from backend.projection.projector import Projector

NICE: Final = 5  # devices are answered first


class Work:
    """The stores that one process has open: one that it checks, and the tables that it keeps."""

    def __init__(self) -> None:
        self._checker: Checker | None = None
        self._projectors: dict[str, Projector] = {}

    def do(self, told: Order) -> Answer:
        """Do what was asked; an error is an answer."""
        try:
            match told:
                case Start(folder=folder):
                    self._checker = Checker(Path(folder), keys_of(told, Path(folder).name))
                case Project(folder=folder):
                    self._close(folder)
                    self._projectors[folder] = Projector(Path(folder), keys_of(told, Path(folder).name))
                case Step(folder):
                    return self._projectors[folder].step()
                case Rebuild(folder):
                    self._projectors[folder].rebuild()
                case Close(folder):
                    self._close(folder)
                case check:
                    assert self._checker is not None
                    return self._checker.run(check)
        except Exception as error:  # noqa: BLE001 - it is named to who asked, who decides
            return broke(error)
        return Stepped(0, 0) if isinstance(told, (Rebuild, Close, Project)) else Found()

    def _close(self, folder: str) -> None:
        projector = self._projectors.pop(folder, None)
        if projector is not None:
            projector.close()

    def close(self) -> None:
        """Close all stores."""
        for folder in list(self._projectors):
            self._close(folder)
        if self._checker is not None:
            self._checker.close()


def _read(pipe: BinaryIO) -> bytes | None:
    head = pipe.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    raw = pipe.read(int.from_bytes(head, "big"))
    return raw if len(raw) == int.from_bytes(head, "big") else None


def serve(asked: BinaryIO, said: BinaryIO) -> None:
    """Answer orders until there are no more."""
    work = Work()
    try:
        while (raw := _read(asked)) is not None:
            said.write(framed(work.do(order(raw))))
            said.flush()
    except BrokenPipeError:
        pass  # who asked is no more
    finally:
        work.close()


def main() -> None:
    """Serve the process that started this one."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    os.nice(NICE)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints, prints on the log
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
