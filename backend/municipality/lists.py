"""The named lists of a municipality (schools, districts, colleagues): published like forms (forms/SPEC.md 11.2)."""

import asyncio
import json
import re
from collections.abc import Callable, Sequence
from typing import ClassVar

from backend.errors import BackendError
from backend.municipality import publishing
from backend.municipality.service import Municipality
from backend.stores.rows import LIST, Version
from forms.definition.document import load_form
from forms.definition.inspection import LANGUAGE
from forms.definition.shape import SLUG
from forms.findings import Finding
from forms.lint.frame import Publication
from forms.lists.judging import Asking, broken_by, doubts, unread
from forms.lists.lists import NamedList, read_list
from forms.lists.versions import Revision, next_version
from forms.spreadsheets.reading import read_sheets
from sync.facts import FormVersion


class ListRefused(BackendError):
    """A list whose version is published keeps its codes for good, so it is looked at before."""

    code: ClassVar[str] = "list-refused"

    def __init__(self, name: str, findings: Sequence[Finding], *, doubted: bool = False) -> None:
        self.findings = tuple(findings)
        self.doubted = doubted  # all of it is what a person may mean, and can let through
        first = f"{findings[0].code} {findings[0].path}".rstrip() if findings else "-"
        super().__init__(name=name, count=len(findings), first=first)


class ListChanged(BackendError):
    """A version follows the one that it was made from."""

    code: ClassVar[str] = "list-changed"


class ListUnknown(BackendError):
    """Only published lists can be read."""

    code: ClassVar[str] = "list-unknown"


class BadListName(BackendError):
    """Forms call a list by a name such as `scholen`."""

    code: ClassVar[str] = "bad-list-name"


def current(town: Municipality, name: str) -> NamedList | None:
    """The newest published version of a list."""
    newest = town.shelf.versions(LIST + name)[-1:]
    return read_list(newest[0].document).named if newest else None


async def revise(
    town: Municipality, name: str, raw: bytes, filename: str, title: str, staff: str, *, anyway: bool = False,
    tell: Callable[[Revision], None] = lambda _revision: None,
) -> Revision:  # fmt: skip
    """Publish the next version of a list from a table; a table that says nothing new publishes nothing.

    Raises `ListRefused` with everything that stops it; `anyway` lets through what a person may mean: most of a list
    that retires at once, and warnings of the privacy lint, but no letters that it cannot read. The audit line says so.
    `tell` is called with what is published if a published form offers it, or `anyway` let it through.
    """
    if re.fullmatch(SLUG, name) is None:
        raise BadListName(name=name[:80])
    before = current(town, name) or NamedList(name, {LANGUAGE: title or name.replace("_", " ").capitalize()})
    revision = await asyncio.to_thread(lambda: next_version(before, read_sheets(raw, filename)))
    named = revision.named
    if revision.stops or named is None:
        raise ListRefused(name, revision.findings)
    asking = _asking(town, name)
    broken = unread(revision) + broken_by(named, asking, publishing.lists(town))
    doubted = () if anyway else doubts(revision)
    if broken or doubted:
        raise ListRefused(name, (*broken, *doubted), doubted=not broken)
    if named.version == before.version:
        return revision

    def work() -> Revision:
        if (current(town, name) or NamedList(name, {})).version != before.version or _asking(town, name) != asking:
            raise ListChanged(name=name)
        now_ms = town.clock.now_ms()
        version = Version(LIST + name, named.version, named.digest, named.raw, now_ms, None, staff, "", "", "", "[]")
        town.shelf.keep(version)
        fact = FormVersion(town.code, LIST + name, named.version, named.digest, now_ms)
        town.acts.sign(fact, staff, "publish-list", detail=f"{name} {named.version}{' anyway' if anyway else ''}")
        if asking or anyway:
            tell(revision)
        return revision

    return await town.submit(work)


def _asking(town: Municipality, name: str) -> list[Asking]:
    """The published forms that take choices from a list."""
    forms = [version for version in town.shelf.newest() if not version.form.startswith(LIST)]
    return [
        Asking(json.loads(version.document), Publication(version.controller, version.register))
        for version in forms
        if name in load_form(version.document).lists
    ]
