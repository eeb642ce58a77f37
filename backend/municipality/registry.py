"""The municipalities that one server hosts: each a folder, opened once. No fault of one may stop another.

A municipality whose stores do not open, or fail while it runs, is set apart: it answers nothing, is named in `broken`,
and the others go on. One whose vault or key file does not open is hosted locked, and `key_fault` says why.
"""

import asyncio
import errno
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, ClassVar

import structlog

from backend.clock import Clock
from backend.errors import ROOM_ERRORS, BackendError, MunicipalityUnknown, StoreMissing
from backend.files import read_small, reason
from backend.municipality.custody import note_use
from backend.municipality.erasing import aside_folders
from backend.municipality.outside import keep_lines
from backend.municipality.restoring import finish
from backend.municipality.service import Municipality
from backend.municipality.shares import named_in
from backend.sentences import words
from backend.stores import open_stores
from backend.stores.database import as_error
from backend.stores.nodes import Seen
from backend.stores.server_errors import (
    JournalMoved,
    LeaseHeld,
    LeaseLost,
    NodeUnknown,
    ServerBehind,
    StandbyAway,
    StoreAway,
    StoreReadOnly,
)
from sync.entry import MUNICIPALITY

PASSING = (
    StoreAway,
    StandbyAway,
    ServerBehind,
    StoreReadOnly,
    LeaseHeld,
    LeaseLost,
    JournalMoved,
)  # or is mended outside
FILES = ("lock", "outside.log", "erasures.log", "restore.json")


def _every(_code: str) -> bool:
    return True


class FolderFailed(BackendError):
    """The operating system refused something in a municipality's folder."""

    code: ClassVar[str] = "folder-failed"


