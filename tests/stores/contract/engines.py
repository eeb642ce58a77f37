"""The databases of the contract: SQLite, one in memory, and one that becomes durable later."""

from collections.abc import Mapping
from typing import Final

from backend.stores import open_stores
from backend.stores.ledger import Engine
from tests.stores.contract.later import Later
from tests.stores.contract.memory import IN_MEMORY

ENGINES: Final[Mapping[str, Engine]] = {"sqlite": open_stores(), "memory": IN_MEMORY, "later": Later(open_stores())}
