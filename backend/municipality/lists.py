"""The named lists of a municipality (schools, districts, colleagues): published like forms (forms/SPEC.md 11.2)."""

import asyncio
import json
import re
from collections.abc import Sequence
from typing import ClassVar, Protocol

from backend.errors import BackendError
from backend.municipality import publishing
from backend.municipality.service import Municipality
from backend.stores.desk_store import names_record
from backend.stores.rows import LIST, Version
from forms.definition.document import load_form
from forms.definition.inspection import LANGUAGE
from forms.definition.shape import SLUG
from forms.findings import Finding
from forms.lint.frame import Publication
from forms.lists.judging import Asking, broken_by, doubts, for_two, unread
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


class BadListTitle(BackendError):
    """A title is on every phone for good: no sign that turns a line round, and nothing that names a record."""

    code: ClassVar[str] = "bad-list-title"


class BadListName(BackendError):
    """Forms call a list by a name such as `scholen`."""

    code: ClassVar[str] = "bad-list-name"


def current(town: Municipality, name: str) -> NamedList | None:
    """The newest published version of a list."""
    newest = town.shelf.versions(LIST + name)[-1:]
    return read_list(newest[0].document).named if newest else None


class Publishing(Protocol):
    """Asked in the writer's transaction if a version is published now: `held` asks for a second person, `told` is what
    one person does in sight of others."""

    def __call__(self, revision: Revision, /, *, held: bool, told: bool) -> bool: ...


def at_once(_revision: Revision, *, held: bool, told: bool) -> bool:  # noqa: ARG001 - asked by their names
    """Publish whatever it is: for the set-up of a municipality, which has no second person yet."""
    return True


async def revise(
    town: Municipality, name: str, raw: bytes, filename: str, title: str, staff: str, *, anyway: bool = False,
    publishing_now: Publishing = at_once,
) -> Revision:  # fmt: skip
    """Publish the next version of a list from a table; a table that says nothing new publishes nothing.

    Raises `ListRefused` with everything that stops it; `anyway` lets through what a person may mean: most of a list
    that retires at once, and warnings of the privacy lint, but no letters that it cannot read. The audit line says so.
    """
    if re.fullmatch(SLUG, name) is None:
        raise BadListName(name=name[:80])
    if not title.isprintable() or names_record(title):
        raise BadListTitle
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
        held = bool(for_two(revision, _asking(town, name, ever=True)))
        if publishing_now(revision, held=held, told=bool(asking or anyway)):
            keep_version(town, named, staff, anyway=anyway)
        return revision

    return await town.submit(work)


def waits(town: Municipality, revision: Revision) -> bool:
    """True if a version was brought and is not published: a second person is asked."""
    named = revision.named
    published = current(town, named.slug) if named is not None else None
    return named is not None and named.version > (published.version if published is not None else 0)


def agreed_revision(town: Municipality, named: NamedList) -> NamedList:
    """A version that waited, if it still follows what is published; raises `ListChanged` and `ListRefused`."""
    before = current(town, named.slug)
    if (before.version if before is not None else 0) + 1 != named.version:
        raise ListChanged(name=named.slug)
    broken = broken_by(named, _asking(town, named.slug), publishing.lists(town))
    if broken:
        raise ListRefused(named.slug, broken)
    return named


def keep_version(
    town: Municipality, named: NamedList, staff: str, *, seconded_by: str = "", anyway: bool = False
) -> None:
    """Publish a version of a list, inside the writer's transaction; its audit line says if doubts were let through."""
    name, now_ms = LIST + named.slug, town.clock.now_ms()
    town.shelf.keep(
        Version(name, named.version, named.digest, named.raw, now_ms, None, staff, seconded_by, "", "", "[]")
    )
    fact = FormVersion(town.code, name, named.version, named.digest, now_ms)
    town.acts.sign(fact, staff, "publish-list", detail=f"{named.slug} {named.version}{' anyway' if anyway else ''}")


def _asking(town: Municipality, name: str, *, ever: bool = False) -> list[Asking]:
    """The published forms that take choices from a list; all versions that `ever` did, for their answers are read."""
    forms = [version for version in town.shelf.newest() if not version.form.startswith(LIST)]
    if ever:
        forms = [version for newest in forms for version in town.shelf.versions(newest.form)]
    return [
        Asking(json.loads(version.document), Publication(version.controller, version.register))
        for version in forms
        if name in load_form(version.document).lists
    ]
