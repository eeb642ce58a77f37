"""PostgreSQL where it may mislead: a wait that is cancelled, an owner that slept, and servers that are not what they
should be. Each is told by a code, and nothing of it is half done."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from backend.errors import BackendError, status_of
from backend.stores import in_postgres
from backend.stores.carrying import Whole
from backend.stores.ledger import Stores
from backend.stores.placed import Placed
from backend.stores.postgres.faults import Server, named, refusal
from backend.stores.server_errors import JournalMoved
from backend.stores.sqlite.engine import SQLITE
from sync.entry import Wrap
from sync.messages import Epoch
from tests.clusters import shared
from tests.processes import PATIENCE_S, POLL_S
from tests.stores.contract.engines import ENGINES

ROOT = Path(__file__).parents[2]
DEVICE, RECORD, KEY = b"d" * 16, b"r" * 16, b"k" * 16
EPOCH, WRAP = Epoch(b"e" * 8, b"key id 8", 2, b"sealed"), Wrap(RECORD, KEY, b"e" * 8, bytes(12), b"w" * 48)
SERVER = ENGINES["postgres"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "GM9901"
    made.mkdir()
    SERVER.create(made)
    return made


def asked(sql: str, address: str = "") -> Any:
    """The first row that a statement finds."""
    with closing(psycopg.connect(address or shared()[0], autocommit=True)) as connection:
        cursor = connection.execute(sql)
        return cursor.fetchone() if cursor.description else None


def until(question: Any) -> Any:
    """The first answer that says something."""
    ends = time.monotonic() + PATIENCE_S
    while not (answer := question()):
        assert time.monotonic() < ends
        time.sleep(POLL_S)
    return answer


def write(stores: Stores, name: str) -> None:
    with stores.unit():
        stores.journal.set_meta(name, b"1")


# --- a commit that no standby confirmed ---


@pytest.fixture
def nobody_confirms(folder: Path) -> Iterator[Path]:
    yield folder
    asked("alter system reset synchronous_standby_names")
    asked("select pg_reload_conf()")


def test_a_wait_for_a_standby_that_is_cancelled_is_no_commit(nobody_confirms: Path) -> None:
    with closing(SERVER.open(nobody_confirms)) as stores, ThreadPoolExecutor(1) as pool:
        write(stores, "before")
        asked("alter system set synchronous_standby_names = 'nobody'")
        asked("select pg_reload_conf()")
        until(lambda: asked("select 1 where current_setting('synchronous_standby_names') = 'nobody'"))
        writing = pool.submit(write, stores, "cancelled")
        until(lambda: asked("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'"))
        error = writing.exception(PATIENCE_S)
        assert isinstance(error, BackendError)
        assert ("commit-unconfirmed", 503) == (error.code, status_of(error.code))
        asked("alter system reset synchronous_standby_names")
        asked("select pg_reload_conf()")
        until(lambda: asked("select 1 where current_setting('synchronous_standby_names') = ''"))
        with pytest.raises(JournalMoved):  # it was committed here after all: what is in memory is not what is held
            write(stores, "after")
    with closing(SERVER.open(nobody_confirms)) as stores:
        write(stores, "after")
        assert b"1" == stores.journal.meta("cancelled")


def test_a_session_that_ends_in_a_unit_ends_the_unit_and_the_next_goes_on(folder: Path) -> None:
    """A statement that opened another session would be committed alone."""
    with closing(SERVER.open(folder)) as stores:
        with pytest.raises(BackendError, match="store-away"), stores.unit():
            stores.journal.set_meta("one", b"1")
            asked("select pg_terminate_backend(pid) from pg_stat_activity where state = 'idle in transaction'")
            with pytest.raises(BackendError, match="store-away"):
                stores.journal.meta("one")
            stores.journal.set_meta("two", b"2")
        assert (None, None) == (stores.journal.meta("one"), stores.journal.meta("two"))
        write(stores, "three")
        assert b"1" == stores.journal.meta("three")


# --- lease and fence ---

OWNER = """
import sys
from pathlib import Path
from backend.errors import BackendError
from backend.stores import in_postgres
from backend.stores.postgres import lease
from tests.stores.test_postgres import DEVICE, EPOCH, WRAP

lease.SILENCE_S, lease.BEAT_S = 1, 0.2
stores = in_postgres(sys.argv[2], sys.argv[3], True).open(Path(sys.argv[1]))
print("open", flush=True)
for name in sys.stdin:
    try:
        with stores.unit():
            stores.journal.set_meta(name.strip(), b"1")
            stores.keys.take([(DEVICE, EPOCH)], [(DEVICE, WRAP)], ())
    except BackendError as error:
        print(error.code, flush=True)
    else:
        print("done", flush=True)
