"""The tables are kept by a process beside the server, which comes and goes with the keys."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from backend.errors import BackendError, MunicipalityLocked, StoreBusy, StoreFull
from backend.municipality.exports import ExportOvertaken
from backend.projection import keeper
from backend.projection.keeper import Keeper
from backend.projection.orders import Broke, Project, Stepped, broke, error_of, framed, project_of
from backend.projection.processes import Process
from backend.projection.projections import Beside
from backend.projection.projector import Projector
from backend.stores.server_errors import ServerBehind, StandbyAway, StoreAway
from forms.definition.library import first_raw
from tests.looking import inside, rows
from tests.processes import PATIENCE_S
from tests.projection.town import Town


@pytest.fixture
def beside() -> Iterator[Beside]:
    made = Beside()
    yield made
    made._end()


@pytest.fixture
def town(tmp_path: Path, beside: Beside) -> Iterator[Town]:
    made = Town(tmp_path, [first_raw("dossier")])
    made.keeper = Keeper(made.server.municipality, None, beside)
    yield made
    made.close()


def running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_the_tables_are_those_of_a_rebuild(town: Town, beside: Beside, tmp_path: Path) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.parallel(record, "dossier", {"/roepnaam": "Een"}, {"/roepnaam": "Twee"})
    assert town.dump() == town.rebuilt(tmp_path)
    assert beside.pid is not None and 1 == len(town.find("select * from _conflict"))
    town.server.run(town.keeper.rebuild(lambda _done, _all: None))
    (tmp_path / "rebuilt.db").unlink()
    assert town.dump() == town.rebuilt(tmp_path)


def test_what_it_learns_reaches_the_journal(town: Town) -> None:
    """A wrap is asked for where nothing opens, and an entry that fails its checks is set aside."""
    record = town.shared("dossier", {"/case_ref": "ABCD-2345"})
    municipality = town.server.municipality
    inside(municipality.keys).execute("delete from wrap")
    municipality.journal.mark_dirty([record])
    town.dump()
    assert 1 == rows(municipality.journal, "wrap_wanted") and [] == municipality.journal.dirty()
    other = town.one.create("dossier", 1, {"/case_ref": "ABCD-2346"})
    town.sync(town.one)
    inside(municipality.journal).execute("update entry set sig = zeroblob(64) where record = ?", (other,))
    town.dump()
    assert [other] == [stored.fact.record for stored in municipality.journal.facts(kind="set-aside")]  # type: ignore[union-attr]


def test_a_lock_ends_the_process_and_an_unlock_begins_another(town: Town, beside: Beside) -> None:
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    whole = town.dump()
    first = beside.pid
    assert first is not None and running(first)
    town.server.run(town.keeper.lock())
    assert beside.pid is None and not running(first)
    with pytest.raises(MunicipalityLocked):
        town.dump()
    assert beside.pid is None
    town.server.unlock()
    assert whole == town.dump() and beside.pid not in (None, first)


def test_a_process_that_is_killed_is_begun_again_where_it_stood(town: Town, beside: Beside, tmp_path: Path) -> None:
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.dump()
    for _ in range(2):
        assert beside.pid is not None
        os.kill(beside.pid, signal.SIGKILL)
        town.shared("dossier", {"/case_ref": "ABCD-2346"})
        town.dump()
    assert town.dump() == town.rebuilt(tmp_path)


def test_a_process_that_cannot_be_begun_is_a_fault_of_the_projection_alone(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(BackendError) as refused:
        town.dump()
    assert "process-ended" == refused.value.code
    town.shared("dossier", {"/case_ref": "ABCD-2346"})
    monkeypatch.undo()
    assert 2 == len(town.find("select * from dossier"))


def test_it_ends_when_the_server_is_killed_and_not_of_a_signal_for_the_server() -> None:
    """That it answers says that it has begun to ignore them; what the tests themselves ignore is no word of it."""
    process = Process()
    try:
        before = refused_by(process)
        for number in (signal.SIGINT, signal.SIGTERM):
            os.kill(process.pid, number)
        assert before == refused_by(process) != "process-ended"
        assert process._process.stdin is not None
        process._process.stdin.close()  # as the kernel does for a server that is no more
        assert 0 == process._process.wait(PATIENCE_S)
    finally:
        process.close()


def refused_by(process: Process) -> str:
    """The code with which it refuses to project a folder that is not there."""
    with pytest.raises(BackendError) as refused:
        process.ask(Project("/nowhere", 2, bytes(32), bytes(32)))
    return refused.value.code


def test_keys_are_in_no_argument_no_environment_and_no_file(town: Town, beside: Beside) -> None:
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.dump()
    custody = town.server.municipality.custody
    seen = [Path(f"/proc/{beside.pid}/{name}").read_bytes() for name in ("cmdline", "environ")]
    seen += [path.read_bytes() for path in town.server.folder.rglob("*") if path.is_file()]
    for key in (custody.records_key.reveal(), custody.sealing.seed().reveal()):
        assert not any(key in raw or key.hex().encode() in raw.lower() for raw in seen)


def test_it_is_given_the_keys_that_read_and_none_that_sign(town: Town) -> None:
    custody = town.server.municipality.custody
    told = framed(project_of("/folder", custody))
    assert custody.records_key.reveal() in told and custody.sealing.seed().reveal() in told
    assert custody.signing.seed().reveal() not in told and custody.receipt.seed().reveal() not in told
    assert "…" in repr(project_of("/folder", custody))


def test_an_erasure_reaches_what_the_process_keeps(town: Town, beside: Beside) -> None:
    record = town.shared("dossier", {"/case_ref": "ABCD-2345", "/roepnaam": "Vergeetmijnietje"})
    kept = town.shared("dossier", {"/case_ref": "ABCD-2346"})
    town.dump()
    municipality = town.server.municipality
    town.server.run(municipality.erasing.erase(record, "request", "beheer"))
    town.dump()
    assert beside.pid is not None
    rows = town.find("select _record, case_ref from dossier")
    assert [{"_record": kept.hex(), "case_ref": "ABCD-2346"}] == rows
    assert [] == town.find("select * from _opened where record = ?", record.hex())
    assert town.server.run(town.keeper.write_anew(ExportOvertaken()))
    assert beside.pid is None
    files = [path.read_bytes() for path in town.server.folder.glob("records.db*")]
    assert files and [{"n": 1}] == town.find("select count(*) n from dossier")


def test_tables_that_do_not_open_are_made_anew_and_read(town: Town, beside: Beside) -> None:
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    whole = town.dump()
    town.server.run(town.keeper.lock())
    for name in ("records.db-wal", "records.db-shm"):
        (town.server.folder / name).unlink(missing_ok=True)
    (town.server.folder / "records.db").write_bytes(b"no database " * 1_000)
    town.server.unlock()
    assert whole == town.dump()


def test_one_that_was_not_done_when_another_went_on_writes_nothing(town: Town, tmp_path: Path) -> None:
    """A server was killed in the middle of a step, and the next one had drawn newer words already."""
    town.shared("dossier", {"/case_ref": "ABCD-2345"})
    town.dump()
    municipality = town.server.municipality
    old = Projector(municipality.folder, municipality.custody)
    town.shared("dossier", {"/case_ref": "ABCD-2346"})
    real = old._drawing.draw

    def slow(*args: object, **named: object) -> object:
        found = list(real(*args, **named))  # type: ignore[arg-type]
        town.shared("dossier", {"/case_ref": "ABCD-2347"})
        town.dump()
        return iter(found)

    old._drawing.draw = slow  # type: ignore[method-assign,assignment]
    with pytest.raises(StoreBusy):
        old.step()
    old.close()
    assert 3 == len(town.find("select * from dossier"))
    assert town.dump() == town.rebuilt(tmp_path)


def test_errors_of_stores_cross_the_pipe_as_they_are_and_others_by_their_kind() -> None:
    for error in (
        StoreFull(store="records.db"), StoreAway(store="journal.pg"), StandbyAway(store="journal.pg"),
        ServerBehind(store="journal.pg", found=1, known=2),
    ):  # fmt: skip
        told = error_of(broke(error))
        assert (type(error), error.facts) == (type(told), told.facts)
    assert "KeyError" in str(error_of(broke(KeyError("secret")))) and "secret" not in str(broke(KeyError("secret")))
    assert isinstance(broke(ValueError()), Broke) and Stepped(1, 2).more and not Stepped(2, 2).more


def test_a_municipality_in_which_nothing_happens_holds_no_files_and_is_projected_when_it_does(
    town: Town, beside: Beside, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keeper, "POLL_S", 0.01)
    monkeypatch.setattr(keeper, "REST_S", 0.05)
    folder, municipality = str(town.server.folder), town.server.municipality

    async def until_true(holds: Callable[[], bool]) -> None:
        while not holds():
            await asyncio.sleep(0.02)

    def held() -> list[str]:
        names = []
        for link in Path(f"/proc/{beside.pid}/fd").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                names.append(str(link.readlink()))
        return [name for name in names if name.startswith(folder)]

    async def rests_and_wakes() -> None:
        follows = asyncio.create_task(town.keeper.follow())
        await until_true(lambda: beside.pid is not None and municipality.projected.position > 0 and not held())
        started, before = beside.pid, municipality.projected.position
        await municipality.acts.revoke(town.two.id, "beheer")
        await until_true(lambda: municipality.projected.position > before and not held())
        assert started == beside.pid, "the process was started again"
        follows.cancel()
        await asyncio.gather(follows, return_exceptions=True)

    town.server.run(asyncio.wait_for(rests_and_wakes(), PATIENCE_S))
    assert town.dump() == town.rebuilt(tmp_path)


def test_the_process_beside_the_server_imports_nothing_of_publishing_logging_or_the_lint() -> None:
    """It is started at every unlock, and once a core by `verify`: these were more than half of its start."""
    without = ("structlog", "forms.lint", "backend.municipality.publishing", "litestar", "xlrd")
    asked = f"import sys, backend.projection.worker; print([one for one in {without} if one in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert "[]\n" == done.stdout
