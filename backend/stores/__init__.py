"""Chooses the stores. A municipality's own database is chosen here, and nowhere else."""

from backend.stores.ledger import Engine
from backend.stores.sqlite.engine import SQLITE


def open_stores() -> Engine:
    """The database of this installation: SQLite files in each municipality's folder."""
    return SQLITE
