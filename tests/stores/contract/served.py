"""PostgreSQL for the contract, started when a test first asks for it; without one installed its tests are skipped."""

from typing import Any

from backend.stores import in_postgres
from backend.stores.placed import Placed
from backend.stores.sqlite.engine import SQLITE
from tests.clusters import shared


class Served:
    """`Engine` over a cluster that is started when it is needed."""

    def __getattr__(self, name: str) -> Any:
        journal, keys = shared()
        return getattr(Placed(SQLITE, in_postgres(journal, keys, True)), name)
