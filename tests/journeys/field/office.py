"""The office's terminal of the field journeys: commands that the server answers are asked from this process.

What is typed, how it is parsed, and what comes back over the local socket is the same; only the start of Python is
spared, a second each. Commands that work on files themselves run in a process of their own, as in `Terminal`.
"""

import subprocess
from typing import Final

from click.testing import CliRunner

from backend.cli.main import main
from tests.journeys.terminal import Terminal

OWN_PROCESS: Final = {"restore", "init", "serve", "demo", "key-file", "passphrase", "unlock"}


class Office(Terminal):
    """A terminal beside the server of one module of journeys."""

    def type(self, *words: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        if words[0] in OWN_PROCESS or stdin:
            return super().type(*words, stdin=stdin)
        done = CliRunner().invoke(main, words, env=self.env_of(words))
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        return subprocess.CompletedProcess(words, done.exit_code, done.stdout, done.stderr)
