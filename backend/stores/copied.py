"""The progress of the copies of a municipality's stores, as Litestream reports it that makes them.

Litestream (0.5) answers at a local socket; asked to `sync` and to wait, it says when all that was committed before is
in the copy. So a look reads nothing of Litestream's own files, and takes no word for what was committed while it asked:
the position that counts is the one that was committed before both were asked.
"""

import http.client
import socket
from pathlib import Path
from typing import Any, ClassVar, Final

import msgspec

from backend.errors import BackendError
from backend.stores.placed import NAMING
from backend.stores.places import JOURNAL_FILE, KEYS_FILE

SOCKETS: Final = {
    KEYS_FILE: "keys.sock",
    JOURNAL_FILE: "journal.sock",
}  # a process of Litestream each
WAIT_S: Final = 30  # for the copy of one store; then it is asked again


class CopyAway(BackendError):
    """Litestream does not answer at its socket."""

    code: ClassVar[str] = "copy-away"


class CopyFails(BackendError):
    """Litestream answers that it could not copy, or does not know the store."""

    code: ClassVar[str] = "copy-fails"


class _Synced(msgspec.Struct, frozen=True):
    """The answer to `sync`: the last transaction that it knows, and the last one that is in the copy."""

    txid: int = 0
    replicated_txid: int = 0
    error: str = ""


class Copied:
    """The position up to which one municipality's stores are in their copies; 0 until that was seen once."""

    def __init__(self, folder: Path, sockets: Path) -> None:
        self.position = 0
        self._folder = folder.absolute()
        self._sockets = sockets

    def look(self, position: int) -> None:
        """Wait until all that was committed up to a position is copied. Raises `CopyAway` and `CopyFails`."""
        for store, name in SOCKETS.items():
            self._sync(store, self._sockets / name)
        self.position = max(self.position, position)

    def _sync(self, store: str, path: Path) -> None:
        asked = {"path": str(self._folder / store), "wait": True, "timeout": WAIT_S}
        try:
            raw = _posted(path, "/sync", msgspec.json.encode(asked))
            said = msgspec.json.decode(raw, type=_Synced)
        except (OSError, http.client.HTTPException, msgspec.MsgspecError):
            raise CopyAway(store=store, socket=path) from None
        if said.error or not 0 < said.txid <= said.replicated_txid:
            raise CopyFails(store=store, why=said.error)


def _posted(path: Path, target: str, body: bytes) -> bytes:
    """Post over a local socket; the body of the answer, whatever its status."""
    asking: Any = http.client.HTTPConnection("localhost")
    with socket.socket(socket.AF_UNIX) as asking.sock:
        asking.sock.settimeout(WAIT_S + 5)
        asking.sock.connect(str(path))
        asking.request("POST", target, body, {"Content-Type": "application/json", "Connection": "close"})
        answer: bytes = asking.getresponse().read()
    return answer


def copied_of(folder: Path, sockets: Path | None) -> Copied | None:
    """The copies of a folder's files; None where none are made, or a server keeps its journal, which knows by itself
    what is durable."""
    return None if sockets is None or (folder / NAMING).exists() else Copied(folder, sockets)
