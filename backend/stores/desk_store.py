"""desk.db: what staff keep beside the journal and can be made from nothing else. SQLCipher, under a key in the vault.

Views: columns, filters and words of a search over the records of a form, under a random id, so that no
address has anything of it. Whoever filters makes an unnamed one; it goes after a month in which nobody used it,
and with any erasure if words were typed into it. A view with a name has no typed words, and its name no code of a
case and no number (`names_record`): one that has, of an earlier release, goes with any erasure too.

Tasks, readings for a reason and texts that were not saved are in `desk_notes.py`.

A backup copies this store while its key is sealed, and the copy may not be half: so it has no write-ahead log, and
whoever opens it holds the lock of the file beside it. What a kill left beside it is copied too, and rolled back by
whoever opens the copy.
"""

import fcntl
import os
import re
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

import msgspec
from sqlite_utils import Database

from backend.errors import StoreFailed
from backend.files import reason, sync_folder, write_atomically
from backend.stores.database import Migration, open_database, run_script, transaction, translated, unsound, write_anew
from backend.stores.desk_notes import MIGRATION, Notes
from backend.stores.places import DESK_FILE

LOCK_FILE: Final = f"{DESK_FILE}-lock"
UNDO_FILE: Final = f"{DESK_FILE}-journal"
CACHE_KIB: Final = 512
UNNAMED_MS: Final = 30 * 24 * 3_600_000  # an unnamed view is a search of one day; a month keeps the links of a report
VIEWS_MAX: Final = 2_000  # unnamed ones of a person: a script that filters all day fills no disk

_SCHEMA: Final = """
create table view(
    id text primary key, staff text not null, form text not null, name text not null, team text not null,
    wish blob not null, typed integer not null, used_ms integer not null
) strict, without rowid;
create index view_of on view(form, staff);
create index view_used on view(name, used_ms)
"""


def _without_words(db: Database) -> None:
    """Take what was typed out of the named views of earlier releases, and mark the unnamed ones that look for one
    value; a wish that is none goes."""
    for id_, name, wish in db.conn.execute("select id, name, wish from view").fetchall():
        try:
            asked = msgspec.msgpack.decode(wish, type=dict[str, Any])
        except msgspec.MsgspecError:
            db.conn.execute("delete from view where id = ?", (id_,))
            continue
        lasting = {key: value for key, value in asked.items() if key != "search"}
        lasting["filters"] = [_without_values(one) for one in asked.get("filters", ())]
        typed = (asked | {"filters": [*asked.get("filters", ())]}) != lasting
        if name and typed:
            raw = msgspec.msgpack.encode({key: value for key, value in lasting.items() if value})
            db.conn.execute("update view set wish = ?, typed = 0 where id = ?", (raw, id_))
        else:
            db.conn.execute("update view set typed = ? where id = ?", (typed, id_))


def _without_values(one: dict[str, Any]) -> dict[str, Any]:
    exact = one.get("least", "") == one.get("most", "")
    return {key: value for key, value in one.items() if key != "contains" and not (exact and key in ("least", "most"))}


MIGRATIONS: Final = (
    Migration(1, "views", lambda db: run_script(db, _SCHEMA)),
    MIGRATION,
    Migration(3, "named views without typed words", _without_words),
)


_CODE: Final = re.compile(
    r"(?<![^\W_])(?:(?=[\w-]{0,8}\d|[A-Z]{4}-[A-Z]{4})[A-Za-z0-9]{4}-[A-Za-z0-9]{4}"
    r"|(?=[0-9a-f]*\d)[0-9a-f]{8,}|\d{6,})(?![^\W_])"
)  # the code of a case, the number of a record or its beginning, any long number


_SIGNS: Final = "[A-HJ-NP-Za-hj-np-z2-9]{4}"  # of the code of a case: no 0, so no year of this century
_SPOKEN: Final = re.compile(
    rf"(?<![^\W_])(?=({_SIGNS}[\W_]{{0,3}}{_SIGNS})(?![^\W_]))"
)  # the same as it is typed from hearing: a space or another dash between its halves, or nothing


def names_record(name: str) -> bool:
    """True if the name of a view, or the title of a list, has what names a record or a person: a code of a case, or a
    long number."""
    plain = unicodedata.normalize("NFKC", name)
    spoken = (found[1] for found in _SPOKEN.finditer(plain))
    return _CODE.search(plain) is not None or any(
        re.search("[0-9]", one) is not None and re.search("[A-Za-z]", one) is not None for one in spoken
    )


class View(NamedTuple):
    """A view: whose, of which form, its name (empty: unnamed), the team that sees it too (empty: nobody), what it asks
    for as its maker encoded it, and if a person typed words into it."""

    id: str
    staff: str
    form: str
    name: str
    team: str
    wish: bytes
    typed: bool
    used_ms: int


