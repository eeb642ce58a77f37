"""control.db of earlier releases, which kept the accounts of all municipalities: read once, and needed for nothing.

Accounts belong to what a backup holds (`staff.py`). A control.db that is damaged or missing stops nothing.
"""

from pathlib import Path
from typing import Final

from backend.errors import BackendError
from backend.stores.database import Migration, open_database, run_script, translated

CONTROL_FILE: Final = "control.db"

_SCHEMA: Final = """
create table staff(
  municipality text not null, name text not null, role text not null, created_ms integer not null,
  primary key (municipality, name)) without rowid
"""
MIGRATIONS: Final = (Migration(1, "staff", lambda db: run_script(db, _SCHEMA)),)


def accounts_of(data: Path, municipality: str) -> list[tuple[str, str, int]]:
    """The accounts that control.db keeps for a municipality: name, role, time. None where it cannot be read."""
    if not (data / CONTROL_FILE).is_file():
        return []
    try:
        db = open_database(data / CONTROL_FILE, migrations=MIGRATIONS)
        try:
            with translated(CONTROL_FILE):
                sql = "select name, role, created_ms from staff where municipality = ?"
                return [(str(n), str(r), int(t)) for n, r, t in db.conn.execute(sql, (municipality,)).fetchall()]
        finally:
            db.close()
    except (BackendError, OSError, ValueError):
        return []
