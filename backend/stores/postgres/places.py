"""The places of a municipality's stores: in its folder a small file for each, that names a server and a schema there.

An address with its password is a setting of the server and stands in no folder; the file says which server is meant, so
that one that was set up anew at the same address is not taken for it.
"""

from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from backend.errors import StoreMissing
from backend.files import write_atomically

JOURNAL_MARK: Final = "journal.pg"
KEYS_MARK: Final = "keys.pg"


class Named(msgspec.Struct, frozen=True):
    """The content of such a file."""

    server: str
    schema: str


class Place(NamedTuple):
    """A schema, and the address of its server."""

    address: str
    schema: str
    server: str


def keep(folder: Path, mark: str, place: Place) -> None:
    """Write the file that names a store."""
    write_atomically(folder / mark, msgspec.json.encode(Named(place.server, place.schema)))


def named(folder: Path, mark: str, address: str) -> Place:
    """The place that a folder names; raises `StoreMissing` where its file is none."""
    try:
        found = msgspec.json.decode((folder / mark).read_bytes(), type=Named)
    except (OSError, msgspec.MsgspecError):
        raise StoreMissing(store=mark) from None
    return Place(address, found.schema, found.server)