class Municipalities:
    """Opens every municipality below a data folder; unlocks those whose key file is at hand."""

    @property
    def clock(self) -> Clock:
        """The time of this server."""
        return self._clock

    def __init__(
        self,
        data: Path,
        keys: Path,
        clock: Clock,
        mine: Callable[[str], bool] = _every,
        copy: Path | None = None,
    ) -> None:
        self.mine = mine  # which of a data folder's municipalities this process may open: others have another
        self._copy = copy
        self.data = data
        self.keys = keys
        self._clock = clock
        self._open: dict[str, Municipality] = {}
        self._broken: dict[str, Any] = {}
        self._standby_ms = (
            0  # since when no standby was seen that one waits for; 0 where there is one, or none is needed
        )
        self._seen: Mapping[str, Seen] = {}  # who has what, as the last look found it

    def open_all(self) -> None:
        """Open what the folder holds, or another server shares; what does not open is set apart. Restores that were
        killed are finished."""
        with suppress(*ROOM_ERRORS):  # each municipality that needs the database says by itself what it is
            self._know(self._looked())
        for code in named_in(self.data):
            if code not in self._open and self.mine(code):
                self._open_one(code)

    def host(self, code: str) -> None:
        """Open one more municipality while the others work, or one that was set apart at the start and is mended.

        Raises what sets it apart. One that works already goes on; of a folder that is not there nothing comes, nor of
        one that another process of this server owns.
        """
        if code in self._open or not MUNICIPALITY.fullmatch(code) or not self.mine(code):
            return
        self._broken.pop(code, None)
        self._open_one(code)
        if code in self._broken:
            raise self._broken[code]

    async def open_again(self, code: str) -> None:
        """Open a municipality that was set apart for what passes: its server was away, or another node had it. That may
        wait for a server, so that a thread does it; until it is done the error stands."""
        town = self._open.pop(code, None)
        if town is not None:
            self._broken[code] = town.apart
            await town.close()
        self._put(code, await asyncio.to_thread(self._opened, code))

    def may_open(self, code: str) -> None:
        """Raise what would keep a municipality from being read now; may wait, so that a thread asks. The look has said
        so already of one that another server let go."""
        if not isinstance(self.broken.get(code), LeaseHeld | LeaseLost):
            open_stores().read(self.data / code).close()

    def passing(self) -> list[str]:
        """The municipalities that are set apart for what passes, but those that another server has."""
        return [code for code, error in self.broken.items() if isinstance(error, PASSING) and not self._is_had(code)]

    # --- other servers over the same database ---

    async def look(self) -> None:
        """Look which server has which municipality: one that was taken from this server is set apart, one that another
        began is known from here on, and the lists outside the backups grow with those of the others."""
        self._know(await asyncio.to_thread(self._looked))
        for code, seen in self._seen.items():
            if not self.mine(code):
                continue
            town = self._open.get(code)
            if town is not None:
                if seen.is_lost:
                    town.set_apart(LeaseLost())
            elif code not in self._broken and (self.data / code).is_dir():
                self._broken[code] = LeaseHeld(owner=seen.owner)

    def _looked(self) -> Mapping[str, Seen]:
        looked = open_stores().look(self.data)
        self._standby_ms = (self._standby_ms or self._clock.now_ms()) if looked.unconfirmed else 0
        for code, lines in looked.lines.items():
            if code not in self._open and self.mine(code):
                keep_lines(self.data / code, lines)
        return looked.towns

    def _is_had(self, code: str) -> bool:
        """True if another server has a municipality, or had it when this one looked last."""
        seen = self._seen.get(code)
        return isinstance(self.broken.get(code), LeaseHeld | LeaseLost) and seen is not None and not seen.is_free

    def elsewhere(self) -> dict[str, Seen]:
        """The municipalities that another server has, each with that server."""
        return {
            code: self._seen[code] for code in self.broken if self._is_had(code) and not self._seen[code].is_unknown
        }

    def _know(self, towns: Mapping[str, Seen]) -> None:
        """Take a look's result; the log says of each municipality of another server who has it, when that changes."""
        log = structlog.get_logger("veldpost")
        for code, seen in towns.items():
            if self.mine(code) and not seen.is_free and seen != self._seen.get(code):
                if seen.is_unknown:
                    log.warning("node-unknown", municipality=code, node=seen.owner)
                else:
                    log.info("elsewhere", municipality=code, node=seen.owner)
        self._seen = towns

    def _as_seen(self, code: str, error: Any) -> Any:
        """The error of a municipality that is set apart, as the last look found who has it."""
        seen = self._seen.get(code)
        is_unknown = isinstance(error, LeaseHeld | LeaseLost) and seen is not None and seen.is_unknown
        return NodeUnknown() if is_unknown else error

    def address_of(self, code: str) -> str:
        """The address of the server that has a municipality; empty if this one has it, or none is known that does."""
        town = self._open.get(code)
        if code not in self._seen or (town is not None and town.apart is None) or not self._is_had(code):
            return ""
        return self._seen[code].address

    def _open_one(self, code: str) -> None:
        self._put(code, self._opened(code))

    def _put(self, code: str, opened: Municipality | Exception | None) -> None:
        self._broken.pop(code, None)
        if isinstance(opened, Exception):
            self._broken[code] = opened
        elif opened is not None:
            self._open[code] = opened

    def _opened(self, code: str) -> Municipality | Exception | None:
        """A municipality, open and, where its key file is at hand, unlocked; or what keeps it from that."""
        folder = self.data / code
        try:
            finished = finish(self.data, code)
            if finished:
                structlog.get_logger("veldpost").warning("restore", code=code, note=finished)
            _look_at(folder)
            if not folder.exists():
                return None
            municipality = Municipality(folder, self._clock, self.keys, copy=self._copy)
        except ROOM_ERRORS as error:
            return error
        except Exception as error:  # noqa: BLE001 - named and set apart; the other municipalities must not wait for it
            named: Exception = _named(code, error)
            return named
        self._unlock(municipality)
        return municipality

    def add(self, municipality: Municipality) -> None:
        """Host a municipality; unattended, it is unlocked by its key file or stays plainly locked."""
        self._open[municipality.code] = municipality
        self._unlock(municipality)

    def _unlock(self, municipality: Municipality) -> None:
        key_file = self.keys / f"{municipality.code}.key"
        try:
            vault = municipality.keyring.vault()
            if municipality.locked and key_file.exists():
                opened = vault.with_key_file(read_small(key_file))
                municipality.keyring.unlock(opened)
                note_use(municipality.folder, opened, self._clock.now_ms())
        except ROOM_ERRORS as error:
            municipality.key_fault = error.code
        except Exception as error:  # noqa: BLE001 - as above: locked, and `status` says why
            municipality.key_fault = _named(municipality.code, error).code

    @property
    def broken(self) -> dict[str, Any]:
        """The municipalities that are set apart, each with its error."""
        failed = {code: town.apart for code, town in self._open.items() if town.apart is not None}
        return {code: self._as_seen(code, error) for code, error in (self._broken | failed).items()}

    def get(self, code: str) -> Municipality:
        """A hosted municipality, or `MunicipalityUnknown`; the name is never used as a path."""
        broken = self.broken
        if code in broken:
            raise broken[code]
        if code not in self._open:
            raise MunicipalityUnknown(municipality=code if MUNICIPALITY.fullmatch(code) else words("of-that-name"))
        return self._open[code]

    def __iter__(self) -> Iterator[Municipality]:
        return iter([town for town in self._open.values() if town.apart is None])

    def health(self) -> list[Mapping[str, Any]]:
        """The counts of every municipality that works; one that cannot be counted is set apart."""
        rows: list[Mapping[str, Any]] = []
        for town in self:
            try:
                counts = town.health.counts()
                standby_ms = counts["standby_since_ms"] or (self._standby_ms if town.shared else 0)
                aside = ", ".join(self.set_aside(town.code))
                rows.append({**counts, "set_aside": aside, "standby_since_ms": standby_ms})
            except Exception as error:  # noqa: BLE001 - as above
                town.apart = _named(town.code, error)
        return rows

    def set_aside(self, code: str) -> list[str]:
        """The folders that restores of a municipality have set aside: they hold records as they were then."""
        return [path.name for path in aside_folders(self.data / code)]

    async def close_all(self) -> None:
        """Finish what was submitted and let go of every folder."""
        for code, municipality in self._open.items():
            try:
                await municipality.close()
            except Exception as error:  # noqa: BLE001 - logged; the other municipalities are closed all the same
                structlog.get_logger("veldpost").error("close", code=code, error=_named(code, error).code)
        self._open.clear()


def _look_at(folder: Path) -> None:
    """Look at a folder before anything in it is opened: SQLite makes a new store of one that was cut to nothing, and
    a link that leads nowhere or a pipe in a file's place would be passed over, or waited for without end."""
    if folder.is_symlink() and not folder.exists():
        raise OSError(errno.ENOENT, "link-leads-nowhere", str(folder))
    store = open_stores().missing(folder) if folder.exists() else ""
    if store:
        raise StoreMissing(store=store)
    for path in (folder / name for name in FILES):
        if path.exists() and not path.is_file():
            raise OSError(errno.EINVAL, "not-an-ordinary-file", str(path))


def _named(code: str, error: Exception) -> Any:
    if isinstance(error, ROOM_ERRORS):
        return error
    if isinstance(error, OSError):
        return FolderFailed(municipality=code, path=os.fsdecode(error.filename or code), why=reason(error))
    return as_error(error, code) or FolderFailed(municipality=code, path=code, why=type(error).__name__)
