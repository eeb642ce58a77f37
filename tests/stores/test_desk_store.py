"""desk.db: views are seen by whom they are for, old ones go, and neither a kill nor a copy makes half of it."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from backend.desk.wishes import Filter, Wish, packed, unpacked
from backend.errors import WrongStoreKey
from backend.stores.database import open_database
from backend.stores.desk_notes import ReadFor, Task, Typed
from backend.stores.desk_store import MIGRATIONS, UNNAMED_MS, VIEWS_MAX, DeskStore, View, copy_desk_store, desk_store
from backend.stores.places import DESK_FILE

KEY = bytes(range(32))
MINE = View("a1", "anna", "huisbezoek", "", "", b"wish", False, 1_000)


def kept(folder: Path, *views: View) -> None:
    with desk_store(folder, KEY) as store:
        for view in views:
            store.keep(view)


def seen(folder: Path, id_: str, staff: str, *teams: str) -> View | None:
    with desk_store(folder, KEY) as store:
        return store.view(id_, staff, teams)


def test_nothing_of_a_view_is_on_the_disk_in_clear(tmp_path: Path) -> None:
    kept(tmp_path, MINE._replace(name="Een naam om te zoeken", wish=b"woorden om te zoeken"))
    found = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"zoeken" not in found and b"huisbezoek" not in found and b"SQLite" not in found
    with pytest.raises(WrongStoreKey), desk_store(tmp_path, bytes(32)):
        raise AssertionError
    assert 0o600 == (tmp_path / f"{DESK_FILE}-lock").stat().st_mode & 0o777


def test_another_persons_view_is_not_there_unless_it_is_of_a_team_of_mine(tmp_path: Path) -> None:
    theirs = MINE._replace(id="b2", staff="bram", name="Van Bram", team="noord")
    kept(tmp_path, MINE, theirs)
    assert MINE == seen(tmp_path, "a1", "anna") and None is seen(tmp_path, "a1", "bram", "noord")
    assert None is seen(tmp_path, "b2", "anna") and None is seen(tmp_path, "b2", "anna", "zuid", "")
    assert theirs == seen(tmp_path, "b2", "anna", "noord")
    with desk_store(tmp_path, KEY) as store:
        assert [] == store.named("huisbezoek", "anna", [])
        assert [theirs] == store.named("huisbezoek", "anna", ["noord"])
        assert [] == store.named("schoolcheck", "anna", ["noord"])
        assert not store.drop("b2", "anna") and store.drop("b2", "bram")
    assert None is seen(tmp_path, "b2", "bram")


def test_an_unnamed_view_goes_after_a_month_without_use_and_a_named_one_stays(tmp_path: Path) -> None:
    named = MINE._replace(id="b2", name="Mijn lijst")
    used = MINE._replace(id="c3")
    kept(tmp_path, MINE, named, used)
    with desk_store(tmp_path, KEY) as store:
        store.used("c3", 1_000 + UNNAMED_MS)
        assert store.view("a1", "anna", ()) == MINE
        store.used("c3", 1_001 + UNNAMED_MS)
        assert [None, named] == [store.view("a1", "anna", ()), store.view("b2", "anna", ())]
        assert store.view("c3", "anna", ()) == used._replace(used_ms=1_001 + UNNAMED_MS)


def test_a_script_that_filters_all_day_fills_no_disk(tmp_path: Path) -> None:
    with desk_store(tmp_path, KEY) as store:
        store.db.conn.executemany(
            "insert into view values(?, 'anna', 'huisbezoek', '', '', x'', 0, ?)",
            [(f"{n:06}", n) for n in range(VIEWS_MAX)],
        )
        store.keep(MINE._replace(id="bram", staff="bram", used_ms=0))
        store.keep(MINE._replace(id="last", used_ms=VIEWS_MAX))
        assert None is store.view("000000", "anna", ())
        assert None is not store.view("000001", "anna", ()) and None is not store.view("bram", "bram", ())


def test_an_erasure_takes_the_searches_along_and_leaves_lists_without_words(tmp_path: Path) -> None:
    search, named = MINE._replace(id="b2", typed=True), MINE._replace(id="c3", name="Mijn lijst")
    kept(tmp_path, MINE, search, named, search._replace(id="d4", name="Met woorden"))
    with desk_store(tmp_path, KEY) as store:
        assert 0 == store.erase([])
        assert 2 == store.erase([b"r" * 16])
        seen = [store.view(id_, "anna", ()) is not None for id_ in ("a1", "b2", "c3", "d4")]
        assert [True, False, True, False] == seen


def test_named_views_of_earlier_releases_lose_what_was_typed(tmp_path: Path) -> None:
    exact = Filter("huisnummer", least="217", most="217")
    wish = Wish(("naam",), (Filter("naam", contains="Zoekelmans"), exact, Filter("dag", least="2026-01-01")), "Zoek")
    other = Wish(("naam",), (Filter("toegang", any=("binnen",)),), state="open")
    old = open_database(tmp_path / DESK_FILE, key=KEY, migrations=MIGRATIONS[:2], log="delete")
    rows = [("a1", "Mijn", packed(wish), 1), ("b2", "Ons", packed(other), 0), ("c3", "", packed(wish), 1),
            ("d4", "", packed(Wish(filters=(exact,))), 0), ("e5", "Stuk", b"\xff", 0)]  # fmt: skip
    for id_, name, raw, typed in rows:
        old.conn.execute("insert into view values(?, 'anna', 'f', ?, '', ?, ?, 1)", (id_, name, raw, typed))
    old.close()
    with desk_store(tmp_path, KEY) as store:
        found = {id_: store.view(id_, "anna", ()) for id_ in ("a1", "b2", "c3", "d4", "e5")}
        mine, ours, search, value = (one for id_ in ("a1", "b2", "c3", "d4") if (one := found[id_]) is not None)
        assert (wish.lasting, False) == (unpacked(mine.wish), mine.typed) and b"Zoek" not in mine.wish
        assert b"217" not in mine.wish and b"2026-01-01" in mine.wish
        assert (other, False) == (unpacked(ours.wish), ours.typed)
        assert (wish, True) == (unpacked(search.wish), search.typed) and value.typed and found["e5"] is None


KEEPS = """
import sys
from pathlib import Path
import backend
from backend.stores.desk_store import View, desk_store
folder = Path(sys.argv[1])
for number in range(10**6):
    with desk_store(folder, bytes(range(32))) as store:
        view = View(f"{number:08}", "anna", "huisbezoek", "a list", "", bytes(3000), False, number)
        store.keep(view)
    print(number, flush=True)
