"""The demonstration: two municipalities, three devices each, some weeks of visits without a connection, one server.

Everything is real but the people and the time: real devices, real HTTP, real conflicts. Answers are lost on the way,
requests come twice and in an awkward order; in the end all are equal.
"""

import os
import signal
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, ClassVar, Final, NamedTuple, TextIO

import click
import httpx
import msgspec

from backend import demo_desk
from backend.cli import inviting, local
from backend.cli.client import answers
from backend.cli.output import line, own_language
from backend.desk.wire import Ask
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, Unreachable
from backend.enrolment import Invitation
from backend.errors import BackendError
from backend.families.stories import Family, families
from backend.sentences import library
from backend.settings import Settings
from backend.web.field import FOLDER
from crypto.primitives import random_bytes
from forms.definition.library import NEWEST
from forms.lint.frame import Publication
from sync.facts import Certificate

TOWNS: Final = {"GM9901": "Voorbeeldstad", "GM9902": "Proefdam"}
WORKERS: Final = ("werker-een", "werker-twee", "werker-drie")
ADMIN: Final = "beheerder"
WEEKS: Final = 4
FIRST_WEEKS: Final = 2  # in which the devices know the first versions of the forms alone
WEEK_MS: Final = 7 * 24 * 3_600_000
NEAR: Final = frozenset({"127.0.0.1", "::1", "localhost"})
REGISTER: Final = "https://example.org/verwerkingen"  # where a real register would name the processing
SEED: Final = 2026
BOTH: Final = ["outreachwerker", "wijkverpleegkundige"]


class FieldClock:
    """A device's clock that can be set back to the week in which a form is filled in."""

    def __init__(self, real: Callable[[], int]) -> None:
        self._real = real
        self.back_ms = 0

    def now_ms(self) -> int:
        """The time on the device."""
        return self._real() - self.back_ms


class BadRoad:
    """A connection that loses requests and answers, and sends some twice."""

    def __init__(self, road: HttpTransport, random: Random) -> None:
        self._road = road
        self._random = random
        self.lost = 0
        self.repeated = 0

    def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> bytes:
        """The answer's body, when it comes through."""
        fate = self._random.random()
        if fate < 0.15:
            self.lost += 1
            raise Unreachable("the request was lost")
        answer = self._road.post(path, body, headers)
        if fate < 0.35:
            self.lost += 1
            raise Unreachable("the answer was lost")
        if fate < 0.5 and path.endswith("/sync"):
            self.repeated += 1
            answer = self._road.post(path, body, headers)
        return answer


class Told(NamedTuple):
    """The story of one municipality, as it is told."""

    entries: int
    records: int
    merged: int
    conflicts: int
    lost: int
    repeated: int
    equal: bool
    missing: int


class _Known:
    """A family as its workers know it: who visits it, who goes along, and its records."""

    def __init__(self, family: Family) -> None:
        self.family = family
        self.device: Any = None
        self.colleague: Any = None
        self.case = b""
        self.visits: list[bytes] = []
        self.seconded = False


