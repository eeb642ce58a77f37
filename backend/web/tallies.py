"""The counts that pages for operators show of the municipalities: counted in this process, or gathered from several.

A process of a server of several answers its tally at a path that only the front asks; the front passes no request for
it on (`front.py`).
"""

import asyncio
from collections.abc import Sequence
from shutil import disk_usage
from typing import Any, Final, Protocol

import msgspec
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from backend.clock import Clock
from backend.errors import BackendError, StoreFull
from backend.municipality.shares import ProcessAway
from backend.web.house import House
from backend.web.shell import Metrics
from backend.web.standing import first_end, standing

FREE_MIN: Final = 32 * 1024 * 1024  # bytes: on a full disk SQLite goes on for a while in the log that it has
PROBE_RESTING_MS: Final = 60_000  # opening and closing a store costs some milliseconds
PROBE_MS: Final = 10_000  # a store is written to at most so often, whoever asks
OWN: Final = "/process/"  # the paths by which a server asks its own processes
TALLY: Final = f"{OWN}tally"
FAULTS: Final = f"{OWN}faults"
GATHER_S: Final = 5.0  # so long the page waits for a process: it is shown without one that is being started


class Tally(msgspec.Struct, frozen=True):
    """Rows of the status page, the codes of municipalities that are set apart with their errors, lines of metrics, the
    numbers of processes that do not answer just now, and the codes of municipalities that another server has, each with
    that server."""

    towns: list[dict[str, Any]] = []
    broken: dict[str, str] = {}
    lines: list[str] = []
    away: list[int] = []
    elsewhere: dict[str, str] = {}


class Counted(Protocol):
    """The counts of a server, however many processes it has, as the pages for operators ask for them."""

    clock: Clock
    metrics: Metrics

    async def tally(self) -> Tally: ...
    async def faults(self) -> dict[str, str]: ...


class OwnCounts:
    """The counts of the municipalities that this process hosts."""

    def __init__(self, house: House) -> None:
        self.clock = house.clock
        self.metrics = house.metrics
        self._towns = house.municipalities
        self._probed: dict[str, tuple[int, str]] = {}

    async def tally(self) -> Tally:
        """Count everything."""
        now_ms = self.clock.now_ms()
        rows = [standing(self._towns.get(counts["code"]), counts, now_ms) for counts in self._towns.health()]
        elsewhere = {code: seen.address or seen.owner for code, seen in self._towns.elsewhere().items()}
        broken = self._broken()
        lines = [line for row in rows for line in _lines(row, first_end(self._towns.get(row["code"]), now_ms), now_ms)]
        lines += [f'veldpost_set_apart{{municipality="{code}"}} 1' for code in broken]
        lines += [f'veldpost_elsewhere{{municipality="{code}"}} 1' for code in elsewhere]
        return Tally([{**row, "step": row["step"]._asdict()} for row in rows], broken, lines, elsewhere=elsewhere)

    def _broken(self) -> dict[str, str]:
        """The municipalities that nobody serves, each with its error."""
        had = self._towns.elsewhere()
        return {code: error.code for code, error in self._towns.broken.items() if code not in had}

    async def faults(self) -> dict[str, str]:
        """The codes of what keeps municipalities from being written to, for each that has one."""
        faults = self._broken()
        now_ms = self.clock.now_ms()
        for town in self._towns:
            rests = town.resting.rests
            at_ms, fault = self._probed.get(town.code, (now_ms if rests else 0, ""))  # it was opened at the start
            if not 0 <= now_ms - at_ms < (PROBE_RESTING_MS if rests else PROBE_MS):
                at_ms, fault = now_ms, ""
                try:
                    await town.resting.probe()
                except BackendError as error:
                    fault = error.code
            self._probed[town.code] = (at_ms, fault)
            if not fault and disk_usage(town.folder).free < FREE_MIN:
                fault = StoreFull.code
            if fault:
                faults[town.code] = fault
        return faults


