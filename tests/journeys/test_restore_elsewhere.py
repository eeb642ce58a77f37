"""A municipality on a new machine, from its backup, its list and its passphrase; damage that stays with one of many."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import sqlcipher3

from backend.desk.rights import Role
from backend.device.syncing import Sync
from tests.fleet.world import Server
from tests.journeys.terminal import Terminal
from tests.journeys.test_first_run import OTHER, PHRASE, STAFF, TOWN, enrolled, set_up
from tests.processes import PATIENCE_S

OWN = "alleen fien weet dit"
PASS = ("--passphrase", *STAFF)


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[tuple[Terminal, Terminal]]:
    made = []
    for name in ("here", "there"):
        (tmp_path / name).mkdir()
        made.append(Terminal(tmp_path / name))
    yield made[0], made[1]
    for terminal in made:
        if terminal.server is not None and terminal.server.poll() is None:
            terminal.stop()


def test_on_an_empty_machine_a_record_is_read_with_backup_list_and_passphrase(
    terminals: tuple[Terminal, Terminal], tmp_path: Path
) -> None:
    here, there = terminals
    set_up(here)
    here.start("serve")
    here.seat(TOWN, "beheer", PHRASE)
    assert 0 == here.type("unlock", TOWN, *PASS, stdin=PHRASE + "\n").returncode
    device, road = enrolled(here, "werker-een")
    colleague, _ = enrolled(here, "werker-twee")
    record = device.create("huisbezoek", 1, {"/toegang": "binnen"})
    Sync(device, road).run()
    assert here.rows("backup", TOWN, str(tmp_path / "b"), *STAFF)
    assert here.rows("revoke", TOWN, colleague.id.hex(), "--stolen", *STAFF)
    here.stop()
    backup = tmp_path / "b" / TOWN / "journal" / "journal.db"
    with closing(sqlcipher3.connect(str(backup), isolation_level=None)) as before:
        before.executescript("delete from staff; delete from kept")  # of a release that kept its accounts elsewhere
    keys = there.folder / "k"
    keys.mkdir()
    shutil.copy2(here.folder / "k" / f"{TOWN}.list", keys)

    assert 0 == there.type("restore", TOWN, str(tmp_path / "b")).returncode
    there.start("serve")
    assert "[wrong-passphrase]" in there.type("first-account", TOWN, "dora", "--passphrase", stdin=OTHER + "\n").stderr
    (keys / f"{TOWN}.key").write_bytes(b"k" * 32)
    assert "[person-needed]" in there.type("first-account", TOWN, "dora").stderr
    assert 0 == there.type("first-account", TOWN, "dora", "--passphrase", stdin=PHRASE + "\n").returncode
    assert "[accounts-exist]" in there.type("first-account", TOWN, "eve", "--passphrase", stdin=PHRASE + "\n").stderr
    assert 0 == there.type("unlock", TOWN, "--passphrase", stdin=PHRASE + "\n").returncode
    there.seat(TOWN, "dora", PHRASE)
    dora = ("--passphrase", "--staff", "dora")
    shown = there.type("show", TOWN, record.hex(), "--staff", "dora")
    assert "I was inside" in shown.stdout, shown.stdout
    row = there.rows("status")[0]
    assert row["awaiting_list"] and "dora" == row["unconfirmed"]
    assert [True] == [d["revoked"] for d in there.rows("devices", TOWN, "--staff", "dora") if "twee" in d["worker"]]
    said = there.type("status").stdout
    assert f'confirm-list {TOWN} "{row["list_ends"]}"' in said and "not confirmed by a second: dora" in said
    assert "[list-differs]" in there.type("confirm-list", TOWN, "empty", *dora, stdin=PHRASE + "\n").stderr
    assert 0 == there.type("confirm-list", TOWN, row["list_ends"], *dora, stdin=PHRASE + "\n").returncode
    assert 0 == there.type("add-staff", TOWN, "fien", *dora, stdin=f"{PHRASE}\n{OWN}\n{OWN}\n").returncode
    fien = ("--passphrase", "--staff", "fien")
    there.seat(TOWN, "fien", PHRASE, Role.ADMIN)
    assert "[nothing-to-confirm]" in there.type("confirm-account", TOWN, "dora", *dora, stdin=PHRASE + "\n").stderr
    for own, status in ((PHRASE, 1), (OWN, 0)):  # whoever knows the municipality's passphrase is not fien
        assert status == there.type("confirm-account", TOWN, "dora", *fien, stdin=f"{PHRASE}\n{own}\n").returncode
    row = there.rows("status")[0]
    assert not row["awaiting_list"] and "" == row["unconfirmed"]
    assert "0" in there.type("verify", TOWN, *dora, stdin=PHRASE + "\n").stdout


def written(path: Path, raw: bytes) -> None:
    path.write_bytes(raw)


def junk(name: str) -> Callable[[Path, Path], None]:
    return lambda town, _keys: written(town / name, b"geen database " * 999)


def gone(name: str) -> Callable[[Path, Path], None]:
    return lambda town, _keys: (town / name).unlink()


def key(raw: bytes) -> Callable[[Path, Path], None]:
    return lambda town, keys: written(keys / f"{town.name}.key", raw)


def torn(name: str) -> Callable[[Path, Path], None]:
    return lambda town, _keys: written(town / name, b"erasure 96a765\n\xff\xfe")


def no_folder_lock(town: Path, _keys: Path) -> None:
    (town / "lock").unlink(missing_ok=True)
    (town / "lock").mkdir()


def emptied(town: Path, _keys: Path) -> None:
    shutil.rmtree(town)
    town.mkdir()


def half_restored(town: Path, _keys: Path) -> None:
    town.with_name("GM9950.restoring").mkdir()


DAMAGE: dict[str, tuple[Callable[[Path, Path], None], dict[str, str]]] = {
    "a key file of a newer vault": (key(b"k" * 32), {"key_fault": "wrong-key-file"}),
    "an empty key file": (key(b""), {"key_fault": "wrong-key-file"}),
    "no vault": (gone("vault/municipality.vault"), {"key_fault": "vault-missing"}),
    "a vault of junk": (junk("vault/municipality.vault"), {"key_fault": "vault-corrupt"}),
    "a torn list of erasures": (torn("erasures.log"), {"broken": ""}),
    "a torn list": (torn("outside.log"), {"broken": ""}),
    "no journal": (gone("journal.db"), {"broken": "store-missing"}),
    "a journal of junk": (junk("journal.db"), {"broken": "store-corrupt"}),
    "no keys": (gone("keys.db"), {"broken": "store-missing"}),
    "keys of junk": (junk("keys.db"), {"broken": "store-corrupt"}),
    "an empty folder": (emptied, {"broken": "store-missing"}),
    "a folder that cannot be locked": (no_folder_lock, {"broken": "folder-failed"}),
    "half a restore of a third": (half_restored, {"broken": ""}),
    "a control.db of junk": (lambda town, _keys: junk("control.db")(town.parent, _keys), {"broken": ""}),
    "a list that is a folder": (lambda town, _keys: (town / "outside.log").mkdir(), {"broken": "folder-failed"}),
}


def municipality(data: Path, keys: Path, code: str) -> None:
    """A municipality with its key file, and no list yet."""
    made = Server(data, code)
    (keys / f"{code}.key").write_bytes(made.key_file)
    made.stop()
    (data / code / "outside.log").unlink(missing_ok=True)


class Damaged(NamedTuple):
    """A server that was started over a sound municipality and, for every damage, one that has it."""

    codes: dict[str, str]
    rows: dict[str, dict[str, Any]]
    metrics: str
    page: int


SOUND = "GM9909"


@pytest.fixture(scope="module")
def damaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Damaged]:
    terminal = Terminal(tmp_path_factory.mktemp("damaged"))
    data, keys = terminal.folder / "d", terminal.folder / "k"
    keys.mkdir()
    codes = {name: f"GM99{number}" for number, name in enumerate(DAMAGE, 10)}
    for code in (SOUND, *codes.values()):
        municipality(data, keys, code)
    for name, (damage, _) in DAMAGE.items():
        damage(data / codes[name], keys)
    terminal.start("serve")
    base = f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}"
    yield Damaged(
        codes,
        {row["code"]: row for row in terminal.rows("status")},
        httpx.get(f"{base}/metrics", timeout=PATIENCE_S).text,
        httpx.get(f"{base}/", timeout=PATIENCE_S).status_code,
    )
    terminal.stop()


def test_whatever_is_damaged_at_the_start_the_sound_one_is_served(damaged: Damaged) -> None:
    assert {SOUND, *damaged.codes.values()} == set(damaged.rows)
    assert not damaged.rows[SOUND]["locked"] and 200 == damaged.page


@pytest.mark.parametrize("name", DAMAGE)
def test_damage_at_the_start_is_named_and_stays_with_one(damaged: Damaged, name: str) -> None:
    expected, row = DAMAGE[name][1], damaged.rows[damaged.codes[name]]
    assert expected == {kind: row.get(kind, "") for kind in expected}
    if "torn list" in name:
        assert "cannot be read" in " ".join(row["list_fault"])
    set_apart = f'veldpost_set_apart{{municipality="{damaged.codes[name]}"}} 1'
    assert bool(expected.get("broken")) == (set_apart in damaged.metrics)


def test_damage_while_it_runs_sets_one_apart_and_the_other_goes_on(terminals: tuple[Terminal, Terminal]) -> None:
    terminal = terminals[0]
    town, keys = terminal.folder / "d" / "GM9901", terminal.folder / "k"
    keys.mkdir()
    for code in ("GM9901", "GM9902"):
        municipality(town.parent, keys, code)
    terminal.start("serve")
    for path in sorted(town.glob("journal.db*"), reverse=True):
        raw = path.stat().st_size
        with path.open("r+b") as file:
            file.seek(100 if path.name == "journal.db" else 0)
            file.write(b"\x5a" * max(0, raw - 100))
            file.flush()
            os.fsync(file.fileno())
    base = f"http://127.0.0.1:{terminal.env['VELDPOST_PORT']}"
    for _ in range(600):
        terminal.type("unlock", "GM9901", *PASS, stdin=PHRASE + "\n")  # stores that rest are damaged when they wake
        rows = {row["code"]: row for row in terminal.rows("status")}
        if rows["GM9901"].get("broken"):
            break
        time.sleep(0.1)
    assert rows["GM9901"]["broken"] in ("store-corrupt", "store-failed") and not rows["GM9902"]["locked"]
    assert 503 == httpx.get(f"{base}/health/ready", timeout=PATIENCE_S).status_code
    assert 'veldpost_set_apart{municipality="GM9901"} 1' in httpx.get(f"{base}/metrics", timeout=PATIENCE_S).text
    terminal.stop()
