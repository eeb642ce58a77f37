"""A second terminal: the command line as an operator types it, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

from tests.processes import COMMAND_LINE, PATIENCE_S, Started, free_port, start, typed, wait_until

VELDPOST = (sys.executable, "-c", COMMAND_LINE)


class Terminal:
    """Two terminals: one in which the demonstration runs, one in which commands are typed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env = {
            **os.environ,
            "VELDPOST_DATA": str(folder / "d"),
            "VELDPOST_KEYS": str(folder / "k"),
            "VELDPOST_PORT": str(free_port()),
            "PYTHONUNBUFFERED": "1",
        }
        self.server: Started | None = None

    def start(self, command: str) -> str:
        """Start a server; of the demonstration, all that a person sees of its story is returned."""
        errors = subprocess.STDOUT if command == "demo" else subprocess.DEVNULL
        self.server = start(COMMAND_LINE, command, env=self.env, stdout=subprocess.PIPE, stderr=errors)
        assert self.server.stdout is not None
        said = ""
        if command == "demo":
            for line in self.server.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
        else:
            wait_until(lambda: "locked" in self.type("status").stdout, "the server does not answer")
        return said

    def stop(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGTERM)
        assert 0 == self.server.wait(PATIENCE_S)

    def type(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return typed(*words, env=self.env, stdin=stdin)

    def rows(self, *words: str) -> list[dict[str, Any]]:
        done = self.type(*words, "--json")
        assert 0 == done.returncode, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
