"""Kills of set-up, backup, restore, export and erasure at any moment, and disks that fill while they run.

A process of its own: `python -m tests.journeys.mishaps STEP FOLDER`. It reads a line for each attempt (`kill FRACTION`,
`full FRACTION`), begins from the same folder each time, lets a child do the step and be killed, or run out of disk,
at that part of what the whole step takes, then does the step again, and judges. It answers `ok`, or what is wrong.
"""

import asyncio
import json
import os
import shutil
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from backend.cli import exports, local
from backend.clock import WallClock
from backend.desk import commands, keys
from backend.desk.desk import Desk
from backend.desk.standing import Standing
from backend.desk.wire import Ask
from backend.errors import ROOM_ERRORS, MunicipalityExists
from backend.files import REASONS, private_folder, write_atomically
from backend.municipality.backup import ABOUT, back_up
from backend.municipality.custody import opened_with
from backend.municipality.kept_backups import newest, proved
from backend.municipality.registry import Municipalities
from backend.settings import Settings
from crypto.keyslots import KEY_FILE, PASSPHRASE
from tests.fleet.world import FakeClock, Server
from tests.journeys.seats import prepared
from tests.municipality.house import WORD, House

CODE, STAFF, PHRASE = "GM9901", "beheer", "paard batterij nietje proef"
ROOM_MIN: Final = 300_000  # bytes: where a step needs less, a disk with as much is full soon enough all the same


class Site:
    """The folder of one attempt: data, keys, backups and exports of the municipality that `House` makes."""

    def __init__(self, folder: Path, known: dict[str, Any]) -> None:
        self.folder, self.known = folder, known
        self.settings = Settings(folder / "data", folder / "keys", "127.0.0.1", 8321, "info")
        self.backups, self.out = folder / "backups", folder / "out"

    def opened(self) -> Municipalities:
        """As a server opens it."""
        towns = Municipalities(self.settings.data, self.settings.keys, WallClock())
        towns.open_all()
        return towns

    def house(self) -> House:
        """The house that stands here, closed."""
        house = House.__new__(House)
        house.data, house.keys = self.settings.data, self.settings.keys
        house.server = Server.__new__(Server)
        house.server.stand_by(house.data / CODE, FakeClock(self.known["now_ms"]))
        house.server.key_file = bytes.fromhex(self.known["key_file"])
        house.record = bytes.fromhex(self.known["record"])
        house.secrets = [bytes.fromhex(secret) for secret in self.known["secrets"]]
        return house

    def ask(self, command: str, **args: Any) -> list[dict[str, Any]]:
        """The rows of a command, asked of a server that runs here for as long."""

        async def rows() -> list[dict[str, Any]]:
            towns = self.opened()
            desk = Desk(towns)
            try:
                ask = Ask(command, CODE, args, "", KEY_FILE, self.known["key_file"], token=await signed_in(desk, towns))
                return [row async for row in commands.run(desk, ask, lambda _done, _all: None)]
            finally:
                await desk.close()
                await towns.close_all()

        return asyncio.run(rows())

    def stands(self) -> None:
        """The municipality is served, unlocked, with an account, and its record is read."""
        [row] = [row for row in self.ask("records", form="dossier") if row.get("roepnaam")]
        assert WORD in row["roepnaam"], row
        assert 0 == self.ask("verify")[-1]["faults"]


async def signed_in(desk: Desk, towns: Municipalities) -> str:
    """The token of the person who asks; nothing where there is no municipality yet."""
    if CODE not in [town.code for town in towns]:
        return ""
    town = towns.get(CODE)
    person = town.people.person(STAFF)
    assert person is not None
    begun = desk.terminals.begin(CODE, "", "", STAFF)
    desk.terminals.confirm(begun, Standing(town, person), "test")
    return (await desk.terminals.outcome(begun))[1]


