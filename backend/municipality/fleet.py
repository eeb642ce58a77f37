"""The fleet: what each device said of itself when it was last heard (sync/SPEC.md 6.2, `head`, `forms`, `status`).

A device that tells nothing of a thing leaves it unknown; nothing is guessed. It is kept in the journal once an hour, so
that a restart forgets an hour at most, and no exchange pays for a transaction of its own.
"""

import re
from typing import Any, Final

import msgspec

from backend.stores.ledger import Journal
from sync.messages import SyncRequest

KEPT_MS: Final = 3_600_000
_KIND: Final = "heard"
_VERSION: Final = re.compile(r"[0-9A-Za-z.+-]{1,40}")  # of an app: it stands on a page as the device wrote it
_OFF_MS_MAX: Final = 10 * 366 * 86_400_000


class Heard(msgspec.Struct, frozen=True):
    """A device's own words in its last exchange; `None` where it said nothing of it."""

    at_ms: int
    head: int = 0  # the number of the last entry that it ever wrote
    forms: dict[str, bytes] = {}  # the digest of the version of each form that it has
    app: str = ""
    storage: bool | None = None  # true where the browser promised to keep what it stored
    off_ms: int | None = None  # its own clock is so far behind the server's


def said_by(request: SyncRequest, now_ms: int) -> Heard:
    """The words of a request about the device that sent it; one of another form than agreed is as good as unsaid."""
    status: dict[str, Any] = request.status
    app, storage, off_ms = status.get("app"), status.get("storage"), status.get("off")
    return Heard(
        now_ms,
        request.head.seq if request.head is not None else 0,
        dict(request.forms),
        app if isinstance(app, str) and _VERSION.fullmatch(app) else "",
        storage if isinstance(storage, bool) else None,
        off_ms if type(off_ms) is int and abs(off_ms) <= _OFF_MS_MAX else None,
    )


class Fleet:
    """The devices of one municipality as they were last heard."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._heard: dict[bytes, Heard] = {}
        self._kept_ms: dict[bytes, int] = {}

    def hear(self, device: bytes, request: SyncRequest, now_ms: int) -> None:
        """Note what a device says; inside the transaction of its exchange, which keeps it once an hour."""
        heard = self._heard[device] = said_by(request, now_ms)
        if now_ms - self._kept_ms.get(device, 0) >= KEPT_MS:
            self._journal.keep(_KIND, device.hex(), msgspec.msgpack.encode(heard))
            self._kept_ms[device] = now_ms

    def all(self) -> dict[bytes, Heard]:
        """Every device that was heard, with what it said last."""
        kept = {
            bytes.fromhex(id_): msgspec.msgpack.decode(raw, type=Heard)
            for id_, raw in self._journal.kept(_KIND).items()
        }
        return kept | self._heard
