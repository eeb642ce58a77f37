"""The commands that read: in the words of the forms for a person, in their codes with --codes and for a program."""

from typing import Any, Final

import click

from backend.cli import answers as shown
from backend.cli import output
from backend.cli.client import listed, printed
from backend.cli.options import AtLeast, Command, OneOf, Who, ask, staffed
from backend.cli.output import own_language
from backend.cli.tables import facts_table
from backend.desk.attention_kinds import KINDS
from backend.settings import Settings

_LIMIT = click.option("--limit", type=AtLeast(min=1), default=200, show_default=True)
CODES = click.option("--codes", is_flag=True)


def labels(codes: bool, who: Who) -> str | None:
    """The language of the words that are asked for; a program gets codes."""
    return None if codes or who.as_json else own_language()


@click.command()
@click.argument("municipality")
@click.argument("form")
@click.option("--search")
@_LIMIT
@CODES
@staffed
@click.pass_obj
def records(
    settings: Settings, municipality: str, form: str, search: str, limit: int, who: Who, *, codes: bool
) -> None:
    """The records of a form, last changed first."""
    wanted = {"form": form, "search": search, "limit": limit, "labels": labels(codes, who)}
    none = "records-none-found" if search else "records-none"
    listed(ask(settings, "records", municipality, who, **wanted), who.as_json, shown.record_line, none)


@click.command()
@click.argument("municipality")
@click.argument("record")
@CODES
@staffed
@click.pass_obj
def show(settings: Settings, municipality: str, record: str, who: Who, *, codes: bool) -> None:
    """The current answers of a record: who wrote what and when."""
    rows = ask(settings, "show", municipality, who, record=record, labels=labels(codes, who))
    printed(rows, who.as_json, shown.record)


def _some(command: Command) -> Command:
    """Options that choose those of one form or record."""
    return click.option("--form")(click.option("--record")(command))


@click.command()
@click.argument("municipality")
@_some
@CODES
@staffed
@click.pass_obj
def conflicts(settings: Settings, /, municipality: str, who: Who, *, codes: bool, **wanted: Any) -> None:
    """Every conflict that waits for a person."""
    rows = ask(settings, "conflicts", municipality, who, **wanted, labels=labels(codes, who))
    listed(rows, who.as_json, shown.conflict, "conflicts-none-chosen" if any(wanted.values()) else "conflicts-none")


@click.command()
@click.argument("municipality")
@_some
@click.option("--kind", "kind_of", type=OneOf(KINDS, "kind-"), metavar="KIND")
@CODES
@staffed
@click.pass_obj
def attention(
    settings: Settings, /, municipality: str, who: Who, *, codes: bool, kind_of: str | None, **wanted: Any
) -> None:
    """List what else a person should look at or decide, after how much there is of it."""
    rows = ask(settings, "attention", municipality, who, **wanted, kind=kind_of, labels=labels(codes, who))
    if who.as_json:
        printed(rows, True, output.plain)
        return
    found = list(rows)
    shown.attention(found)
    chosen = kind_of or any(wanted.values())
    listed(iter(found), False, lambda _row: None, "attention-none-chosen" if chosen else "attention-none")


@click.command()
@click.argument("municipality")
@click.option("--record", default="")
@_LIMIT
@CODES
@staffed
@click.pass_obj
def audit(settings: Settings, municipality: str, record: str, limit: int, who: Who, *, codes: bool) -> None:
    """Show who did what with answers and forms, newest first, for the privacy officer."""
    rows = ask(settings, "audit", municipality, who, record=record, limit=limit)
    _as_table(rows, who, output.AUDIT, "audit-none", codes=codes)


def _as_table(rows: Any, who: Who, columns: Any, none: str, *, codes: bool = False) -> None:
    if who.as_json:
        printed(rows, True, output.plain)
        return
    found = list(rows)
    facts_table(found, columns, codes=codes)
    listed(iter(found), False, lambda _row: None, none)


def _listing(name: str, columns: Any, none: str) -> click.Command:
    """A command that lists rows of facts and needs no keyslot."""

    @click.command(name)
    @click.argument("municipality")
    @CODES
    @staffed
    @click.pass_obj
    def command(settings: Settings, municipality: str, who: Who, *, codes: bool) -> None:
        _as_table(ask(settings, name, municipality, who), who, columns, none, codes=codes)

    return command


COMMANDS: Final[tuple[click.Command, ...]] = (
    records, show, conflicts, attention, audit,
    _listing("devices", output.DEVICES, "devices-none"),
    _listing("workers", output.WORKERS, "workers-none"),
    _listing("erasures", output.ERASURES, "erasures-none"),
)  # fmt: skip