class DeskStore(Notes):
    """The open store of one municipality; for one thread at a time."""

    def __init__(self, path: Path, key: bytes) -> None:
        self._path = path
        self.db: Database = open_database(path, key=key, migrations=MIGRATIONS, cache_kib=CACHE_KIB, log="delete")
        self._run = self.db.conn.execute

    def close(self) -> None:
        """Close the file."""
        self.db.close()

    def unsound(self) -> list[str]:
        """The faults that SQLite finds in the pages; none, mostly."""
        with translated(DESK_FILE):
            return unsound(self.db)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        with translated(DESK_FILE), transaction(self.db):
            yield

    def keep(self, view: View) -> None:
        """Keep a view, in place of the one with its id; the oldest unnamed ones of its maker beyond `VIEWS_MAX` go."""
        with self._changing():
            self._run("insert or replace into view values(?, ?, ?, ?, ?, ?, ?, ?)", view)
            self._run(
                "delete from view where id in (select id from view where staff = ? and name = ''"
                " order by used_ms desc, id limit -1 offset ?)",
                (view.staff, VIEWS_MAX),
            )

    def view(self, id_: str, staff: str, teams: Sequence[str]) -> View | None:
        """A view of this person or of one of these teams; of anybody else's there is none."""
        where, values = _seen(staff, teams)
        found = self._views(f"where id = ? {where}", (id_, *values))
        return found[0] if found else None

    def named(self, form: str, staff: str, teams: Sequence[str]) -> list[View]:
        """The named views of a form that a person sees: the own ones first, by name."""
        where, values = _seen(staff, teams)
        order = "order by staff <> ?, name collate nocase, id"
        return self._views(f"where form = ? and name <> '' {where} {order}", (form, *values, staff))

    def _rows(self, sql: str, values: Sequence[Any] = ()) -> list[Any]:
        with translated(DESK_FILE):
            found: list[Any] = self._run(sql, tuple(values)).fetchall()
        return found

    def _views(self, where: str, values: Sequence[Any]) -> list[View]:
        rows = self._rows(f"select * from view {where}", values)
        return [View(*row)._replace(typed=bool(row[6])) for row in rows]

    def used(self, id_: str, now_ms: int) -> None:
        """Note that a view was used; those that nobody used for long go."""
        with self._changing():
            self._run("update view set used_ms = ? where id = ?", (now_ms, id_))
            self._run("delete from view where name = '' and used_ms < ?", (now_ms - UNNAMED_MS,))

    def drop(self, id_: str, staff: str) -> bool:
        """Remove a view of this person; False if there is none."""
        with self._changing():
            return bool(self._run("delete from view where id = ? and staff = ?", (id_, staff)).rowcount)

    def erase(self, records: Sequence[bytes]) -> int:
        """Forget whatever may say something about erased records; returns the number of rows that went.

        A view with typed words may be how somebody looked for one, and one whose name has a code may be about one: all
        of them go.
        """
        if not records:
            return 0
        coded = [(one.id,) for one in self._views("", ()) if names_record(one.name)]
        with self._changing():
            self.db.conn.executemany("delete from view where id = ?", coded)
            return sum(self._forget(records)) + len(coded) + int(self._run("delete from view where typed").rowcount)


def _seen(staff: str, teams: Sequence[str]) -> tuple[str, tuple[str, ...]]:
    marks = ",".join("?" * len(teams))
    return f"and (staff = ? or (team <> '' and team in ({marks})))", (staff, *teams)


@contextmanager
def desk_store(folder: Path, key: bytes) -> Iterator[DeskStore]:
    """Open the store of a municipality's folder, made if there is none; nobody else has it open meanwhile."""
    with _alone(folder, fcntl.LOCK_EX):
        store = DeskStore(folder / DESK_FILE, key)
        try:
            yield store
        finally:
            store.close()


def copy_desk_store(folder: Path, target: Path) -> bool:
    """Copy the store, sealed as it is and without its key, as it was at one moment; False where there is none.

    Raises `OSError`.
    """
    if not (folder / DESK_FILE).is_file():
        return False
    with _alone(folder, fcntl.LOCK_SH):
        for name in (UNDO_FILE, DESK_FILE):  # what undoes a half write comes first: without it the copy would be half
            if (folder / name).is_file():
                write_atomically(target / name, (folder / name).read_bytes())
            else:
                (target / name).unlink(missing_ok=True)
    return True


def discard_desk_store(folder: Path) -> None:
    """Remove a store whose key no vault holds: it is noise."""
    if not (folder / DESK_FILE).exists():
        return
    with _alone(folder, fcntl.LOCK_EX):
        for name in (UNDO_FILE, DESK_FILE):
            (folder / name).unlink(missing_ok=True)
        sync_folder(folder)


def write_desk_store_anew(folder: Path, key: bytes) -> None:
    """Write the store anew, so that nothing lies between its rows."""
    with _alone(folder, fcntl.LOCK_EX):
        write_anew(folder / DESK_FILE, key)


@contextmanager
def _alone(folder: Path, kind: int) -> Iterator[None]:
    """Hold the lock of the store; it ends with the process that holds it."""
    try:
        handle = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise StoreFailed(store=DESK_FILE, why=reason(error)) from None
    try:
        fcntl.flock(handle, kind)
        yield
    finally:
        os.close(handle)
