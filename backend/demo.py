"""The demonstration: two municipalities, three devices each, some weeks of visits without a connection, one server.

Everything is real but the people and the time: real devices, real HTTP, real conflicts. Answers are lost on the way,
requests come twice and in an awkward order; in the end all are equal.
"""

import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final, NamedTuple, TextIO

import click
import httpx
import msgspec

from backend.cli import inviting, local
from backend.cli.client import answers
from backend.cli.output import line
from backend.desk.wire import Ask
from backend.device.device import Device
from backend.device.syncing import Sync
from backend.device.transport import HttpTransport, Unreachable
from backend.enrolment import Invitation
from backend.settings import Settings
from backend.web.field import FOLDER
from crypto.primitives import random_bytes
from forms.library import shipped_form
from forms.lint.frame import Publication
from sync.facts import Certificate

TOWNS: Final = {"GM9901": "Voorbeeldstad", "GM9902": "Proefdam"}
WORKERS: Final = ("werker-een", "werker-twee", "werker-drie")
ADMIN: Final = "beheerder"
WEEKS: Final = 4
VISITS: Final = 10  # new records a worker and week
WEEK_MS: Final = 7 * 24 * 3_600_000
REGISTER: Final = "https://example.org/verwerkingen"  # where a real register would name the processing
SEED: Final = 2026
WORDS: Final = ("rustig", "gesprek", "aan", "de", "keukentafel", "afspraak", "gemaakt", "school", "belt", "terug")
CODE: Final = "ABCDEFGHJKMNPQRSTVWXYZ23456789"


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


