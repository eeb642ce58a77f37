"""How findings look in a terminal: code, place, and a sentence that says what to do."""

import json
from collections.abc import Mapping
from typing import Any, Final

import click
import msgspec

from backend.cli.output import say
from backend.sentences import ENGLISH, library
from forms.findings import Finding
from forms.sentences import LANGUAGES
from forms.versions.publishing import Verdict


def own_language() -> str:
    """The language of the terminal, if findings are said in it."""
    language = library().of_environment()
    return language if language in LANGUAGES else ENGLISH


language_option = click.option(
    "--language", type=click.Choice(["nl", "en"]), default=own_language, show_default="VELDPOST_LANG",
    help="The language of the findings.",
)  # fmt: skip
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")


_WORDS: Final = {
    "nl": {
        "counts": "{findings} bevinding(en) om te verhelpen, {warnings} waarschuwing(en) met een reden",
        "stops": "kan niet worden gepubliceerd",
        "passes": "kan worden gepubliceerd",
        "form": "(het formulier)",
        "at": "bij teken {start} tot {end}",
        "reason": "reden",
    },
    "en": {
        "counts": "{findings} finding(s) to mend, {warnings} warning(s) with a reason",
        "stops": "cannot be published",
        "passes": "can be published",
        "form": "(the form)",
        "at": "at characters {start} to {end}",
        "reason": "reason",
    },
}


def shown(verdict: Verdict, language: str, as_json: bool) -> None:
    """A verdict for a person, the warnings with their reasons last; or for a program."""
    for finding in (*verdict.findings, *verdict.warnings):
        if as_json:
            row = msgspec.to_builtins(finding)
            say(json.dumps(row | {"stops": finding in verdict.findings}, ensure_ascii=False))
        else:
            said(msgspec.to_builtins(finding), language)
    if not as_json:
        words = _WORDS[language]
        counts = words["counts"].format(findings=len(verdict.findings), warnings=len(verdict.warnings))
        say(f"{counts}: {words['stops' if verdict.stops else 'passes']}.")


def said(finding: Mapping[str, Any], language: str) -> None:
    """One finding: code, place, sentence, and the reason that the form gives."""
    words = _WORDS[language]
    level = f" {finding.get('level', 'error')}" if "place" in finding else ""
    place = ", ".join(part for part in (finding.get("place"), finding.get("language")) if part)
    say(f"{finding['code']}{level}  {finding['path'] or words['form']}" + (f"  ({place})" if place else ""))
    say(f"    {finding[language]}")
    if finding.get("start") is not None:
        say(f"    {words['at'].format(start=finding['start'], end=finding['end'])}")
    if finding.get("reason"):
        say(f"    {words['reason']}: {finding['reason']}")


def sentence(finding: Finding, language: str) -> str:
    """What a finding says in a language."""
    return finding.nl if language == "nl" else finding.en
