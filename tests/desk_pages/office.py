"""A municipality whose staff sit at the desk: accounts of every role, and browsers that are signed in as one of them.

`DeskOffice.signed_in(role)` gives a `Browser`: its `get` and `post` take a path below the municipality's desk, and
`post` carries the token of its session, as a form of the page would. Two teams: `TEAM` has the lead, the reviewer and
`werker-een`, `OTHER_TEAM` has a lead of its own and `werker-twee`.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pyotp
from httpx import ASGITransport, AsyncClient, Response

from backend.desk.erasing import EraseForTwo
from backend.desk.factors import new_codes, new_totp
from backend.desk.four_eyes import ERASE, waiting
from backend.desk.joining import new_factors
from backend.desk.rights import Role
from backend.desk.sessions import Token, csrf_of, mark_of
from backend.stores.people import ACTIVE, PASSWORD, Factor, Given, Person, Team
from backend.web.app import create_app
from backend.web.desk.guarding import cookie_name
from backend.web.house import House
from crypto.passwords import kept_password
from forms.definition.library import first_raw
from tests.desk.office import Office

ORIGIN: Final = "https://veldpost.test"
TEAM, OTHER_TEAM = "noord", "zuid"
OTHER_LEAD: Final = "ander-team"
BEGUN: Final = "begonnen"  # no account: two whom it let in are two people
PASSPHRASE: Final = "zwaluw trechter maandag knikker"


class Browser:
    """A browser at the desk of one municipality; redirects are answers like others."""

    def __init__(self, app: Any, code: str, id_: str = "", language: str = "nl", mark: str = "") -> None:
        self.code, self.id, self.mark = code, id_, mark
        self._app = app
        self.joins: dict[str, str] = {}  # the cookies of the steps of an invitation
        self.headers = {"sec-fetch-site": "same-origin", "accept-language": language}

    @property
    def home(self) -> str:
        return f"/m/{self.code}"

    @property
    def csrf(self) -> str:
        """The token that a form of a page carries."""
        return str(Token(csrf_of(self.id), self.mark)) if self.id else ""

    def ask(self, method: str, path: str, **more: Any) -> Response:
        """Ask for an address as it stands, with the cookie of this session."""
        answer: Response = self._app.state.run(self.asking(method, path, **more))
        return answer

    async def asking(self, method: str, path: str, **more: Any) -> Response:
        """The same for who is in the server's loop already, such as several requests at once."""
        cookies = self.joins | ({cookie_name(self.code): self.id} if self.id else {})
        kept = "; ".join(f"{name}={value}" for name, value in cookies.items())
        headers = self.headers | ({"cookie": kept} if kept else {})
        headers |= more.pop("headers", {})
        transport = ASGITransport(self._app, raise_app_exceptions=False, client=("203.0.113.9", 4711))
        async with AsyncClient(transport=transport, base_url=ORIGIN) as client:
            answer = await client.request(method, path, headers=headers, follow_redirects=False, **more)
        self.joins |= {name: value for name, value in answer.cookies.items() if name.startswith("__Host-join-")}
        return answer

    def get(self, path: str, **more: Any) -> Response:
        """A page of the desk."""
        return self.ask("GET", f"{self.home}{path}", **more)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **more: Any) -> Response:
        """Post a form of the desk with the token of this session."""
        token = {"csrf": self.csrf} if self.id else {}
        return self.ask("POST", f"{self.home}{path}", data=token | dict(fields or {}), **more)


