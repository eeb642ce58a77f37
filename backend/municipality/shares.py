"""The dealing of the municipalities of one data folder to the processes of one server.

The parent deals once, before it starts a process, and every process inherits the table: which process owns a
municipality is the same answer everywhere, without a message, also after one of them was killed. The largest journals
are dealt first, each to the process that has least. One that comes while the server runs is not in the table; its
process follows from its code alone, until the next start deals anew.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, NamedTuple
from zlib import crc32

from backend.errors import BackendError
from backend.municipality.restoring import BESIDE
from backend.stores import open_stores
from sync.entry import MUNICIPALITY


class ProcessAway(BackendError):
    """The process that owns a municipality ended and is being started again."""

    code: ClassVar[str] = "process-away"


class Shares(NamedTuple):
    """The processes of a server, numbered from 1, and the municipalities that were dealt to each at the start."""

    processes: int
    dealt: Mapping[str, int]

    def owner(self, code: str) -> int:
        """The number of the one process that may open a municipality."""
        return self.dealt.get(code) or crc32(code.encode()) % self.processes + 1


def named_in(data: Path) -> list[str]:
    """The municipalities of a data folder, those whose restore was killed included."""
    names = {path.name.removesuffix(BESIDE) for path in data.iterdir()} if data.is_dir() else set()
    return sorted(name for name in names if MUNICIPALITY.fullmatch(name))


def deal(data: Path, processes: int) -> Shares:
    """Deal the municipalities of a data folder, the largest first, each to the process that has least."""
    sizes = {code: _size(data / code) for code in named_in(data)}
    held = dict.fromkeys(range(1, processes + 1), (0, 0))  # bytes, and how many: empty ones are dealt evenly too
    dealt: dict[str, int] = {}
    for code in sorted(sizes, key=lambda code: (-sizes[code], code)):
        least = min(held, key=lambda number: (held[number], number))
        dealt[code] = least
        held[least] = (held[least][0] + sizes[code], held[least][1] + 1)
    return Shares(processes, dealt)


def _size(folder: Path) -> int:
    files = [folder / name for name in open_stores().files()]
    return sum(path.stat().st_size for path in files if path.is_file())
