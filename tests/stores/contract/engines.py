"""The databases of the contract: SQLite, PostgreSQL, one in memory, and one that becomes durable later."""

from collections.abc import Mapping
from typing import Final

from backend.stores.ledger import Engine
from backend.stores.sqlite.engine import SQLITE
from tests.stores.contract.later import Later
from tests.stores.contract.memory import IN_MEMORY
from tests.stores.contract.served import Served

ENGINES: Final[Mapping[str, Engine]] = {
    "sqlite": SQLITE, "memory": IN_MEMORY, "later": Later(SQLITE), "postgres": Served(),
}  # fmt: skip
