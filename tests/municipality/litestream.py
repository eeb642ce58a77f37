"""A stand-in for Litestream: it answers `sync` at local sockets as Litestream does, and copies when it is asked."""

import json
import socket
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import sqlcipher3

from backend.stores.copied import SOCKETS


class Litestream:
    """Copies `journal.db` and `keys.db` of one municipality into a folder, until it is closed."""

    def __init__(self, folder: Path, stores: Path) -> None:
        self.folder = folder
        self.stores = stores
        self.copies = folder / "copies"
        self.copies.mkdir(parents=True)
        self.fails = ""  # the error that it answers with, and copies nothing
        self.lags = False  # it answers that it copied the journal, and that the place of the copy is behind
        self.copied: Callable[[str], None] = lambda _store: None  # called between the copy and the answer
        self.asked: list[str] = []
        self._listening = [self._listen(name) for name in SOCKETS.values()]

    def _listen(self, name: str) -> socket.socket:
        made = socket.socket(socket.AF_UNIX)
        made.bind(str(self.folder / name))
        made.listen()
        threading.Thread(target=self._serve, args=(made,), daemon=True).start()
        return made

    def close(self) -> None:
        for one in self._listening:
            one.shutdown(socket.SHUT_RDWR)
            one.close()
        self._listening = []
        for name in SOCKETS.values():
            (self.folder / name).unlink(missing_ok=True)

    def _serve(self, listening: socket.socket) -> None:
        while True:
            try:
                line, _ = listening.accept()
            except OSError:
                return
            with line:
                head, _, body = self._read(line).partition(b"\r\n\r\n")
                assert head.startswith(b"POST /sync HTTP/1.1\r\n")
                status, said = self._answer(json.loads(body))
                raw = json.dumps(said).encode()
                line.sendall(f"HTTP/1.1 {status} X\r\nContent-Length: {len(raw)}\r\n\r\n".encode() + raw)

    def _read(self, line: socket.socket) -> bytes:
        raw = b""
        while b"\r\n\r\n" not in raw or not raw.endswith(b"}"):
            raw += line.recv(65_536)
        return raw

    def _answer(self, asked: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        assert asked["wait"] and asked["timeout"] > 0
        store = Path(asked["path"])
        self.asked.append(store.name)
        if store.parent != self.stores:
            return 404, {"error": f"database not found: {store}"}
        if self.fails:
            return 500, {"error": self.fails}
        if self.lags:
            return 200, {"status": "synced_local", "path": str(store), "txid": 8, "replicated_txid": 7}
        with (
            closing(sqlcipher3.connect(str(store))) as source,
            closing(sqlcipher3.connect(str(self.copies / store.name))) as target,
        ):
            source.backup(target)
        self.copied(store.name)
        return 200, {"status": "synced", "path": str(store), "txid": 7, "replicated_txid": 7}

    def holds(self, device: bytes) -> int:
        """The last entry of a device that is in the copy with its key."""
        if not all((self.copies / store).exists() for store in SOCKETS):
            return 0
        with (
            closing(sqlcipher3.connect(str(self.copies / "journal.db"))) as journal,
            closing(sqlcipher3.connect(str(self.copies / "keys.db"))) as keys,
        ):
            rows = journal.execute("select seq, record from entry where device = ? order by seq", (device,)).fetchall()
            known = {row[0] for row in keys.execute("select record from wrap")}
        held = 0
        for seq, record in rows:
            if record not in known:
                return held
            held = int(seq)
        return held
