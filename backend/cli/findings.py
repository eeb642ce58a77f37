"""Prints findings in a terminal: code, place, and a sentence that says what to do."""

from collections.abc import Mapping
from typing import Any

import click
import msgspec

from backend.cli.output import own_language, say
from backend.sentences import library
from forms.findings import Finding

language_option = click.option(
    "--language", type=click.Choice(library().languages), default=own_language, show_default="VELDPOST_LANG"
)
json_option = click.option("--json", "as_json", is_flag=True)


def said(finding: Mapping[str, Any], language: str) -> None:
    """One finding: code, place, sentence, and the reason that the form gives."""
    phrase = library().phrase
    level = f" {phrase(_level(finding), language)}" if "place" in finding else ""
    place = ", ".join(part for part in (finding.get("place"), finding.get("language")) if part)
    say(
        f"{finding['code']}{level}  {finding['path'] or phrase('finding-form', language)}"
        + (f"  ({place})" if place else "")
    )
    say(f"    {library().finding(finding, language)}")
    if finding.get("start") is not None:
        say(f"    {phrase('finding-at', language, start=finding['start'], end=finding['end'])}")
    if finding.get("reason"):
        say(f"    {phrase('finding-reason', language, reason=finding['reason'])}")


def _level(finding: Mapping[str, Any]) -> str:
    return "level-warning" if finding.get("level") == "warning" else "level-error"


def sentence(finding: Finding, language: str) -> str:
    """The sentence of a finding in a language."""
    return library().finding(msgspec.to_builtins(finding), language)
