"""The JavaScript of `field/`, run by Node: one process for many rows."""

import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

import pytest

FIELD: Final = Path(__file__).parents[2] / "field"
NODE_MIN: Final = 22  # what the field app is built with
PATIENCE_S: Final = 300

Row = tuple[str, Mapping[str, Any], Any]


@cache
def node() -> str:
    """The Node that runs `field/`; skips loudly where there is none, or its packages are not installed."""
    beside = shutil.which("node", path=str(FIELD.parent / ".venv" / "bin"))
    for found in filter(None, (os.environ.get("VELDPOST_NODE"), beside, shutil.which("node"))):
        version = subprocess.run([found, "--version"], capture_output=True, text=True, check=True).stdout
        if int(version.removeprefix("v").split(".")[0]) >= NODE_MIN and (FIELD / "node_modules").is_dir():
            return found
    said = "NO NODE OF 22 OR LATER WITH THE PACKAGES OF field/ IS HERE: nothing holds the field app to the vectors"
    warnings.warn(said, stacklevel=1)
    return pytest.skip(said)


def run(*words: str, stdin: str = "", field: Path = FIELD) -> subprocess.CompletedProcess[str]:
    """Run a script of `field/`."""
    command = [node(), *words]
    return subprocess.run(command, cwd=field, input=stdin, capture_output=True, text=True, timeout=PATIENCE_S)


def differences(rows: Iterable[Row], field: Path = FIELD) -> list[str]:
    """What the JavaScript gives otherwise than these rows say: (kind, row, document of the rows)."""
    lines = [json.dumps({"kind": kind, "row": row, "document": document}) for kind, row, document in rows]
    done = run("check-rows.js", stdin="\n".join(lines) + "\n", field=field)
    found = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(found) == len(lines), done.stderr[-2_000:]
    return [one for one in found if one is not None]
