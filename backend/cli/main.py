"""The commands of `veldpost` (docs/operators.md). Answers go to standard output, progress and errors to the other."""

import json
import os
import sys
from pathlib import Path
from typing import Any

import click

from backend.cli import inviting, output, reading
from backend.cli.answers import decided
from backend.cli.click_words import answer_click
from backend.cli.client import answers, listed, printed, stop
from backend.cli.errors import FileTrouble, NotARescueFile, NotSound
from backend.cli.files import FILE, content, sent
from backend.cli.later import LATER
from backend.cli.options import HELP, AtLeast, Command, Who, ask, explain, keyed, speak, staffed, usage
from backend.cli.output import own_language, say
from backend.clock import WallClock
from backend.desk.wire import Ask
from backend.errors import ROOM_ERRORS
from backend.files import reason
from backend.sentences import library
from backend.settings import Settings
from picture.choices import CHOICES
from sync.errors import NotMessagePack
from sync.facts import ERASURE_REASONS
from sync.messages import read_hand_in


class _Named(click.Group):
    """Errors of every room end as a sentence and what to do, never as a stack trace; help is in the own language."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        speak(kwargs.get("args") or (args[0] if args else None) or sys.argv[1:])
        answer_click()
        explain(self)
        return super().main(*args, **kwargs)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted({*super().list_commands(ctx), *LATER})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name in LATER and cmd_name not in self.commands:
            self.add_command(LATER[cmd_name](), cmd_name)
            explain(self.commands[cmd_name], cmd_name)
        return super().get_command(ctx, cmd_name)

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        if args and self.get_command(ctx, args[0]) is None:
            self.whole()  # a mistyped one is told which one was meant, of all
        return super().resolve_command(ctx, args)

    def whole(self) -> click.Group:
        """This group with every command imported."""
        for name in LATER:
            self.get_command(click.Context(self), name)
        return self

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except ROOM_ERRORS as error:
            stop(error)
        except BrokenPipeError:
            raise  # `veldpost … | head` is no fault; click ends quietly
        except OSError as error:
            stop(FileTrouble(file=os.fsdecode(error.filename or "-"), why=reason(error)))


@click.group(cls=_Named, context_settings={"help_option_names": HELP})
@click.version_option(package_name="veldpost", message="%(prog)s %(version)s")
@click.option("--language", type=click.Choice(library().languages))
@click.pass_context
def main(ctx: click.Context, language: str | None) -> None:
    """Field forms that work offline, travel sealed, and merge without losing a word."""
    assert language is None or language == own_language()  # `speak` has heard it
    ctx.obj = Settings.from_environment()


for command in reading.COMMANDS:
    main.add_command(command)


@main.command()
@click.pass_obj
def serve(settings: Settings) -> None:
    """Serve every municipality of the data folder until told to stop."""
    from backend.serve import run  # the whole server: other commands start in half the time without it

    run(settings)


@main.command()
@click.option("--reachable", is_flag=True)
@click.pass_obj
def demo(settings: Settings, *, reachable: bool) -> None:
    """Set two fictional municipalities up, tell their story, and serve them."""
    from backend import demo as demonstration  # as above
    from backend.serve import run

    demonstration.start(settings, run, WallClock().now_ms, reachable=reachable)


@main.command()
@click.argument("municipality", default="")
@click.option("--json", "as_json", is_flag=True)
@click.pass_obj
def status(settings: Settings, municipality: str, as_json: bool) -> None:
    """Show what the server hosts and how it is doing; counts only."""
    listed(answers(settings, Ask("status", municipality)), as_json, output.status, "status-none")


def _json_of(value: str) -> Any:
    try:
        return json.loads(value)
    except ValueError:
        raise usage("usage-value") from None


@main.command()
@click.argument("municipality")
@click.argument("conflict")
@click.option("--keep")
@click.option("--value")
@click.option("--reason", default="")
@reading.CODES
@staffed
@click.pass_obj
def resolve(
    settings: Settings, /, municipality: str, conflict: str, keep: str | None, value: str | None, who: Who,
    *, codes: bool, reason: str,
) -> None:  # fmt: skip
    """Decide a conflict; the decision travels like any edit."""
    if (keep is None) == (value is None):
        raise usage("usage-resolve")
    args: dict[str, Any] = {"conflict": conflict, "reason": reason, "labels": reading.labels(codes, who)}
    if value is not None:
        args["value"] = _json_of(value)
    else:
        args["keep"] = keep
    printed(ask(settings, "resolve", municipality, who, **args), who.as_json, decided)


@main.command()
@click.argument("municipality")
@click.argument("decision")
@click.argument(
    "choice", type=click.Choice(sorted({choice for some in CHOICES.values() for choice in some})), metavar="CHOICE"
)
@click.option("--value")
@click.option("--reason", default="")
@click.option("--confirm", default="")
@reading.CODES
@staffed
@click.pass_obj
def decide(
    settings: Settings, /, municipality: str, decision: str, choice: str, value: str | None, who: Who, *, codes: bool,
    reason: str, confirm: str,
) -> None:  # fmt: skip
    """Decide what `attention` lists, by its whole id.

    Contested deletes and items, words that do not count, answers that nobody sees.
    """
    labels = reading.labels(codes, who)
    args: dict[str, Any] = {"decision": decision, "choice": choice, "reason": reason, "labels": labels}
    args |= {"confirm": confirm} if confirm else {}
    if value is not None:
        args["value"] = _json_of(value)
    printed(ask(settings, "decide", municipality, who, **args), who.as_json, decided)


@main.command()
@click.argument("municipality")
@keyed
@click.pass_obj
def verify(settings: Settings, municipality: str, who: Who) -> None:
    """Check chains, signatures, facts, receipted tails, and that the projection equals a rebuild."""
    faults = 0
    for row in ask(settings, "verify", municipality, who):
        faults += "fault" in row
        if who.as_json:
            say(json.dumps(row))
        else:
            output.plain(row)
    if faults:
        raise NotSound(count=faults)


@main.command()
@click.argument("file", type=FILE)
@staffed
@click.pass_obj
def rescue(settings: Settings, file: Path, who: Who) -> None:
    """Take in the rescue file of a device that cannot sync; its sealed entries prove themselves. Safe to repeat."""
    try:
        code = read_hand_in(content(file)).certificate.municipality
    except NotMessagePack as error:
        raise NotARescueFile(file=file.name, why=error.facts["why"]) from None
    printed(ask(settings, "rescue", code, who, content=sent(file)), who.as_json, output.plain)


@main.command()
@click.argument("municipality")
@click.argument("worker")
@click.option("--replaces", metavar="DEVICE")
@click.option("--renew", is_flag=True)
@staffed
@click.pass_obj
def invite(settings: Settings, municipality: str, worker: str, replaces: str | None, who: Who, *, renew: bool) -> None:
    """An invitation for one device of WORKER: a link that opens the app, and its QR code. Single use, ten minutes."""
    if renew and replaces is None:
        raise usage("usage-renew")
    rows = ask(settings, "invite", municipality, who, worker=worker, replaces=replaces, renew=renew)
    printed((inviting.linked(settings, row) for row in rows), who.as_json, inviting.show)


def _acting(name: str, *parameters: Command, key: bool = False) -> None:
    """A command that changes something and answers with one row."""

    @click.pass_obj
    def command(settings: Settings, /, municipality: str, who: Who, **args: Any) -> None:
        args = {n: str(v.absolute()) if isinstance(v, Path) else v for n, v in args.items()}
        printed(ask(settings, name, municipality, who, **args), who.as_json, output.plain)

    made: Any = keyed(command) if key else staffed(command)
    for parameter in reversed(parameters):
        made = parameter(made)
    main.command(name)(click.argument("municipality")(made))


_acting("unlock", key=True)
_acting("lock")
_acting("host")
_acting("name", click.argument("name"))
_acting("whoami")
_acting(
    "revoke",
    click.argument("device"),
    click.option("--last-seq", type=AtLeast(min=0)),
    click.option("--stolen", is_flag=True),
)  # fmt: skip
_acting(
    "grant",
    click.argument("record", nargs=-1), click.argument("worker"),
    click.option("--form"),
    click.option("--withdraw", is_flag=True),
    click.option("--before-enrolment", is_flag=True),
)  # fmt: skip
_acting(
    "erase", click.argument("record"),
    click.option("--reason", type=click.Choice(sorted(ERASURE_REASONS)), required=True),
)  # fmt: skip
_acting("confirm-account", click.argument("name"), key=True)
_acting(
    "confirm-list",
    click.argument("ends"), key=True,
)  # fmt: skip
_acting(
    "first-account",
    click.argument("name"), key=True,
)  # fmt: skip
