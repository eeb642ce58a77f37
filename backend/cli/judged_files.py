"""Reads a form from a file and shows what is found wrong with it."""

import json
from pathlib import Path

import msgspec

from backend.cli.errors import NotUsable
from backend.cli.files import content
from backend.cli.findings import said
from backend.cli.output import flow, own_language, say
from backend.sentences import library
from forms.definition.document import Form, load_form
from forms.errors import UnusableForm
from forms.versions.publishing import Verdict


def loaded(file: Path) -> Form:
    """The form in a file; its findings are printed if it is none."""
    try:
        return load_form(content(file))
    except UnusableForm as error:
        for finding in error.findings:
            said(msgspec.to_builtins(finding), own_language())
        raise NotUsable(file=file.name, **error.facts) from None


def shown(verdict: Verdict, language: str, as_json: bool) -> None:
    """A verdict for a person, the warnings with their reasons last; or for a program."""
    for finding in (*verdict.findings, *verdict.warnings):
        if as_json:
            row = msgspec.to_builtins(finding)
            say(json.dumps(row | {"stops": finding in verdict.findings}, ensure_ascii=False))
        else:
            said(msgspec.to_builtins(finding), language)
    if not as_json:
        phrase = library().phrase
        counted = {"findings": len(verdict.findings), "warnings": len(verdict.warnings)}
        ends = phrase("finding-stops" if verdict.stops else "finding-passes", language)
        flow(f"{phrase('finding-counts', language, **counted)}: {ends}.")
