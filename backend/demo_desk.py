"""The desk of the demonstration: its people come in by invitation, over HTTP; in the first municipality one of every
role and a second admin, so that nothing that takes two people stays shut.

Their passwords are drawn anew for each demonstration and told once, with recovery codes to sign in by (each works once)
and the secret of the app. A file that only its owner reads keeps them for the next start.
"""

import re
import time
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from ssl import SSLContext
from typing import Final, NamedTuple

import httpx
import msgspec
import pyotp

from backend.cli.client import answers
from backend.desk.factors import grouped_code
from backend.desk.rights import Role
from backend.desk.sessions import csrf_of
from backend.desk.wire import Ask
from backend.files import write_atomically
from backend.settings import Settings
from backend.web.desk.guarding import cookie_name
from backend.web.desk.joining import steps_cookie
from crypto.keyslots import RECOVERY

FEW: Final = {"kantoor.beheer": Role.ADMIN, "kantoor.team": Role.LEAD, "kantoor.signalen": Role.SIGNALS}
PEOPLE: Final = FEW | {
    "kantoor.privacy": Role.PRIVACY, "kantoor.tweede.beheer": Role.ADMIN, "kantoor.beveiliging": Role.SECURITY,
    "kantoor.nakijker": Role.REVIEWER, "kantoor.formulieren": Role.MAKER, "kantoor.server": Role.OPERATOR,
}  # fmt: skip
FILE: Final = "desk.json"
MACHINE: Final = "demo"  # as which its terminals ask
TOLD: Final = 2  # recovery codes that are told; the others stay in the file
PASSWORD_SIGNS: Final = 12  # in groups, and fewer than a recovery code has: nobody takes one for the other
_SECRET: Final = re.compile(r"<code[^>]*>([A-Z2-7]{32})</code>")
_CODE: Final = re.compile(r"<code[^>]*>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>")
_ASKED: Final = re.compile(r'name="code-(\d+)"')
_TOLD: Final = re.compile(r'/proposals/([0-9a-f]+)/read"')
_WAITS: Final = re.compile(r'/proposals/([0-9a-f]+)/agree"')


class Person(msgspec.Struct, frozen=True):
    """A person at the desk of the demonstration, and what they sign in with; `recovery` unlocks the municipality."""

    code: str
    name: str
    role: str
    password: str
    secret: str
    codes: tuple[str, ...]
    recovery: str = ""


