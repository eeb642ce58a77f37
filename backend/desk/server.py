"""Answers the local socket: finds the command, checks the keyslot, sends rows and progress, names every error."""

import asyncio
import os
import pwd
import socket
import struct
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import msgspec

from backend.desk import commands
from backend.desk.desk import Desk
from backend.desk.listening import listening
from backend.desk.wire import (
    LEFT,
    LINE_BYTES_MAX,
    SOCKET_FILE,
    Ask,
    BadCommand,
    ServedAlready,
    Told,
    Unexpected,
    is_served,
    socket_path,
)
from backend.errors import ROOM_ERRORS
from backend.faults import note_unexpected
from backend.sentences import ENGLISH, Coded, by_codes, told
from backend.stores.rows import ACCOUNT

_encode = msgspec.json.Encoder().encode


class DeskSocket:
    """Listens while the server runs; never in the place of another server's. `name` is the socket's, of one process."""

    def __init__(self, data: Path, desk: Desk, name: str = SOCKET_FILE) -> None:
        self._data = data
        self._name = name
        self._path = socket_path(data, name)
        self._desk = desk
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> "DeskSocket":
        self._path.parent.mkdir(parents=True, exist_ok=True)
        if is_served(self._data, self._name):
            raise ServedAlready(data=os.fspath(self._data))
        self._server = await listening(self._path, self._serve, LINE_BYTES_MAX)
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        self._path.unlink(missing_ok=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ACCOUNT.set(_account_of(writer.get_extra_info("socket")))
        left: asyncio.Future[bytes] | None = None
        try:
            line = await reader.readline()
            left = asyncio.ensure_future(reader.read(1))  # nothing comes after a command but the end
            LEFT.set(left)
            async for told in self._answers(line, lambda told: writer.write(_encode(told) + b"\n")):
                writer.write(_encode(told) + b"\n")
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return  # the terminal was closed; what was begun is finished or rolled back by the stores
        finally:
            if left is not None:
                left.cancel()
            writer.close()

    async def _answers(self, line: bytes, tell: Callable[[Told], None]) -> AsyncIterator[Told]:
        command, language, codes = "?", ENGLISH, False
        try:
            ask = msgspec.json.decode(line, type=Ask)
            command, language, codes = ask.command, ask.language, ask.codes

            def progress(done: int, total: int) -> None:
                tell(Told("progress", done=done, total=total))

            async for row in commands.run(self._desk, ask, progress):
                yield Told("row", row=row)
            yield Told("done")
        except ROOM_ERRORS as error:
            yield refused(by_codes(error) if codes else error, language)
        except msgspec.MsgspecError as error:
            yield refused(BadCommand(why=str(error)), language)
        except Exception as error:  # noqa: BLE001 - told to who asked and logged by its kind; the server goes on
            note_unexpected("desk", error, command=command)
            yield refused(Unexpected(why=type(error).__name__), language)


def refused(error: Coded, language: str) -> Told:
    message, remedy = told(error, language)
    return Told("error", code=error.code, message=message, remedy=remedy)


def _account_of(connection: Any) -> str:
    """The account of the operating system at the other end: its name and number, as the kernel says."""
    _, uid, _ = struct.unpack("3i", connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))
    try:
        return f"{pwd.getpwuid(uid).pw_name} ({uid})"
    except KeyError:
        return f"({uid})"
