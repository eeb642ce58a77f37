"""The places of a municipality's stores: in its folder a small file for each, that names a server and a schema there.

An address with its password is a setting of the server and stands in no folder; the file says which server is meant, so
that one that was set up anew at the same address is not taken for it. A schema has its name in the folder before it is
made: until the file of its store names it, it stands in a file of those that are begun, so that a kill leaves none that
nothing names.
"""

from pathlib import Path
from typing import Final, NamedTuple

import msgspec

from backend.errors import StoreMissing
from backend.files import lasting_folder, sync_folder, write_atomically
from backend.stores.carrying import BEGUN

JOURNAL_MARK: Final = "journal.pg"
KEYS_MARK: Final = "keys.pg"


NEWEST: Final[dict[str, int]] = {}  # by server: the newest timeline that this process knows of


class Named(msgspec.Struct, frozen=True):
    """The content of such a file; `timeline` is the newest that was seen of its server, `fence` the last that this
    server raised there."""

    server: str
    schema: str
    timeline: int = 0
    fence: int = 0


class Begun(msgspec.Struct, frozen=True):
    """A schema that is being made; `host` is for a person who looks for it, and has no user and no password."""

    mark: str
    server: str
    schema: str
    host: str


class Place(NamedTuple):
    """A schema, and the address of its server."""

    address: str
    schema: str
    server: str


def keep(folder: Path, mark: str, place: Place) -> None:
    """Write the file that names a store."""
    named = Named(place.server, place.schema, NEWEST.get(place.server, 0))
    write_atomically(folder / mark, msgspec.json.encode(named))


def named(folder: Path, mark: str, address: str) -> Place:
    """The place that a folder names; raises `StoreMissing` where its file is none."""
    try:
        found = msgspec.json.decode((folder / mark).read_bytes(), type=Named)
    except (OSError, msgspec.MsgspecError):
        raise StoreMissing(store=mark) from None
    NEWEST[found.server] = max(NEWEST.get(found.server, 0), found.timeline)
    return Place(address, found.schema, found.server)


def note_timeline(folder: Path, mark: str, place: Place) -> None:
    """Write the newest timeline of a store's server into the file that names it, where it has moved on."""
    found, newest = _read(folder / mark), NEWEST.get(place.server, 0)
    if found.timeline < newest:
        write_atomically(folder / mark, msgspec.json.encode(msgspec.structs.replace(found, timeline=newest)))


def note_fence(folder: Path, mark: str, fence: int) -> None:
    """Write the fence that this server raised."""
    write_atomically(folder / mark, msgspec.json.encode(msgspec.structs.replace(_read(folder / mark), fence=fence)))


def last_fence(folder: Path, mark: str) -> int:
    """The last fence that was written so; 0 where there is none."""
    return _read(folder / mark).fence


def _read(path: Path) -> Named:
    return msgspec.json.decode(path.read_bytes(), type=Named)


def begun(folder: Path) -> tuple[Begun, ...]:
    """The schemas that a folder names as begun; raises `StoreMissing` where its file is none."""
    path = folder / BEGUN
    try:
        return msgspec.json.decode(path.read_bytes(), type=tuple[Begun, ...]) if path.exists() else ()
    except (OSError, msgspec.MsgspecError):
        raise StoreMissing(store=BEGUN) from None


def begin(folder: Path, one: Begun) -> None:
    """Name a schema that is about to be made; that is on disk when this returns."""
    lasting_folder(folder)
    write_atomically(folder / BEGUN, msgspec.json.encode((*begun(folder), one)))


def ended(folder: Path, schema: str) -> None:
    """Name a schema no more as begun: its store's file does, or it is gone."""
    left = [one for one in begun(folder) if one.schema != schema]
    if left:
        write_atomically(folder / BEGUN, msgspec.json.encode(left))
    else:
        (folder / BEGUN).unlink(missing_ok=True)
        sync_folder(folder)
