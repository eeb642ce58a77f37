"""Options that commands share: who asks, what they show to unlock, and how they want to read the answer."""

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import get_close_matches
from functools import wraps
from typing import Any, Final, NamedTuple

import click

from backend.cli.click_words import explain_values
from backend.cli.client import Keyslot, answers
from backend.cli.output import line, own_language
from backend.desk.wire import Ask
from backend.sentences import library
from backend.settings import Settings

Command = Callable[..., None]
HELP: Final = ["-h", "--help"]
UNNAMED: Final = ("first-account", "invite-staff", "unlock", "verify", "confirm-list")  # nobody has to sign in for


class Who(NamedTuple):
    """The person who asks, what they show to unlock, and how they want to read the answer."""

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
        if sum(map(bool, (key_file, passphrase, recovery_code))) > 1:
            raise usage("usage-slots")
        command(*args, who=Who(staff, as_json, Keyslot(key_file, passphrase, recovery_code)), **rest)

    made: Command = gathered
    for option in (
        click.option("--key-file", type=click.Path(dir_okay=False)),
        click.option("--passphrase", is_flag=True),
        click.option("--recovery-code", is_flag=True),
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
    command = click.option("--staff", envvar="VELDPOST_STAFF", default="")(command)
    return click.option("--json", "as_json", is_flag=True)(command)


def explain(command: click.Command, path: str = "") -> None:
    """Give a command, its options and the commands in it their help, in the language of the terminal.

    An option has a sentence of its own (`init --key-file`), or shares one with all that are called so (`--json`).
    """
    said, language = library().help, own_language()
    command.help = said(path or "veldpost", language)
    command.short_help = _first_sentence(command.help or "")
    explain_values(command)
    asked = click.Context(command, help_option_names=HELP)
    for option in command.get_params(asked):  # `--help` too, which Click makes once
        if isinstance(option, click.Option):
            name = max(option.opts, key=len)
            option.help = said(f"{path} {name}", language) or said(name, language) or option.help
    for parameter in command.params:
        if isinstance(parameter.type, OneOf):
            command.epilog = parameter.type.listed()
    for name, inner in command.commands.items() if isinstance(command, click.Group) else ():
        explain(inner, f"{path} {name}".strip())


def _first_sentence(text: str) -> str:
    """The first sentence of a help, whole: a list of commands that ends in dots explains none."""
    return re.split(r"(?<=\.)\s", text, maxsplit=1)[0].rstrip(".")


class AtLeast(click.IntRange):
    """A number that is not below another; said in words."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        number: int = click.INT.convert(value, param, ctx)
        if self.min is not None and number < self.min:
            self.fail(line("usage-at-least", given=number, least=self.min), param, ctx)
        return number

    def _describe_range(self) -> str:
        return line("at-least", least=self.min)


class OneOf(click.Choice[str]):
    """One of many names. A wrong one is told the nearest of them; the help lists all, with what each means.

    `meanings` is how the codes of their lines begin (`kind-` for `kind-missing`); without it they are listed alone.
    """

    def __init__(self, names: Iterable[str], meanings: str = "") -> None:
        super().__init__(sorted(names))
        self._meanings = meanings

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        if value not in self.choices:
            near = ", ".join(get_close_matches(str(value), self.choices))
            self.fail(line("usage-unknown-near" if near else "usage-unknown", given=value, near=near), param, ctx)
        return str(value)

    def listed(self) -> str:
        """The names below the help, one a line where they have a meaning."""
        if not self._meanings:
            return f"{line('all-names')} {', '.join(self.choices)}."
        widest = max(map(len, self.choices))
        rows = (f"  {name:{widest}}  {line(f'{self._meanings}{name}')}" for name in self.choices)
        return "\n".join(("\b", line("all-names"), *rows))


def speak(arguments: Sequence[str]) -> None:
    """Speak the language that stands before the command (`--language nl`) from here on, in the help too."""
    for place, given in enumerate(arguments):
        name, _, value = given.partition("=")
        if not given.startswith("-"):
            return
        if name == "--language":
            said = value or "".join(arguments[place + 1 : place + 2])
            if said in library().languages:
                os.environ["VELDPOST_LANG"] = said
            return


def usage(code: str, **facts: Any) -> click.UsageError:
    """Options that do not go together, said by the code of a line."""
    return click.UsageError(line(code, **facts))


def known(settings: Settings, code: str, who: Who) -> None:
    """Find out that the server does not know who acts before a secret is typed, not after."""
    if who.slot is not None and who.slot.asks(settings, code):
        for _ in answers(settings, Ask("whoami", code, {}, who.staff)):
            pass


def ask(settings: Settings, command: str, code: str, who: Who, **args: Any) -> Iterator[Any]:
    """The rows of a command's answer, with the keyslot that was shown."""
    if command not in UNNAMED:
        known(settings, code, who)
    kind, key = who.slot.read(settings, code) if who.slot is not None else ("", "")
    codes = who.as_json or not args.get("labels", True)
    return answers(settings, Ask(command, code, args, who.staff, kind, key, codes=codes))
