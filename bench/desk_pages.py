"""What a page of the desk costs its tables, beside the bare SQL of the same question: at most five times as much.

    .venv/bin/python bench/desk_pages.py [--records 100000] [--runs 15]

The first and the last page of a form's records, sorted by the last change and by a question, a search, the counts of
today, the first page of the conflict desk with its count, and of the remarks about records, each within the scope of a
team, over the read pool's own connection; the bare SQL names `_people` once and asks for the same rows. The index of
the sort is made before, as the page does at its first sort. Whole pages over HTTP are printed beside them, for
information: that of the devices too.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.desk import course as courses
from backend.desk.attention_kinds import KINDS
from backend.stores import open_stores
from backend.stores.listing import PAGE_ROWS, Listing, count, page, sort_index
from backend.stores.looker import Looker
from backend.stores.records import Asked, Records
from backend.stores.today import waits_in
from bench.exporting import ANSWERS, FORM, _varied
from bench.goals import beside
from tests.desk.many import copied
from tests.desk_pages.office import DeskOffice

COLUMNS: Final = ("case_ref", "bezoek_datum", "bezoek_soort", "toegang", "zorg")
MINE: Final = ("werker-een",)
HEAD: Final = f"select r.record, r.changed_ms, {', '.join(f'f.{name}' for name in COLUMNS)}"
SCOPE: Final = (
    "r.form = 'huisbezoek' and exists (select 1 from _people p where p.record = r.record and p.worker = 'werker-een')"
)
COUNTED: Final = "select count(*) from (select 1 from {} r where {} limit 1001)"
JOINED: Final = f"{HEAD} from _record r join [{FORM}] f on f._record = r.record"


def filled(folder: Path, records: int) -> tuple[DeskOffice, Path, bytes]:
    """An office with so many visits, half of them of another team."""
    office = DeskOffice(folder, "dossier", FORM)
    office.shared(FORM, ANSWERS)
    office.dump()
    key, path = (
        office.server.municipality.custody.records_key.reveal(),
        office.server.municipality.folder / "records.db",
    )
    office.server.run(office.keeper._let_go())
    store = Records(path, key)
    copied(store, FORM, records)
    _varied(store)
    with store.transaction():
        run = store.db.execute
        run("delete from _people")
        run("insert into _people select record, iif(rowid % 2, 'werker-een', 'werker-twee'), 'wrote' from _record")
        run("delete from _review")
        run("insert into _review select record, form, 'received', '', 0, '[]', 'received', changed_ms from _record")
        run(f"update [{FORM}] set toegang = case rowid % 3 when 0 then 'binnen' when 1 then 'geweigerd' end")
        run("delete from _queue")
        run(
            "insert into _queue select printf('%08x', rowid) || substr(record, 9), record, form, 'conflict',"
            " '/toegang', 1 + rowid % 3, changed_ms from _record where rowid % 5 = 0"
        )
        run("delete from _attention")
        run(
            "insert into _attention select record, iif(rowid % 2, 'missing', 'too-long'), '/feiten', '{}', '', '',"
            " form, 1 from _record where rowid % 3 = 0"
        )
        run("delete from _search")
        run("insert into _search select rowid, record, 'de fiets ' || iif(rowid % 97, 'staat', 'ligt') from _record")
    sort_index(store, Listing(FORM, COLUMNS, sort="toegang"))
    store.db.execute("analyze")
    store.close()
    return office, path, key


def middle(work: Callable[[], Any], runs: int) -> float:
    """The median seconds of some runs, the first left out."""
    work()
    taken = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        taken.append(time.perf_counter() - begun)
    return statistics.median(taken)


def questions(looker: Looker, store: Records) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """Each page's own reading and the bare SQL of the same question."""

    def asked(listing: Listing, **place: str) -> Callable[[], Any]:
        return lambda: looker.look(lambda tables: page(tables, listing, **place), MINE)  # type: ignore[arg-type]

    def bare(rest: str, *values: Any) -> Callable[[], Any]:
        return lambda: store.find(f"{JOINED} {rest}", values)

    changed, by = Listing(FORM, COLUMNS), Listing(FORM, COLUMNS, sort="toegang", down=False)
    words, some = Listing(FORM, COLUMNS, search="ligt"), f"limit {PAGE_ROWS + 1}"
    oldest = store.find(f"{JOINED} where {SCOPE} order by r.changed_ms, r.record limit 1")[0]
    empty = store.find(f"{JOINED} where {SCOPE} and f.toegang is null order by f._record desc limit 60")[-1]
    last = "order by r.changed_ms desc, r.record desc"
    match = "and r.record in (select w.record from _search_fts join _search w on w.number = _search_fts.rowid"
    by_answer = "and f.toegang collate nocase >= '' order by f.toegang collate nocase, f._record"
    return {
        "first page": (asked(changed), bare(f"where {SCOPE} {last} {some}")),
        "last page": (
            asked(changed, before=oldest["record"]),
            bare(f"where {SCOPE} and r.changed_ms > ? order by r.changed_ms, r.record {some}", oldest["changed_ms"]),
        ),
        "sorted, first page": (asked(by), bare(f"where {SCOPE} {by_answer} {some}")),
        "sorted, last page": (
            asked(by, after=empty["record"]),
            bare(f"where {SCOPE} and f.toegang is null and f._record > ? order by f._record {some}", empty["record"]),
        ),
        "search": (asked(words), bare(f"where {SCOPE} {match} where _search_fts match ?) {last} {some}", '"ligt"*')),
        "count": (
            lambda: looker.look(lambda tables: count(tables, changed), MINE),
            lambda: store.find(COUNTED.format("_record", SCOPE)),
        ),
    }  # fmt: skip


