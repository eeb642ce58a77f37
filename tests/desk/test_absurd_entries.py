"""One entry must not end a list: absurd clocks, versions and answers go through every command and every export."""

import contextlib
import json
import sqlite3
from pathlib import Path
from random import Random
from typing import Any

import click
import msgspec
import pytest
from click.testing import CliRunner

from backend.cli import answers as shown
from backend.cli import exports
from crypto.entries import encode_plaintext
from sync import clock
from sync.device import compose, seen_on_screen
from sync.entry import encode_header
from tests.desk.office import Office

CHILD = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
CLOCKS = (0, 1, 2**16, 2**48, (253_402_300_800_000 << 16), 2**63, 2**64 - 1)
TEXTS = ("", "\x1b[2J\u202eabc\x9b1m", "=cmd()", "a\nb", "\ufeff", "é" * 300, "\u2028", "\U000e0001", "\x00")
VALUES: tuple[Any, ...] = (
    None, True, 0, -1, 2**63, 2**64 - 1, -(2**63), 1.5, 1e308, -0.0, *TEXTS, [], ["a", None, 2**63], {}, {"a": [1]},
)  # fmt: skip
PATHS = (
    "/toegang",
    "/datum",
    "/duiding",
    "/nergens",
    "/gespreksvormen",
    CHILD,
    f"{CHILD}/kind_stem",
    "/_review",
    "geen pad",
    "",
)
VERSIONS = (0, 1, 2, 2**31, 2**63, 2**64 - 1, -1)


def absurd(office: Office, record: bytes, at: int, version: int, answers: dict[str, Any]) -> None:
    """An entry that no app would make and every server takes, for it is sealed and its clock is its own."""
    device = office.two
    keys, known = device.keys_of(record), device.store.record_key(record)
    assert keys is not None and known is not None
    with device.store.transaction():
        observed = seen_on_screen(device.taken(record).admitted)
        header = compose(device.pen, 1, record, known[0], "write", observed, keys.touches(answers))
        header = msgspec.structs.replace(header, clock_bytes=clock.pack(at))
        device.chain(header, keys.seal(encode_header(header), encode_plaintext("huisbezoek", version, answers)))


def printed(show: Any, rows: list[Any]) -> str:
    """What a command prints of these rows."""

    @click.command()
    def command() -> None:
        for row in rows:
            show(row)

    done = CliRunner().invoke(command)
    assert done.exception is None, done.exception
    return done.output


def everything_is_shown(office: Office, folder: Path, records: int) -> None:
    listed = office.ask("records", form="huisbezoek")
    assert records == len(listed)
    some: tuple[dict[str, Any], ...] = ({}, {"labels": "nl"})
    for words in some:  # in codes, and in the words of the form
        printed(shown.record_line, office.ask("records", form="huisbezoek", **words))
        for row in listed:
            printed(shown.record, office.ask("show", record=row["_record"], **words))
        printed(shown.conflict, office.ask("conflicts", **words))
        printed(shown.attention, [office.ask("attention", **words)])
    assert records == len(office.ask("records", form="huisbezoek", search="veldwoord"))
    rows = office.ask("export", form="huisbezoek")
    folder.mkdir()
    exports.write_csv(rows, folder / "c")
    lines = exports.write_jsonl(rows, folder / "e.jsonl")
    assert lines == len((folder / "e.jsonl").read_text().split("\n")) - 1
    assert lines == exports.write_sqlite(rows, folder / "e.db")
    with contextlib.closing(sqlite3.connect(folder / "e.db")) as db:
        assert (records,) == db.execute("select count(*) from huisbezoek").fetchone()


@pytest.mark.parametrize("at", CLOCKS)
def test_a_clock_in_the_year_10889_took_every_list_away(office: Office, tmp_path: Path, at: int) -> None:
    record = office.shared("huisbezoek", {"/duiding": "veldwoord"})
    office.shared("huisbezoek", {"/duiding": "veldwoord van een ander"})
    absurd(office, record, at, 1, {"/toegang": "binnen"})
    office.sync()
    everything_is_shown(office, tmp_path / "out", 2)


@pytest.mark.parametrize("seed", range(6))
def test_no_value_of_an_entry_ends_a_list_or_an_export(office: Office, tmp_path: Path, seed: int) -> None:
    random = Random(seed)
    records = [office.shared("huisbezoek", {"/duiding": "veldwoord"}) for _ in range(3)]
    for _ in range(14):
        answers = {random.choice(PATHS): random.choice(VALUES) for _ in range(random.randint(1, 4))}
        absurd(office, random.choice(records), random.choice(CLOCKS), random.choice(VERSIONS), answers)
    office.sync()
    everything_is_shown(office, tmp_path / "out", 3)
    assert office.dump() == office.rebuilt(tmp_path)


def test_nothing_is_shown_with_a_time_after_its_receipt(office: Office) -> None:
    record = office.shared("huisbezoek", {"/duiding": "veldwoord"})
    now = office.server.clock.now_ms()
    absurd(office, record, (now + 365 * 86_400_000) << 16, 1, {"/toegang": "binnen"})
    office.sync()
    row = office.ask("show", record=record.hex())[0]
    assert now == row["changed_ms"] == row["shown"]["/toegang"]["at_ms"]


def test_an_answer_commands_no_terminal(office: Office) -> None:
    office.one.create("huisbezoek", 1, {"/duiding": "\x1b[2J\u202eomgekeerd\x9b1m\nregel twee"})
    office.sync(office.one)
    text = printed(shown.record_line, office.ask("records", form="huisbezoek"))
    assert r"\u001b[2J\u202eomgekeerd\u009b1m\nregel twee" in text
    assert json.loads(f'"{text.split("duiding=")[1].strip()}"').startswith("\x1b[2J\u202e")