class Story:
    """One municipality's weeks."""

    def __init__(self, settings: Settings, code: str, now_ms: Callable[[], int]) -> None:
        self._settings = settings
        self._code = code
        self._random = Random(f"{SEED} {code}")  # noqa: S311 - a story, not a secret
        self._clock = FieldClock(now_ms)
        url = f"http://{settings.host}:{settings.port}"
        self._good = HttpTransport(url)
        self._bad = BadRoad(self._good, self._random)
        self._devices: list[Device] = []
        self._written = 0
        self._shared: list[bytes] = []

    def tell(self, folder: Path, say: Callable[[str], None]) -> Told:
        """Enrol, work some weeks, sync until all are equal, and look what there is."""
        for number, worker in enumerate(WORKERS):
            row = next(iter(answers(self._settings, Ask("invite", self._code, {"worker": worker}, ADMIN))))
            invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
            path = folder / f"{self._code}-{number + 1}.db"
            self._devices.append(Device.enrol(path, random_bytes(32), invitation, self._good, self._clock))
        self._sync_all(self._good)
        for week in range(WEEKS, 0, -1):
            self._clock.back_ms = week * WEEK_MS
            self._new_records()
            self._edits()
            self._visit_together()
            self._clock.back_ms = 0
            self._sync_badly()
            done = {"week": WEEKS - week + 1, "weeks": WEEKS, "count": self._written}
            say(f"  {line('demo-week', town=TOWNS[self._code], **done)}")
        self._sync_all(self._good)
        return self._told()

    # --- working ---

    def _new_records(self) -> None:
        for device in self._devices:
            for _ in range(VISITS):
                form = self._random.choice(("huisbezoek", "huisbezoek", "schoolcheck", "dossier", "traject", "signaal"))
                record = device.create(form, 1, self._answers(form, 0.4, anew=True))
                self._written += 1
                if self._random.random() < 0.5:
                    self._share(device, record)

    def _share(self, device: Device, record: bytes) -> None:
        """A colleague goes along to this family: the device opens the record to theirs."""
        colleague = self._random.choice([other for other in self._devices if other is not device])
        certificate: Certificate | None = device.facts.certificates.get(colleague.id)
        if certificate is not None:
            device.grant(record, certificate)
            self._shared.append(record)

    def _edits(self) -> None:
        """Everybody edits some of what they hold, without knowing what the others do at the same time.

        Families that several workers visit are visited most.
        """
        for device in self._devices:
            held = [record for record in device.store.records() if device.keys_of(record) is not None]
            shared = [record for record in held if record in self._shared]
            chosen = {*self._random.sample(held, min(len(held), VISITS // 2)), *shared[-VISITS:]}
            for record in (one for one in held if one in chosen):
                view = device.view(record)
                changed = self._answers(view.form, 0.15, anew=False) if view.form else {}
                if changed:
                    device.save(device.open(record), view.form, 1, changed)
                    self._written += 1

    def _visit_together(self) -> None:
        """All who hold the family that was shared first answer one question there, each otherwise: a true conflict."""
        for record in self._shared[:1]:
            held_by = [device for device in self._devices if device.keys_of(record) is not None]
            for number, device in enumerate(held_by):
                view = device.view(record)
                asked = [q for q in shipped_form(view.form).in_group(None) if q.merge == "ask" and len(q.codes) > 1]
                device.save(device.open(record), view.form, 1, {asked[0].path: asked[0].codes[number % 2]})
                self._written += 1

    def _answers(self, form: str, share: float, *, anew: bool) -> dict[str, Any]:
        """Fill in answers: all that is required when the record is new, and a share of the rest."""
        found: dict[str, Any] = {}
        required = shipped_form(form).schema.get("required", ())
        for question in shipped_form(form).in_group(None):
            must = question.name in required
            if (anew and must) or (not must and self._random.random() < share):
                value = self._answer(question, shipped_form(form).schema["properties"].get(question.name, {}))
                if value is not None:
                    found[question.path] = value
        return found

    def _answer(self, question: Any, schema: Mapping[str, Any]) -> Any:
        random = self._random
        if question.name.endswith("_ref"):
            return f"{''.join(random.choices(CODE, k=4))}-{''.join(random.choices('23456789', k=4))}"
        match question.kind:
            case "choice":
                return random.choice(question.codes)
            case "choices":
                return sorted(random.sample(question.codes, min(2, len(question.codes))), key=question.codes.index)
            case "date":
                return self._recently()
            case "boolean":
                return random.random() < 0.5
            case "integer":
                return max(random.randint(0, 5), schema.get("minimum", 0))
            case "text" if "pattern" not in schema:
                return " ".join(random.choices(WORDS, k=4))
        return None

    def _recently(self) -> str:
        """A date shortly before the day on which the form is filled in."""
        day = datetime.fromtimestamp(self._clock.now_ms() / 1000, UTC).date()
        return (day - timedelta(days=self._random.randint(0, 10))).isoformat()

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
        key = (self._settings.keys / f"{self._code}.key").read_bytes().hex()
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
        conflicts = list(answers(self._settings, Ask("conflicts", self._code, {}, ADMIN, "key-file", key)))
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


TO_TRY: Final = ("status", "records GM9901 huisbezoek", "conflicts GM9901", "form list GM9901", "verify GM9901")


def prepare(settings: Settings) -> bool:
    """Set the demonstration's municipalities up; false when they stand already."""
    if (settings.data / next(iter(TOWNS))).exists():
        return False
    for code, name in TOWNS.items():
        publication = Publication(f"College van burgemeester en wethouders van {name}", REGISTER)
        local.set_up(settings, code, ADMIN, "", True, lambda _code: True, publication)
    return True


def tell(settings: Settings, fresh: bool, now_ms: Callable[[], int]) -> None:
    """Wait for the server, tell the story if it is new, and say where to look."""
    url = f"http://{settings.host}:{settings.port}"
    _wait(url)
    if fresh:
        folder = settings.data / "demo-devices"
        folder.mkdir(mode=0o700, exist_ok=True)
        for code, name in TOWNS.items():
            click.echo(line("demo-begins", town=name, code=code))
            told = Story(settings, code, now_ms).tell(folder, click.echo)
            click.echo(line("demo-told", **told._asdict()))
            click.echo(f"  {line('demo-equal' if told.equal else 'demo-differ')}")
    else:
        click.echo(line("demo-stands-already"))
    _where(settings)


def _where(settings: Settings) -> None:
    is_built = (FOLDER / "index.html").is_file()
    if is_built:
        _invite(settings)
    url = settings.web
    click.echo(f"\n{line('demo-page', url=url)}\n{line('demo-app' if is_built else 'demo-no-app', url=url)}")
    click.echo("\n  ".join((line("demo-terminal"), *(f".venv/bin/veldpost {command}" for command in TO_TRY))))
    click.echo(line("demo-log", path=log_file(settings)))
    click.echo(f"{line('demo-stop')}\n")


def _invite(settings: Settings) -> None:
    """Print a link for each worker that opens the app as a new device of theirs."""
    click.echo(f"\n{line('demo-invited')}")
    for code, name in TOWNS.items():
        for worker in WORKERS:
            row = next(iter(answers(settings, Ask("invite", code, {"worker": worker}, ADMIN))))
            link = inviting.linked(settings, row)["link"]
            click.echo(f"  {line('demo-invitation', worker=worker, town=name, link=link)}")
    click.echo(line("demo-next", command=f".venv/bin/veldpost invite {next(iter(TOWNS))} {WORKERS[0]}"))


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            if httpx.get(f"{url}/health/ready", timeout=2).is_success:
                return
        except httpx.HTTPError:
            threading.Event().wait(0.05)
    raise TimeoutError("the server did not start")


def start(settings: Settings, serve: Callable[[Settings, TextIO], None], now_ms: Callable[[], int]) -> None:
    """Serve in this process and tell the story beside it; the server's log goes to a file, not between its lines."""
    fresh = prepare(settings)
    story = threading.Thread(target=tell, args=(settings, fresh, now_ms), daemon=True)
    story.start()
    with log_file(settings).open("a", buffering=1) as logs:
        serve(settings, logs)


def log_file(settings: Settings) -> Path:
    """The file in which the demonstration's server logs."""
    return settings.data / "demo.log"
