"""A person at the keyboard: types the lines of a page as they stand, and answers what `veldpost` asks.

`veldpost` in the folder that `at_hand` makes is a stand-in that calls the real program and answers its questions; every
line of a page is given to the shell unchanged.
"""

import re
import stat
import subprocess
import sys
from pathlib import Path
from typing import Final

from backend.demo_desk import Door, joined
from backend.desk.rights import Role
from backend.settings import Settings

ROOT: Final = Path(__file__).parents[2]
PHRASE: Final = "paard batterij nietje proef"
SECRETS: Final = {
    "own-secret": "alleen anna weet dit", "add-staff": "alleen bram weet dit", "keyslots add": "alleen anna opent dit",
    "form publish": "alleen anna weet dit",
}  # fmt: skip
STAND_IN: Final = """#!{python}
import os, subprocess, sys
words = sys.argv[1:]
real = {real!r}
answers = []
if "--passphrase" in words:
    answers.append({phrase!r})
name = " ".join(words[:2] if words[:1] in (["keyslots"], ["form"]) else words[:1])
if name in {secrets!r}:
    answers += [{secrets!r}[name]] * 2
if words[:1] == ["invite-staff"] or words[:1] == ["sign-in"]:  # what they do in a browser, over HTTP
    sys.path.insert(0, {root!r})
    from tests.journeys.typist import at_the_desk
    sys.exit(at_the_desk([*real, *words], words, answers))
if words[:1] != ["init"]:
    if not answers:
        os.execv(real[0], [*real, *words])
    told = "\\n".join(answers) + "\\n"
    sys.exit(subprocess.run([*real, *words], input=told, text=True, start_new_session=True).returncode)
pipe = subprocess.PIPE
asked = subprocess.Popen([*real, *words], stdin=pipe, stdout=pipe, text=True, start_new_session=True)
asked.stdin.write({phrase!r} + "\\n" + {phrase!r} + "\\n")
asked.stdin.flush()
for line in asked.stdout:
    print(line, end="")
    if line.startswith("    "):
        asked.stdin.write(line.strip().lower() + "\\n")
        asked.stdin.close()
sys.exit(asked.wait())
"""


def at_the_desk(command: list[str], words: list[str], answers: list[str]) -> int:
    """Type `invite-staff` and come in by its link, or type `sign-in` and confirm its code on the page."""
    settings, pipe = Settings.from_environment(), subprocess.PIPE
    kept = settings.data.parent / "browser"  # the session of who sits there; a colleague opens a link somewhere else
    asked = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
    assert asked.stdin is not None and asked.stdout is not None
    asked.stdin.write("".join(f"{one}\n" for one in answers))
    asked.stdin.close()
    for said in asked.stdout:
        sys.stdout.write(said)
        if link := re.search(r"/m/\S+/join/\S+", said):
            _, session = joined(settings, words[1], words[2], Role.ADMIN, link[0])
            if not kept.exists():
                kept.write_text(session)
        if code := re.search(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}\b", said):
            door = Door(settings, words[1])
            door.id = kept.read_text()
            for do in ({}, {"do": "yes"}):
                door.post(f"/m/{words[1]}/terminal", {"code": code[0], **do})
    return asked.wait()


def lines_of(page: Path) -> list[str]:
    """The lines that a page tells to type, in order."""
    return [line[4:] for line in page.read_text().splitlines() if re.match(r" {4}\S", line)]


def at_hand(folder: Path, real: list[str]) -> Path:
    """Put a stand-in for `veldpost` into a folder, for the front of PATH."""
    folder.mkdir(parents=True, exist_ok=True)
    stand_in = folder / "veldpost"
    stand_in.write_text(
        STAND_IN.format(python=sys.executable, real=real, phrase=PHRASE, secrets=SECRETS, root=str(ROOT))
    )
    stand_in.chmod(stand_in.stat().st_mode | stat.S_IXUSR | stat.S_IXGRP | stat.S_IXOTH)
    return folder


def script(lines: list[str]) -> str:
    """A script that types lines and stops at the first that fails, naming it."""
    typed = ["set -o pipefail", 'failed() { echo "FAILED: $1" >&2; kill $(jobs -p) 2>/dev/null; exit 1; }']
    for line in lines:
        quoted = "'" + line.replace("'", "'\\''") + "'"
        plain = line.split("  #")[0].rstrip()
        typed += [
            f"echo + {quoted}",
            plain if plain.endswith("&") or plain == "wait" else f"{plain} || failed {quoted}",
        ]
    return "\n".join([*typed, ""])
