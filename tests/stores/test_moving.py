"""A municipality is carried into PostgreSQL and back: every row, in one step that a kill leaves whole."""

import json
import os
import signal
from collections.abc import Callable
from contextlib import closing, suppress
from itertools import count
from pathlib import Path
from random import Random

import psycopg
import pytest

from backend.cli import local
from backend.errors import BackendError
from backend.municipality.erasing import erase_aside
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
    made = "select count(*) from pg_namespace where nspname ~ '^m_'"
    sql = f"select (select count(*) from veldpost.municipality), ({made})"
    found = [asked(sql, address) for address in shared()]
    assert all(named == there for named, there in found)
    return [named for named, _ in found]


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

    def dies(folder: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(moving, "sync_folder", dies)
    with pytest.raises(KeyboardInterrupt):
        move(folder, engine, to_server=to_server)
    monkeypatch.undo()
    assert {".db", ".pg"} <= {path.suffix for path in folder.iterdir()} or (folder / "journal.pg.left").exists()
    with pytest.raises(BackendError, match="already-there"):
        move(folder, engine, to_server=to_server)
    assert ({".pg"} if to_server else {".db"}) == {path.suffix for path in folder.iterdir()}
    assert [n + (1 if to_server else -1) for n in schemas] == how_many_schemas()


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """True if a process that does some work lived to kill itself at a step: a flush, a rename or a commit."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    seen = count(1)

    def then_dies(real: Callable[..., object]) -> Callable[..., object]:
        def done(*given: object) -> object:
            said = real(*given)
            if next(seen) == step:
                os.kill(os.getpid(), signal.SIGKILL)
            return said

        return done

    for where, name in ((os, "fsync"), (Path, "rename"), (psycopg.Transaction, "__exit__")):
        setattr(where, name, then_dies(getattr(where, name)))
    try:
        work()
    finally:
        os._exit(0)


@pytest.mark.parametrize("to_server", [True, False])
def test_a_kill_at_any_step_leaves_no_copy_that_nothing_names(folder: Path, engine: Placed, to_server: bool) -> None:
    engine.create(folder.with_name("GM9903"))
    schemas, before = how_many_schemas(), whole(engine, folder)
    for step in count(1):
        if (folder / "journal.pg").exists() is to_server:
            move(folder, engine, to_server=not to_server)
        if not killed_at(step, lambda: move(folder, engine, to_server=to_server)):
            break
        engine.tidy(folder)
        there = (folder / "journal.pg").exists()
        assert [n + there for n in schemas] == how_many_schemas(), step
        assert ({".pg"} if there else {".db"}) == {path.suffix.partition("-")[0] for path in folder.iterdir()}, step
    assert step > (15 if to_server else 5)
    assert before == whole(engine, folder)


def test_what_is_set_aside_is_erased_with_what_a_killed_move_left_in_it(folder: Path, engine: Placed) -> None:
    engine.create(folder.with_name("GM9903"))
    schemas = how_many_schemas()
    assert engine.server is not None
    engine.server.create(folder / ".moving" / folder.name)
    assert [] == erase_aside(engine, folder, [DEVICE], None)
    assert schemas == how_many_schemas()


def test_a_schema_that_is_still_being_committed_is_waited_for(
    tmp_path: Path, engine: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its rows are not seen yet: to find none would be to forget its name."""
    engine.create(tmp_path / "GM9901")
    named = json.loads((tmp_path / "GM9901" / "keys.pg").read_text())
    monkeypatch.setattr("backend.stores.postgres.engine.DROP_WAIT", "50ms")
    with closing(psycopg.connect(shared()[1])) as other:
        other.execute("select pg_advisory_xact_lock(hashtextextended(%s, 0))", (named["schema"],))
        with pytest.raises(BackendError, match="store-busy"):
            engine.discard(tmp_path / "GM9901")
    engine.discard(tmp_path / "GM9901")


def test_a_set_up_that_is_killed_leaves_no_schema_once_it_is_given_again(tmp_path: Path, engine: Placed) -> None:
    engine.create(tmp_path / "GM9903")
    schemas, folder = how_many_schemas(), tmp_path / "GM9902"
    for step in count(1):
        if not killed_at(step, lambda: engine.create(folder)):
            break
        assert not engine.holds(folder) or {"journal.pg", "keys.pg"} <= {path.name for path in folder.iterdir()}
        engine.tidy(folder)
        assert not (engine.holds(folder) and (folder / "begun.pg").exists()), step
        engine.discard(folder)
        assert (schemas, []) == (how_many_schemas(), [*folder.glob("*.pg")]), step
    assert step > 10


def test_a_set_up_that_ends_in_an_error_leaves_no_schema(
    tmp_path: Path, engine: Placed, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "open_stores", lambda: engine)
    left = tmp_path / f"GM9901{local.BUILDING}" / "GM9901"
    engine.create(tmp_path / "GM9903")
    schemas = how_many_schemas()
    engine.create(left)
    with suppress(KeyboardInterrupt), local._building(tmp_path / "GM9901") as made:
        assert schemas == how_many_schemas()
        engine.create(made)
        raise KeyboardInterrupt
    assert (schemas, ["GM9903"]) == (how_many_schemas(), [path.name for path in tmp_path.iterdir()])


def test_what_is_begun_is_named_without_who_is_let_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = shared()[0].replace("@", ":a-secret@", 1)
    assert "a-secret" in address
    server = in_postgres(address, address, True)

    def fails(_connection: object, schema: str, _tables: object) -> None:
        alone = f"select not pg_try_advisory_lock(hashtextextended('{schema}', 0))"
        raise KeyError if asked(alone, shared()[0])[0] else AssertionError

    monkeypatch.setattr("backend.stores.postgres.engine._pour", fails)
    with pytest.raises(KeyError):
        server.fill(tmp_path / "GM9901", KEYS, ())
    said = (tmp_path / "GM9901" / "begun.pg").read_text()
    assert "a-secret" not in said and "dbname=" in said
    server.discard(tmp_path / "GM9901")
    assert not [*(tmp_path / "GM9901").iterdir()]
