"""Prints answers in a terminal. No value of an entry ends a list, and none is run as a command of the terminal."""

import json
import unicodedata
from collections.abc import Mapping
from typing import Any, Final

import click

from backend.sentences import library
from forms.wording import moment, number

DARK_ON_LIGHT: Final = "\x1b[30;107m"  # for a camera; click leaves colours out where the output is no terminal
PLAIN: Final = "\x1b[0m"
UNPRINTED: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control signs, signs that turn the line round, halves, line ends


def own_language() -> str:
    """The language of the terminal."""
    return library().of_environment()


def line(code: str, /, **facts: Any) -> str:
    """A line of the command line by its code, in the language of the terminal."""
    return library().line(code, own_language(), **facts)


def tell(code: str, /, *, err: bool = False, **facts: Any) -> None:
    """Print a line by its code."""
    say(line(code, **facts), err=err)


def state(row: Mapping[str, Any]) -> str:
    """In which state a form or a list is."""
    return line(f"state-{row['state']}")


def when(ms: int) -> str:
    """A time as people read it, in UTC and in the language of the terminal; outside the calendar its nearest end."""
    return moment(ms, own_language())


def say(line: str = "", *, err: bool = False, dark_on_light: bool = False) -> None:
    """Print one line, in which signs that a terminal would obey are written out as JSON writes them.

    Whatever a command prints goes this way: a form, a list or a name that others wrote is no command to a terminal.
    """
    clean = "".join(_printed(sign) for sign in line)
    click.echo(f"{DARK_ON_LIGHT}{clean}{PLAIN}" if dark_on_light else clean, err=err)


def _printed(sign: str) -> str:
    return json.dumps(sign)[1:-1] if unicodedata.category(sign) in UNPRINTED else sign


def status(row: dict[str, Any]) -> None:
    """One municipality."""
    if "broken" in row:
        tell("status-set-apart", code=row["code"], error=row["broken"], what=row["what"])
        say(f"  {row['remedy']}")
        return
    tell("status-locked" if row["locked"] else "status-unlocked", code=row["code"])
    for name in ("records", "entries", "devices", "held", "forked", "position", "projected"):
        say(f"  {line(f'count-{name}'):<24} {number(row[name], own_language()):>12}")
    if row["backed_up_ms"]:
        say(f"  {line('status-backed-up', at_ms=row['backed_up_ms'])}")
    else:
        say(f"  {line('status-never-backed-up', code=row['code'])}")
    if row["awaiting_list"]:
        say(f"  {line('status-awaits-list', code=row['code'], ends=row['list_ends'])}")
    for name in ("key_fault", "list_fault", "set_aside", "unconfirmed", "fault"):
        if row[name]:
            why = "; ".join(row[name]) if isinstance(row[name], list) else row[name]
            kind = name.replace("_", "-")
            say(f"  {line(f'status-{kind}', why=why)}")


def record_line(row: dict[str, Any]) -> None:
    """One record of a list, or how many more there are than were asked for."""
    if "more" in row:
        tell("records-more", count=row["more"])
        return
    named = ("conflicts", "contested", "hidden", "waiting")
    mark = "".join(f"  {line(f'records-{name}', count=row[name])}" for name in named if row[name])
    answered = [f"{k}={v}" for k, v in row.items() if v is not None and k not in _OWN]
    say(f"{row['_record']}  {when(row['changed_ms'])}{mark}")
    say(f"    {'  '.join(answered)[:200]}")


_OWN = ("_record", "changed_ms", "conflicts", "contested", "hidden", "waiting")


