"""Every `veldpost` line of docs/operators.md is typed in the order of the page, beside a server, and does what it says.

The lines that need root, systemd, a proxy or the network are typed in `test_bare_debian.py`. What a person fills in
for DEVICE or RECORD is looked up as they would.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner

from backend.cli import local
from backend.cli.main import main
from backend.clock import WallClock
from backend.device.device import Device
from backend.device.handing_in import rescue
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, ServerRefused
from backend.enrolment import Invitation
from backend.settings import Settings
from crypto.primitives import random_bytes
from tests.journeys.bare_debian import marks_of
from tests.journeys.seats import Seat
from tests.journeys.terminal import READING
from tests.journeys.test_bare_debian import FILLED
from tests.journeys.test_bare_debian import lines as lines_of_debian
from tests.journeys.three_machines import place_of
from tests.journeys.typist import PHRASE, lines_of
from tests.processes import Process

PAGE = Path(__file__).parents[2] / "docs" / "operators.md"
CODE, NEW, ANNA, COLLEAGUE = "GM0228", "een heel ander zinnetje", "alleen anna weet dit", "alleen de collega weet dit"
HERS = "een zin van anna alleen"  # the passphrase of her own
TYPED_ELSEWHERE = (
    "veldpost init",  # in test_first_hour.py
    "veldpost backup …",  # without its words
    "veldpost move",  # in municipality/test_in_postgres.py
)
REFUSED = {  # lines for another day: what they say today
    "first-account": "accounts-exist",
    "confirm-account": "nothing-to-confirm",
    "add-staff GM0228 colleague -": "account-exists",
    "replace-secret GM0228 colleague --agree": "nothing-to-renew",
    "replace-secret GM0228 colleague -": "second-person-needed",  # accounts of today
    **({} if find_spec("pyarrow") else {"export GM0228 huisbezoek folder --format parquet": "parquet-missing"}),
}


class Guide:
    """The machine of the page: a server, two phones, and whoever types."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.phones = folder, dict[str, Device]()
        self.settings = Settings(folder / "data", folder / "keys", "127.0.0.1", 8321, "info")
        local.set_up(self.settings, CODE, "anna", PHRASE, True, lambda _code: True)
        self.server = Process(self.settings.data, self.settings.keys)
        self.visit = self.dossier = ""
        env = {"VELDPOST_DATA": str(folder / "data"), "VELDPOST_KEYS": str(folder / "keys")}
        env |= {"VELDPOST_PORT": str(self.server.port), "VELDPOST_TOKENS": str(folder / "tokens")}
        self.seat = Seat(env, CODE, "anna")
        for name in ("tokens.json", "dark.json"):
            (folder / name).write_text('{"basis-border-radius-md": {"value": 0}}')

    def say(self, *words: str, typed: str = "") -> tuple[int, str]:
        if words[0] in READING:
            self.seat.gathers()
        done = CliRunner().invoke(main, words, input=typed, prog_name="veldpost")
        return done.exit_code, done.output + (done.stderr if done.stderr_bytes else "")

    def rows(self, *words: str) -> list[dict[str, Any]]:
        status, said = self.say(*words, "--json")
        assert 0 == status, said
        return [json.loads(line) for line in said.splitlines()]

    # --- what a person does between the lines ---

    def enrolled(self, worker: str) -> Device:
        if worker not in self.phones:
            row = self.rows("invite", CODE, worker)[0]
            invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
            road = HttpTransport(self.server.url)
            path = self.folder / f"{worker}.db"
            self.phones[worker] = Device.enrol(path, random_bytes(32), invitation, road, WallClock())
        return self.phones[worker]

    def sync(self, worker: str) -> None:
        with suppress(ServerRefused):
            Sync(self.enrolled(worker), HttpTransport(self.server.url)).run()

    def worked(self) -> None:
        """Two workers: one makes records."""
        one = self.enrolled("werker-een")
        self.enrolled("werker-twee")
        self.dossier = one.create("dossier", 1, {"/roepnaam": "Voorbeeld"}).hex()
        self.visit = one.create("huisbezoek", 1, {"/toegang": "binnen"}).hex()
        self.sync("werker-een")

    def parted(self) -> None:
        """Both write the same answer, and the second one writes on while the phone is lost."""
        self.sync("werker-twee")
        record = bytes.fromhex(self.visit)
        for worker, answer in (("werker-een", "aan_de_deur"), ("werker-twee", "geweigerd")):
            phone = self.phones[worker]
            phone.save(phone.open(record), "huisbezoek", 1, {"/toegang": answer})
        for worker in ("werker-een", "werker-twee"):
            self.sync(worker)
        phone = self.phones["werker-twee"]
        phone.save(phone.open(record), "huisbezoek", 1, {"/toegang": "binnen"})

    def handed_in(self) -> None:
        self.say("unlock", CODE)
        self.sync("werker-twee")
        (self.folder / "rescue.vp").write_bytes(rescue(self.phones["werker-een"]))

    def waits(self) -> str:
        """The id of the words of the phone that was lost, among what waits for a person."""
        return next(str(row["decision"]) for row in self.rows("attention", CODE) if row["kind"] == "held-revoked")

    def look_up(self, line: str) -> str:
        """The line with what a person puts in the place of its capitals."""
        worker = "werker-een" if "invite" in line else "werker-twee"
        found: dict[str, Callable[[], str]] = {
            "/var/backups/veldpost": lambda: str(self.folder / "backups"),
            "https://…": lambda: "https://example.org/register/1",
            "tokens.json": lambda: str(self.folder / "tokens.json"),
            "dark.json": lambda: str(self.folder / "dark.json"),
            "FILE": lambda: str(self.folder / "rescue.vp"),
            "WORKER": lambda: worker,
            "NAME": lambda: "anna",
            "DEVICE": lambda: str(self.phones[worker].id.hex()),
            "RECORD": lambda: self.visit,
            "CONFLICT": lambda: str(self.rows("conflicts", CODE)[0]["conflict"]),
            "DECISION": self.waits,
            "2026-11-25 22:10:07": lambda: str(self.rows("status", CODE)[0]["list_ends"]),
        }
        return re.sub("|".join(map(re.escape, found)), lambda name: found[name[0]](), line)

    def opened(self) -> None:
        """Unlocked, after the line that locks."""
        self.say("unlock", CODE)

    def before(self, line: str) -> None:
        """Whatever must have happened before a line makes sense."""
        work = {
            f"veldpost invite {CODE} WORKER --replaces DEVICE   ": self.worked,
            f"veldpost revoke {CODE}": self.parted,
            "veldpost rescue": self.handed_in,
            f"veldpost conflicts {CODE}": self.opened,
        }
        for beginning, done in work.items():
            if line.startswith(beginning):
                done()

    def answers(self, words: list[str], phrase: str) -> str:
        """What is typed when it asks."""
        said = [phrase] if "--passphrase" in words else []
        chosen = {"add-staff": COLLEAGUE, "own-secret": ANNA, "passphrase": NEW, "replace-secret": NEW}.get(words[0])
        chosen = None if "--agree" in words else chosen
        chosen = HERS if words[:2] == ["keyslots", "add"] else chosen
        said += [chosen, chosen] if chosen else []
        return "".join(f"{one}\n" for one in [*said, ANNA if words[0] in ("replace-secret", "form") else COLLEAGUE])


