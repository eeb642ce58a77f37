"""The local socket between `veldpost` and the running server: one request, then lines of JSON until `done`.

The socket lies in the data folder and only the server's own user may open it. What shows answers asks for a keyslot.
"""

import asyncio
import socket
from contextvars import ContextVar
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from backend.errors import BackendError

SOCKET_FILE: Final = "desk.sock"
ELSEWHERE: Final = "elsewhere"  # the kind of an answer of a server of several processes: its row names their sockets
LINE_BYTES_MAX: Final = 64 * 1024 * 1024  # one line of an export or a form document
SOCKET_PATH_MAX: Final = 100  # what an AF_UNIX address holds on every system, its end left out


LEFT: ContextVar["asyncio.Future[bytes] | None"] = ContextVar("left", default=None)  # done when who asked went away


class SocketPathTooLong(BackendError):
    """The operating system allows about a hundred characters for the address of a local socket."""

    code: ClassVar[str] = "socket-path"


class ServerNotRunning(BackendError):
    """The command line talks to the running server only."""

    code: ClassVar[str] = "server-not-running"


class ServedAlready(BackendError):
    """Two servers on one data folder would take the local socket from each other."""

    code: ClassVar[str] = "served-already"


class BadCommand(BackendError):
    """A message over the socket is no command of this release."""

    code: ClassVar[str] = "bad-command"


class Unexpected(BackendError):
    """A fault of the program; the log names it."""

    code: ClassVar[str] = "unexpected"


class SecretNeeded(BackendError):
    """A name at the socket is what somebody typed: who agrees shows the secret of that account (`Ask.secret`)."""

    code: ClassVar[str] = "secret-needed"


class Ask(msgspec.Struct, frozen=True):
    """One command. `key` is what unlocks: a passphrase, a recovery code, or a key file in hexadecimal.

    `secret` is the acting account's own, where the answer was `SecretNeeded`. `token` is what the terminal keeps since
    a person signed it in, and says who acts; `staff`, where it is given, must be that person. `language` is that of the
    terminal, in which an error is answered; with `codes` it names questions and forms by their codes.
    """

    command: str
    municipality: str = ""
    args: dict[str, Any] = {}
    staff: str = ""
    slot: str = ""
    key: str = ""
    language: str = "en"
    secret: str = ""
    codes: bool = False
    token: str = ""


class Told(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of an answer: a row, progress, an error, the end, or `ELSEWHERE`: ask the sockets in `row` instead."""

    kind: str
    row: Any = None
    done: int = 0
    total: int = 0
    code: str = ""
    message: str = ""
    remedy: str = ""


def socket_path(data: Path, name: str = SOCKET_FILE) -> Path:
    """The path of the socket of a server on this data folder, or of one of its processes."""
    path = data.absolute() / name
    if len(str(path)) > SOCKET_PATH_MAX:
        raise SocketPathTooLong(length=len(str(path)), limit=SOCKET_PATH_MAX)
    return path


def desk_socket(number: int) -> str:
    """The name of the local socket at which one of several processes answers commands."""
    return f"desk-{number}.sock"


def is_served(data: Path, name: str = SOCKET_FILE) -> bool:
    """True if a server answers for a data folder, or one of its processes at its own socket."""
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(str(socket_path(data, name)))
        except OSError:
            return False
    return True
