"""People of journeys who sign their terminals in: at the desk, over HTTP, by password and recovery code, as people do.

`prepared` puts a person into a municipality that is not served yet; `come_in` brings one in by an invitation, where the
municipality's passphrase is known. `Seat` is such a person at the desk of a server that runs.
"""

import html
import os
import re
from collections.abc import Sequence
from typing import Final
from unittest import mock

from backend.cli import tokens
from backend.cli.client import answers
from backend.demo_desk import Door, joined
from backend.desk.factors import kept_code
from backend.desk.people import workers_of
from backend.desk.rights import Role
from backend.desk.wire import Ask
from backend.settings import Settings
from backend.stores.people import ACTIVE, CODES, PASSWORD, Factor, Given, Person, Team
from crypto.keyslots import PASSPHRASE
from crypto.passwords import kept_password
from tests.fleet.world import Server

WORD: Final = "zwaluw trechter maandag knikker"
EVERYBODY: Final = "iedereen"  # the team of all workers
_WORKER: Final = re.compile(r'name="worker" value="([^"]*)"( checked)?')


def codes_of(name: str) -> list[str]:
    """The recovery codes of a person in tests, as they have them on paper."""
    return [f"{number:04}-{len(name):04}-0000-0000" for number in range(20)]


def prepared(server: Server, name: str, *workers: str) -> None:
    """Give an account its person: every role, as where people are few, a password, recovery codes, and all workers."""
    town, now_ms = server.municipality, server.clock.now_ms()
    factors = [Factor("password", name, PASSWORD, kept_password(WORD).encode(), now_ms)]
    factors += [
        Factor(f"code-{n}", name, CODES, kept_code(name, code), now_ms) for n, code in enumerate(codes_of(name))
    ]

    def work() -> None:
        town.people.keep(Person(name, name, ACTIVE, tuple(Given(role, name, now_ms) for role in Role)))
        town.people.keep_team(Team(EVERYBODY, EVERYBODY, (name,), tuple(sorted({*workers_of(town), *workers}))))
        for factor in factors:
            town.people.keep_factor(factor)

    server.run(town.submit(work))


class Seat:
    """A person at the desk of one municipality."""

    def __init__(self, env: dict[str, str], code: str, name: str) -> None:
        self.env, self.code, self.name = env, code, name
        self.settings = Settings.from_environment(env)
        self.door = Door(self.settings, code)
        self.team = EVERYBODY
        self.left = codes_of(name)  # recovery codes that were not used yet

    def signs_in(self, password: str = WORD, codes: Sequence[str] = ()) -> None:
        """Sign in with a password and the next recovery code that works; without these, as who was `prepared`."""
        for code in codes or self.left:
            shown: dict[str, str | list[str]] = {"name": self.name, "password": password, "code": code}
            self.door.id = ""
            answer = self.door.tries(f"/m/{self.code}/sign-in", shown)
            if answer.status_code == 303:
                self.door.id = answer.headers["set-cookie"].partition(";")[0].partition("=")[2]
                self.left = [one for one in self.left if one != code]
                return
        raise AssertionError(self.name)

    def comes_in(self, phrase: str, *roles: Role) -> None:
        """Come in by an invitation, which whoever knows the municipality's passphrase made at the command line."""
        args = {"name": self.name, "roles": [str(role) for role in roles or Role]}
        with mock.patch.dict(os.environ, self.env):
            (row,) = answers(self.settings, Ask("invite-staff", self.code, args, "", PASSPHRASE, phrase))
        self.joins(row["path"])

    def joins(self, path: str) -> None:
        """Come in by the link of an invitation, and make a team of one's own."""
        _, self.door.id = joined(self.settings, self.code, self.name, Role.ADMIN, path)
        made = self.door.post(f"/m/{self.code}/teams", {"name": EVERYBODY})
        self.team = made.headers["location"].rpartition("/")[2]

    def signs_terminal_in(self) -> None:
        """Sign the terminal in: the code that it shows is typed at the desk, and confirmed."""
        with mock.patch.dict(os.environ, self.env):
            rows = answers(self.settings, Ask("sign-in", self.code, {"machine": "een-terminal", "wanted": self.name}))
            shown = next(rows)
            for do in ({}, {"do": "yes"}):
                self.door.post(shown["path"], {"code": shown["code"], **do})
            (last,) = rows
            tokens.keep(self.settings, self.code, last["token"])

    def gathers(self) -> None:
        """Take every worker that there is into the own team, as an admin does who knows of a new one."""
        if not self.team:
            return  # somebody else sees to it
        path = f"/m/{self.code}/teams/{self.team}"
        there = _WORKER.findall(self.door.get(path))
        if not all(ticked for _, ticked in there):
            workers = [html.unescape(name) for name, _ in there]
            self.door.post(path, {"staff": [self.name], "worker": workers, "reason": "Niemand anders is er."})
