"""A look at all municipalities of a database together: who has each, which are new here, and what came to their lists.

It is one statement for each of the two clusters, however many municipalities there are, on sessions of its own. Who has
one is told by its lock, which ends with the session of its owner, and by its fence.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from typing import Any, Final

import psycopg

from backend.errors import StoreMissing
from backend.files import private_folder, write_atomically
from backend.stores.blob_moving import take_naming
from backend.stores.node_marks import Claim, ThisNode
from backend.stores.nodes import Looked, Seen
from backend.stores.places import JOURNAL_FILE, VAULT_FILE
from backend.stores.postgres.faults import ABOUT, Server, refusal, translated
from backend.stores.postgres.lease import FENCES, LOCKS, leases_of
from backend.stores.postgres.places import JOURNAL_MARK, KEYS_MARK, Place, keep, named
from backend.stores.postgres.schema import IS_CURRENT
from backend.stores.postgres.sessions import connected
from backend.stores.server_errors import StandbyAway
from sync.entry import MUNICIPALITY

_COMMON: Final = (  # the newest of a code last: of one that was put back, the stores of before may be there too
    "select c.code, schema, c.server, c.journal, c.journal_server, m.fence from veldpost.common c"
    " join veldpost.municipality m using (schema) where not c.retired order by c.number"
)
_SHARED: Final = "select vault, coalesce(photos, '') from veldpost.common where schema = $1"
_LINES: Final = "select number, code, line from veldpost.listed where number > $1 order by number"
_OWNERS: Final = f"select m.schema, m.owner, m.address, m.fence, m.address_mark, ({LOCKS}) from veldpost.municipality m"


class Watch:
    """Looks, from one thread at a time."""

    def __init__(self, journal: str, keys: str, node: ThisNode) -> None:
        self._addresses = {JOURNAL_MARK: journal, KEYS_MARK: keys}
        self._node = node
        self._turn = Lock()
        self._open: dict[str, psycopg.Connection[Any]] = {}
        self._listed_to = 0
        self._doubted: dict[str, Claim] = {}  # addresses without their mark, as the last look found them
        self._known: dict[Path, tuple[str, ...]] = {}  # what the folder of each municipality names

    def look(self, data: Path) -> Looked:
        """Look at all; a municipality that this server has no folder of gets one, if the servers know each other."""
        with self._turn:
            before = dict(FENCES)  # read first: what is taken over meanwhile was not lost
            shared = {row[0]: row for row in self._asked(KEYS_MARK, _COMMON) if MUNICIPALITY.fullmatch(row[0])}
            if self._node.address:
                for row in shared.values():
                    self._adopt(data, row[:-1])
            owners = {row[0]: row[1:] for row in self._asked(JOURNAL_MARK, _OWNERS)}
            towns = self._seen(shared.values(), owners, before)
            lacking = [mark for mark in self._addresses if self._lacks_standby(mark)]
            return Looked(towns, self._lines(), lacking[0] if lacking else "")

    def _seen(
        self, shared: Iterable[Sequence[Any]], owners: Mapping[str, Sequence[Any]], before: Mapping[str, int]
    ) -> dict[str, Seen]:
        """The servers that have each. An address without its mark is none; that is said where the next look finds the
        same, for somebody may be taking over between the reading of one cluster and of the other."""
        own, is_ours = leases_of(self._addresses[JOURNAL_MARK]).session, self._node.judge()
        towns, doubted = {}, {}
        for code, _, _, journal, _, keys_fence in shared:
            if journal in owners:
                owner, address, fence, mark, session = owners[journal]
                claim = Claim(code, journal, owner, address, fence, keys_fence)
                is_free, is_lost = session in (None, own), before.get(journal, fence) < fence
                road = address if not is_free and is_ours(claim, bytes(mark)) else ""
                if address and not is_free and not road:
                    doubted[code] = claim
                is_unknown = code in doubted and self._doubted.get(code) == claim
                towns[code] = Seen(owner, road, is_free, is_lost, is_unknown)
        self._doubted = doubted
        return towns

    def _lacks_standby(self, mark: str) -> bool:
        rows = self._asked(mark, ABOUT)
        return bool(rows) and isinstance(refusal(Server(*rows[0]), mark, alone=True), StandbyAway)

    def _lines(self) -> dict[str, list[str]]:
        lines: dict[str, list[str]] = defaultdict(list)
        for number, code, line in self._asked(KEYS_MARK, _LINES, (self._listed_to,)):
            self._listed_to = number
            if MUNICIPALITY.fullmatch(code):  # it becomes a path
                lines[code].append(line)
        return lines

    def _asked(self, mark: str, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        connection = self._open.get(mark)
        with translated(mark):
            if connection is None or connection.closed:
                connection = self._open[mark] = connected(self._addresses[mark])
                if not (connection.execute(IS_CURRENT).fetchone() or (False,))[0]:
                    connection.close()  # nothing was ever opened on it by a release that shares
                    return []
            return connection.execute(sql, values).fetchall()

    def _adopt(self, data: Path, row: Sequence[str]) -> None:
        """Make a folder for a municipality that another server shares; one that keeps its journal in files is left."""
        code, keys, server, journal, journal_server = row
        folder, names = data / code, (keys, journal)
        if self._known.get(folder) == names or (folder / JOURNAL_FILE).exists():
            return
        places = (
            (KEYS_MARK, Place(self._addresses[KEYS_MARK], keys, server)),
            (JOURNAL_MARK, Place(self._addresses[JOURNAL_MARK], journal, journal_server)),
        )
        if not all(_is_named(folder, mark, place) for mark, place in places):
            if not (folder / VAULT_FILE).exists():
                private_folder((folder / VAULT_FILE).parent)
                for vault, photos in self._asked(KEYS_MARK, _SHARED, (keys,)):
                    take_naming(folder, photos)
                    write_atomically(folder / VAULT_FILE, vault)
            for mark, place in places:
                keep(folder, mark, place)
        self._known[folder] = names


def _is_named(folder: Path, mark: str, place: Place) -> bool:
    with suppress(StoreMissing):
        return named(folder, mark, place.address) == place
    return False
