"""A municipality is carried into PostgreSQL and back: every row, in one step that a kill leaves whole."""

from contextlib import closing
from pathlib import Path
from random import Random

import pytest

from backend.errors import BackendError
from backend.stores import in_postgres, moving
from backend.stores.carrying import JOURNAL, KEYS, Table, Whole
from backend.stores.moving import move, sums
from backend.stores.placed import Placed
from backend.stores.sqlite.engine import SQLITE
from tests.clusters import shared
from tests.municipality.histories import Store, history, in_units
from tests.stores.contract.answers import answers
from tests.stores.contract.suite import ASKED
from tests.stores.test_postgres import DEVICE, EPOCH, WRAP, asked


@pytest.fixture
def engine() -> Placed:
    return Placed(SQLITE, in_postgres(*shared(), True))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A municipality in files, with a history."""
    store = Store(tmp_path / "GM9901", SQLITE)
    in_units(Random(3), history(3), store)
    with store.stores.unit():
        store.journal.owe([(DEVICE, DEVICE)])
        store.stores.keys.take([(DEVICE, EPOCH)], [(DEVICE, WRAP)], ())
        store.journal.audit(1, "beheer", "act", None, "detail")
    store.stores.keys.belong_to("GM9901")
    store.stores.close()
    return tmp_path / "GM9901"


def how_many_schemas() -> list[int]:
    return [asked("select count(*) from veldpost.municipality", address)[0] for address in shared()]


def whole(engine: Placed, folder: Path) -> object:
    return [sums(engine, folder, part) for part in (KEYS, JOURNAL)]


def test_a_municipality_goes_to_postgres_and_back_with_every_row(folder: Path, engine: Placed) -> None:
    before = whole(engine, folder)
    with closing(engine.open(folder)) as stores:
        said = answers(stores.journal, ASKED)
    assert 0 < move(folder, engine, to_server=True)
    assert {"journal.pg", "keys.pg"} == {path.name for path in folder.iterdir()}
    assert before == whole(engine, folder)
    with closing(engine.open(folder)) as stores:
        assert said == answers(stores.journal, ASKED)
        with stores.unit():
            stores.journal.owe([(DEVICE, b"another device !")])
        assert [1, 2] == [number for number, *_ in stores.journal.owed(9)], "what counts by itself counts on"
        stores.keys.belong_to("GM9901")
        with pytest.raises(BackendError, match="store-foreign"):
            stores.keys.belong_to("GM9902")
    before = whole(engine, folder)
    schemas = how_many_schemas()
    move(folder, engine, to_server=False)
    assert {"journal.db", "keys.db"} == {path.name for path in folder.iterdir()}
    assert before == whole(engine, folder)
    assert [n - 1 for n in schemas] == how_many_schemas(), "nothing is left behind there"


def test_it_is_not_moved_to_where_it_is(folder: Path, engine: Placed) -> None:
    with pytest.raises(BackendError, match="already-there"):
        move(folder, engine, to_server=False)
    with pytest.raises(BackendError, match="journal-elsewhere"):
        move(folder, Placed(SQLITE), to_server=True)


@pytest.mark.parametrize("to_server", [True, False])
def test_what_is_not_read_back_as_it_was_is_not_moved(folder: Path, engine: Placed, to_server: bool) -> None:
    if not to_server:
        move(folder, engine, to_server=True)
    before, names = whole(engine, folder), {path.name for path in folder.iterdir()}
    target = engine.server if to_server else engine.plain
    assert target is not None

    class Losing:
        """Loses the last row of a table."""

        def __getattr__(self, name: str) -> object:
            return getattr(target, name)

        def fill(self, folder: Path, part: str, tables: list[Table]) -> None:
            assert target is not None
            target.fill(folder, part, (t._replace(rows=[*t.rows][: -1 if t.name == "entry" else None]) for t in tables))

    losing: Whole = Losing()  # type: ignore[assignment]
    bad = Placed(engine.plain, losing) if to_server else Placed(losing, engine.server)
    with pytest.raises(BackendError, match="move-differs") as told:
        move(folder, bad, to_server=to_server)
    assert "entry" == told.value.facts["what"]
    assert (before, names) == (whole(engine, folder), {path.name for path in folder.iterdir()})


@pytest.mark.parametrize("to_server", [True, False])
def test_a_move_that_is_killed_leaves_a_whole_municipality(
    folder: Path, engine: Placed, to_server: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not to_server:
        move(folder, engine, to_server=True)
    before = whole(engine, folder)
    renamed = 0
    real = Path.rename

    def dies(self: Path, target: Path) -> Path:
        nonlocal renamed
        renamed += 1
        if renamed == dies_at:
            raise KeyboardInterrupt
        return real(self, target)

    for dies_at in (1, 2, 3, 4):
        renamed = 0
        monkeypatch.setattr(Path, "rename", dies)
        try:
            move(folder, engine, to_server=to_server)
        except KeyboardInterrupt:
            monkeypatch.undo()
            assert before == whole(engine, folder), dies_at
            continue
        monkeypatch.undo()
        break
    assert before == whole(engine, folder)
    kinds = {path.suffix for path in folder.iterdir()}
    assert ({".pg"} if to_server else {".db"}) == kinds


@pytest.mark.parametrize("to_server", [True, False])
def test_what_a_killed_move_left_behind_is_removed_by_the_next(
    folder: Path, engine: Placed, to_server: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not to_server:
        move(folder, engine, to_server=True)
    schemas = how_many_schemas()
    calls = iter((None, KeyboardInterrupt))

    def dies(folder: Path) -> None:
        if error := next(calls):
            raise error

    monkeypatch.setattr(moving, "sync_folder", dies)
    with pytest.raises(KeyboardInterrupt):
        move(folder, engine, to_server=to_server)
    monkeypatch.undo()
    assert {".db", ".pg"} <= {path.suffix for path in folder.iterdir()} or (folder / "journal.pg.left").exists()
    with pytest.raises(BackendError, match="already-there"):
        move(folder, engine, to_server=to_server)
    assert ({".pg"} if to_server else {".db"}) == {path.suffix for path in folder.iterdir()}
    assert [n + (1 if to_server else -1) for n in schemas] == how_many_schemas()
