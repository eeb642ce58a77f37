"""control.db of earlier releases, which kept the accounts of all municipalities: read once, and needed for nothing.

Accounts belong to what a backup holds (`staff.py`). A control.db that is damaged or missing stops nothing.
"""

from contextlib import closing
from pathlib import Path
from typing import Final

from backend.errors import BackendError
from backend.stores.database import open_database, translated

CONTROL_FILE: Final = "control.db"


def accounts_of(data: Path, municipality: str) -> list[tuple[str, str, int]]:
    """The accounts that control.db keeps for a municipality: name, role, time. None where it cannot be read."""
    if not (data / CONTROL_FILE).is_file():
        return []
    try:
        with closing(open_database(data / CONTROL_FILE)) as db, translated(CONTROL_FILE):
            rows = db.table("staff").rows_where("municipality = ?", [municipality])
            return [(str(row["name"]), str(row["role"]), int(row["created_ms"])) for row in rows]
    except (BackendError, OSError, LookupError, ValueError):
        return []
