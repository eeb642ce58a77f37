"""Who asks while a unit of work is under way is answered from what is committed, whatever that unit has written."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from backend.device.syncing import sync
from backend.stores.rows import AttachmentRow, Version
from tests.fleet.world import LocalTransport, Server

VERSION = Version("bezoek", 1, bytes(32), b"{}", 1, None, "beheer", "", "gemeente", "", "[]")


@pytest.fixture
def server(tmp_path: Path) -> Server:
    return Server(tmp_path / "data")


def while_written(server: Server, work: Callable[[], Any], ask: Callable[[], Any], *, undone: bool) -> Any:
    """What is answered on the event loop between the writes of a unit and its commit, or its end without one."""
    written, answered = Event(), Event()

    def unit() -> None:
        work()
        written.set()
        assert answered.wait(30)
        if undone:
            raise ZeroDivisionError

    async def both() -> Any:
        submitted = asyncio.create_task(server.municipality.submit(unit))
        try:
            assert await asyncio.to_thread(written.wait, 30)
            return ask()
        finally:
            answered.set()
            await asyncio.gather(submitted, return_exceptions=True)

    return server.run(both())


def test_a_device_may_not_read_or_write_by_a_grant_that_is_rolled_back(server: Server, tmp_path: Path) -> None:
    town = server.municipality
    one, two = server.enrol(tmp_path / "one.db", "werker-1"), server.enrol(tmp_path / "two.db", "werker-2")
    record = one.create("huisbezoek", 1, {"/toegang": "binnen"})
    sync(one, LocalTransport(server))
    certificate = town.book.certificates[two.id]

    def grant() -> None:
        town.granting.grant_each(town.custody, [(record, certificate)], 1)

    def ask() -> tuple[bool, bool, bool]:
        return (
            town.access.may_read(two.id, record),
            town.access.may_write(two.id, record),
            town.journal.has_access(two.id, record),
        )

    assert (False, False, False) == while_written(server, grant, ask, undone=True) == ask()
    assert (False, False, False) == while_written(server, grant, ask, undone=False)
    assert (True, True, True) == ask()


@pytest.mark.parametrize("undone", [True, False])
def test_no_form_or_account_or_attachment_is_shown_before_it_is_committed(server: Server, undone: bool) -> None:
    town = server.municipality
    rows = town.journal.attachments

    def write() -> None:
        town.shelf.keep(VERSION)
        town.staff.add("nieuw", "admin", 1, "beheer")
        rows.keep(AttachmentRow(bytes(32), bytes(16), bytes(16), 1), 1)

    def ask() -> tuple[bool, bool, bool]:
        names = [account.name for account in town.staff.all()]
        return town.shelf.document("bezoek", 1) is not None, "nieuw" in names, rows.find(bytes(32)) is not None

    assert (False, False, False) == while_written(server, write, ask, undone=undone)
    assert (not undone,) * 3 == ask()


def test_nobody_writes_on_the_side(server: Server) -> None:
    with pytest.raises(Exception, match="readonly"):
        server.municipality.shelf.keep(VERSION)
