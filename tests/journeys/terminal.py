"""A second terminal: the command line as an operator types it, in processes of their own."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from backend.demo_desk import Person
from backend.desk.rights import Role
from tests.journeys.seats import Seat
from tests.processes import COMMAND_LINE, PATIENCE_S, Started, answers, free_port, start, typed, wait_until

READING = ("records", "show", "conflicts", "attention", "export", "resolve", "decide", "grant", "rescue", "devices")
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
        self.seats: dict[str, Seat] = {}  # by account: who signed a terminal of their own in
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
            wait_until(self._answers_or_ended, "the server does not answer")
            assert self.server.poll() is None, "the server ended instead of serving"
        return said

    def _answers_or_ended(self) -> bool:
        assert self.server is not None
        if self.server.poll() is not None:
            return True
        return answers(int(self.env["VELDPOST_PORT"]), "/health/live") and "locked" in self.type("status").stdout

    def kill(self) -> None:
        """Take the server's power away: until it is gone, its data folder and its port are its own."""
        assert self.server is not None
        self.server.kill()
        self.server.wait(PATIENCE_S)

    def stop(self) -> None:
        assert self.server is not None
        self.server.send_signal(signal.SIGTERM)
        assert 0 == self.server.wait(PATIENCE_S)

    def seat(self, code: str, name: str, phrase: str = "", *roles: Role) -> Seat:
        """Let a person sign a terminal in, who was `prepared`, or comes in by the municipality's passphrase."""
        seat = Seat(self.env | {"VELDPOST_TOKENS": str(self.folder / "tokens" / name)}, code, name)
        if phrase:
            seat.comes_in(phrase, *roles)
        else:
            seat.signs_in()
        seat.signs_terminal_in()
        self.seats[name] = seat
        return seat

    def seat_told(self, person: Person) -> Seat:
        """Let somebody of the demonstration sign a terminal in, with what is kept of them."""
        seat = Seat(self.env | {"VELDPOST_TOKENS": str(self.folder / "tokens" / person.name)}, person.code, person.name)
        seat.team = ""
        seat.signs_in(person.password, person.codes[::-1])
        seat.signs_terminal_in()
        self.seats[person.name] = seat
        return seat

    def sit_again(self) -> None:
        """Let everybody sign in anew who was `prepared`: the server's clock went over the end of their tokens."""
        for seat in self.seats.values():
            seat.signs_in()
            seat.signs_terminal_in()

    def env_of(self, words: Sequence[str]) -> dict[str, str]:
        """The environment of the terminal of whom `--staff` names, or of the first person who signed one in."""
        name = words[words.index("--staff") + 1] if "--staff" in words else next(iter(self.seats), "nobody")
        if name in self.seats and words[0] in READING:
            self.seats[name].gathers()
        return self.env | {"VELDPOST_TOKENS": str(self.folder / "tokens" / name)}

    def type(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return typed(*words, env=self.env_of(words), stdin=stdin)

    def rows(self, *words: str) -> list[dict[str, Any]]:
        done = self.type(*words, "--json")
        assert 0 == done.returncode, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]
