"""A municipality on PostgreSQL: devices write, people read, it is backed up, moved, and opened again by itself."""

import asyncio
import json
import os
import shutil
from contextlib import suppress
from pathlib import Path

import pytest

from backend.cli import local
from backend.clock import WallClock
from backend.desk import desk as desks
from backend.desk.desk import Desk
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport
from backend.errors import BackendError
from backend.municipality import custody as custodies
from backend.municipality.backup import back_up
from backend.municipality.registry import Municipalities
from backend.municipality.restoring import put_back
from backend.municipality.service import Municipality
from backend.projection.verify import verify_store
from backend.settings import Settings
from backend.stores import in_postgres, open_stores
from backend.stores.moving import move
from backend.stores.placed import Placed
from backend.stores.places import VAULT_FILE
from backend.stores.sessions import Invite, Session
from backend.stores.sqlite.engine import SQLITE
from forms.definition.library import first_raw
from tests.clusters import shared
from tests.fleet.world import LocalTransport, Server
from tests.processes import Process, typed, wait_until
from tests.stores.test_postgres import asked


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Server:
    journal, keys = shared()
    for name, value in (
        ("JOURNAL", journal),
        ("KEY_STORE", keys),
        ("STANDBY", "none"),
        ("KEYS", str(tmp_path / "keys")),
    ):
        monkeypatch.setenv(f"VELDPOST_{name}", value)
    server = Server(tmp_path / "data")
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "GM9901.key").write_bytes(server.key_file)
    return server


def faults(server: Server) -> list[object]:
    """What `veldpost verify` finds."""
    return [*verify_store(server.folder, server.municipality.custody, lambda *_: None, 1)]


def test_what_devices_write_is_read_backed_up_restored_and_moved(server: Server, tmp_path: Path) -> None:
    assert "journal.pg" in {path.name for path in server.folder.iterdir()}
    server.publish(first_raw("dossier"))
    device = server.enrol(tmp_path / "een.db", "een")
    record = device.create("dossier", 1, {"/case_ref": "ABCD-2345"})
    Sync(device, LocalTransport(server)).run()
    assert [] == faults(server)
    before = server.municipality.committed.position
    back_up(server.folder, tmp_path / "backup", 1)
    server.stop()
    assert move(server.folder, open_stores(), to_server=False) > 0
    server.start()
    assert (before, [record]) == (
        server.municipality.committed.position,
        server.municipality.journal.existing([record]) and [record],
    )
    assert [] == faults(server)
    server.stop()
    move(server.folder, open_stores(), to_server=True)
    server.start()
    device.save(device.open(record), "dossier", 1, {"/roepnaam": "Proef"})
    Sync(device, LocalTransport(server)).run()
    assert [] == faults(server)
    server.stop()
    other = tmp_path / "other" / "GM9901"
    shutil.copytree(server.folder, other)
    put_back(server.folder.parent, "GM9901", tmp_path / "backup", 2)  # into files; the device hands in what it lacks
    with pytest.raises(BackendError, match="store-missing"):
        Municipality(other, server.clock)  # another server with a folder of before
    server.start()
    Sync(device, LocalTransport(server)).run()
    assert [] == faults(server) and "journal.db" in {path.name for path in server.folder.iterdir()}
    server.stop()


