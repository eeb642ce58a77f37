"""Prints answers in a terminal. No value of an entry ends a list, and none is run as a command of the terminal."""

import json
import os
import shutil
import sys
import textwrap
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final

import click

from backend.desk.log_words import actor, detail
from backend.sentences import ENGLISH, library
from forms.wording import moment, number

DARK_ON_LIGHT: Final = "\x1b[30;107m"  # for a camera; click leaves colours out where the output is no terminal
PLAIN: Final = "\x1b[0m"
NARROW: Final = 40  # signs of a line at least, whatever a terminal says
HANGING: Final = 2  # signs before the lines of a sentence after its first; a recovery code stands behind four
UNPRINTED: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control signs, signs that turn the line round, halves, line ends


def own_language() -> str:
    """The language of the terminal."""
    return library().of_environment()


def line(code: str, /, **facts: Any) -> str:
    """A line of the command line by its code, in the language of the terminal."""
    return library().line(code, own_language(), **facts)


def tell(code: str, /, *, err: bool = False, **facts: Any) -> None:
    """Print a line by its code."""
    flow(line(code, **facts), err=err)


def width() -> int:
    """The signs of a line of the terminal: as it says, or as COLUMNS does."""
    return max(NARROW, shutil.get_terminal_size((100, 24)).columns)


def flow(text: str, indent: int = 0, *, err: bool = False) -> None:
    """Print a sentence in lines that fit the terminal, none of its words broken; whole where there is no terminal."""
    known = os.environ.get("COLUMNS", "").isdecimal() or (sys.stderr if err else sys.stdout).isatty()
    if not known:
        say(" " * indent + text, err=err)
        return
    room, after = width() - indent, " " * HANGING
    lines = textwrap.wrap(
        clean(text), room, subsequent_indent=after, break_long_words=False, break_on_hyphens=False
    )  # fmt: skip
    for one in lines or [""]:
        say(" " * indent + one, err=err)


def state(row: Mapping[str, Any]) -> str:
    """In which state a form or a list is."""
    return line(f"state-{row['state']}")


def when(ms: int) -> str:
    """A time as people read it, with its zone, in the language of the terminal."""
    return moment(ms, own_language())


def say(line: str = "", *, err: bool = False, dark_on_light: bool = False) -> None:
    """Print one line, in which signs that a terminal would obey are written out as JSON writes them.

    Whatever a command prints goes this way: a form, a list or a name that others wrote is no command to a terminal.
    """
    shown = clean(line)
    click.echo(f"{DARK_ON_LIGHT}{shown}{PLAIN}" if dark_on_light else shown, err=err)


def clean(line: str) -> str:
    """A line in which signs that a terminal would obey are written out."""
    return "".join(_printed(sign) for sign in line)


def _printed(sign: str) -> str:
    return json.dumps(sign)[1:-1] if unicodedata.category(sign) in UNPRINTED else sign


def status(row: dict[str, Any]) -> None:
    """One municipality."""
    if "elsewhere" in row:
        tell("status-elsewhere", code=row["code"], node=row["elsewhere"])
        return
    if "broken" in row:
        tell("status-set-apart", code=row["code"], error=row["broken"], what=row["what"])
        say(f"  {row['remedy']}")
        return
    called = f"{row['code']}  {row['name']}".strip()
    tell("status-locked" if row["locked"] else "status-unlocked", code=called)
    for name in ("records", "entries", "devices", "held", "forked", "position", "projected"):
        say(f"  {line(f'count-{name}'):<24} {number(row[name], own_language()):>12}")
    if row["backed_up_ms"]:
        say(f"  {line('status-backed-up', at_ms=row['backed_up_ms'])}")
    else:
        say(f"  {line('status-never-backed-up', code=row['code'])}")
    if row["standby_since_ms"]:
        say(f"  {line('status-standby-away', at_ms=row['standby_since_ms'])}")
    if row["copy_behind"] is not None:
        behind = line("status-copy-behind", count=row["copy_behind"], at_ms=row["copy_since_ms"])
        why = f" ({row['copy_fault']})" if row["copy_fault"] else ""
        say(f"  {behind}{why}" if row["copy_behind"] or why else f"  {line('status-copied')}")
    if row["bucket_fault"]:
        say(f"  {line('status-bucket', why=row['bucket_fault'], at_ms=row['bucket_since_ms'])}")
    if row["awaiting_list"]:
        say(f"  {line('status-awaits-list', code=row['code'], ends=row['list_ends'])}")
    for name in ("key_fault", "list_fault", "set_aside", "unconfirmed", "fault"):
        if row[name]:
            why = "; ".join(row[name]) if isinstance(row[name], list) else row[name]
            kind = name.replace("_", "-")
            say(f"  {line(f'status-{kind}', why=why)}")


