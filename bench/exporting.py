"""What an export to CSV costs, beside the bare reading of the same tables: at most three times as much.

    .venv/bin/python bench/exporting.py [--records 100000] [--runs 3]

Prints the median CPU seconds of an export as the server and the command line do it (read, drawn up, sent as JSON, read
again, written as CSV) and of the control, which reads every row of the same sealed tables, and writes the same
cells with Python's `csv`; both by turns in one process. And how much memory an export of all records needs beyond one
of a hundredth of them.
"""

import argparse
import csv
import json
import statistics
import sys
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parents[1]))

import msgspec

from backend.cli import exports
from backend.desk import exporting
from backend.desk.export_wishes import Wishes
from backend.desk.exporting import Asked
from backend.desk.wire import Told
from backend.stores.database import snapshot
from backend.stores.records import Records
from bench.goals import beside
from forms.definition.library import shipped_form
from tests.desk.many import copied
from tests.desk.office import Office

FORM: Final = "huisbezoek"
APPOINTMENT: Final = {"": {}, "/afspraak_wat": "School bellen", "/afspraak_wie": "werker"}
ANSWERS: Final = {
    "/case_ref": "ABCD-2345", "/bezoek_datum": "2026-11-11", "/bezoek_soort": "school", "/rollen": ["tolk"],
    "/gelegitimeerd": True, "/doel_uitgelegd": True, "/toegang": "binnen", "/zorg": "twijfel", "/werker_ok": "ja",
    "/krachten": ["steun_familie"], "/krachten_tekst": "Oma woont om de hoek.", "/hulpvragen": ["onderwijs", "taal"],
    "/duiding": "Moeder maakt zich zorgen over de overstap.", "/feiten": "De fiets staat weer in de gang.",
    **{f"/afspraak/01J9ZZZZZZZZZZZZZZZZZZZZZ1{name}": value for name, value in APPOINTMENT.items()},
}  # fmt: skip


def tables(folder: Path, count: int) -> Records:
    """A store with so many records of the form."""
    office = Office(folder)
    office.shared(FORM, ANSWERS)
    office.dump()
    key = office.server.municipality.custody.records_key.reveal()
    office.server.run(office.keeper.close())
    store = Records(office.server.municipality.folder / "records.db", key)
    copied(store, FORM, count)
    _varied(store)
    return store


def _varied(store: Records) -> None:
    """Let the copies differ in when they were written and in what was chosen, as records do."""
    choices = {question.name: sorted(question.choices) for question in shipped_form(FORM, 1).columns(None)}
    with store.transaction():
        later = ",".join(f"{name} = {name} + 61000 * rowid" for name in ("created_ms", "changed_ms"))
        store.db.execute(f"update _record set {later}")
        for name in ("rollen", "krachten", "hulpvragen"):
            some = [json.dumps(choices[name][at : at + 3]) for at in range(len(choices[name]))]
            cases = " ".join(f"when {at} then '{codes}'" for at, codes in enumerate(some))
            store.db.execute(f"update [{FORM}] set [{name}] = case rowid % {len(some) + 3} {cases} end")


def sent(store: Records) -> Iterator[Any]:
    """The rows of an export as they come to the command line."""
    asked = Asked(FORM, shipped_form(FORM, 1), {}, Wishes())
    with snapshot(store.db):
        for _, _, row in exporting.paced(store, asked):
            yield msgspec.json.decode(msgspec.json.encode(Told("row", row=row)), type=Told).row


def bare(store: Records, written: Path, file: Path) -> float:
    """Read every row of the tables that an export comes from, and write the cells that it has; returns CPU seconds."""
    begun = time.process_time()
    with snapshot(store.db):
        for table in ("_record", "_hidden", *(one for one in store.form_tables() if one.partition("__")[0] == FORM)):
            for _ in store.db.conn.execute(f"select * from [{table}]"):
                pass
    spent = time.process_time() - begun
    with file.open("w", newline="") as out:
        write = csv.writer(out).writerow
        for path in written.iterdir():
            with path.open(newline="") as held:
                reader = csv.reader(held)
                while rows := [*islice(reader, 1_000)]:
                    begun = time.process_time()
                    for row in rows:
                        write(row)
                    spent += time.process_time() - begun
    return spent


def peak_of(work: Callable[[], object]) -> float:
    """The most memory that this process has while it works beyond what it had before, in MiB (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")
    before = _most()
    work()
    return _most() - before


def _most() -> float:
    line = next(one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def main() -> None:
    """Measure both by turns."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=3)
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        out = Path(folder)
        store, small = tables(out / "large", given.records), tables(out / "small", given.records // 100)
        exports.write_csv(sent(small), out / "warm")
        little = peak_of(lambda: exports.write_csv(sent(small), out / "less"))
        ours, theirs, most = [], [], []
        for run in range(given.runs):
            written, begun = out / f"ours-{run}", time.process_time()
            most.append(peak_of(lambda written=written: exports.write_csv(sent(store), written)))  # type: ignore[misc]
            ours.append(time.process_time() - begun)
            theirs.append(bare(store, written, out / "bare.csv"))
        grown = max(most) - little
    print(
        json.dumps(
            {"records": given.records, "export CPU s": statistics.median(ours), "bare": statistics.median(theirs)}
        )
    )
    beside({
        "export to CSV / bare reading and writing": statistics.median(a / b for a, b in zip(ours, theirs, strict=True)),
        "export of all: MiB beyond that of 1 %": grown,
    })  # fmt: skip


if __name__ == "__main__":
    main()
