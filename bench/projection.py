"""What the projection and a pull cost, beside a control in the same call.

    .venv/bin/python bench/projection.py [--entries 4000] [--runs 5] [--asked]

Prints medians of CPU seconds per 1,000: entries projected (opened, signatures checked, policies applied, validated,
upserted encrypted), and changes pulled; an Ed25519 check, by our own class and alone, as controls.

Every question is answered by chance, so that each record has some nine answers that others hide and that are listed.
With `--asked` only what the form asks is answered, as a person does who fills it in: four fifths of the cost.
"""

import argparse
import json
import statistics
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.projection.projector import Projector
from backend.stores.sqlite.journal import SqliteJournal
from backend.stores.sqlite.keys import SqliteKeys
from bench.goals import beside
from bench.ingest import control
from crypto.keys import SigningKey, VerifyKey
from forms.answers import assemble
from forms.definition.library import first_raw, shipped_form
from forms.records.relevance import Examiner, left_out
from sync.messages import PROTOCOL, SyncRequest, read_response, write
from tests.fleet.world import LocalTransport, Server

WORDS = ("rustig", "gesprek", "aan", "de", "keukentafel", "afspraak", "gemaakt", "school", "belt", "terug")


def filled(random: Random) -> dict[str, Any]:
    """A home visit, filled in as far as its questions outside repeating groups go."""
    found: dict[str, Any] = {}
    for question in shipped_form("huisbezoek", 1).in_group(None):
        match question.kind:
            case "choice":
                found[question.path] = random.choice(question.codes)
            case "choices":
                found[question.path] = sorted(random.sample(question.codes, 2), key=question.codes.index)
            case "date":
                found[question.path] = f"2026-{random.randint(1, 9):02}-{random.randint(1, 28):02}"
            case "boolean":
                found[question.path] = random.random() < 0.5
            case "text":
                found[question.path] = " ".join(random.choices(WORDS, k=6))
    fitting = {"/case_ref": "ABCD-2345", "/gelegitimeerd": True, "/doel_uitgelegd": True, "/werker_ok": "ja"}
    soon = {"/bezoek_datum": "2026-03-01", "/vervolg_datum": "2026-04-01"}  # the world's clock stands in March
    return {**found, **fitting, **soon, "/eerst": found["/hulpvragen"][0]}


def as_asked(answers: dict[str, Any], examiner: Examiner) -> dict[str, Any]:
    """Those of these answers that the form asks."""
    hidden = examiner.examine(assemble(answers), answers["/bezoek_datum"]).hidden
    return {path: value for path, value in answers.items() if not left_out(path, hidden)}


def verifying() -> float:
    """CPU seconds of 1,000 Ed25519 checks: the floor of anything that checks who wrote."""
    key = SigningKey.generate()
    sig, public = key.sign("entry", bytes(32)), VerifyKey(key.public)
    started = time.process_time()
    for _ in range(1_000):
        public.verify(sig, "entry", bytes(32))
    return time.process_time() - started


def projected(server: Server, folder: Path, run: int, entries: int) -> float:
    """CPU seconds per 1,000 entries of a projection from position 1 into an empty file."""
    town = server.municipality
    projector = Projector(town.folder, town.custody, folder / f"records-{run}.db")
    started = time.process_time()
    projector.run()
    spent = time.process_time() - started
    assert entries == projector.records.find("select count(*) n from huisbezoek")[0]["n"]
    projector.close()
    return spent * 1_000 / entries


def statements(server: Server, folder: Path, entries: int) -> float:
    """How often a projection asks the journal and the keys, for each record."""
    town, asked = server.municipality, [0]

    def count(_statement: str) -> None:
        asked[0] += 1

    projector = Projector(town.folder, town.custody, folder / "counted.db")
    for store in (projector._journal, projector._keys):
        assert isinstance(store, SqliteJournal | SqliteKeys)
        store.db.conn.set_trace_callback(count)
    projector.run()
    projector.close()
    return asked[0] / entries


def pulled(server: Server, device: bytes, limit: int) -> tuple[float, int, int]:
    """CPU seconds, changes and bytes of pulling everything a device may read, page by page."""
    town, cursor, changes, size = server.municipality, None, 0, 0
    started = time.process_time()
    while True:
        request = SyncRequest(PROTOCOL, server.clock.now_ms(), cursor=cursor or b"", limit=limit)
        raw = server.run(town.exchanging.exchange(device, write(request), request.sent))
        answer = read_response(raw)
        changes += len(answer.changes)
        size += len(raw)
        cursor = answer.cursor
        if not answer.more:
            return time.process_time() - started, changes, size


def main() -> None:
    """Run everything and print a table; the last line is JSON for machines."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--entries", type=int, default=4_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--asked", action="store_true", help="answer only what the form asks")
    chosen = parser.parse_args()
    random, examiner = Random(1), Examiner(shipped_form("huisbezoek", 1))
    rows: dict[str, list[float]] = {"projection": [], "pull": [], "ed25519 check": [], "control": []}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        server = Server(folder)
        for slug in ("dossier", "huisbezoek"):  # a visit refers to a case
            server.publish(first_raw(slug))
        device: Device = server.enrol(folder / "one.db", "werker-een")
        heir: Device = server.enrol(folder / "two.db", "werker-twee")
        for _ in range(chosen.entries):
            answers = filled(random)
            device.create("huisbezoek", 1, as_asked(answers, examiner) if chosen.asked else answers)
        Sync(device, LocalTransport(server)).run()
        for record in device.store.records():
            server.run(server.municipality.opening.grant(record, "werker-twee", "beheer"))
        for run in range(chosen.runs):
            rows["projection"].append(projected(server, folder, run, chosen.entries))
            seconds, changes, size = pulled(server, heir.id, 1_000)
            rows["pull"].append(seconds * 1_000 / changes)
            rows["ed25519 check"].append(verifying())
            rows["control"].append(control())
        asked = statements(server, folder, chosen.entries)
        server.stop()
    print(f"{'':20} CPU s/1000   (pull: {changes} changes, {size // changes} bytes each)")
    medians = {row: statistics.median(found) for row, found in rows.items()}
    for row, median in medians.items():
        print(f"{row:20} {median:10.4f}")
    ratio = statistics.median(one / other for one, other in zip(rows["projection"], rows["control"], strict=True))
    remark = "only what is asked is answered" if chosen.asked else ""
    beside({"projection / Ed25519 check": ratio, "statements a projected record": asked}, remark)
    print(json.dumps(medians))


if __name__ == "__main__":
    main()