class Story:
    """One municipality's weeks."""

    def __init__(self, settings: Settings, code: str, now_ms: Callable[[], int], opened: demo_desk.Opened) -> None:
        self._settings = settings
        self._code = code
        self._opened = opened
        self._random = Random(f"{SEED} {code}")  # noqa: S311 - a story, not a secret
        self._clock = FieldClock(now_ms)
        url = f"http://{settings.host}:{settings.port}"
        self._good = HttpTransport(url)
        self._bad = BadRoad(self._good, self._random)
        self._devices: list[Device] = []
        self._written = 0
        self._version = 1  # of the forms that are filled in this week
        self._lead = ""  # the token of the lead's terminal
        self._families = [_Known(family) for family in families(self._random)]

    def tell(self, folder: Path, say: Callable[[str], None]) -> Told:
        """Enrol, work some weeks, sync until all are equal, and look what there is."""
        admin = demo_desk.terminal_of(self._settings, self._code, self._opened.admin)
        list(answers(self._settings, Ask("name", self._code, {"name": TOWNS[self._code]}, token=admin)))
        for number, worker in enumerate(WORKERS):
            row = next(iter(answers(self._settings, Ask("invite", self._code, {"worker": worker}, token=admin))))
            invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
            path = folder / f"{self._code}-{number + 1}.db"
            self._devices.append(Device.enrol(path, random_bytes(32), invitation, self._good, self._clock))
        demo_desk.sign_out(self._settings, self._code, admin)
        demo_desk.team_up(self._opened, self._code, WORKERS)
        self._lead = demo_desk.terminal_of(self._settings, self._code, self._opened.lead)
        self._sync_all(self._good)
        for week in range(WEEKS, 0, -1):
            self._clock.back_ms = week * WEEK_MS
            self._version = 1 if WEEKS - week < FIRST_WEEKS else NEWEST
            self._visits(WEEKS - week)
            self._second_looks()
            if week == 2:
                self._disagree()
            self._clock.back_ms = 0
            self._sync_badly()
            done = {"week": WEEKS - week + 1, "weeks": WEEKS, "count": self._written}
            say(f"  {line('demo-week', town=TOWNS[self._code], **done)}")
        self._sync_all(self._good)
        return self._told()

    # --- working ---

    def _visits(self, week: int) -> None:
        """Everybody visits their own families; in the first week each becomes a case, which a colleague may read."""
        for number, known in enumerate(self._families):
            device = self._devices[number % len(self._devices)]
            if not week:
                known.device, known.colleague = device, self._devices[(number + 1) % len(self._devices)]
                known.case = self._create(known, "dossier", known.family.case(self._recently()))
            if week < known.family.visits:
                known.visits.append(self._create(known, "huisbezoek", self._visit(known, week)))

    def _visit(self, known: "_Known", week: int) -> dict[str, Any]:
        return known.family.visit(week, self._recently(), self._version)

    def _create(self, known: "_Known", form: str, answers: dict[str, Any]) -> bytes:
        record: bytes = known.device.create(form, self._version, answers)
        certificate: Certificate | None = known.device.facts.certificates.get(known.colleague.id)
        if certificate is not None:
            known.device.grant(record, certificate)
        self._written += 1
        return record

    def _second_looks(self) -> None:
        """Colleagues who went along write beside the words of the first visit, at the same time as others do."""
        for known in self._families:
            held = known.visits and known.colleague.keys_of(known.visits[0]) is not None
            if held and not known.seconded and self._random.random() < 0.6:
                known.seconded = True
                self._save(known.colleague, known.visits[0], {"/duiding": known.family.told.samen, "/rollen": BOTH})
                self._save(known.device, known.visits[0], {"/krachten": [*known.family.told.krachten, "anders"]})

    def _disagree(self) -> None:
        """Two who hold a case write another answer to one question: a true conflict, for a person to decide."""
        for known in self._families[:2]:
            for device, answer in zip((known.device, known.colleague), known.family.told.contact, strict=True):
                if device.keys_of(known.case) is not None:
                    self._save(device, known.case, {"/contactvoorkeur": answer})

    def _save(self, device: Device, record: bytes, answers: dict[str, Any]) -> None:
        device.save(device.open(record), device.view(record).form, self._version, answers)
        self._written += 1

    def _recently(self) -> date:
        """A day shortly before the one on which the form is filled in."""
        day = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC).date()
        return day - timedelta(days=self._random.randint(0, 3))

    # --- syncing ---

    def _sync_badly(self) -> None:
        for device in self._random.sample(self._devices, len(self._devices)):
            for _ in range(4):
                try:
                    Sync(device, self._bad).run(limit=self._random.choice((20, 100, 500)))
                    break
                except Unreachable:
                    continue

    def _sync_all(self, road: HttpTransport) -> None:
        for _ in range(3):
            for device in self._devices:
                Sync(device, road).run()

    # --- looking ---

    def _told(self) -> Told:
        views: dict[bytes, list[Mapping[str, Any]]] = {}
        missing = 0
        for device in self._devices:
            receipt = device.store.receipts()[-1]
            proven = device.store.own_at(device.id, receipt.seq)
            missing += device.pen.head.seq - (receipt.seq if proven and proven.hash == receipt.hash else 0)
            for record in device.store.records():
                if device.keys_of(record) is not None:
                    views.setdefault(record, []).append(device.view(record).answers)
        state = next(iter(answers(self._settings, Ask("status", self._code))))
        conflicts = list(answers(self._settings, Ask("conflicts", self._code, token=self._lead)))
        demo_desk.sign_out(self._settings, self._code, self._lead)
        return Told(
            state["entries"], state["records"], self._merged(), len(conflicts),
            self._bad.lost, self._bad.repeated,
            all(seen == same[0] for same in views.values() for seen in same),
            missing,
        )  # fmt: skip

    def _merged(self) -> int:
        """Records in which several workers wrote."""
        records = {record for device in self._devices for record in device.store.records()}
        return sum(
            len({kept.arrival().header.device for device in self._devices for kept in device.store.entries_of(record)})
            > 1
            for record in records
        )


def prepare(settings: Settings) -> dict[str, str]:
    """Set the demonstration's municipalities up; returns the recovery code of each, none where they stand already."""
    if (settings.data / next(iter(TOWNS))).exists():
        return {}
    codes: dict[str, str] = {}
    for code, name in TOWNS.items():
        publication = Publication(f"College van burgemeester en wethouders van {name}", REGISTER)

        def confirmed(shown: str, town: str = code) -> bool:
            codes[town] = shown
            return True

        local.set_up(settings, code, ADMIN, "", True, confirmed, publication)
    return codes