def _lines(row: dict[str, Any], ends_ms: int, now_ms: int) -> list[str]:
    """The metrics of one municipality."""
    figures: dict[str, Any] = {
        name: row[name] for name in ("entries", "records", "held", "forked", "devices", "position", "projected")
    }
    backed_up_ms = row["backed_up_ms"]
    figures |= {
        "locked": int(row["locked"]),
        "projection_fault": int(bool(row["fault"])),
        "backup_age_seconds": max(0, now_ms - backed_up_ms) / 1000 if backed_up_ms else "+Inf",  # never: an alarm too
        "certificate_ends_seconds": (ends_ms - now_ms) / 1000 if ends_ms else "+Inf",
        "awaiting_list": int(row["awaiting_list"]),
        "standby_away_seconds": max(0, now_ms - row["standby_since_ms"]) / 1000 if row["standby_since_ms"] else 0,
    }
    if row["copy_behind"] is not None:
        since_ms = row["copy_since_ms"]
        figures |= {"copy_behind": row["copy_behind"], "copy_fault": int(bool(row["copy_fault"]))}
        figures["copy_behind_seconds"] = max(0, now_ms - since_ms) / 1000 if since_ms else 0
    if row["bucket_fault"] is not None:
        figures["bucket_fault"] = int(bool(row["bucket_fault"]))
    return [f'veldpost_{name}{{municipality="{row["code"]}"}} {value}' for name, value in figures.items()]


class TallyDoor:
    """Answers the front of a server of several processes; everything else goes to the app behind."""

    def __init__(self, behind: ASGIApp, counts: OwnCounts) -> None:
        self._behind = behind
        self._counts = counts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        path = scope["path"] if scope["type"] == ScopeType.HTTP else ""
        if path not in (TALLY, FAULTS):
            await self._behind(scope, receive, send)
            return
        found: Any = await (self._counts.tally() if path == TALLY else self._counts.faults())
        body = msgspec.msgpack.encode(found)
        start: Any = {"type": "http.response.start", "status": 200}
        start["headers"] = [(b"content-length", str(len(body)).encode())]
        await send(start)
        await send({"type": "http.response.body", "body": body, "more_body": False})


class Asked(Protocol):
    """The way to one process."""

    async def get(self, path: str) -> bytes: ...


class Gathered:
    """The counts of all processes of a server together; one that does not answer in time is named by its number."""

    def __init__(self, roads: Sequence[Asked], clock: Clock, metrics: Metrics) -> None:
        self.clock = clock
        self.metrics = metrics
        self._roads = roads

    async def tally(self) -> Tally:
        """Gather everything, in the order of the codes."""
        whole = Tally([], {}, [], [], {})
        for number, raw in await self._each(TALLY):
            part = Tally(away=[number]) if raw is None else msgspec.msgpack.decode(raw, type=Tally)
            whole.towns.extend(part.towns)
            whole.broken.update(part.broken)
            whole.elsewhere.update(part.elsewhere)
            whole.lines.extend([f'veldpost_process_away{{process="{number}"}} {len(part.away)}', *part.lines])
            whole.away.extend(part.away)
        whole.towns.sort(key=lambda row: str(row["code"]))
        return whole

    async def faults(self) -> dict[str, str]:
        """The faults of all, and `process-away` for a process that does not answer."""
        faults: dict[str, str] = {}
        for number, raw in await self._each(FAULTS):
            found = {f"process-{number}": ProcessAway.code} if raw is None else msgspec.msgpack.decode(raw)
            faults.update(found)
        return faults

    async def _each(self, path: str) -> list[tuple[int, bytes | None]]:
        found = await asyncio.gather(*(_in_time(road, path) for road in self._roads))
        return [*enumerate(found, 1)]


async def _in_time(road: Asked, path: str) -> bytes | None:
    try:
        async with asyncio.timeout(GATHER_S):
            return await road.get(path)
    except (TimeoutError, ProcessAway):
        return None
