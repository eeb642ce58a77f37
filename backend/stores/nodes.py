"""Several servers over one database: which of them has a municipality, and what all of them need of its folder.

A municipality's folder keeps what is no row: its vault, the list outside the backups, and the file that names the place
of its attachments in a bucket. A server that takes over from one that died has none of them, so they are kept with the
keys too, where every server finds them.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final, NamedTuple, Protocol

from backend.files import write_once
from crypto.primitives import KEY_BYTES, random_bytes

SERVER_KEY: Final = "server.key"  # in the folder of keys, the same on each server


def server_key(keys: Path) -> bytes:
    """The key of a folder of keys, made when it is first needed."""
    return bytes.fromhex(write_once(keys / SERVER_KEY, random_bytes(KEY_BYTES).hex().encode() + b"\n").decode())


class Shared(NamedTuple):
    """The part of a folder that servers share: the vault, and the file that names the place in a bucket, empty where
    attachments are in the folder. That is none where a release that does not share it made the rest."""

    vault: bytes
    photos: str | None


class Common(Protocol):
    """The part of a municipality's folder that every server needs."""

    def join(self, vault: bytes, photos: str) -> Shared:
        """Share a folder of which nothing is shared yet; returns what is, given or kept. For the owner.

        Raises `StoreMissing` where a backup took the place of these stores."""

    def turns(self) -> int:
        """The number of turns that others had since this server's last. Below zero the keys are those of an earlier
        day."""

    def begin_turn(self) -> None:
        """Begin the turn of the owner, which has all that is shared on its disk."""

    def retire(self) -> None:
        """Let no server open these stores any more: a backup took their place."""

    def keep_vault(self, vault: bytes) -> None:
        """Share a vault that was changed. Raises `LeaseLost` where another server has the municipality."""

    def keep_photos(self, photos: str) -> None:
        """Share where attachments are from now on. Raises `LeaseLost` where another server has the municipality."""

    def lines(self) -> Sequence[str]:
        """The lines of the list outside the backups, oldest first."""

    def add(self, lines: Sequence[str]) -> None:
        """Add lines to it; one that it has is passed over."""


class Seen(NamedTuple):
    """The server that has a municipality: its name for people, its address for other servers, empty where it has none;
    whether nobody has it now; whether it was taken from this server without its doing; and whether its address has no
    mark of one of these servers (`node_marks.py`): then it is empty here, and nothing is carried to it."""

    owner: str
    address: str
    is_free: bool
    is_lost: bool
    is_unknown: bool


class Looked(NamedTuple):
    """The result of a look, by the codes of municipalities: who has them, and lines that came to their lists since the
    last look. `unconfirmed` names a store whose server lacks a standby that it waits for, if this may be seen."""

    towns: Mapping[str, Seen] = {}
    lines: Mapping[str, Sequence[str]] = {}
    unconfirmed: str = ""
