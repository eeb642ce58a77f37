"""What belongs to the server and to no municipality's data: its staff, by name and municipality."""

from pathlib import Path
from typing import Any, ClassVar, Final

from backend.errors import BackendError
from backend.stores.database import Migration, open_database, run_script, transaction

CONTROL_FILE: Final = "control.db"
ADMIN: Final = "admin"

_SCHEMA: Final = """
create table staff(
  municipality text not null, name text not null, role text not null, created_ms integer not null,
  primary key (municipality, name)) without rowid
"""
MIGRATIONS: Final = (Migration(1, "staff", lambda db: run_script(db, _SCHEMA)),)


class StaffUnknown(BackendError):
    """Whoever acts on personal data is named in the audit, so the name must be one that the municipality knows."""

    code: ClassVar[str] = "staff-unknown"
    message: ClassVar[str] = "The municipality {municipality} has no staff member {name!r}."
    remedy: ClassVar[str] = "Give your own account with --staff; `veldpost init` made the first one."


class StaffAlike(BackendError):
    """Two people look at a form with warnings, so two accounts must be two people."""

    code: ClassVar[str] = "staff-alike"
    message: ClassVar[str] = "There is an account {known!r}; {name!r} differs from it by capitals alone."
    remedy: ClassVar[str] = "Use the account that exists, or choose a name that nobody mistakes for it."


class Control:
    """control.db of one server."""

    def __init__(self, data: Path) -> None:
        self._db = open_database(data / CONTROL_FILE, migrations=MIGRATIONS)
        self._run: Any = self._db.conn.execute

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    def add_staff(self, municipality: str, name: str, role: str, now_ms: int) -> None:
        """Keep an account; the same one again changes nothing. No two differ by capitals alone: that is one person."""
        rows = self._run("select name from staff where municipality = ?", (municipality,)).fetchall()
        alike = [row[0] for row in rows if row[0] != name and row[0].casefold() == name.casefold()]
        if alike:
            raise StaffAlike(name=name, known=alike[0])
        with transaction(self._db):
            self._run("insert or ignore into staff values(?, ?, ?, ?)", (municipality, name, role, now_ms))

    def staff(self, municipality: str, name: str) -> str:
        """The account that acts: the one named, or the only one there is."""
        rows = self._run("select name from staff where municipality = ? order by name", (municipality,)).fetchall()
        names = [row[0] for row in rows]
        if name in names:
            return name
        if not name and len(names) == 1:
            return str(names[0])
        raise StaffUnknown(municipality=municipality, name=name)
