"""The named lists of a municipality (schools, districts, colleagues): published like forms (forms/SPEC.md 11.2)."""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import ClassVar, Final

import msgspec

from backend.errors import BackendError
from backend.municipality import publishing
from backend.municipality.service import Municipality
from backend.stores.shelf import LIST, Version
from forms.document import load_form
from forms.findings import Finding
from forms.inspection import LANGUAGE
from forms.lint.check import lint
from forms.lint.findings import LintFinding
from forms.lint.fold import foreign_letters
from forms.lint.frame import Publication
from forms.list_versions import Revision, next_version
from forms.lists import NamedList, read_list
from forms.shape import SLUG
from forms.sheets import read_sheets
from sync.facts import FormVersion

MANY_RETIRED: Final = "list-many-retired"  # the one finding that a person can overrule: it may be the wrong file


LANGUAGE_RULE: Final = "P22"


class ListRefused(BackendError):
    """A list whose version is published keeps its codes for good, so it is looked at before."""

    code: ClassVar[str] = "list-refused"
    message: ClassVar[str] = "The list {name} cannot be published: {count} finding(s), the first is {first}."
    remedy: ClassVar[str] = "Mend the rows that the findings name; if so many are meant to go, say --anyway."

    def __init__(self, name: str, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        first = f"{findings[0].code} at {findings[0].path or 'the top'}" if findings else "nothing"
        super().__init__(name=name, count=len(findings), first=first)


class ListUnknown(BackendError):
    """Only published lists can be read."""

    code: ClassVar[str] = "list-unknown"
    message: ClassVar[str] = "The municipality {municipality} has no list {name}."
    remedy: ClassVar[str] = "Look at `veldpost list show` without a name; `veldpost list publish` makes one."


class BadListName(BackendError):
    """Forms call a list by a name such as `scholen`."""

    code: ClassVar[str] = "bad-list-name"
    message: ClassVar[str] = "A list cannot be called {name!r}."
    remedy: ClassVar[str] = "Use small letters, digits and _, beginning with a letter; at most 63."


def current(town: Municipality, name: str) -> NamedList | None:
    """The newest published version of a list."""
    newest = town.shelf.versions(LIST + name)[-1:]
    return read_list(newest[0].document).named if newest else None


def codes(town_versions: Sequence[Version]) -> dict[str, frozenset[str]]:
    """The codes of every published list by its name, those that are not offered any more too."""
    found = {}
    for version in town_versions:
        if version.form.startswith(LIST):
            named = read_list(version.document).named
            if named is not None:
                found[named.slug] = frozenset(named.choices(retired=True))
    return found


async def revise(
    town: Municipality, name: str, raw: bytes, filename: str, title: str, staff: str, *, anyway: bool = False
) -> Revision:
    """Publish the next version of a list from a table; a table that says nothing new publishes nothing.

    Raises `ListRefused` with everything that stops it; `anyway` lets through what a person may mean: most of a list
    that retires at once, and warnings of the privacy lint. The audit line says so.
    """
    if re.fullmatch(SLUG, name) is None:
        raise BadListName(name=name[:80])
    before = current(town, name) or NamedList(name, {LANGUAGE: title or name.replace("_", " ").capitalize()})
    revision = await asyncio.to_thread(lambda: next_version(before, read_sheets(raw, filename)))
    named = revision.named
    if revision.stops or named is None:
        raise ListRefused(name, revision.findings)
    broken = _broken_by(town, named)
    doubted = () if anyway else tuple(one for one in revision.findings if _doubtful(one, named))
    if broken or doubted:
        raise ListRefused(name, (*broken, *doubted))
    if named.version == before.version:
        return revision

    def work() -> Revision:
        now_ms = town.clock.now_ms()
        version = Version(LIST + name, named.version, named.digest, named.raw, now_ms, None, staff, "", "", "", "[]")
        town.shelf.keep(version)
        fact = FormVersion(town.code, LIST + name, named.version, named.digest, now_ms)
        town.state(fact, staff, "publish-list", detail=f"{name} {named.version}{' anyway' if anyway else ''}")
        return revision

    return await town.submit(work)


def _doubtful(one: Finding, named: NamedList) -> bool:
    """What a person must mean: most of a list that retires, a warning of the privacy lint, words that it cannot read.

    Names of schools are long and in one language, so that rule alone is no doubt.
    """
    if one.code != LANGUAGE_RULE:
        return one.code == MANY_RETIRED or isinstance(one, LintFinding)
    return any(foreign_letters(text) for item in named.items for text in item.label.values())


def _broken_by(town: Municipality, named: NamedList) -> tuple[Finding, ...]:
    """What published forms that take choices from the list would break with it, and did not before.

    A list is harmless or not by the question that is asked with it.
    """
    found: list[Finding] = []
    known = publishing.lists(town)
    for version in town.shelf.newest():
        form = None if version.form.startswith(LIST) else load_form(version.document)
        if form is None or named.slug not in form.lists:
            continue
        document = json.loads(version.document)
        said = Publication(version.controller, version.register)
        before = {_key(one) for one in lint(document, known, said) if one.stops}
        choices = {**known, named.slug: named.choices(retired=True)}
        after = [one for one in lint(document, choices, said) if one.stops and one.code != LANGUAGE_RULE]
        found += [
            msgspec.structs.replace(one, path=f"{form.slug} {one.path}") for one in after if _key(one) not in before
        ]
    return tuple(found)


def _key(one: LintFinding) -> tuple[str, str, str]:
    return one.code, one.path, one.place
