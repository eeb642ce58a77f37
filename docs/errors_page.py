"""Writes errors.md from the product's error classes, so that no code is without its page.

.venv/bin/python -m docs.errors_page > docs/errors.md
"""

import importlib
import pkgutil
import sys
from string import Formatter
from types import ModuleType

import backend
import crypto
import forms
import sync
from backend.errors import ROOM_ERRORS, status_of
from backend.sentences import ENGLISH, Sentence, library
from forms.wording import choices

ROOMS = (sync, crypto, forms, backend)
HEAD = """# Every error

Each has a stable code, which programs may rely on; words may change. Over HTTP it comes as problem details (RFC 9457)
with `code` and `remedy`, in the language of `Accept-Language`; on the command line as text in that of VELDPOST_LANG or
the locale, with exit status 1. The status is the one that a request gets.

A class has a code, a docstring and its facts; its sentences stand beside its room in `said/en.json` and `said/nl.json`,
its status in `backend/errors.py`. A fact `why`, `what` or `wanted` that is the code of a phrase is said in its words.
Another language is another file in `said/`; what it lacks is said in English. `tests/test_sentences.py` holds that no
sentence stands in code, none is unused, and none lacks a fact. Written by `docs/errors_page.py`.

| code | status | what happened | what to do |
|---|---|---|---|"""
FRAMEWORK = """
The framework's own refusals: `bad-request` 400, `not-found` 404, `method-not-allowed` 405, `too-large` 413,
`unsupported-media-type` 415, `too-many-requests` 429 and `busy` 503 (both with `Retry-After`), `internal` 500 (nothing
was acknowledged)."""


def modules(room: ModuleType) -> list[ModuleType]:
    """Every module of a room."""
    return [importlib.import_module(one.name) for one in pkgutil.walk_packages(room.__path__, room.__name__ + ".")]


def errors() -> dict[str, Sentence]:
    """What every error of the product says in English, by its code."""
    found = {}
    for module in (module for room in ROOMS for module in modules(room)):
        for one in vars(module).values():
            if isinstance(one, type) and issubclass(one, ROOM_ERRORS) and one.__module__ == module.__name__:
                found[one.code] = library().said(ENGLISH).errors.get(one.code, Sentence("", ""))
    return found


def bare(sentence: str) -> str:
    """A sentence with the names of its facts only, its plurals in their common form."""
    parts = []
    for text, name, spec, _ in Formatter().parse(sentence):
        words = choices(spec) if spec else None
        parts.append(text + (words["other"] if words else f"{{{name}}}" if name else ""))
    return "".join(parts)


def page() -> str:
    """The whole page."""
    rows = [
        f"| `{code}` | {status_of(code)} | {bare(said.message)} | {bare(said.remedy)} |"
        for code, said in sorted(errors().items())
    ]
    return "\n".join([HEAD, *rows]) + "\n" + FRAMEWORK + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