def record(row: dict[str, Any]) -> None:
    """A record with its answers, who wrote them and when."""
    say(f"{row['record']}  {row['form']} {row['version']}  {line('record-entries', count=row['entries'])}")
    say(f"  {line('record-written', first_ms=row['created_ms'], last_ms=row['changed_ms'])}")
    if row["deleted"] or row["contested"]:
        say(f"  {line('record-deleted' if row['deleted'] else 'record-contested')}")
    _answers({path: one for path, one in row["shown"].items() if one["in_form"]})
    earlier = {path: one for path, one in row["shown"].items() if not one["in_form"]}
    if earlier:
        say(f"  {line('record-earlier')}")
        _answers(earlier)
    _hidden(row["hidden_answers"])
    for one in row["open_conflicts"]:
        conflict(one)
    for one in row["waits"]:
        waiting(one)
    waits = {(one["kind"], one["name"]) for one in row["waits"]}
    for note in (one for one in row["attention"] if (one["kind"], one["name"]) not in waits):
        say(f"  ! {note['kind']} {note['name']} {note['detail']}")


def _answers(shown: dict[str, Any]) -> None:
    for path, one in sorted(shown.items()):
        asked = ""
        if not one["in_form"]:
            asked = f"  {line('record-asked-by', label=one['label'], version=one['version'])}"
        say(f"  {path} = {_value(one['value'])}    {one['author']}, {when(one['at_ms'])}{asked}")
        for part in one["texts"] if len(one["texts"]) > 1 else ():
            say(f"      {when(part['at_ms'])} {part['author']}: {part['text']}")


def conflict(row: dict[str, Any]) -> None:
    """A conflict with every answer in it, numbered for `resolve --keep`."""
    about = {name: row[name] for name in ("conflict", "record", "path", "policy")}
    tell("conflict", **about)
    for place, one in enumerate(row["survivors"], 1):
        shown = f"  {line('conflict-shown')}" if one["shown"] else ""
        say(f"    {place}. {_value(one['value'])}    {one['author']}, {when(one['at_ms'])}{shown}")


def _hidden(rows: list[dict[str, Any]]) -> None:
    """Answers that are kept and not shown: those hidden by somebody who had not seen them come first."""
    parallel = [row for row in rows if row["parallel"]]
    if parallel:
        say(f"  {line('hidden-parallel')}")
        for row in parallel:
            say(f"    {line('hidden-by', path=row['path'], by=_by(row))}")
            _answers({row["path"]: row["answer"]})
    quiet: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if not row["parallel"]:
            quiet.setdefault(_by(row), []).append(row)
    for by, hidden in quiet.items():
        say(f"  {line('hidden-answers', count=len(hidden), by=by)}")
        _answers({row["path"]: row["answer"] for row in hidden})


def _by(row: dict[str, Any]) -> str:
    if not row["hidden_by"]:
        return line("hidden-by-nobody")
    return line("hidden-changed", path=row["hidden_by"][0], author=row["changed_by"], at_ms=row["changed_ms"])


def waiting(row: dict[str, Any]) -> None:
    """Something that a person decides, with every answer to be seen first."""
    about = {name: row[name] for name in ("decision", "record", "kind", "name", "detail")}
    tell("to-decide", **about)
    for one in row["words"]:
        say(f"    {one['path']} = {_value(one['value'])}    {one['author']}, {when(one['at_ms'])}")
    say(f"    {line('to-decide-choices', choices=', '.join(row['choices']))}")


def attention(row: dict[str, Any]) -> None:
    """Something to look at; what can be decided with its id and choices."""
    (waiting if "decision" in row else plain)(row)


def decided(row: dict[str, Any]) -> None:
    """Print what a decision did, or what waits now in place of what was shown."""
    (conflict if "conflict" in row else attention)(row)


def audit_line(row: dict[str, Any]) -> None:
    """Print what somebody did, and when."""
    record = f"  {line('audit-record', record=row['record'])}" if row["record"] else ""
    account = f"  [{row['account']}]" if row["account"] else ""
    say(f"{when(row['at_ms'])}  {row['staff']:<16}  {row['act']:<14}{record}  {row['detail']}".rstrip() + account)


def plain(row: dict[str, Any]) -> None:
    """Print a row that has no picture of its own."""
    say("  ".join(_plain(name, value) for name, value in row.items()))


def _plain(name: str, value: Any) -> str:
    if name.endswith("_ms"):
        return f"{name.removesuffix('_ms')}: {when(value)}"
    return f"{name}: {', '.join(str(one) for one in value) if isinstance(value, list) else value}"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