@pytest.fixture
def guide(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Guide]:
    monkeypatch.chdir(tmp_path)
    for name, value in {
        "DATA": tmp_path / "data",
        "KEYS": tmp_path / "keys",
        "TOKENS": tmp_path / "tokens",
        "LANG": "en",
    }.items():
        monkeypatch.setenv(f"VELDPOST_{name}", str(value))
    made = Guide(tmp_path)
    yield made
    made.server.kill()


def test_a_line_that_no_test_types_says_so() -> None:
    """By `test_bare_debian.py` on the server's machine, by `test_cluster.py` on three, beside a server here; what is
    kept in a file is no line."""
    there = {line.partition("  #")[0] for line in lines_of_debian()}
    for line in lines_of(PAGE):
        if re.match(r"dbs:|- path|replica:|snapshot:|socket:|# /etc|eval |AWS_", line.strip()):
            continue
        here = bool(place_of(line)) or line.startswith(("veldpost ", "runuser -u veldpost", "export "))
        filled = line.replace("<repository>", FILLED["<repository>"])
        here = here and not (line.startswith("veldpost move") and "untyped" in marks_of(line))  # a bucket
        typed = here or filled.partition("  #")[0] in there
        assert typed != ("untyped" in marks_of(line)), line


@pytest.mark.skipif(shutil.which("bash") is None, reason="THERE IS NO bash HERE")
def test_a_shell_completes_after_the_line_of_the_guide() -> None:
    [line] = [line for line in lines_of(PAGE) if line.startswith("eval ")]
    programs = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    asked = "complete -p veldpost; COMP_WORDS=(veldpost back) COMP_CWORD=1; _veldpost_completion veldpost"
    script = f'{line.partition("  #")[0]}; {asked}; echo "found ${{COMPREPLY[@]}}"'
    done = subprocess.run(["bash", "-c", script], env={**os.environ, "PATH": programs}, capture_output=True, text=True)
    assert "_veldpost_completion" in done.stdout and "found backup" in done.stdout, done.stdout + done.stderr


def test_every_line_of_the_guide_is_typed(guide: Guide) -> None:
    typed, phrase = 0, PHRASE
    for line in lines_of(PAGE):
        if line.startswith("systemctl"):
            verb = line.split()[1]
            if verb in ("stop", "start") and ".timer" not in line:
                guide.server.stop() if verb == "stop" else guide.server.start()
            continue
        if not line.startswith("veldpost ") or line.startswith(TYPED_ELSEWHERE):
            continue
        guide.before(line)
        words = shlex.split(guide.look_up(line).split("  #")[0])[1:]
        if words[0] == "sign-in":
            guide.seat.signs_terminal_in()  # which waits for the page
            typed += 1
            continue
        status, said = guide.say(*words, typed=guide.answers(words, phrase))
        code = next((code for name, code in REFUSED.items() if line.startswith(f"veldpost {name}")), "")
        assert (1 if code else 0) == status and (not code or f"[{code}]" in said), f"{line}\n{said}"
        phrase = NEW if words[0] == "passphrase" else phrase
        if words[:3] == ["invite-staff", CODE, "anna"]:
            guide.seat.joins(re.search(r"/m/\S+/join/\S+", said)[0])  # type: ignore[index]
        typed += 1
    assert typed >= 47
    made = ("huisbezoek.xlsx", "for-excel", "folder", "visits.jsonl", "visits.db", "q1.xlsx", "family.xlsx", "study.db")
    assert [] == [name for name in made if not (guide.folder / name).exists()]
