"""The desk of the demonstration: an admin and a team lead come in by invitation, as people do, over HTTP.

Their passwords are drawn anew for each demonstration and told once, with recovery codes to sign in by (each works once)
and the secret of the app. A file that only its owner reads keeps them for the next start.
"""

import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import httpx
import msgspec
import pyotp

from backend.cli.client import answers
from backend.desk.factors import new_codes
from backend.desk.rights import Role
from backend.desk.sessions import csrf_of
from backend.desk.wire import Ask
from backend.files import write_atomically
from backend.settings import Settings
from backend.web.desk.guarding import cookie_name
from crypto.keyslots import RECOVERY

PEOPLE: Final = {"kantoor.beheer": Role.ADMIN, "kantoor.team": Role.LEAD}
FILE: Final = "desk.json"
TOLD: Final = 3  # recovery codes that are told; the others stay in the file
_SECRET: Final = re.compile(r"<code[^>]*>([A-Z2-7]{32})</code>")
_CODE: Final = re.compile(r"<code[^>]*>([0-9A-Z]{4}(?:-[0-9A-Z]{4}){3})</code>")
_ASKED: Final = re.compile(r'name="code-(\d+)"')


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

    def post(self, path: str, fields: dict[str, str | list[str]]) -> httpx.Response:
        """Post a form, in the session if there is one."""
        token: dict[str, str | list[str]] = {"csrf": csrf_of(self.id)} if self.id else {}
        return self._asked("POST", path, fields | token)

    def get(self, path: str) -> str:
        """The text of a page."""
        return self._asked("GET", path, None).text

    def _asked(self, method: str, path: str, fields: dict[str, str | list[str]] | None) -> httpx.Response:
        headers = {"sec-fetch-site": "same-origin"}
        headers |= {"cookie": f"{cookie_name(self._code)}={self.id}"} if self.id else {}
        answer = httpx.request(method, f"{self._url}{path}", data=fields, headers=headers, timeout=60)
        assert answer.status_code in (200, 303), f"{path.split('/')[3]}: {answer.status_code}"
        return answer


def open_desk(settings: Settings, code: str, staff: str, recovery: str, workers: Iterable[str]) -> list[Person]:
    """Let the people of one municipality in, and make a team of the lead and all workers."""
    people, admin = [], Door(settings, code)
    for name, role in PEOPLE.items():
        ask = Ask("invite-staff", code, {"name": name, "roles": [role]}, staff, RECOVERY, recovery)
        row = next(iter(answers(settings, ask)))
        person, id_ = _joined(settings, code, name, role, row["path"])
        people.append(msgspec.structs.replace(person, recovery=recovery))
        admin.id = id_ if role is Role.ADMIN else admin.id
    made = admin.post(f"/m/{code}/teams", {"name": "Wijkteam"})
    lead = next(name for name, role in PEOPLE.items() if role is Role.LEAD)
    admin.post(made.headers["location"], {"staff": [lead], "worker": [*workers]})
    admin.post(f"/m/{code}/sign-out", {})
    return people


def _joined(settings: Settings, code: str, name: str, role: Role, path: str) -> tuple[Person, str]:
    """Walk the way of an invitation; returns the person and the id of their session."""
    door, password = Door(settings, code), new_codes()[0]
    door.post(path, {"password": password})
    secret = _SECRET.findall(door.get(path))[0]
    door.post(path, {"code": pyotp.TOTP(secret).at(int(time.time()))})
    page = door.get(path)
    codes = _CODE.findall(page)
    done = door.post(path, {f"code-{at}": codes[int(at)] for at in _ASKED.findall(page)})
    id_ = done.headers["set-cookie"].partition(";")[0].partition("=")[2]
    return Person(code, name, role, password, secret, tuple(codes)), id_


def keep(folder: Path, people: list[Person]) -> None:
    """Keep by what the people of the demonstration sign in, for its owner alone."""
    write_atomically(folder / FILE, msgspec.json.format(msgspec.json.encode(people)))


def kept(folder: Path) -> list[Person]:
    """The people of a demonstration that stands already; of one of an earlier release, nobody."""
    file = folder / FILE
    return msgspec.json.decode(file.read_bytes(), type=list[Person]) if file.is_file() else []