class Door:
    """The desk of one municipality over HTTP, as a browser would ask."""

    def __init__(self, settings: Settings, code: str) -> None:
        self._url = f"http://{settings.host}:{settings.port}"
        self._code = code
        self.id = ""
        self._steps: dict[str, str] = {}  # the cookie by which the steps of an invitation are gone on with

    def post(self, path: str, fields: dict[str, str | list[str]]) -> httpx.Response:
        """Post a form, in the session if there is one."""
        return _taken(path, self.tries(path, fields))

    def tries(self, path: str, fields: dict[str, str | list[str]]) -> httpx.Response:
        """Post a form likewise, whatever the answer is."""
        token: dict[str, str | list[str]] = {"csrf": csrf_of(self.id)} if self.id else {}
        return self._asked("POST", path, fields | token)

    def get(self, path: str) -> str:
        """The text of a page."""
        return _taken(path, self._asked("GET", path, None)).text

    def _asked(self, method: str, path: str, fields: dict[str, str | list[str]] | None) -> httpx.Response:
        headers = {"sec-fetch-site": "same-origin"}
        cookies = self._steps | ({cookie_name(self._code): self.id} if self.id else {})
        headers |= {"cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())} if cookies else {}
        url, trusted = f"{self._url}{path}", _trusted()
        answer = httpx.request(method, url, data=fields, headers=headers, timeout=60, verify=trusted)
        self._steps |= {name: value for name, value in answer.cookies.items() if name == steps_cookie(self._code)}
        return answer


@cache
def _trusted() -> SSLContext:
    """The certificates that httpx trusts, which it would read for each request: that takes longer than the answer."""
    return httpx.create_ssl_context()


def _taken(path: str, answer: httpx.Response) -> httpx.Response:
    assert answer.status_code in (200, 303), f"{path.split('/')[3]}: {answer.status_code}"
    return answer


class Opened(NamedTuple):
    """The desk of one municipality, its people at their doors."""

    people: list[Person]
    doors: dict[Role, Door]

    @property
    def admin(self) -> Door:
        """The door of the admin."""
        return self.doors[Role.ADMIN]

    @property
    def lead(self) -> Door:
        """The door of the team lead."""
        return self.doors[Role.LEAD]


def open_desk(settings: Settings, code: str, recovery: str, names: Mapping[str, Role]) -> Opened:
    """Let the people of one municipality in, by invitations that its recovery code makes.

    All are invited before the first one comes in: so long nobody could agree, and nothing passes without them.
    """
    ways = {}
    for name, role in names.items():
        ask = Ask("invite-staff", code, {"name": name, "roles": [role]}, "", RECOVERY, recovery)
        ways[name] = next(iter(answers(settings, ask)))["path"]
    people, doors = list[Person](), dict[Role, Door]()
    for name, role in names.items():
        door = Door(settings, code)
        person, door.id = joined(settings, code, name, role, ways[name])
        people.append(msgspec.structs.replace(person, recovery=recovery))
        doors.setdefault(role, door)
    return Opened(people, doors)


def team_up(opened: Opened, code: str, workers: Iterable[str]) -> None:
    """Make a team of the lead, whoever reviews, and all workers, who have devices by now and wrote nothing; the
    security officer reads that the lead will see more by it."""
    made = opened.admin.post(f"/m/{code}/teams", {"name": "Wijkteam"})
    staff = [one.name for one in opened.people if one.role in (Role.LEAD, Role.REVIEWER)]
    opened.admin.post(made.headers["location"], {"staff": staff, "worker": [*workers]})
    colleague = opened.doors.get(Role.SECURITY)
    for told in _TOLD.findall(colleague.get(f"/m/{code}/proposals")) if colleague else ():
        opened.doors[Role.SECURITY].post(f"/m/{code}/proposals/{told}/read", {})


def agree_on_phones(opened: Opened, code: str, workers: Iterable[str]) -> None:
    """Have the lead ask for one more phone of each worker, and the admin agree: a phone gets signals, which neither
    of them reads."""
    for worker in workers:
        opened.lead.post(f"/m/{code}/devices/invite", {"worker": worker})
    for waiting in dict.fromkeys(_WAITS.findall(opened.admin.get(f"/m/{code}/proposals"))):
        opened.admin.post(f"/m/{code}/proposals/{waiting}/agree", {})


def opened_again(settings: Settings, people: list[Person]) -> dict[str, Opened]:
    """The desks of an earlier start, by municipality: the admin and the lead sign in."""
    found = dict[str, Opened]()
    for person in people:
        desk = found.setdefault(person.code, Opened([], {}))
        desk.people.append(person)
        if person.role in (Role.ADMIN, Role.LEAD) and Role(person.role) not in desk.doors:
            desk.doors[Role(person.role)] = signed_in(settings, person)
    return found


def signed_in(settings: Settings, person: Person) -> Door:
    """The door of a person of an earlier start, who signs in with their password and a code of their app."""
    door, code = Door(settings, person.code), pyotp.TOTP(person.secret).at(int(time.time()))
    answer = door.post(f"/m/{person.code}/sign-in", {"name": person.name, "password": person.password, "code": code})
    door.id = _session_in(answer)
    return door


def terminal_of(settings: Settings, code: str, door: Door) -> str:
    """The token of a terminal that the person at a door signs in: its code is typed on the page, and confirmed."""
    rows = answers(settings, Ask("sign-in", code, {"machine": MACHINE}))
    shown = next(rows)
    for fields in ({}, {"do": "yes"}):
        door.post(shown["path"], {"code": shown["code"], **fields})
    return str(next(rows)["token"])


def sign_out(settings: Settings, code: str, token: str) -> None:
    """End a terminal."""
    list(answers(settings, Ask("sign-out", code, token=token)))


def _session_in(answer: httpx.Response) -> str:
    return str(answer.headers.get("set-cookie", "")).partition(";")[0].partition("=")[2]


def joined(settings: Settings, code: str, name: str, role: Role, path: str) -> tuple[Person, str]:
    """Walk the way of an invitation; returns the person and the id of their session."""
    door, password = Door(settings, code), grouped_code(PASSWORD_SIGNS)
    door.post(path, {"password": password})
    secret = _SECRET.findall(door.get(path))[0]
    door.post(path, {"code": pyotp.TOTP(secret).at(int(time.time()))})
    page = door.get(path)
    codes = _CODE.findall(page)
    done = door.post(path, {f"code-{at}": codes[int(at)] for at in _ASKED.findall(page)})
    return Person(code, name, role, password, secret, tuple(codes)), _session_in(done)


def keep(folder: Path, people: list[Person]) -> None:
    """Keep by what the people of the demonstration sign in, for its owner alone."""
    write_atomically(folder / FILE, msgspec.json.format(msgspec.json.encode(people)))


def kept(folder: Path) -> list[Person]:
    """The people of a demonstration that stands already; of one of an earlier release, nobody."""
    file = folder / FILE
    return msgspec.json.decode(file.read_bytes(), type=list[Person]) if file.is_file() else []
