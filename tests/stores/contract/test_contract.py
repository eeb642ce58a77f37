"""Every database passes the contract; one that becomes durable later loses only what it had not called durable."""

from contextlib import closing
from pathlib import Path
from random import Random

from tests.municipality.histories import Store, history, in_units
from tests.stores.contract.answers import answers
from tests.stores.contract.engines import ENGINES
from tests.stores.contract.later import Later, LaterStores
from tests.stores.contract.suite import ASKED, Suite


class TestSqlite(Suite):
    engine = ENGINES["sqlite"]


class TestInMemory(Suite):
    engine = ENGINES["memory"]


class TestPostgres(Suite):
    engine = ENGINES["postgres"]


class TestDurableLater(Suite):
    engine = ENGINES["later"]

    def test_what_was_not_durable_may_be_lost_and_nothing_else(self, tmp_path: Path) -> None:
        engine, items = self.engine, history(11)
        assert isinstance(engine, Later)
        store = Store(tmp_path / "store", engine)
        later = store.stores.inner
        assert isinstance(later, LaterStores)
        in_units(Random(1), items[:20], store)
        later.ship()
        kept, position = answers(later.journal, ASKED), later.journal.last_position()
        in_units(Random(2), items[20:], store)
        assert position == later.durable(later.journal.last_position()) < later.journal.last_position()
        store.stores.close()
        engine.lose(tmp_path / "store")
        with closing(engine.open(tmp_path / "store")) as again:
            assert kept == answers(again.journal, ASKED)
