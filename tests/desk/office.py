"""A municipality with two workers and a desk: the commands are asked as the command line asks them."""

import asyncio
from pathlib import Path
from typing import Any

from backend.desk import commands
from backend.desk.desk import Desk
from backend.desk.people import workers_of
from backend.desk.rights import Role
from backend.desk.standing import Standing
from backend.desk.terminals import TerminalOver
from backend.desk.wire import Ask
from backend.municipality.registry import Municipalities
from backend.stores.people import ACTIVE, Given, Person, Team
from crypto.keyslots import KEY_FILE
from forms.definition.library import SLUGS, first_raw
from tests.projection.town import Town

STAFF = "beheer"
REASON = "om te zien wat er staat"
EVERYBODY = "iedereen"  # the team of all workers


class Office(Town):
    """The municipality of `Town`, and a member of staff who has its key file and a terminal that is signed in.

    As long as there are fewer than three accounts, that is one person for everything: all roles, all workers.
    """

    ROLES: tuple[Role, ...] = tuple(Role)  # of who asks

    def __init__(self, folder: Path, forms: tuple[bytes, ...] = ()) -> None:
        super().__init__(folder, forms or tuple(map(first_raw, SLUGS)))
        municipality = self.server.municipality
        towns = Municipalities(folder, folder / "no-keys", self.server.clock)
        towns.add(municipality)
        self.desk = Desk(towns)
        self.desk.keepers[municipality.code] = self.keeper
        self._tokens: dict[str, str] = {}
        now_ms = self.server.clock.now_ms()
        self.server.run(municipality.submit(lambda: municipality.staff.add(STAFF, "admin", now_ms, STAFF)))

    def seated(self, staff: str = STAFF) -> Person:
        """The person of an account, with the roles of who asks, in the team of all workers as they are now."""
        town = self.server.municipality
        person = town.people.person(staff)
        made = person or Person(staff, staff, ACTIVE, tuple(Given(role, STAFF, 0) for role in self.ROLES))
        team = town.people.team(EVERYBODY) or Team(EVERYBODY, EVERYBODY)
        there = workers_of(town) | {f"werker-{name}" for name in ("een", "twee", "drie", "vier", "dire")}
        wanted = Team(EVERYBODY, EVERYBODY, tuple(sorted({*team.staff, staff})), tuple(sorted(there)))

        def work() -> None:
            town.people.keep(made)
            town.people.keep_team(wanted)

        if person is None or wanted != team:
            self.server.run(town.submit(work))
        return made

    def token(self, staff: str = STAFF) -> str:
        """The token of a person's terminal, which they signed in by a code."""
        town, terminals = self.server.municipality, self.desk.terminals
        person = self.seated(staff)
        try:
            terminals.standing(town, self._tokens.get(staff, "00"))
        except TerminalOver:
            self._tokens[staff] = self.server.run(self.sign_in(person))
        return self._tokens[staff]

    async def sign_in(self, person: Person) -> str:
        """Sign a terminal in as a person; returns its token."""
        town, terminals = self.server.municipality, self.desk.terminals
        begun = terminals.begin(town.code, "", "", person.name)
        terminals.confirm(terminals.found(town.code, begun.code), Standing(town, person), "test")
        return (await asyncio.wait_for(terminals.outcome(begun), 5))[1]

    def ask(self, command: str, into: list[dict[str, Any]] | None = None, **args: Any) -> list[dict[str, Any]]:
        """The rows of a command's answer; they are put `into` a list as they come, also when it ends in an error."""
        code, key = self.server.municipality.code, self.server.key_file.hex()
        if command == "export":  # of one person alone a reason lets it pass
            args = {"reason": REASON} | args
        ask = Ask(command, code, args, "", KEY_FILE, key, token=self.token())

        async def rows() -> list[dict[str, Any]]:
            found = into if into is not None else []
            async for row in commands.run(self.desk, ask, lambda _done, _all: None):
                found.append(row)
            return found

        return self.server.run(rows())

    def close(self) -> None:
        self.server.run(self.desk.exports.close())
        self.desk.control.close()
        super().close()
