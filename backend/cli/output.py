"""How answers look in a terminal. No value of an entry ends a list, and none is run as a command of the terminal."""

import json
import unicodedata
from datetime import UTC, datetime
from typing import Any, Final

import click

LAST_MS: Final = 253_402_300_799_000  # the last second of the year 9999: what lies beyond it has no date
DARK_ON_LIGHT: Final = "\x1b[30;107m"  # for a camera; click leaves colours out where the output is no terminal
PLAIN: Final = "\x1b[0m"
UNPRINTED: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")  # control signs, signs that turn the line round, halves, line ends


def when(ms: int) -> str:
    """A time as people read it, in UTC; one outside the calendar is its nearest end."""
    return datetime.fromtimestamp(min(max(ms, 0), LAST_MS) / 1000, UTC).strftime("%Y-%m-%d %H:%M")


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
        say(f"{row['code']}  set apart [{row['broken']}]: {row['what']}")
        say(f"  {row['remedy']}")
        return
    lock = "locked" if row["locked"] else "unlocked"
    say(f"{row['code']}  {lock}")
    for name in ("records", "entries", "devices", "held", "forked", "position", "projected"):
        say(f"  {name:<10} {row[name]:>8}")
    if row["awaiting_list"]:
        say(f'  restored; delivers nothing until `veldpost confirm-list {row["code"]} "{row["list_ends"]}"`')
    for name, said in (("key_fault", "locked because"), ("list_fault", "the list outside the backups"),
                       ("set_aside", "set aside by a restore, holds records as they were")):  # fmt: skip
        if row[name]:
            say(f"  {said}: {row[name]}")
    if row["unconfirmed"]:
        say(f"  first account not confirmed by a second: {row['unconfirmed']}")
    if row["fault"]:
        say(f"  projection stands still: {row['fault']}")


def record_line(row: dict[str, Any]) -> None:
    """One record of a list, or how many more there are than were asked for."""
    if "more" in row:
        say(f"and {row['more']} more: give --limit, or --search")
        return
    mark = f"  {row['conflicts']} conflict(s)" if row["conflicts"] else ""
    mark += "  contested" if row["contested"] else ""
    mark += f"  {row['hidden']} hidden answer(s)" if row["hidden"] else ""
    mark += f"  {row['waiting']} to decide" if row["waiting"] else ""
    answered = [f"{k}={v}" for k, v in row.items() if v is not None and k not in _OWN]
    say(f"{row['_record']}  {when(row['changed_ms'])}{mark}")
    say(f"    {'  '.join(answered)[:200]}")


_OWN = ("_record", "changed_ms", "conflicts", "contested", "hidden", "waiting")


def record(row: dict[str, Any]) -> None:
    """A record with its answers, who wrote them and when."""
    say(f"{row['record']}  {row['form']} {row['version']}  {row['entries']} entries")
    say(f"  first written {when(row['created_ms'])}, last {when(row['changed_ms'])} (UTC)")
    if row["deleted"] or row["contested"]:
        say("  DELETED" if row["deleted"] else "  CONTESTED: edited while deleted")
    _answers({path: one for path, one in row["shown"].items() if one["in_form"]})
    earlier = {path: one for path, one in row["shown"].items() if not one["in_form"]}
    if earlier:
        say("  Earlier answers, which the newest version of the form does not ask:")
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
        asked = "" if one["in_form"] else f"  ({one['label']}; version {one['version']})"
        say(f"  {path} = {_value(one['value'])}    {one['author']}, {when(one['at_ms'])}{asked}")
        for part in one["texts"] if len(one["texts"]) > 1 else ():
            say(f"      {when(part['at_ms'])} {part['author']}: {part['text']}")


def conflict(row: dict[str, Any]) -> None:
    """A conflict with every answer in it, numbered for `resolve --keep`."""
    say(f"conflict {row['conflict']}  record {row['record']}  {row['path']} ({row['policy']})")
    for number, one in enumerate(row["survivors"], 1):
        shown = "  (shown now)" if one["shown"] else ""
        say(f"    {number}. {_value(one['value'])}    {one['author']}, {when(one['at_ms'])}{shown}")


def _hidden(rows: list[dict[str, Any]]) -> None:
    """Answers that are kept and not shown: those hidden by somebody who had not seen them come first."""
    parallel = [row for row in rows if row["parallel"]]
    if parallel:
        say("  Hidden by somebody who had not seen it:")
        for row in parallel:
            say(f"    {row['path']} is hidden by {_by(row)}")
            _answers({row["path"]: row["answer"]})
    quiet: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        if not row["parallel"]:
            quiet.setdefault(_by(row), []).append(row)
    for by, hidden in quiet.items():
        say(f"  {len(hidden)} answer(s) hidden by {by}:")
        _answers({row["path"]: row["answer"] for row in hidden})


def _by(row: dict[str, Any]) -> str:
    if not row["hidden_by"]:
        return "a question that nobody answered"
    return f"{row['hidden_by'][0]}, changed by {row['changed_by']} {when(row['changed_ms'])}"


def waiting(row: dict[str, Any]) -> None:
    """Something that a person decides, with every answer to be seen first."""
    say(f"to decide {row['decision']}  record {row['record']}  {row['kind']} {row['name']}  {row['detail']}")
    for one in row["words"]:
        say(f"    {one['path']} = {_value(one['value'])}    {one['author']}, {when(one['at_ms'])}")
    say(f"    choices: {', '.join(row['choices'])}")


def attention(row: dict[str, Any]) -> None:
    """Something to look at; what can be decided with its id and choices."""
    (waiting if "decision" in row else plain)(row)


def decided(row: dict[str, Any]) -> None:
    """What a decision did, or what waits now in place of what was shown."""
    (conflict if "conflict" in row else attention)(row)


def audit_line(row: dict[str, Any]) -> None:
    """What somebody did, and when."""
    record = f"  record {row['record']}" if row["record"] else ""
    account = f"  [{row['account']}]" if row["account"] else ""
    say(f"{when(row['at_ms'])}  {row['staff']:<16}  {row['act']:<14}{record}  {row['detail']}".rstrip() + account)


def plain(row: dict[str, Any]) -> None:
    """Whatever has no picture of its own."""
    say("  ".join(_plain(name, value) for name, value in row.items()))


def _plain(name: str, value: Any) -> str:
    if name.endswith("_ms"):
        return f"{name.removesuffix('_ms')}: {when(value)}"
    return f"{name}: {', '.join(str(one) for one in value) if isinstance(value, list) else value}"


def _value(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