class Init:
    """Setting a municipality up."""

    def act(self, site: Site) -> None:
        local.set_up(site.settings, "GM9904", STAFF, PHRASE, True, lambda _code: True)

    def again(self, site: Site) -> None:
        """Only what is whole may keep it from being set up."""
        there = [town.code for town in site.opened()]
        try:
            self.act(site)
        except MunicipalityExists:
            assert "GM9904" in there, "refused although nothing is there"

    def judge(self, site: Site) -> None:
        towns = site.opened()
        town = towns.get("GM9904")
        assert STAFF == town.staff.known(STAFF) and {} == towns.broken
        assert "GM9904" == opened_with(town.keyring.vault(), PASSPHRASE, PHRASE).municipality
        assert not town.locked or not (site.settings.keys / "GM9904.key").exists()
        left = {path.name for path in site.settings.data.iterdir()} - {CODE, "GM9904", f"{CODE}.before-restore-1"}
        assert set() == left, left
        for path in site.folder.rglob("*"):
            assert not path.is_file() or PHRASE.encode() not in path.read_bytes()


class Backup:
    """A backup beside an earlier one, of which two are kept."""

    def act(self, site: Site) -> None:
        async def work() -> None:
            towns = site.opened()
            try:
                await keys.back_up(
                    Desk(towns), towns.get(CODE), "operator", {"to": str(site.backups), "dated": True, "keep": 2}
                )
            finally:
                await towns.close_all()

        asyncio.run(work())

    def again(self, site: Site) -> None:
        self._whole_or_none(site)
        time.sleep(1.01)  # names are of whole seconds
        self.act(site)

    def _whole_or_none(self, site: Site) -> list[Path]:
        made = [about.parents[2] for about in sorted(site.backups.rglob(ABOUT))]
        assert made, "the earlier backup went"
        for one in made:
            proved(one, CODE)
        return made

    def judge(self, site: Site) -> None:
        assert 2 == len(self._whole_or_none(site))
        about, vault = proved(newest(site.backups, CODE), CODE)
        opened_with(vault, KEY_FILE, site.known["key_file"])
        assert about.entries >= site.known["entries"] and about.attachments == 1
        site.stands()


class Restore:
    """A restore over a municipality that has gone on since the backup."""

    def act(self, site: Site) -> None:
        local.restore(site.settings, CODE, newest(site.backups, CODE))

    def again(self, site: Site) -> None:
        site.stands()
        self.act(site)

    def judge(self, site: Site) -> None:
        site.stands()
        asides = [path for path in site.settings.data.iterdir() if ".before-restore-" in path.name]
        assert 2 <= len(asides) <= 3 and not list(site.settings.data.glob("*.restoring*")), asides
        for aside in asides:
            assert (aside / "journal.db").stat().st_size and (aside / "vault/municipality.vault").is_file()


class Export:
    """An export in clear, whose file another one is to be in the place of."""

    def act(self, site: Site) -> None:
        target = site.out / "dossier.db"
        place = exports.Workplace(exports.work_of(target))
        rows = site.ask("export", form="dossier", work=str(place.folder))
        exports.write_sqlite(rows, target, place)
        rows = site.ask("export", form="dossier", work=str(site.out / "none"))
        exports.write_workbook(rows, site.out / "dossier.xlsx", exports.Workplace(exports.work_of(target)), "nl")
        folder = site.out / "csv"
        exports.write_csv(rows, folder, exports.earlier("csv", folder, "dossier"))

    def again(self, site: Site) -> None:
        database = site.out / "dossier.db"  # the earlier one, or this one, or none
        assert not database.exists() or b"an earlier one" == database.read_bytes() or self._is_whole(site)
        if database.exists() and self._is_whole(site):
            assert (site.out / "dossier.metadata.json").exists(), (
                "a database never stands there without its description"
            )
        for path in (site.out / "csv").glob("*.csv"):
            assert path.read_bytes().endswith(b"\n"), path
        self.act(site)

    def _is_whole(self, site: Site) -> bool:
        return WORD.encode() in (site.out / "dossier.db").read_bytes()

    def judge(self, site: Site) -> None:
        assert self._is_whole(site)
        assert ["csv", "dossier.db", "dossier.metadata.json", "dossier.xlsx"] == sorted(
            path.name for path in site.out.iterdir()
        ), list(site.out.rglob("*"))
        assert WORD in (site.out / "csv" / "dossier.csv").read_text()
        for path in (site.out / "dossier.db", *(site.out / "csv").iterdir()):
            assert 0o600 == path.stat().st_mode & 0o777
        site.stands()