"""


def test_an_owner_that_slept_commits_neither_entry_nor_wrap(folder: Path) -> None:
    command = [sys.executable, "-c", OWNER, str(folder), *shared()]
    owner = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)
    assert owner.stdin is not None and owner.stdout is not None

    def tell(name: str) -> str:
        assert owner.stdin is not None and owner.stdout is not None
        owner.stdin.write(f"{name}\n")
        owner.stdin.flush()
        return owner.stdout.readline().strip()

    try:
        assert "open" == owner.stdout.readline().strip()
        assert "done" == tell("one")
        with pytest.raises(BackendError, match="lease-held") as held:
            SERVER.open(folder)
        assert str(owner.pid) in held.value.facts["owner"]
        os.kill(owner.pid, signal.SIGSTOP)
        with closing(until(lambda: opened(folder))) as stores:
            with stores.unit():
                stores.keys.forget(RECORD)
            os.kill(owner.pid, signal.SIGCONT)
            assert "lease-lost" == tell("two")
            assert (b"1", None) == (stores.journal.meta("one"), stores.journal.meta("two"))
            assert not stores.keys.has_wrap(RECORD)
        assert "lease-lost" == tell("three"), "the lease is free, and the fence still not its own"
    finally:
        owner.kill()
        owner.wait()
    with closing(until(lambda: opened(folder))) as stores:  # a node that is killed lets go at once
        assert stores.journal.meta("three") is None


def opened(folder: Path) -> Stores | None:
    try:
        return SERVER.open(folder)
    except BackendError as error:
        assert "lease-held" == error.code
        return None


def test_a_fence_of_the_keys_alone_keeps_a_wrap_out(folder: Path) -> None:
    """Who takes over raises it first: an owner that does not know it yet brings no key back after an erasure."""
    with closing(SERVER.open(folder)) as stores:
        asked("update veldpost.municipality set fence = fence + 1", shared()[1])
        with pytest.raises(BackendError, match="lease-lost"), stores.unit():
            stores.keys.take([(DEVICE, EPOCH)], [(DEVICE, WRAP)], ())
        assert not stores.keys.has_wrap(RECORD)


# --- servers that are not what they should be ---

GOOD = Server(150_004, False, "ANY 1 (a, b)", True)


@pytest.mark.parametrize(
    ("server", "code"),
    [
        (GOOD, None),
        (GOOD._replace(version=140_019), "postgres-too-old"),
        (GOOD._replace(recovering=True), "store-read-only"),
        (GOOD._replace(standbys=" "), "postgres-not-synchronous"),
        (GOOD._replace(writes_through=False), "postgres-not-synchronous"),
        (GOOD._replace(confirming=1), None),
        (GOOD._replace(confirming=0), "standby-away"),
        (GOOD._replace(standbys="first 2 (a, b, c)", confirming=1), "standby-away"),
        (GOOD._replace(standbys="a", confirming=0), "standby-away"),
    ],
)
def test_a_server_that_cannot_keep_its_promises_is_refused(server: Server, code: str | None) -> None:
    refused = refusal(server, "journal.pg", alone=False)
    assert code == (refused.code if refused else None)
    quiet = refusal(server, "journal.pg", alone=True)
    assert (quiet.code if quiet else None) == (None if code == "postgres-not-synchronous" else code)


def test_a_municipality_is_not_opened_where_no_standby_is_waited_for(folder: Path) -> None:
    with pytest.raises(BackendError, match="postgres-not-synchronous"):
        in_postgres(*shared(), False).open(folder)


def test_keys_that_would_be_archived_with_the_journals_are_refused(folder: Path, tmp_path: Path) -> None:
    one = in_postgres(shared()[0], shared()[0], True)
    with pytest.raises(BackendError, match="keys-with-journal"):
        one.open(folder)
    with pytest.raises(BackendError, match="keys-with-journal"):
        one.create(tmp_path)
    assert not [*tmp_path.glob("*.pg")]


@pytest.mark.parametrize("which", [0, 1])
def test_another_server_a_newer_schema_and_a_lost_one_are_told_apart(folder: Path, which: int) -> None:
    mark, address = folder / ("journal.pg", "keys.pg")[which], shared()[which]
    named_so = mark.read_text()
    (schema,) = asked(f"select schema from veldpost.municipality where '{named_so}' like '%' || schema || '%'", address)
    server, _, _ = named_so.partition(schema)
    for said, code in (
        (named_so.replace(server[11:20], "000000000"), "store-of-another-server"),
        (named_so.replace(schema, "gm9901_none"), "store-missing"), ("{", "store-missing"),
    ):  # fmt: skip
        mark.write_text(said)
        with pytest.raises(BackendError, match=code):
            SERVER.open(folder)
    mark.write_text(named_so)
    asked(f"update veldpost.municipality set version = 99 where schema = '{schema}'", address)
    for way in (SERVER.open, SERVER.read)[: 2 - which]:  # who reads asks for keys later
        with pytest.raises(BackendError, match="store-too-new"):
            way(folder)


@pytest.mark.parametrize(("state", "code", "status"), [("53100", "store-full", 507), ("25006", "store-read-only", 503)])
def test_a_server_that_takes_nothing_in_says_so_and_nothing_is_half_done(
    folder: Path, state: str, code: str, status: int
) -> None:
    with closing(SERVER.open(folder)) as stores:
        stores.journal.set_meta("here", b"1")
        (schema,) = stores.journal.run("select current_schema()").fetchone()  # type: ignore[attr-defined]
        asked(
            f"create function {schema}.refuse() returns trigger language plpgsql as"
            f" $$ begin raise exception 'no' using errcode = '{state}'; end $$;"
            f" create trigger refuse before insert on {schema}.attachment"
            f" for each row execute function {schema}.refuse()"
        )
        with pytest.raises(BackendError, match=code), stores.unit():
            stores.journal.set_meta("half", b"1")
            stores.journal.run("insert into attachment values(?, ?, ?, 1, 1, 1)", (RECORD,) * 3)  # type: ignore[attr-defined]
        assert (None, status) == (stores.journal.meta("half"), status_of(code))
        write(stores, "after")


def test_a_server_that_was_made_read_only_is_refused_at_the_start_and_while_it_runs(folder: Path) -> None:
    with closing(SERVER.open(folder)) as stores:
        write(stores, "before")
        try:
            asked("alter system set default_transaction_read_only = on")
            asked("select pg_reload_conf()")
            until(lambda: asked("select 1 where current_setting('default_transaction_read_only') = 'on'"))
            with pytest.raises(BackendError, match="store-read-only"):
                SERVER.create(folder.with_name("GM9902"))
            until(lambda: refused(stores) == "store-read-only")
        finally:
            asked("alter system reset default_transaction_read_only")
            asked("select pg_reload_conf()")
        until(lambda: refused(stores) == "")
        assert b"1" == stores.journal.meta("before")


def refused(stores: Stores) -> str:
    """The code with which a unit is refused; empty if it is committed."""
    try:
        write(stores, "one")
    except BackendError as error:
        return error.code
    return ""


def test_a_session_that_comes_to_another_server_says_and_takes_nothing(folder: Path) -> None:
    """An address may lead to a server that was set up anew while this one runs."""
    with closing(SERVER.open(folder)) as stores:
        write(stores, "before")
        stores.rest()
        (own,) = asked("select id from veldpost.server")
        asked("update veldpost.server set id = gen_random_uuid()")
        try:
            assert "store-of-another-server" == refused(stores)
            with pytest.raises(BackendError, match="store-of-another-server"):
                stores.journal.meta("before")
        finally:
            asked(f"update veldpost.server set id = '{own}'")
        assert "" == refused(stores)


def test_an_address_that_asks_for_a_primary_serves_those_who_read_too(folder: Path) -> None:
    """A session that begins read-only is refused by it, so that nobody but the writer could ask."""
    journal, keys = (f"{address}&target_session_attrs=read-write" for address in shared())
    with closing(in_postgres(journal, keys, True).open(folder)) as stores:
        write(stores, "one")
        stores.release()
        assert b"1" == stores.journal.meta("one")
        with pytest.raises(BackendError, match="store-read-only"):
            stores.journal.set_meta("two", b"2")


def test_a_server_that_is_not_there_is_away(tmp_path: Path, folder: Path) -> None:
    nowhere = f"postgresql://veldpost@/none?host={tmp_path}"
    with pytest.raises(BackendError, match="store-away"):
        in_postgres(nowhere, nowhere, True).open(folder)
    assert 503 == status_of("store-away")


@pytest.mark.parametrize("rows", [1, 2, 20])  # each goes to the server another way
def test_a_text_with_a_nul_is_refused_by_name(folder: Path, rows: int) -> None:
    with closing(SERVER.open(folder)) as stores:
        with pytest.raises(BackendError, match="text-with-nul"), stores.unit():
            stores.journal.set_meta("half", b"1")
            for number in range(rows):
                stores.journal.audit(1, "beheer", f"act {number}", None, "a\0b")
        assert (None, 422) == (stores.journal.meta("half"), status_of("text-with-nul"))


def test_what_the_server_says_of_a_row_is_not_repeated() -> None:
    error = psycopg.errors.UniqueViolation("Key (record)=(\\x616e6e61) already exists.")
    told = named(error, "journal.pg")
    assert told is not None and "616e6e61" not in str(told)


def test_a_folder_that_names_a_server_is_no_empty_place(folder: Path) -> None:
    """Without the setting it would be taken for one where nothing was set up, and a second journal made in it."""
    plain: Whole = Placed(SQLITE)
    for way in (plain.holds, plain.missing, plain.open, plain.read):
        with pytest.raises(BackendError, match="journal-elsewhere"):
            way(folder)