def tell(settings: Settings, codes: Mapping[str, str], now_ms: Callable[[], int]) -> None:
    """Wait for the server, tell the story if it is new, and say where to look."""
    url = f"http://{settings.host}:{settings.port}"
    _wait(url)
    folder, desks = settings.data / "demo-devices", dict[str, demo_desk.Opened]()
    if codes:
        folder.mkdir(mode=0o700, exist_ok=True)
        for code, name in TOWNS.items():
            click.echo(line("demo-begins", town=name, code=code))
            names = demo_desk.PEOPLE if code == next(iter(TOWNS)) else demo_desk.FEW
            opened = desks[code] = demo_desk.open_desk(settings, code, codes[code], names)
            told = Story(settings, code, now_ms, opened).tell(folder, click.echo)
            click.echo(line("demo-told", **told._asdict()))
            click.echo(f"  {line('demo-equal' if told.equal else 'demo-differ')}")
        demo_desk.keep(folder, [person for opened in desks.values() for person in opened.people])
    else:
        click.echo(line("demo-stands-already"))
        desks = demo_desk.opened_again(settings, demo_desk.kept(folder))
    _where(settings, folder, desks)


def _where(settings: Settings, folder: Path, desks: Mapping[str, demo_desk.Opened]) -> None:
    is_built = (FOLDER / "index.html").is_file()
    if is_built:
        _invite(settings, desks)
    for code, opened in desks.items():
        for door in opened.doors.values():
            door.post(f"/m/{code}/sign-out", {})
    url = settings.web
    click.echo(f"\n{line('demo-page', url=url)}\n{line('demo-app' if is_built else 'demo-no-app', url=url)}")
    _desk(settings, folder)
    click.echo(f"\n{line('demo-try', code=next(iter(TOWNS)), url=url)}")
    click.echo(line("demo-log", path=log_file(settings)))
    click.echo(f"{line('demo-stop')}\n")


def _desk(settings: Settings, folder: Path) -> None:
    """Say how to sign in at the desk: the accounts, and codes of which each works once."""
    people = demo_desk.kept(folder)
    if people:
        click.echo(f"\n{line('demo-desk')}")
    for code in dict.fromkeys(person.code for person in people):
        click.echo(f"  {settings.web}/m/{code}")
        for person in (one for one in people if one.code == code):
            role, codes = library().phrase(f"role-{person.role}", own_language()), person.codes[: demo_desk.TOLD]
            told = {"name": person.name, "role": role, "password": person.password, "codes": ", ".join(codes)}
            click.echo(line("demo-desk-person", **told))
    for code, recovery in {person.code: person.recovery for person in people if person.recovery}.items():
        click.echo(line("demo-desk-unlock", code=code, recovery=recovery))
    if people:
        click.echo(line("demo-desk-file", path=folder / demo_desk.FILE))


def _invite(settings: Settings, desks: Mapping[str, demo_desk.Opened]) -> None:
    """Print a link for each worker that opens the app as a new device of theirs, after two people agreed to it."""
    click.echo(f"\n{line('demo-invited')}")
    for code, opened in desks.items():
        demo_desk.agree_on_phones(opened, code, WORKERS)
        token, name = demo_desk.terminal_of(settings, code, opened.lead), TOWNS[code]
        for worker in WORKERS:
            row = next(iter(answers(settings, Ask("invite", code, {"worker": worker}, token=token))))
            link = inviting.linked(settings, row)["link"]
            click.echo(f"  {line('demo-invitation', worker=worker, town=name, link=link)}")
        demo_desk.sign_out(settings, code, token)
    click.echo(line("demo-next"))


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{url}/health/ready", timeout=2).is_success:
                return
        except httpx.HTTPError:
            threading.Event().wait(0.05)
    raise TimeoutError("the server did not start")


class DemoReachable(BackendError):
    """A demonstration that others than this machine would reach: how to sign in stands on a screen and in a file."""

    code: ClassVar[str] = "demo-reachable"


def start(
    settings: Settings,
    serve: Callable[[Settings, TextIO], None],
    now_ms: Callable[[], int],
    *,
    reachable: bool = False,
) -> None:
    """Serve in this process and tell the story beside it; the server's log goes to a file, not between its lines.

    A story that fails ends the server, and its error is raised: a demonstration that stands still tells nobody why.
    Raises `DemoReachable` where it would listen to others than this machine and nobody said that it may (`reachable`).
    """
    if not reachable and settings.host not in NEAR:
        raise DemoReachable(host=settings.host)
    codes, failed = prepare(settings), list[BaseException]()

    def told() -> None:
        try:
            tell(settings, codes, now_ms)
        except BaseException as error:  # noqa: BLE001 - whatever it is, it is raised again where the server ran
            failed.append(error)
            os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=told, daemon=True).start()
    with log_file(settings).open("a", buffering=1) as logs:
        serve(settings, logs)
    if failed:
        raise failed[0]


def log_file(settings: Settings) -> Path:
    """The file in which the demonstration's server logs."""
    return settings.data / "demo.log"