"""


def whole(folder: Path) -> int:
    """The number of views of a store that is sound."""
    with desk_store(folder, KEY) as store:
        assert [] == store.unsound()
        return len(store.named("huisbezoek", "anna", ()))


def test_a_kill_loses_no_view_and_every_copy_is_of_one_moment(tmp_path: Path) -> None:
    folder = tmp_path / "GM9901"
    folder.mkdir()
    for turn in range(2):
        program = subprocess.Popen(
            [sys.executable, "-c", KEEPS, str(folder)], stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]
        )
        assert program.stdout is not None
        said = -1
        for copy in range(3 + turn):
            said = int(program.stdout.readline())
            target = tmp_path / f"copy-{turn}-{copy}"
            target.mkdir()
            assert copy_desk_store(folder, target)
            assert said < whole(target)
        program.send_signal(signal.SIGKILL)
        said = max([said, *map(int, program.stdout.read().split())])
        program.wait()
        assert said < whole(folder)


def test_a_half_write_beside_the_store_is_copied_and_rolled_back(tmp_path: Path) -> None:
    folder, target = tmp_path / "GM9901", tmp_path / "copy"
    folder.mkdir()
    target.mkdir()
    kept(folder, MINE._replace(name="een"))
    store = DeskStore(folder / DESK_FILE, KEY)
    store.db.conn.execute("pragma cache_size = 1")
    store.db.conn.execute("begin immediate")
    for number in range(300):  # more than the cache holds: pages of what is not committed are in the file
        store.db.conn.execute("insert into view values(?, 'anna', 'f', 'n', '', ?, 0, 1)", (str(number), bytes(4000)))
    assert copy_desk_store(folder, target) and (target / f"{DESK_FILE}-journal").stat().st_size
    assert 1 == whole(target)
    with desk_store(target, KEY) as copied:
        assert [] == copied.named("f", "anna", ())
    store.db.conn.execute("rollback")
    store.close()


def test_where_there_is_none_nothing_is_copied(tmp_path: Path) -> None:
    assert not copy_desk_store(tmp_path, tmp_path) and [] == [*tmp_path.iterdir()]


def test_a_store_of_before_tasks_keeps_its_views_and_takes_tasks(tmp_path: Path) -> None:
    before = open_database(tmp_path / DESK_FILE, key=KEY, migrations=MIGRATIONS[:1], cache_kib=512, log="delete")
    before.conn.execute(
        "insert into view values(?, ?, ?, ?, ?, ?, ?, ?)", MINE._replace(name="Mijn lijst", wish=packed(Wish()))
    )
    before.conn.commit()
    before.close()
    record = bytes(range(16))
    task = Task("t1", record.hex(), "huisbezoek", "call", "anna", "", "bram", 1)
    with desk_store(tmp_path, KEY) as store:
        assert [MINE._replace(name="Mijn lijst", wish=packed(Wish()))] == store.named("huisbezoek", "anna", ())
        store.keep_task(task)
        store.keep_reading(ReadFor("r1", record.hex(), "huisbezoek", "vera", "s", "Een reden", 1, 2))
        store.see_readings(["r1"], "anna")
        store.keep_typed(Typed("y1", "anna", "/x", record.hex(), b"", 1))
        store.keep_typed(Typed("y2", "anna", "/x", "", b"", 1))
        store.keep_task(task._replace(id="t2", record="ff" * 16))
        assert 4 == store.erase([record])
        assert not (store.tasks_of(record.hex()) or store.readings_but("", 9) or store.typed_by("anna", 0))
        assert frozenset() == store.readings_seen("anna") and ["t2"] == [one.id for one in store.tasks_for("anna")]
