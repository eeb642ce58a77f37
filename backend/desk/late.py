"""Lines of the audit that found no place on a full disk: kept in memory, and written with the next sign-in that does.

Signing in must not end where nothing can be written: somebody has to make room. A line that comes late says when it
was. Where the server ends before that, the lines are lost.
"""

from datetime import UTC, datetime
from typing import Final, NamedTuple

from backend.municipality.service import Municipality
from backend.stores.rows import ORIGIN

LINES_MAX: Final = 10_000  # of one municipality; beyond it the oldest go


class Line(NamedTuple):
    """A line that could not be written when it happened."""

    at_ms: int
    staff: str
    act: str
    detail: str
    result: str
    origin: str


class LateLines:
    """The lines that wait, by municipality."""

    def __init__(self) -> None:
        self._of: dict[str, list[Line]] = {}

    def add(self, town: Municipality, staff: str, act: str, detail: str, result: str) -> None:
        """Keep a line."""
        lines = self._of.setdefault(town.code, [])
        lines.append(Line(town.clock.now_ms(), staff, act, detail, result, ORIGIN.get()))
        del lines[:-LINES_MAX]

    def write(self, town: Municipality) -> int:
        """Write what waits, inside the writer's transaction; returns how many, for `written` after the commit."""
        lines, here = self._of.get(town.code, []), ORIGIN.get()
        for line in lines:
            at = datetime.fromtimestamp(line.at_ms / 1000, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            ORIGIN.set(line.origin)
            town.auditing.write(line.staff, line.act, None, f"{line.detail} {at}".strip(), line.result)
        ORIGIN.set(here)
        return len(lines)

    def written(self, town: Municipality, count: int) -> None:
        """Forget the oldest lines: they are in the journal."""
        del self._of.get(town.code, [])[:count]