def queues(looker: Looker, store: Records) -> dict[str, tuple[Callable[[], Any], Callable[[], Any]]]:
    """The same of what waits for a person."""
    today = [
        ("_queue", "r.rank = 1"), ("_queue", "r.rank > 1"), ("_review", "r.stage = 'answered'"),
        ("_review", "r.stage = 'changed'"), ("_review", "r.stage in ('received', 'in_review')"),
        ("_attention", "r.open = 1"),
    ]  # fmt: skip
    waiting, noted = Asked([FORM]), f"{SCOPE} and r.open = 1"
    return {
        "queue": (
            lambda: looker.look(lambda tables: (tables.queue(waiting, None, 51), tables.queue_count(waiting)), MINE),
            lambda: (
                store.find(f"select * from _queue r where {SCOPE} order by rank, since_ms, id limit 51"),
                store.find(COUNTED.format("_queue", SCOPE)),
            ),
        ),
        "remarks": (
            lambda: looker.look(lambda tables: tables.notes([FORM], "", ("", "", ""), 51), MINE),
            lambda: store.find(f"select * from _attention r where {noted} order by kind, record, name limit 51"),
        ),
        "remarks, counted by kind": (
            lambda: looker.look(lambda tables: tables.note_kinds([FORM], KINDS), MINE),
            lambda: store.find(f"select kind, count(*) from _attention r where {noted} group by kind"),
        ),
        "today": (
            lambda: looker.look(lambda tables: waits_in(tables, [FORM]), MINE),
            lambda: [store.find(COUNTED.format(table, f"{SCOPE} and {waits}")) for table, waits in today],
        ),
    }  # fmt: skip


def timeline(office: DeskOffice, runs: int) -> float:
    """The course of a record of many entries beside the bare reading of its entries, sealed and opened."""
    record = office.shared("dossier", {"/case_ref": "ABCD-2345"})
    for number in range(150):
        office.one.save(office.one.open(record), "dossier", 1, {"/roepnaam": f"naam {number}"})
    office.sync()
    office.dump()
    town = office.server.municipality

    def opened() -> Any:
        return office.server.run(office.keeper.look(partial(courses.opened_of, record=record)))

    def bare() -> None:
        with closing(open_stores().read(town.folder)) as stores, stores.moment():
            list(stores.journal.entries_of(record))
        opened()

    def whole() -> None:
        entries, held = courses.entries_of(town, record)
        courses.course(entries, held, opened(), town.book)

    return middle(whole, runs) / middle(bare, runs)


def main() -> None:
    """Print each question's ratio beside its goal, and what the whole page takes."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=15)
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        office, path, key = filled(Path(place), options.records)
        looker, store = Looker.opened(path, key), Records(path, key)
        assert looker is not None
        for name, (page_of, bare) in (questions(looker, store) | queues(looker, store)).items():
            ours, control = middle(page_of, options.runs), middle(bare, options.runs)
            beside({"desk page / bare SQL": ours / control}, f"{name}: {ours * 1e3:.2f} / {control * 1e3:.2f} ms")
        looker.close()
        store.close()
        beside({"desk page / bare SQL": timeline(office, options.runs)}, "timeline of 150 entries")
        browser = office.signed_in()
        for address in ("/records/huisbezoek", "/today", "/conflicts", "/attention", "/devices"):
            whole = middle(lambda address=address: browser.get(address), options.runs)  # type: ignore[misc]
            print(f"whole page {address}: {whole * 1e3:.1f} ms")
        office.desk.control.close()
        office.server.stop()


if __name__ == "__main__":
    main()
