"""`veldpost form lint --corpus`: how well the privacy lint agrees with people (forms/lint/SPEC.md section 8)."""

import json
from pathlib import Path
from typing import Final

import msgspec

from backend.cli.errors import NotASet, not_json
from backend.cli.files import content
from backend.cli.output import say
from backend.sentences import Words, library, words
from forms.lint.judged_sets import EVERY, BadEntry, Entry, Judged, Share, judged, judged_set, shares

NAME_WIDTH: Final = 6
GIVEN_MAX: Final = 40  # characters of what stands there instead


def measured(file: Path, language: str, as_json: bool) -> None:
    """Print the shares of a judged set by rule and by language, then every entry that the lint judges otherwise."""
    those = tuple(judged(_entries(file)))
    if as_json:
        for name, share in shares(those).items():
            row = msgspec.to_builtins(share) | {"recall": share.recall, "precision": share.precision}
            say(json.dumps({"name": name} | row))
        for one in those:
            if one.missed or one.alarmed:
                say(json.dumps({"id": one.entry.id, "outcome": one.outcome, "rules": sorted(one.codes)}))
        return
    phrase = library().phrase
    columns = phrase("corpus-columns", language).split()
    say(" " * NAME_WIDTH + "".join(f"{column:>10}" for column in columns))
    for name, share in shares(those).items():
        say(_row(phrase("corpus-all", language) if name == EVERY else name, share))
    for one in those:
        if one.missed or one.alarmed:
            say(_entry(one, phrase("corpus-missed" if one.missed else "corpus-alarm", language)))
    missed, alarms = sum(one.missed for one in those), sum(one.alarmed for one in those)
    say(phrase("corpus-agrees", language, entries=len(those), missed=missed, alarms=alarms))


def _entries(file: Path) -> tuple[Entry, ...]:
    """The entries of a file; refuses one that is none by what is wrong with it and what could stand there."""
    try:
        return judged_set(content(file))
    except BadEntry as error:
        raise NotASet(file=file.name, why=_why(error)) from None
    except (ValueError, RecursionError) as error:
        raise not_json(file.name, error) from None


def _why(error: BadEntry) -> Words:
    """The fault of an entry as a part of a sentence."""
    facts = {"number": error.number, "member": error.member, "names": ", ".join(error.allowed)}
    if not error.number:
        return words("corpus-no-list")
    if not error.member:
        return words("corpus-no-entry", **facts)
    if error.given is None:
        return words("corpus-unknown" if error.allowed else "corpus-lacking", **facts)
    given = error.given[:GIVEN_MAX]
    return words("corpus-given" if error.allowed else "corpus-unfit", **facts, given=given)


def _row(name: str, share: Share) -> str:
    """The shares under one name, in columns."""
    parts = (f"{part:.2f}" if part is not None else "-" for part in (share.recall, share.precision))
    counted = (str(number) for number in (share.caught, share.alarms, share.missed))
    return f"{name:<{NAME_WIDTH}}" + "".join(f"{cell:>10}" for cell in (*counted, *parts))


def _entry(one: Judged, how: str) -> str:
    """An entry that is judged otherwise: which, what was due, what the lint found."""
    found = ", ".join(sorted(one.codes)) or "-"
    return f"{how}  {one.entry.id}  {one.entry.expected} {one.entry.rule or ''}  ({found})  {one.entry.label}"
