"""Options that commands share: who asks, what they show to unlock, and how they want to read the answer."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, NamedTuple

import click

from backend.cli.client import Keyslot, answers
from backend.desk.wire import Ask
from backend.settings import Settings

Command = Callable[..., None]


class Who(NamedTuple):
    """Who asks, what they show to unlock, and how they want to read the answer."""

    staff: str
    as_json: bool
    slot: Keyslot | None = None


def keyed(command: Command) -> Command:
    """Options with which a person shows a keyslot and says who they are; they arrive as one `who`."""

    @wraps(command)
    def gathered(
        *args: Any,
        key_file: str | None,
        passphrase: bool,
        recovery_code: bool,
        staff: str,
        as_json: bool,
        **rest: Any,
    ) -> None:
        command(*args, who=Who(staff, as_json, Keyslot(key_file, passphrase, recovery_code)), **rest)

    made: Command = gathered
    for option in (
        click.option("--key-file", type=click.Path(dir_okay=False), help="A key file; default: the key folder's."),
        click.option("--passphrase", is_flag=True, help="Ask for the passphrase."),
        click.option("--recovery-code", is_flag=True, help="Ask for the recovery code."),
    ):
        made = option(made)
    return _staff_options(made)


def staffed(command: Command) -> Command:
    """Options of a command that shows no answers and needs no keyslot."""

    @wraps(command)
    def gathered(*args: Any, staff: str, as_json: bool, **rest: Any) -> None:
        command(*args, who=Who(staff, as_json), **rest)

    return _staff_options(gathered)


def _staff_options(command: Command) -> Command:
    command = click.option("--staff", envvar="VELDPOST_STAFF", default="", help="Your account, for the audit.")(command)
    return click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")(command)


def ask(settings: Settings, command: str, code: str, who: Who, **args: Any) -> Iterator[Any]:
    """The rows of a command's answer, with the keyslot that was shown."""
    kind, key = who.slot.read(settings, code) if who.slot is not None else ("", "")
    return answers(settings, Ask(command, code, args, who.staff, kind, key))