def test_an_erasure_is_not_finished_while_a_killed_move_has_a_copy_of_the_keys(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.publish(first_raw("dossier"))
    device = server.enrol(tmp_path / "een.db", "een")
    record = device.create("dossier", 1, {"/case_ref": "ABCD-2345"})
    Sync(device, LocalTransport(server)).run()
    server.stop()
    move(server.folder, open_stores(), to_server=False)

    move_is_killed(server, monkeypatch)
    assert wraps(record) > 0
    nowhere = f"postgresql://veldpost@/none?host={tmp_path}"
    server.engine = Placed(SQLITE, in_postgres(nowhere, nowhere, True))
    server.start()
    erasing = server.municipality.erasing
    left = server.run(erasing.erase(record, "request", "beheer")).leftovers
    assert [(".moving", "left-moving")] == [(one.place, one.why.code) for one in left if "mov" in one.why.code]
    assert record in erasing.unfinished and wraps(record) > 0
    server.municipality.engine = open_stores()
    assert not [one for one in server.run(erasing.finish()) if "mov" in one.why.code]
    assert 0 == wraps(record) and not (server.folder / ".moving").exists()
    server.stop()
    server.engine = open_stores()
    move_is_killed(server, monkeypatch)
    assert (server.folder / ".moving").exists()
    server.start()
    assert not (server.folder / ".moving").exists(), "an opening removes it"
    server.stop()


def move_is_killed(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a move to PostgreSQL end when both schemas are whole and the folder does not name them as its own."""

    def dies(self: Path, target: Path) -> Path:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(Path, "rename", dies)
        move(server.folder, open_stores(), to_server=True)


def wraps(record: bytes) -> int:
    """How many wraps of a record any schema of the keys' cluster has."""
    keys = shared()[1]
    schemas = asked("select coalesce(array_agg(schema), '{}') from veldpost.municipality", keys)[0]
    sql = "select count(*) from {}.wrap where record = '\\x{}'"
    return sum(asked(sql.format(schema, record.hex()), keys)[0] for schema in schemas)


def test_another_server_takes_over_the_vault_the_list_and_what_was_erased_meanwhile(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.publish(first_raw("dossier"))
    device = server.enrol(tmp_path / "een.db", "een")
    record = device.create("dossier", 1, {"/case_ref": "ABCD-2345"})
    Sync(device, LocalTransport(server)).run()
    there = tmp_path / "there" / "GM9901"
    open_stores().look(there.parent)
    assert not there.exists(), "servers that do not know each other"
    monkeypatch.setenv("VELDPOST_NODE", "http://127.0.0.1:1")
    looked = open_stores().look(there.parent)
    assert (str(os.getpid()), True, False) == (
        looked.towns["GM9901"].owner.rpartition("/")[2], looked.towns["GM9901"].is_free, looked.towns["GM9901"].is_lost,
    )  # fmt: skip
    assert (server.folder / VAULT_FILE).read_bytes() == (there / VAULT_FILE).read_bytes()
    vault = server.municipality.custody.vault
    with custodies.changing(server.folder, vault):
        vault.put("one", b"1")
    server.run(server.municipality.erasing.erase(record, "request", "beheer"))
    listed = (server.folder / "outside.log").read_text().splitlines()
    assert {*listed} <= {*looked.lines["GM9901"], *open_stores().look(there.parent).lines["GM9901"]}
    asked("update veldpost.municipality set fence = fence + 1 where code = 'GM9901'", shared()[1])
    with pytest.raises(BackendError, match="lease-lost"), custodies.changing(server.folder, vault):
        vault.put("two", b"2")
    assert not vault.has("two") and not custodies.read(server.folder).with_key_file(server.key_file).has("two")
    server.stop()
    taken = Municipality(there, server.clock)
    assert taken.keyring.vault().with_key_file(server.key_file).has("one")
    assert set(listed) <= set((there / "outside.log").read_text().splitlines())
    assert [record] == [*taken.erasing.unfinished], "its own files may hold something of it"
    server.municipality = taken
    device.create("dossier", 1, {"/case_ref": "ABCD-2346"})
    Sync(device, LocalTransport(server)).run()
    assert (True, 2) == (taken.locked, taken.committed.entries), "devices work on where nobody unlocked"
    server.stop()


def test_each_of_two_servers_has_desk_devices_of_its_own(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The key that one put into the vault would open no store of the other."""
    server.publish(first_raw("dossier"))
    server.stop()
    monkeypatch.setenv("VELDPOST_NODE", "http://127.0.0.1:1")
    data = server.folder.parent, tmp_path / "there"

    async def writes(data: Path) -> int:
        towns = Municipalities(data, tmp_path / "keys", server.clock)
        towns.open_all()
        desk, town = Desk(towns), towns.get("GM9901")
        await desk.begin_as(town, "beheer", lambda device: device.create("dossier", 1, {"/case_ref": "ABCD-2345"}))
        entries = town.committed.entries
        await desk.close()
        await towns.close_all()
        return entries

    assert [1, 2, 3] == [asyncio.run(writes(where)) for where in (*data, data[0])]


def test_a_municipality_that_another_node_had_is_opened_again_by_itself(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desks, "AGAIN_S", 0.05)
    server.stop()
    towns = Municipalities(server.folder.parent, tmp_path / "keys", server.clock)
    towns.open_all()

    async def story() -> None:
        desk = Desk(towns)
        desk.control.keep_session(Session(b"h", "GM9901", "anna", 0, 0, 1 << 62, "password", 0, "", ""))
        desk.control.keep_invite(Invite(b"i", "GM9901", "bea", "anna", 0, 1 << 62, 0))
        desk.follow_all()
        assert desk.control.session(b"h") and desk.control.invite(b"i"), "nobody else had it"
        again = asyncio.create_task(desk.open_again())
        before = towns.get("GM9901")
        for address in shared():
            asked("update veldpost.municipality set fence = fence + 1 where code = 'GM9901'", address)
        with pytest.raises(BackendError, match="lease-lost"):
            await before.submit(lambda: None)
        with pytest.raises(BackendError, match="lease-lost"):
            towns.get("GM9901")
        after = None
        while after is None:
            await asyncio.sleep(0.05)
            with suppress(BackendError):
                after = towns.get("GM9901")
        assert after is not before and not after.locked
        assert (None, None) == (desk.control.session(b"h"), desk.control.invite(b"i")), "they may have ended there"
        await after.submit(lambda: after.journal.set_meta("one", b"1"))
        again.cancel()
        await desk.close()
        await towns.close_all()

    asyncio.run(story())


def test_a_key_cluster_of_an_earlier_day_brings_no_keyslot_back_and_no_name_in_it_is_a_path(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    keys, earlier = shared()[1], (server.folder / VAULT_FILE).read_bytes()
    schema = json.loads((server.folder / "keys.pg").read_bytes())["schema"]
    with custodies.changing(server.folder, server.municipality.custody.vault):
        server.municipality.custody.vault.put("one", b"1")
    later = (server.folder / VAULT_FILE).read_bytes()
    server.stop()
    asked(f"update veldpost.common set vault = '\\x{earlier.hex()}' where schema = '{schema}'", keys)
    asked(f"update veldpost.municipality set fence = 0 where schema = '{schema}'", keys)
    server.start()
    assert later == (server.folder / VAULT_FILE).read_bytes()
    assert later == bytes(asked(f"select vault from veldpost.common where schema = '{schema}'", keys)[0])
    server.stop()
    monkeypatch.setenv("VELDPOST_NODE", "http://127.0.0.1:1")
    there = tmp_path / "there"
    asked(f"update veldpost.common set code = '../outside' where schema = '{schema}'", keys)
    asked("insert into veldpost.listed(code, line) values ('../outside', 'done 00')", keys)
    looked = open_stores().look(there)
    assert not (tmp_path / "outside").exists() and "../outside" not in {*looked.towns, *looked.lines}


def test_a_server_process_projects_what_comes_and_a_command_moves_it(server: Server, tmp_path: Path) -> None:
    server.clock.ms = WallClock().now_ms()
    server.publish(first_raw("dossier"))
    device = server.enrol(tmp_path / "een.db", "een", WallClock())  # type: ignore[arg-type]
    server.stop()
    data, keys = server.folder.parent, tmp_path / "keys"
    env = {**os.environ, "VELDPOST_DATA": str(data), "VELDPOST_KEYS": str(keys), "VELDPOST_LANG": "en"}

    def projected() -> bool:
        row = json.loads(typed("status", "GM9901", "--json", env=env).stdout)
        return row["entries"] == 1 and row["projected"] == row["position"]

    with Process(data, keys) as process:
        device.create("dossier", 1, {"/case_ref": "ABCD-2345"})
        Sync(device, HttpTransport(process.url)).run()
        wait_until(projected, "the tables do not show what came")
        assert "server-running" in typed("move", "GM9901", "--to", "files", env=env).stderr
        process.stop()
    assert 2 == typed("move", "GM9901", "--to", "elsewhere", env=env).returncode
    assert 0 == typed("move", "GM9901", "--to", "files", env=env).returncode
    assert (server.folder / "journal.db").exists()
    moved = typed("move", "GM9901", "--to", shared()[0], env=env)
    assert (0, True) == (moved.returncode, "all compared" in moved.stdout), moved.stderr
    assert not (server.folder / "journal.db").exists()


@pytest.mark.parametrize("code", ["store-away", "keys-with-journal", "store-lacks-right"])
def test_databases_that_can_hold_none_are_refused_before_anything_is_asked(tmp_path: Path, code: str) -> None:
    journal, keys = shared()
    if code == "store-away":
        keys = "postgresql://127.0.0.1:9/keys"  # a port of old that nobody serves
    elif code == "keys-with-journal":
        keys = journal
    else:
        asked("drop role if exists guest", keys)
        asked("create role guest login in role pg_read_all_stats", keys)
        keys = f"{keys}{'&' if '?' in keys else '?'}user=guest"
    settings = Settings.from_environment({"VELDPOST_DATA": str(tmp_path), "VELDPOST_STANDBY": "none",
                                          "VELDPOST_JOURNAL": journal, "VELDPOST_KEY_STORE": keys})  # fmt: skip
    with pytest.raises(BackendError) as refused:
        local.may_set_up(settings, "GM9902", "anna")
    assert code == refused.value.code and not (tmp_path / "GM9902").exists()