class Erase:
    """An erasure."""

    def act(self, site: Site) -> None:
        site.ask("erase", record=site.known["record"], reason="request")

    def again(self, site: Site) -> None:
        house = site.house()
        house.server.start()
        house.open_desk()
        house.server.run(house.settled())
        if not house.server.municipality.book.erased(house.record):
            assert house.found(), "not erased, and gone"
            house.erase()
        house.shut()

    def judge(self, site: Site) -> None:
        house = site.house()
        house.server.start()
        house.open_desk()
        house.server.run(house.settled())
        assert {} == house.server.municipality.erasing.unfinished
        assert [] == house.found() + house.held_sealed() + house.photos("?" * 64)
        house.shut()


STEPS: Final[dict[str, Any]] = {"init": Init, "backup": Backup, "restore": Restore, "export": Export, "erase": Erase}


def built(folder: Path) -> dict[str, Any]:
    """Make the folder from which every attempt begins; in a process of its own, for its threads stay."""
    house = House(folder)
    town = house.server.municipality
    house.server.run(town.submit(lambda: town.staff.add(STAFF, "admin", 1, STAFF)))
    prepared(house.server, STAFF)
    back_up(town.folder, folder / "backups" / "2020-01-01T000000Z", 1_577_836_800_000)
    private_folder(folder / "out")
    (folder / "out" / "dossier.db").write_text("an earlier one")
    known = {
        "record": house.record.hex(), "secrets": [secret.hex() for secret in house.secrets], "entries": 1,
        "key_file": house.server.key_file.hex(), "now_ms": house.server.clock.ms,
    }  # fmt: skip
    house.shut()
    return known


def child(work: Callable[[], None]) -> int:
    """Do work in a process of its own; returns its number."""
    number = os.fork()
    if not number:
        try:
            work()
        except BaseException:  # noqa: BLE001 - told to who waits
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return number


def ended(number: int) -> int:
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


class Trials:
    """Attempts at one step in one folder, which lies on a disk of its own."""

    def __init__(self, step: str, disk: Path, whole: Path, known: dict[str, Any]) -> None:
        self.step, self.disk, self.whole = STEPS[step](), disk, whole
        self.site = Site(disk / "site", known)
        self._begin()
        before, began = self._free(), time.monotonic()
        assert 0 == ended(child(lambda: self.step.act(self.site)))
        self.takes_s, self.needs = time.monotonic() - began, max(ROOM_MIN, before - self._free())

    def _free(self) -> int:
        found = os.statvfs(self.disk)
        return found.f_bavail * found.f_frsize

    def _begin(self) -> None:
        shutil.rmtree(self.site.folder, ignore_errors=True)
        shutil.copytree(self.whole, self.site.folder)

    def killed(self, fraction: float) -> None:
        """Kill it in the middle."""
        number = child(lambda: self.step.act(self.site))
        time.sleep(self.takes_s * fraction)
        os.kill(number, signal.SIGKILL)
        ended(number)

    def filled(self, fraction: float) -> None:
        """Leave it some of the disk that it needs."""
        filler = self.disk / "filler"
        with filler.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, max(1, self._free() - int(self.needs * fraction)))

        def act() -> None:
            try:
                self.step.act(self.site)
            except ROOM_ERRORS:
                pass  # in words of ours
            except OSError as error:
                assert error.errno in REASONS, error  # for which the command line has words

        assert 0 == ended(child(act)), "a full disk ended in a fault of the program"
        filler.unlink()

    def tried(self, how: str, fraction: float) -> str:
        """One attempt; returns `ok` or which part of it failed."""
        self._begin()
        try:
            self.killed(fraction) if how == "kill" else self.filled(fraction)
        except AssertionError as error:
            return str(error)
        for part in ("again", "judge"):
            if ended(child(lambda part=part: getattr(self.step, part)(self.site))):  # type: ignore[misc]
                return part
        return "ok"


def main(step: str, folder: Path) -> None:
    """Answer attempts until there are none."""
    whole, disk = folder / "whole", folder / "disk"
    known = folder / "known.json"
    if not known.exists():
        assert 0 == ended(child(lambda: write_atomically(known, json.dumps(built(whole)).encode())))
    trials = Trials(step, disk, whole, json.loads(known.read_text()))
    for line in sys.stdin:
        how, fraction = line.split()
        sys.stdout.write(f"{trials.tried(how, float(fraction))}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
