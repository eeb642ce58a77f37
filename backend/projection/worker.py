"""A process that reads one municipality's stores for another: `python -m backend.projection.worker`.

It is told everything on its standard input, the keys included, and ends when that ends.
"""

import os
import sys
from pathlib import Path
from typing import BinaryIO, Final

from backend.projection.checking import Checker
from backend.projection.orders import LENGTH_BYTES, Broke, Found, Start, framed, keys_of, order

NICE: Final = 5  # devices are answered first


def _read(pipe: BinaryIO) -> bytes | None:
    head = pipe.read(LENGTH_BYTES)
    if len(head) < LENGTH_BYTES:
        return None
    raw = pipe.read(int.from_bytes(head, "big"))
    return raw if len(raw) == int.from_bytes(head, "big") else None


def serve(asked: BinaryIO, said: BinaryIO) -> None:
    """Answer orders until there are no more."""
    checker: Checker | None = None
    try:
        while (raw := _read(asked)) is not None:
            told = order(raw)
            answer: Found | Broke
            try:
                if isinstance(told, Start):
                    folder = Path(told.folder)
                    checker = Checker(folder, keys_of(told, folder.name))
                    answer = Found()
                else:
                    assert checker is not None
                    answer = checker.run(told)
            except Exception as error:  # noqa: BLE001 - its kind is named to who asked, who decides
                answer = Broke(type(error).__name__)
            said.write(framed(answer))
            said.flush()
    finally:
        if checker is not None:
            checker.close()


def main() -> None:
    """Serve the process that started this one."""
    os.nice(NICE)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints, prints on the log
    serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
