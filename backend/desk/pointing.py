"""The local socket of a server of several processes: tells a command which of them answers it, and does nothing itself.

The command line asks again there, at the process's own socket: so the process sees the account at the other end as the
kernel says it, and an export of hours goes through nobody in between.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Final

import msgspec

from backend.desk.listening import listening
from backend.desk.server import refused
from backend.desk.wire import ELSEWHERE, LINE_BYTES_MAX, Ask, BadCommand, Told, desk_socket, is_served, socket_path
from backend.errors import BackendError
from backend.municipality.shares import ProcessAway, Shares
from backend.sentences import ENGLISH

AWAY_S: Final = 15.0  # so long a command waits for a process that is being started
LOOK_S: Final = 0.05

_encode: Final = msgspec.json.Encoder().encode


class Pointing:
    """Listens while the server runs, at the socket where one process alone would answer."""

    def __init__(self, data: Path, shares: Shares, *, away_s: float = AWAY_S) -> None:
        self._data = data
        self._path = socket_path(data)
        self._shares = shares
        self._away_s = away_s
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "Pointing":
        self._server = await listening(self._path, self._serve, LINE_BYTES_MAX)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(_encode(await self._told(await reader.readline())) + b"\n")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, ValueError):
            return  # the terminal was closed, or a line had no end
        finally:
            writer.close()

    async def _told(self, line: bytes) -> Told:
        language = ENGLISH
        try:
            ask = msgspec.json.decode(line, type=Ask)
            language = ask.language
            every = range(1, self._shares.processes + 1)
            numbers = [self._shares.owner(ask.municipality)] if ask.municipality else [*every]
            names = [desk_socket(number) for number in numbers]
            await self._all_answer(names)
            return Told(ELSEWHERE, row=names)
        except msgspec.MsgspecError as error:
            return refused(BadCommand(why=str(error)), language)
        except BackendError as error:
            return refused(error, language)

    async def _all_answer(self, names: list[str]) -> None:
        """Wait until every one of them answers; raises `ProcessAway` where one does not in time."""
        clock = asyncio.get_running_loop().time
        until = clock() + self._away_s
        there: Callable[[], bool] = lambda: all(is_served(self._data, name) for name in names)  # noqa: E731
        while not await asyncio.to_thread(there):
            if clock() > until:
                raise ProcessAway
            await asyncio.sleep(LOOK_S)
