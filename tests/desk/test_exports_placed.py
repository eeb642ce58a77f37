"""An export is there whole or not there: its writer is killed before each step with which files take their names."""

import ctypes
import errno
import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from backend.cli import exports, placing
from tests.desk.many import piece

STEPS = {"os.rename", "os.link", "os.remove", "os.rmdir", "os.chmod", "ctypes.dlsym"}
NOTES = "of somebody else"


def table(name: str, *words: str) -> list[dict[str, Any]]:
    head = {"table": name, "columns": ["_record"], "types": ["text"], "key": ["_record"]}
    return [head, piece(name, *([word] for word in words))]


def killed_at(step: int, work: Callable[[], object]) -> bool:
    """Do work in a process of its own, which dies before that one of its steps; False if it had fewer."""
    number = os.fork()
    if not number:
        left = count(step, -1)

        def hook(event: str, _args: Any) -> None:
            if event in STEPS and not next(left):
                os.kill(os.getpid(), signal.SIGKILL)

        sys.addaudithook(hook)
        try:
            work()
        except BaseException:  # noqa: BLE001 - told by its status
            os._exit(1)
        os._exit(0)
    status = os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])
    assert status in (0, -signal.SIGKILL)
    return bool(status)


def folder_of_two_forms(folder: Path) -> list[Path]:
    """A folder with an earlier export, of which this one has a table less, and with files of others."""
    folder.mkdir(parents=True, mode=0o750)
    folder.chmod(0o750)
    for name in ("dossier.csv", "dossier__kind.csv"):
        (folder / name).write_text("old\n")
    (folder / "signaal.csv").write_text(NOTES)
    (folder / "notes.txt").write_text(NOTES)
    return exports.earlier("csv", folder, "dossier")


def test_tables_in_a_folder_that_is_there_are_all_of_one_export(tmp_path: Path) -> None:
    """They took their names one after the other: a kill left some of an earlier export beside some of this one."""
    old, new = (
        {"dossier.csv": "old\n", "dossier__kind.csv": "old\n"},
        {"dossier.csv": "_record\na\n", "dossier___texts.csv": "_record\nb\n"},
    )
    rows = [*table("dossier", "a"), *table("dossier___texts", "b")]
    for step in count():
        out = tmp_path / str(step) / "out"
        earlier = folder_of_two_forms(out)
        was_killed = killed_at(step, partial(exports.write_csv, rows, out, earlier))
        found = {path.name: path.read_text() for path in out.iterdir()}
        assert (NOTES, NOTES) == (found.pop("signaal.csv"), found.pop("notes.txt")), step
        assert found in (old, new), step
        exports.write_csv(rows, out, exports.earlier("csv", out, "dossier"))
        assert {*new, "signaal.csv", "notes.txt"} == {path.name for path in out.iterdir()}
        assert ["out"] == [path.name for path in out.parent.iterdir()] and 0o750 == out.stat().st_mode & 0o777
        if not was_killed:
            break
    assert step > 8, "every step was tried"


def test_a_database_is_never_there_with_another_description_and_none_keeps_the_next_one_away(tmp_path: Path) -> None:
    """A kill between the two names left a description without a database, and the next try was refused."""
    for step in count():
        target = tmp_path / str(step) / "h.db"
        target.parent.mkdir()
        exports.write_sqlite(table("earlier", "a"), target, None, "nl")
        was_killed = killed_at(step, partial(exports.write_sqlite, table("dossier", "a"), target, None, "nl"))
        about = exports.beside(target)
        described = [*json.loads(about.read_bytes())["databases"]["h"]["tables"]] if about.exists() else []
        if target.exists():
            with closing(sqlite3.connect(target)) as db:
                names = [row[0] for row in db.execute("select name from sqlite_master where type = 'table'")]
            assert described == names, step
            assert exports.earlier("sqlite", target, "dossier")
        else:
            assert [] == exports.earlier("sqlite", target, "dossier"), "nothing is there that may not be overwritten"
        exports.write_sqlite(table("dossier", "a"), target, None, "nl")
        assert ["h.db", "h.metadata.json"] == sorted(path.name for path in target.parent.iterdir())
        if not was_killed:
            break
    assert step > 3, "every step was tried"


def test_what_is_like_a_description_and_is_none_is_never_overwritten(tmp_path: Path) -> None:
    for text in ("{}", "[]", "geen json", json.dumps({"databases": {"other": {}}})):
        (tmp_path / "h.metadata.json").write_text(text)
        assert [tmp_path / "h.metadata.json"] == exports.earlier("sqlite", tmp_path / "h.db", "dossier")


def test_a_folder_that_holds_folders_is_refused_before_anything_is_read(tmp_path: Path) -> None:
    folder_of_two_forms(tmp_path / "out")
    (tmp_path / "out" / "photos").mkdir()
    with pytest.raises(OSError, match="holds-folders"):
        exports.earlier("csv", tmp_path / "out", "dossier")
    with pytest.raises(OSError, match="holds-folders"):
        exports.write_csv(table("dossier", "a"), tmp_path / "out")
    assert "old\n" == (tmp_path / "out" / "dossier.csv").read_text()


def test_the_folder_in_which_somebody_stands_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Their shell would stand in a folder that is gone."""
    folder_of_two_forms(tmp_path / "out")
    monkeypatch.chdir(tmp_path / "out")
    with pytest.raises(OSError, match="stood-in"):
        exports.earlier("csv", Path(), "dossier")
    with pytest.raises(OSError, match="stood-in"):
        exports.write_csv(table("dossier", "a"), tmp_path / "out")
    assert "old\n" == (tmp_path / "out" / "dossier.csv").read_text()


def test_what_somebody_puts_into_the_folder_meanwhile_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the second names and the exchange an editor saves a file, and a new one comes."""
    out, real = tmp_path / "out", placing._exchange
    earlier = folder_of_two_forms(out)

    def late(work: Path, folder: Path, ours: Any, others: int) -> None:
        (folder / "notes.new").write_text("saved")
        (folder / "notes.new").replace(folder / "notes.txt")
        (folder / "later.txt").write_text("new")
        real(work, folder, ours, others)

    monkeypatch.setattr(placing, "_exchange", late)
    exports.write_csv(table("dossier", "a"), out, earlier)
    assert ("saved", "new") == ((out / "notes.txt").read_text(), (out / "later.txt").read_text())
    assert {"dossier.csv", "signaal.csv", "notes.txt", "later.txt"} == {path.name for path in out.iterdir()}


class NoExchange:
    """The library of a system whose disk exchanges nothing."""

    def __init__(self, *_args: Any, **_more: Any) -> None:
        self.renameat2 = lambda *_args: -1


def test_a_disk_that_exchanges_nothing_replaces_a_folder_of_tables_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ctypes, "CDLL", NoExchange)
    monkeypatch.setattr(ctypes, "get_errno", lambda: errno.EINVAL)
    out = tmp_path / "out"
    earlier = folder_of_two_forms(out)
    with pytest.raises(OSError, match="no-exchange"):
        exports.write_csv(table("dossier", "a"), out, earlier)
    assert {"old\n"} == {path.read_text() for path in earlier} and NOTES == (out / "notes.txt").read_text()
    for name in ("signaal.csv", "notes.txt"):
        (out / name).unlink()
    exports.write_csv(table("dossier", "a"), out, earlier)
    assert ["dossier.csv"] == [path.name for path in out.iterdir()] and [out] == [*tmp_path.iterdir()]