class Key:
    """The factors of a person, as they have them: a password, an app, codes on paper."""

    def __init__(self, office: "DeskOffice", name: str = "de-lead") -> None:
        self.office, self.name, self.secret, self.codes = office, name, new_totp(), new_codes()
        town, now_ms = office.server.municipality, office.server.clock.now_ms()
        made = [Factor("password", name, PASSWORD, kept_password(PASSPHRASE).encode(), now_ms)]
        made += new_factors(office.house.key, office.code, name, self.secret, 0, self.codes, now_ms)

        def work() -> None:
            for factor in made:
                town.people.keep_factor(factor)

        office.server.run(town.submit(work))

    @property
    def code(self) -> str:
        """The six digits that the app shows now."""
        return pyotp.TOTP(self.secret).at(self.office.server.clock.now_ms() // 1000)

    def shown(self, **other: str) -> dict[str, str]:
        """What a person types."""
        return {"name": self.name, "password": PASSPHRASE, "code": self.code} | other


class DeskOffice(Office):
    """The municipality of `Office`, and staff of every role with a session each."""

    ROLES = (
        Role.LEAD,
        Role.SIGNALS,
        Role.PRIVACY,
    )  # of who asks commands: with so many people nobody reads and keeps house

    def __init__(self, folder: Path, *forms: str) -> None:
        super().__init__(folder, tuple(map(first_raw, forms or ("dossier",))))
        self.code = self.server.municipality.code
        self.app = create_app(self.desk.municipalities, self.server.clock, self.desk)
        self.house: House = self.app.state.house
        self.app.state.run = self.server.run
        self._staffed()

    def _staffed(self) -> None:
        """Give every role its person, and make both teams, in one unit: most tests begin so."""
        town, now_ms = self.server.municipality, self.server.clock.now_ms()
        roles = {name_of(role): role for role in Role} | {OTHER_LEAD: Role.LEAD}
        first = [name_of(Role.LEAD), name_of(Role.REVIEWER)]

        def work() -> None:
            for name, role in roles.items():
                town.staff.add(name, "staff", now_ms, BEGUN)
                town.people.keep(Person(name, f"Voorbeeld {name}", ACTIVE, (Given(role, "beheer", now_ms),)))
            town.people.keep_team(_team(TEAM, first, ["werker-een"]))
            town.people.keep_team(_team(OTHER_TEAM, [OTHER_LEAD], ["werker-twee"]))

        self.server.run(town.submit(work))

    def hire(self, name: str, *roles: Role, state: str = ACTIVE) -> Person:
        """Give somebody an account with roles, whom nobody in person let in, as the first ones at a command line."""
        town, now_ms = self.server.municipality, self.server.clock.now_ms()
        given, before = tuple(Given(role, "beheer", now_ms) for role in roles), town.people.person(name)
        vouched = before.vouched if before is not None else ()
        person = Person(name, f"Voorbeeld {name}", state, given, vouched=vouched)

        def work() -> None:
            town.staff.add(name, "staff", now_ms, BEGUN)
            town.people.keep(person)

        self.server.run(town.submit(work))
        return person

    def team(self, id_: str, staff: list[str], workers: list[str]) -> None:
        """Make a team of staff and workers."""
        town = self.server.municipality
        self.server.run(town.submit(lambda: town.people.keep_team(_team(id_, staff, workers))))

    def signed_in(self, role: str = Role.LEAD, *, staff: str = "") -> Browser:
        """A browser of the person of a role, or of an account, who has just signed in."""
        name = staff or name_of(role)
        id_ = self.house.sessions.begin(self.code, name, "password", "test", "test")
        return Browser(self.app, self.code, id_, mark=mark_of(self.house.key, self.code, name))

    def visitor(self) -> Browser:
        """A browser in which nobody is signed in."""
        return Browser(self.app, self.code)

    def ask(self, command: str, into: list[dict[str, Any]] | None = None, **args: Any) -> list[dict[str, Any]]:
        """The rows of a command's answer; with what takes two the admin agrees."""
        try:
            return super().ask(command, into, **args)
        except EraseForTwo:
            (asked,) = [one for one in waiting(self.server.municipality) if one.kind == ERASE]
            assert self.signed_in(Role.ADMIN).post(f"/proposals/{asked.id}/agree").status_code == 303
            return super().ask(command, into, **args)

    def audit(self) -> list[Any]:
        """The lines of the audit, newest first."""
        return list(self.server.municipality.auditing.lines(None, -1))


def name_of(role: str) -> str:
    """The account of the person of a role."""
    return f"de-{role}"


def _team(id_: str, staff: list[str], workers: list[str]) -> Team:
    return Team(id_, f"Team {id_}", tuple(staff), tuple(workers))
