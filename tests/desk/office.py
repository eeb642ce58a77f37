"""A municipality with two workers and a desk: the commands are asked as the command line asks them."""

from pathlib import Path
from typing import Any

from backend.desk import commands
from backend.desk.desk import Desk
from backend.desk.wire import Ask
from backend.municipality.registry import Municipalities
from crypto.keyslots import KEY_FILE
from forms.library import SLUGS, shipped_raw
from tests.projection.town import Town

STAFF = "beheer"


class Office(Town):
    """The municipality of `Town`, and a member of staff who has its key file."""

    def __init__(self, folder: Path, forms: tuple[bytes, ...] = ()) -> None:
        super().__init__(folder, forms or tuple(map(shipped_raw, SLUGS)))
        municipality = self.server.municipality
        towns = Municipalities(folder, folder / "no-keys", self.server.clock)
        towns.add(municipality)
        self.desk = Desk(towns)
        self.desk.keepers[municipality.code] = self.keeper
        now_ms = self.server.clock.now_ms()
        self.server.run(municipality.submit(lambda: municipality.staff.add(STAFF, "admin", now_ms, STAFF)))

    def ask(self, command: str, into: list[dict[str, Any]] | None = None, **args: Any) -> list[dict[str, Any]]:
        """The rows of a command's answer; they are put `into` a list as they come, also when it ends in an error."""
        ask = Ask(command, self.server.municipality.code, args, STAFF, KEY_FILE, self.server.key_file.hex())

        async def rows() -> list[dict[str, Any]]:
            found = into if into is not None else []
            async for row in commands.run(self.desk, ask, lambda _done, _all: None):
                found.append(row)
            return found

        return self.server.run(rows())
