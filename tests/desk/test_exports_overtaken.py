"""An export under way of an erased record leaves nothing of it in a file: the command line is a process of its own."""

import asyncio
import os
import shutil
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from backend.cli import tokens
from backend.desk import answers, commands
from backend.desk.server import DeskSocket
from backend.projection import keeper
from backend.projection.keeper import Keeper
from backend.sentences import ENGLISH, library
from backend.settings import Settings
from backend.stores.records import Records
from tests.desk.many import copied
from tests.desk.office import REASON, STAFF, Office
from tests.journeys.terminal import VELDPOST
from tests.processes import PATIENCE_S

WORD = "Uitzonderlijkwoord"
TARGETS = {"csv": "c", "jsonl": "e.jsonl", "sqlite": "e.db"}


class Gate:
    """A place in the server where an export stands still until it may go on."""

    def __init__(self) -> None:
        self.reached, self.open = asyncio.Event(), asyncio.Event()

    async def passed(self) -> None:
        self.reached.set()
        await asyncio.wait_for(self.open.wait(), PATIENCE_S)


class Export:
    """An export made by a process of its own while the test is the server."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.patch = patch
        self.data, self.out, self.keys = folder / "d", folder / "out", folder / "k"
        self.office = Office(self.data)
        self.keys.mkdir()
        self.out.mkdir()
        (self.keys / "GM9901.key").write_bytes(self.office.server.key_file)
        patch.setenv("VELDPOST_TOKENS", str(folder / "tokens"))
        settings = Settings(self.data, self.keys, "127.0.0.1", 8321, "info")
        tokens.keep(settings, "GM9901", self.office.token())
        self.record = self.office.one.create("dossier", 1, {"/case_ref": "ABCD-2345", "/roepnaam": WORD})
        self.office.one.create("dossier", 1, {"/case_ref": "ABCD-2346", "/roepnaam": "Ander"})
        self.office.sync(self.office.one)
        self.error = ""

    def run(self, story: Callable[[], Awaitable[None]]) -> None:
        async def served() -> None:
            async with DeskSocket(self.data, self.office.desk):
                await story()

        self.office.server.run(served())

    async def begin(self, kind: str) -> Process:
        words = ("export", "GM9901", "dossier", str(self.out / TARGETS[kind]), "--format", kind, "--staff", STAFF,
                 "--reason", REASON)  # fmt: skip
        env = {**os.environ, "VELDPOST_DATA": str(self.data), "VELDPOST_KEYS": str(self.keys)}
        return await asyncio.create_subprocess_exec(sys.executable, *VELDPOST[1:], *words, env=env, stderr=PIPE)

    async def end(self, process: Process) -> int:
        _, said = await asyncio.wait_for(process.communicate(), PATIENCE_S)
        self.error = said.decode()
        assert process.returncode is not None
        return process.returncode

    async def erase(self) -> dict[str, Any]:
        town = self.office.server.municipality
        args = {"record": self.record.hex(), "reason": "request"}
        rows = await commands.erasing.erase(self.office.desk, town, STAFF, args)
        said: dict[str, Any] = library().row(rows[0], ENGLISH)
        return said

    def stops_after(self, word: str) -> Gate:
        """Let every export stand still once a row with this word has left."""
        gate, real = Gate(), answers.export

        async def slow(*args: Any, **named: Any) -> AsyncIterator[Any]:
            async for row in real(*args, **named):
                yield row
                if word in str(row):
                    await gate.passed()

        self.patch.setitem(commands.COMMANDS, "export", commands.COMMANDS["export"]._replace(answer=slow))
        return gate

    def stops_at_leave(self, *, given: bool) -> Gate:
        """Let every export stand still when it asks to publish: before leave is given, or just after."""
        gate, real = Gate(), answers.publish_export

        async def slow(*args: Any) -> Any:
            if given:
                answer = await real(*args)
                await gate.passed()
                return answer
            await gate.passed()
            return await real(*args)

        self.patch.setitem(
            commands.COMMANDS, "publish-export", commands.COMMANDS["publish-export"]._replace(answer=slow)
        )
        return gate

    def written(self) -> list[str]:
        """Whatever is where the export was to be."""
        return sorted(path.name for path in self.out.rglob("*"))

    def notes(self) -> list[Path]:
        return list((self.data / "GM9901" / "exports").iterdir())


@pytest.fixture
def export(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    made = Export(tmp_path, monkeypatch)
    yield made
    made.office.close()


@pytest.mark.parametrize("kind", TARGETS)
@pytest.mark.parametrize("moment", ["while rows come", "before leave is asked", "after leave was given"])
def test_an_erasure_ends_an_export_under_way(export: Export, kind: str, moment: str) -> None:
    gate = (
        export.stops_after(WORD)
        if moment == "while rows come"
        else export.stops_at_leave(given=moment == "after leave was given")
    )

    async def story() -> None:
        process = await export.begin(kind)
        await asyncio.wait_for(gate.reached.wait(), PATIENCE_S)
        assert export.written()
        said = await export.erase()
        assert (True, []) == (said["finished"], said["left"])
        assert [] == export.written()
        gate.open.set()
        assert 1 == await export.end(process)

    export.run(story)
    assert "export-overtaken" in export.error, export.error
    assert ([], []) == (export.written(), export.notes())


@pytest.mark.parametrize("kind", TARGETS)
def test_an_export_that_nothing_overtakes_is_published(export: Export, kind: str) -> None:
    async def story() -> None:
        assert 0 == await export.end(await export.begin(kind)), export.error
        said = await export.erase()
        assert said["finished"] and "export dossier" in said["copies"][0]

    export.run(story)
    files = [path for path in export.out.rglob("*") if path.is_file()]
    assert any(WORD.encode() in path.read_bytes() for path in files)  # made before, and named as a copy
    assert [] == [path for path in files if path.name.startswith(".")]


def test_an_export_that_is_stopped_lets_go_of_the_log_and_says_so_when_it_goes_on(export: Export) -> None:
    """It held one moment of the tables without an end: the log of all that was written meanwhile grew with it."""
    export.patch.setattr(keeper, "TAKEN_S", 1.0)
    export.office.dump()
    key = export.office.server.municipality.custody.records_key.reveal()
    with closing(Records(export.data / "GM9901" / "records.db", key)) as store:
        copied(store, "dossier", 20_000)  # more than the two ends of a socket hold
    gate = export.stops_after("_record")

    async def story() -> None:
        process = await export.begin("jsonl")
        await asyncio.wait_for(gate.reached.wait(), PATIENCE_S)
        process.send_signal(signal.SIGSTOP)
        gate.open.set()
        [reading] = export.office.keeper._readings
        async with asyncio.timeout(PATIENCE_S):
            while reading._records is not None:
                await asyncio.sleep(0.05)
        process.send_signal(signal.SIGCONT)
        assert 1 == await export.end(process)

    export.run(story)
    assert "reading-stopped" in export.error, export.error
    assert [] == export.written()


def test_what_a_killed_export_left_goes_with_the_erasure(export: Export) -> None:
    gate = export.stops_after(WORD)

    async def story() -> None:
        process = await export.begin("jsonl")
        await asyncio.wait_for(gate.reached.wait(), PATIENCE_S)
        process.send_signal(signal.SIGKILL)
        assert -signal.SIGKILL == await export.end(process)
        gate.open.set()
        assert export.written()
        assert (await export.erase())["finished"]

    export.run(story)
    assert ([], []) == (export.written(), export.notes())


def test_a_folder_that_cannot_be_removed_is_named_until_it_is_gone(export: Export) -> None:
    gate = export.stops_at_leave(given=True)
    real = shutil.rmtree

    async def story() -> None:
        process = await export.begin("sqlite")
        await asyncio.wait_for(gate.reached.wait(), PATIENCE_S)
        export.patch.setattr(shutil, "rmtree", lambda *_args, **_named: None)
        said = await export.erase()
        assert not said["finished"] and "exports/dossier" in said["left"][0] and ".veldpost-" in said["left"][0]
        process.send_signal(signal.SIGKILL)
        await export.end(process)
        gate.open.set()
        export.patch.setattr(shutil, "rmtree", real)
        assert () == await export.office.server.municipality.erasing.finish()

    export.run(story)
    assert ([], []) == (export.written(), export.notes())


def test_an_export_of_before_a_restart_is_ended_too(export: Export) -> None:
    gate = export.stops_after(WORD)

    async def story() -> None:
        process = await export.begin("csv")
        await asyncio.wait_for(gate.reached.wait(), PATIENCE_S)
        process.send_signal(signal.SIGKILL)
        await export.end(process)
        gate.open.set()

    export.run(story)
    export.office.server.run(export.office.keeper.close())
    export.office.server.stop()
    export.office.server.start()
    export.office.keeper = Keeper(export.office.server.municipality)
    export.office.server.run(export.office.server.municipality.erasing.erase(export.record, "request", STAFF))
    assert ([], []) == (export.written(), export.notes())


def test_no_part_of_an_answer_is_taken_for_all_of_it(export: Export) -> None:
    """A server that ended in the middle of an export left a file that looked whole."""
    real = answers.export

    async def ends(*args: Any, **named: Any) -> AsyncIterator[Any]:
        async for row in real(*args, **named):
            yield row
            if WORD in str(row):
                raise asyncio.CancelledError  # as when the server is told to end

    export.patch.setitem(commands.COMMANDS, "export", commands.COMMANDS["export"]._replace(answer=ends))

    async def story() -> None:
        assert 1 == await export.end(await export.begin("jsonl"))

    export.run(story)
    assert "answer-broken-off" in export.error
    assert [] == export.written()


def test_only_a_folder_of_an_export_is_ever_removed(export: Export) -> None:
    town, precious = export.office.server.municipality, export.out / "precious"
    precious.mkdir()
    (export.out / ".veldpost-link").symlink_to(precious)
    for path in (precious, export.out / ".veldpost-link"):
        town.exports.begin(path, "dossier", STAFF, b"", 0)
    town.exports.overtake()
    assert precious.is_dir()
