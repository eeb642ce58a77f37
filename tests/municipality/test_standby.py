"""The standby of PostgreSQL is away: commits wait, devices are told so and keep what they wrote, until it is back."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import ServerRefused
from backend.errors import BackendError, status_of
from backend.municipality import custody as custodies
from backend.municipality import writer
from backend.stores import open_stores
from backend.stores.postgres import common
from backend.web.problems import refusal_headers
from forms.definition.library import first_raw
from tests.clusters import journals, shared
from tests.fleet.world import LocalTransport, Server
from tests.processes import wait_until
from tests.stores.test_postgres import asked, until


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    for name, value in (("JOURNAL", shared()[0]), ("KEY_STORE", shared()[1]), ("STANDBY", "none")):
        monkeypatch.setenv(f"VELDPOST_{name}", value)
    monkeypatch.setattr(writer, "STANDBY_S", 1.0)
    monkeypatch.setattr(writer, "LOOK_S", 0.02)
    made = Server(tmp_path / "data")
    made.publish(first_raw("dossier"))
    try:
        yield made
    finally:
        standbys("")
        made.stop()


def standbys(names: str, which: int = 0) -> None:
    """Have the server of the journals, or (1) of the keys, wait for these standbys; it knows when this returns."""
    address = shared()[which]
    asked(f"alter system set synchronous_standby_names = '{names}'", address)
    asked("select pg_reload_conf()", address)
    until(lambda: asked(f"select 1 where current_setting('synchronous_standby_names') = '{names}'", address))


def writes(server: Server, device: Device, name: str) -> str:
    """Write a record and send all there is; the code of the refusal, empty where all was received."""
    if name:
        device.create("dossier", 1, {"/case_ref": name})
    try:
        Sync(device, LocalTransport(server)).run()
    except ServerRefused as refused:
        return refused.code
    return ""


def test_devices_are_told_to_wait_while_no_standby_confirms_and_nothing_is_lost_or_doubled(
    server: Server, tmp_path: Path
) -> None:
    device, other = (server.enrol(tmp_path / f"{name}.db", name) for name in ("een", "twee"))
    assert "" == writes(server, device, "ABCD-0001")
    standbys("ANY 1 (copy)")
    assert ["standby-away"] * 3 == [writes(server, one, name) for one, name in
                                    ((device, "ABCD-0002"), (device, ""), (other, "ABCD-0003"))]  # fmt: skip
    assert server.municipality.health.counts()["standby_since_ms"] == server.clock.now_ms()
    assert (503, "5") == (status_of("standby-away"), refusal_headers(503, "nl", refused())["Retry-After"])
    assert "journal.pg" == open_stores().look(tmp_path / "none").unconfirmed
    receiver = journals().receive("copy")
    try:
        wait_until(lambda: writes(server, device, "") == "", "it does not come back by itself")
        assert "" == writes(server, other, "")
        assert (3, 0) == (
            server.municipality.committed.entries,
            server.municipality.health.counts()["standby_since_ms"],
        )
        assert "" == open_stores().look(tmp_path / "none").unconfirmed
    finally:
        receiver.kill()
        receiver.wait()


def refused() -> BackendError:
    """The error with which a municipality is not opened where no standby confirms."""
    with pytest.raises(BackendError, match="standby-away") as error:
        open_stores().create(Path("none"))
    return error.value


def test_a_wait_that_is_ended_is_not_acknowledged_and_what_was_sent_counts_once(server: Server, tmp_path: Path) -> None:
    device = server.enrol(tmp_path / "een.db", "een")
    standbys("ANY 1 (copy)")
    assert "standby-away" == writes(server, device, "ABCD-0001")
    until(lambda: asked("select pg_cancel_backend(pid) from pg_stat_activity where wait_event = 'SyncRep'"))
    wait_until(lambda: writes(server, device, "") in ("journal-moved", "lease-lost"), "it goes on as if nothing was")
    assert 0 == server.municipality.committed.entries and 0 == (device.memory.send_after or 0)
    standbys("")
    server.stop()
    server.start()
    wait_until(lambda: writes(server, device, "") == "", "it does not come back by itself")
    assert 1 == server.municipality.committed.entries


def test_a_server_ends_though_no_standby_confirms(server: Server, tmp_path: Path) -> None:
    device = server.enrol(tmp_path / "een.db", "een")
    standbys("ANY 1 (copy)")
    assert "standby-away" == writes(server, device, "ABCD-0001")
    with suppress(BackendError):
        server.stop()
    with pytest.raises(BackendError, match="standby-away"):
        server.start()
    standbys("")
    wait_until(lambda: asked("select count(*) from pg_stat_activity where wait_event = 'SyncRep'")[0] == 0, "it waits")
    server.start()
    wait_until(lambda: writes(server, device, "") == "", "it does not come back by itself")
    assert 1 == server.municipality.committed.entries


def test_a_vault_that_no_standby_of_the_keys_confirms_is_as_it_was_and_nobody_waits_long(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A vault is changed on the thread on which everybody is answered: it would have waited without end."""
    monkeypatch.setattr(common, "COMMON_S", 0.3)
    vault = server.municipality.custody.vault
    standbys("ANY 1 (copy)", 1)
    try:
        with pytest.raises(BackendError, match="store-away"), custodies.changing(server.folder, vault):
            vault.put("one", b"1")
        assert not vault.has("one") and not custodies.read(server.folder).with_key_file(server.key_file).has("one")
    finally:
        standbys("", 1)
