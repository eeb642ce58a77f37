"""Phones of `field/` under Node, as tests use them."""

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.field import twin

DRIVER = Path(__file__).parent / "driver.mjs"


class PhoneFailed(Exception):
    """What a phone was told to do failed; the text begins with its stable code."""


class Phone:
    """One device under Node; every act returns what it gave."""

    def __init__(self, process: "subprocess.Popen[str]", name: str) -> None:
        self._process = process
        self.name = name

    def __getattr__(self, act: str) -> Any:
        def tell(**said: Any) -> Any:
            assert self._process.stdin is not None and self._process.stdout is not None
            self._process.stdin.write(json.dumps({"act": act, "name": self.name, **said}) + "\n")
            self._process.stdin.flush()
            answer = json.loads(self._process.stdout.readline())
            if "failed" in answer:
                raise PhoneFailed(f"{answer['failed']}: {answer['message']}\n{answer['stack']}")
            return answer["done"]

        return tell


@contextmanager
def phones(folder: Path, *names: str) -> Iterator[list[Phone]]:
    """Phones with these names, each with a database of its own."""
    here = folder / "driver.mjs"  # beside links to the modules, where it finds them and their packages
    shutil.copy(DRIVER, here)
    twin.node()
    for one in twin.FIELD.iterdir():
        if one.is_dir() or one.name in ("bytes.js", "package.json"):
            (folder / one.name).symlink_to(one)
    process = subprocess.Popen(
        [twin.node(), "--preserve-symlinks", "--preserve-symlinks-main", "driver.mjs"],
        cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        yield [Phone(process, name) for name in names]
    finally:
        assert process.stdin is not None
        process.stdin.close()  # Node ends by that; killing would end only what started it, where a package brings Node
        process.wait(twin.PATIENCE_S)