def plain(row: Mapping[str, Any], *, codes: bool = False) -> None:
    """Print the facts of a row that has no picture of its own; of a list with several each stands on a line."""
    several = {name: value for name, value in row.items() if isinstance(value, list) and len(value) > 1}
    short = {name: value for name, value in row.items() if name not in several}
    if short:
        flow("  ".join(f"{_named(name)}: {fact(name, value, codes=codes)}" for name, value in short.items()))
    for name, value in several.items():
        lines(_named(name), list(map(str, value)), 2)


def lines(name: str, values: Sequence[str], indent: int) -> None:
    """Print a fact that has several values, each on a line of its own."""
    flow(f"{name}:", indent)
    for value in values:
        flow(value, indent + 2)


def _named(name: str) -> str:
    """The words for a fact's name; of one that this release does not know, the name."""
    code = f"fact-{name.removesuffix('_ms').replace('_', '-')}"
    return line(code) if code in library().said(ENGLISH).terminal else name


WORDED: Final[dict[str, Callable[[Any], str]]] = {  # facts that are codes, and the lines that say them
    "role": lambda code: f"role-{code}",
    "reason": lambda code: f"reason-{code}",
    "kind": lambda code: f"slot-{code}",  # of a keyslot
    "act": lambda code: f"act-{code}",
}


def fact(name: str, value: Any, *, codes: bool = False) -> str:
    """A fact as people read it; with `codes` those that are codes stay codes."""
    if name in WORDED and not codes and (code := WORDED[name](value)) in library().said(ENGLISH).terminal:
        return line(code)
    if name.endswith("_ms"):
        return when(value)
    if isinstance(value, bool):
        return line("fact-yes" if value else "fact-no")
    if isinstance(value, int):
        return number(value, own_language())
    if isinstance(value, list):
        return ", ".join(str(one) for one in value) or line("fact-none")
    return str(value)


DEVICES: Final = ("device", "worker", "role", "until_ms", "received", "revoked")
WORKERS: Final = ("worker", "devices", "ended", "assigned", "until_ms")
ERASURES: Final = ("record", "reason", "since_ms", "finished", "left", "unconfirmed", "copies")
KEYSLOTS: Final = ("keyslot", "kind", "label", "owner", "made_ms", "used_ms")
AUDIT: Final = ("at_ms", "staff", "act", "record", "detail", "account")


def facts_of(
    rows: Iterable[Mapping[str, Any]], columns: Sequence[str], *, codes: bool = False
) -> tuple[list[str], list[list[str]]]:
    """The heads and cells of a table of facts."""
    cells = [[_cell(name, row, codes=codes) for name in columns] for row in rows]
    return [_named(name) for name in columns], cells


def _cell(name: str, row: Mapping[str, Any], *, codes: bool) -> str:
    value = row.get(name)
    if value in (None, "", []):
        return library().phrase(OF_KEYSLOTS[name], own_language()) if "keyslot" in row and name in OF_KEYSLOTS else ""
    if "act" in row and not codes and name in SAID_OF_LINES:
        return SAID_OF_LINES[name](row)
    return "\n".join(map(str, value)) if isinstance(value, list) else fact(name, value, codes=codes)


OF_KEYSLOTS: Final = {  # what nothing means there
    "owner": "keyslots-shared", "made_ms": "keyslots-unknown", "used_ms": "keyslots-unknown",
}  # fmt: skip
SAID_OF_LINES: Final[dict[str, Callable[[Mapping[str, Any]], str]]] = {  # of a line of the audit, what holds codes
    "staff": lambda row: actor(row["staff"], own_language()),
    "detail": lambda row: detail(row["act"], row["detail"], own_language()),
}
