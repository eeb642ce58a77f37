"""The server and the command line are two processes: either is killed alone while the other goes on.

`mishaps.py` kills both at once, as a power cut does. Here the one that is left must end in words, leave nothing
readable and lock nobody out; then the step is done again and ends right.
"""

import json
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from backend.cli import local
from backend.settings import Settings
from tests.journeys.mishaps import CODE, PHRASE, STAFF, built, child, ended
from tests.journeys.seats import Seat
from tests.municipality.house import WORD
from tests.processes import Process, Typing

BACKUP, NEW, NEWCOMER = "2020-01-01T000000Z", "new", "GM9904"
ENDS = ("answer-broken-off", "server-not-running", "export-overtaken")  # what the command line says of a killed server


class Place:
    """A folder of one attempt, a server of its own on it, and a terminal."""

    def __init__(self, folder: Path, whole: Path, known: dict[str, Any], *, is_hosted: bool) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(whole, folder)
        self.folder, self.known, self.out = folder, known, folder / "exported"
        self.out.mkdir()
        if not is_hosted:
            shutil.rmtree(folder / "data" / CODE)
        for aside in (folder / "data").glob(f"{CODE}.before-*"):
            shutil.rmtree(aside)
        self.server = Process(folder / "data", folder / "keys")
        self.env = {**os.environ, "VELDPOST_DATA": str(folder / "data"), "VELDPOST_KEYS": str(folder / "keys"),
                    "VELDPOST_PORT": str(self.server.port), "VELDPOST_TOKENS": str(folder / "tokens"),
                    "VELDPOST_LANG": "en"}  # fmt: skip
        self.seat: Seat | None = None
        if is_hosted:
            self.sit()

    def sit(self) -> None:
        """Somebody signs the terminal in, and reads what every worker wrote."""
        if self.seat is None:
            self.seat = Seat(self.env, CODE, STAFF)
            self.seat.signs_in()
            self.seat.signs_terminal_in()
            self.seat.gathers()

    def begin(self, *words: str) -> Typing:
        return Typing(*words, env=self.env)

    def type(self, *words: str) -> tuple[int, str, str]:
        done = self.begin(*words).end()
        return done.returncode, done.stdout, done.stderr

    def rows(self, *words: str) -> list[dict[str, Any]]:
        status, said, errors = self.type(*words, "--json")
        assert 0 == status, errors
        return [json.loads(line) for line in said.splitlines()]

    def names(self) -> list[str]:
        return sorted(path.name for path in self.out.iterdir())

    def stands(self, *, erased: bool = False) -> None:
        """The municipality is read with its keys, and what is kept is sound."""
        self.sit()
        assert (not erased) == (WORD in json.dumps(self.rows("records", CODE, "dossier")))
        assert 0 == self.rows("verify", CODE)[-1]["faults"]


class Step(NamedTuple):
    """A command, whether its municipality is hosted before, and what must be so at the end."""

    words: Callable[[Place], list[str]]
    judge: Callable[[Place], None]
    is_hosted: bool = True


def _backed_up(place: Place) -> None:
    assert 0 == place.type("backup", CODE, str(place.folder / NEW), "--verify")[0]
    place.stands()


def _exported(place: Place) -> None:
    assert ["dossier.db", "dossier.metadata.json"] == place.names()
    assert WORD.encode() in (place.out / "dossier.db").read_bytes()
    place.stands()


def _erased(place: Place) -> None:
    [row] = place.rows("erasures", CODE)
    assert row["finished"] and row["record"] == place.known["record"], row
    place.stands(erased=True)


def _set_up(place: Place) -> list[str]:
    """The last step of `init`, after what it does without a server: the one that runs hosts the newcomer."""
    settings = Settings(place.folder / "data", place.folder / "keys", "127.0.0.1", 8321, "info")
    if not (settings.data / NEWCOMER).exists():
        assert 0 == ended(child(lambda: local.set_up(settings, NEWCOMER, STAFF, PHRASE, True, lambda _code: True)))
    return ["host", NEWCOMER]


def _hosted(place: Place) -> None:
    assert {CODE, NEWCOMER} == {row["code"] for row in place.rows("status")}
    place.stands()


STEPS = {
    "init": Step(_set_up, _hosted),
    "backup": Step(lambda place: ["backup", CODE, str(place.folder / NEW)], _backed_up),
    "export": Step(
        lambda place: ["export", CODE, "dossier", str(place.out / "dossier.db"), "--format", "sqlite"], _exported
    ),
    "erase": Step(lambda place: ["erase", CODE, place.known["record"], "--reason", "request"], _erased),
    "restore": Step(lambda place: ["restore", CODE, str(place.folder / "backups" / BACKUP)], Place.stands, False),
}
_takes_s: dict[str, float] = {}  # each step, undisturbed, when it was first tried
DONE_BEFORE = {"backup-exists", "municipality-exists", "file-exists", "no-such-record", "server-running"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any]]:
    folder = tmp_path_factory.mktemp("two")
    known = folder / "known.json"
    assert 0 == ended(child(lambda: _write(known, built(folder / "whole"))))
    return folder / "whole", json.loads(known.read_text())


def _write(file: Path, known: dict[str, Any]) -> None:
    file.write_text(json.dumps(known))


@pytest.fixture
def places(tmp_path: Path, whole: tuple[Path, dict[str, Any]]) -> Iterator[Callable[[Step], Place]]:
    made: list[Place] = []

    def begin(step: Step) -> Place:
        if made:
            made.pop().server.kill()
        made.append(Place(tmp_path / "place", *whole, is_hosted=step.is_hosted))
        return made[0]

    yield begin
    for place in made:
        place.server.kill()


def tried(places: Callable[[Step], Place], name: str, victim: str, times: int) -> None:
    step, draw = STEPS[name], random.Random(f"{name} {victim}")
    if name not in _takes_s:
        place, began = places(step), time.monotonic()
        assert 0 == place.type(*step.words(place))[0]
        _takes_s[name] = time.monotonic() - began
        step.judge(place)
    for number in range(times):
        place = places(step)
        words = step.words(place)
        command = place.begin(*words)
        time.sleep(_takes_s[name] * (number + draw.random()) / times)
        command.kill() if victim == "command line" else place.server.kill()
        done = command.end()
        errors = done.stderr
        if victim == "server":
            assert done.returncode in (0, 1), errors
            assert 0 == done.returncode or any(f"[{code}]" in errors for code in ENDS), errors
            assert [] == [one for one in place.names() if one.startswith(".")], "nothing in clear is left"
            place.server.start()
        else:
            assert 0 == place.type("status")[0], "the server goes on"
        status, _, errors = place.type(*words)
        assert 0 == status or any(f"[{code}]" in errors for code in DONE_BEFORE), errors
        step.judge(place)


@pytest.mark.parametrize("victim", ["command line", "server"])
@pytest.mark.parametrize("name", STEPS)
def test_one_of_the_two_is_killed_and_the_step_is_done_again(
    places: Callable[[Step], Place], name: str, victim: str
) -> None:
    tried(places, name, victim, 1)


@pytest.mark.soak
@pytest.mark.parametrize("victim", ["command line", "server"])
@pytest.mark.parametrize("name", STEPS)
def test_at_ten_moments(places: Callable[[Step], Place], name: str, victim: str) -> None:
    tried(places, name, victim, 10)
