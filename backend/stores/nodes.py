"""Several servers over one database: which of them has a municipality, and what all of them need of its folder.

A municipality's folder keeps what is no row: its vault, and the list outside the backups. A server that takes over from
one that died has neither, so both are kept with the keys too, where every server finds them.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol


class Common(Protocol):
    """The part of a municipality's folder that every server needs."""

    def join(self, vault: bytes) -> bytes:
        """Share a folder of which nothing is shared yet; returns the vault that is, given or kept. For the owner.

        Raises `StoreMissing` where a backup took the place of these stores."""

    def turn(self) -> int:
        """Begin the turn of the owner; returns how many others had one since this server's last. Below zero the keys
        are those of an earlier day."""

    def retire(self) -> None:
        """Let no server open these stores any more: a backup took their place."""

    def keep_vault(self, vault: bytes) -> None:
        """Share a vault that was changed. Raises `LeaseLost` where another server has the municipality."""

    def lines(self) -> Sequence[str]:
        """The lines of the list outside the backups, oldest first."""

    def add(self, lines: Sequence[str]) -> None:
        """Add lines to it; one that it has is passed over."""


class Seen(NamedTuple):
    """The server that has a municipality: its name for people, its address for other servers, empty where it has none;
    whether nobody has it now; and whether it was taken from this server without its doing."""

    owner: str
    address: str
    is_free: bool
    is_lost: bool


class Looked(NamedTuple):
    """The result of a look, by the codes of municipalities: who has them, and lines that came to their lists since the
    last look. `unconfirmed` names a store whose server lacks a standby that it waits for, if this may be seen."""

    towns: Mapping[str, Seen] = {}
    lines: Mapping[str, Sequence[str]] = {}
    unconfirmed: str = ""
