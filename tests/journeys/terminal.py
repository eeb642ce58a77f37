"""A second terminal: the command line as an operator types it, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.journeys.test_over_http import free_port

VELDPOST = (sys.executable, "-c", "from backend.cli import main; main()")


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
        self.server: subprocess.Popen[str] | None = None

    def start(self, command: str) -> str:
        self.server = subprocess.Popen(
            [*VELDPOST, command], env=self.env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert self.server.stdout is not None
        said = ""
        if command == "demo":
            for line in self.server.stdout:
                said += line
                if line.startswith("Ctrl-C"):
                    break
        else:
            for _ in range(200):
                if "locked" in self.type("status").stdout:
                    break
                time.sleep(0.05)
        return said

    def stop(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGTERM)
        assert 0 == self.server.wait(30)

    def type(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*VELDPOST, *words],
            env=self.env,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            start_new_session=True,  # without a terminal of its own a hidden answer is read from standard input
        )

    def rows(self, *words: str) -> list[dict[str, Any]]:
        done = self.type(*words, "--json")
        assert 0 == done.returncode, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
