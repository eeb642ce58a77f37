"""Prints findings in a terminal: code, place, and a sentence that says what to do."""

import json
from collections.abc import Mapping
from typing import Any

import click
import msgspec

from backend.cli.output import flow, own_language, say
from backend.sentences import ENGLISH, library
from forms.findings import Finding

language_option = click.option(
    "--language", type=click.Choice(library().languages), default=own_language, show_default="VELDPOST_LANG"
)
json_option = click.option("--json", "as_json", is_flag=True)


def said(finding: Mapping[str, Any], language: str) -> None:
    """One finding: code, place, sentence, and the reason that the form gives."""
    phrase = library().phrase
    level = f" {phrase(_level(finding), language)}" if "place" in finding else ""
    place = ", ".join(part for part in (_place(finding, language), finding.get("language")) if part)
    flow(
        f"{finding['code']}{level}  {finding['path'] or phrase('finding-form', language)}"
        + (f"  ({place})" if place else "")
    )
    flow(library().finding(finding, language), 4)
    if finding.get("start") is not None:
        flow(phrase("finding-at", language, start=finding["start"], end=finding["end"]), 4)
    if finding.get("level") == "warning" and "place" in finding and not finding.get("reason"):
        pasted = {"rule": finding["code"], "at": finding["path"], "reason": "…"}
        say("    " + phrase("finding-paste", language, line=json.dumps(pasted, ensure_ascii=False)))
    if finding.get("reason"):
        flow(phrase("finding-reason", language, reason=finding["reason"]), 4)


def _place(finding: Mapping[str, Any], language: str) -> str:
    """The kind of text that was read there, in words; nothing where the sentence says it all."""
    code = f"place-{finding.get('place')}"
    return library().phrase(code, language) if code in library().said(ENGLISH).phrases else ""


def _level(finding: Mapping[str, Any]) -> str:
    return "level-warning" if finding.get("level") == "warning" else "level-error"


def sentence(finding: Finding, language: str) -> str:
    """The sentence of a finding in a language."""
    return library().finding(msgspec.to_builtins(finding), language)
