"""Acts of staff on the look of the field app: put a municipality's theme on, show it, take it off."""

from collections.abc import AsyncIterator
from typing import Final

from backend.desk.arguments import BadArgument
from backend.desk.desk import Desk, Row
from backend.desk.forms import document_of, finding_row
from backend.municipality import themes
from backend.municipality.service import Municipality
from forms.theme.tokens import table

NAME_MAX: Final = 80  # signs: it heads a page on a phone


async def put_on(_desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """Put a theme on; first every finding, then what came of it."""
    try:
        dark = document_of(args, "dark") if args.get("dark") else None
        verdict = await themes.put_on(town, document_of(args, "light"), dark, staff)
    except themes.ThemeRefused as refused:
        for finding in refused.findings:
            yield {"finding": finding_row(finding)}
        raise
    for warning in verdict.warnings:
        yield {"warning": finding_row(warning)}
    theme = town.theme
    yield {"set": len({*theme.light, *theme.dark, *theme.other}), "left_out": verdict.left_out}


async def show(_desk: Desk, town: Municipality, _staff: str, _args: Row) -> AsyncIterator[Row]:
    """Every token with its value, and whether it is the municipality's own."""
    rules, theme = table(), town.theme
    light, dark = theme.colours("light"), theme.colours("dark")
    for name in rules.colours:
        yield {
            "token": name,
            "light": light[name],
            "dark": dark[name],
            "own": name in theme.light or name in theme.dark,
        }
    ours = {name: values[0] for name, values in (rules.lengths | rules.numbers).items()} | dict(rules.families)  # type: ignore[operator]
    for name, value in ours.items():
        yield {"token": name, "value": theme.other.get(name, value), "own": name in theme.other}


async def take_off(_desk: Desk, town: Municipality, staff: str, _args: Row) -> AsyncIterator[Row]:
    """Take the theme off."""
    await themes.take_off(town, staff)
    yield {"set": 0, "left_out": 0}


async def call(_desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    """Keep what a municipality is called, for the pages that people read."""
    name = " ".join(str(args["name"]).split())
    if not name or len(name) > NAME_MAX or not name.isprintable():
        raise BadArgument(what="the-name", wanted="a-name")
    await themes.call(town, name, staff)
    return [{"municipality": town.code, "name": name}]
