"""Publishes a form or list of a municipality, agrees with it and retires it (forms/SPEC.md section 12).

What decides is `forms.versions`; here it is fetched, written and signed.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, ClassVar, Final

import msgspec

from backend.errors import BackendError, refused
from backend.municipality.service import Municipality
from backend.sentences import Named, library
from backend.stores.rows import LIST, Draft, Version
from forms.definition.document import Form, load_form
from forms.definition.library import shipped
from forms.findings import Finding, finding
from forms.lint.findings import LintFinding
from forms.lint.frame import Publication
from forms.schema.question import Choices
from forms.versions.publishing import Verdict, examined, who_answers
from sync import acting
from sync.acting import Denial
from sync.facts import FormRetired, FormVersion

PUBLISHED: Final = "published"
WAITING: Final = "waiting"
UNCHANGED: Final = "unchanged"
Agreed = Callable[[], Awaitable[None]]


class FormRefused(BackendError):
    """A version that is published is there for good, so everything is looked at before."""

    code: ClassVar[str] = "form-refused"

    def __init__(self, findings: Sequence[Finding]) -> None:
        self.findings = tuple(findings)
        first = f"{findings[0].code} {findings[0].path}".rstrip()
        super().__init__(count=len(findings), first=first)


class DraftUnknown(BackendError):
    """Only what was put forward can be agreed with."""

    code: ClassVar[str] = "draft-unknown"


class SamePerson(BackendError):
    """Two people look at a form that carries warnings of the privacy lint."""

    code: ClassVar[str] = "same-person"


class DraftChanged(BackendError):
    """The draft changed: whoever agrees, agrees with what they read."""

    code: ClassVar[str] = "draft-changed"


class Outcome(msgspec.Struct, frozen=True):
    """The result of publishing: `published`, `waiting` for a second person, or `unchanged` (published before)."""

    state: str
    form: str
    version: int
    digest: bytes
    warnings: tuple[LintFinding, ...] = ()


def history(town: Municipality, slug: str) -> tuple[Form, ...]:
    """The published versions of a form, oldest first."""
    return tuple(map(_loaded, _documents(town, slug)))


def _documents(town: Municipality, slug: str) -> tuple[bytes, ...]:
    return tuple(version.document for version in town.shelf.versions(slug))


@lru_cache(maxsize=64)
def _loaded(document: bytes) -> Form:
    return load_form(document)


def lists(town: Municipality) -> dict[str, Choices]:
    """The choices of the municipality's lists, by the name that forms call them.

    Those that the library's forms name are there from the beginning, empty: a list is judged when it is published.
    """
    found: dict[str, Choices] = {name: {} for form in shipped() for name in form.lists}
    for version in town.shelf.newest():
        if version.form.startswith(LIST):
            items = msgspec.json.decode(version.document)["items"]
            found[version.form.removeprefix(LIST)] = {item["code"]: item["label"] for item in items}
    return found


def _others(town: Municipality, slug: str) -> tuple[tuple[str, bytes], ...]:
    """The newest versions of the municipality's other forms, to which a form can refer."""
    newest = (version for version in town.shelf.newest() if not version.form.startswith(LIST) and version.form != slug)
    return tuple((version.form, version.document) for version in newest)


def examine(town: Municipality, raw: bytes, said: Publication | None = None) -> Verdict:
    """Examine a draft as publishing would here and now; `said` overrides what an earlier version says of who is
    responsible and where the register names the processing."""
    slug = _slug(raw)
    return _examined(
        raw,
        _documents(town, slug),
        msgspec.json.encode(lists(town)),
        _publication(town, slug, said),
        _others(town, slug),
    )


@lru_cache(maxsize=32)
def _examined(
    raw: bytes,
    history: tuple[bytes, ...],
    lists: bytes,
    publication: Publication,
    others: tuple[tuple[str, bytes], ...],
) -> Verdict:
    """The verdict on a draft: asked for when it is put forward, when it is shown, and when it is agreed with."""
    forms = {form: _loaded(document) for form, document in others}
    return examined(raw, tuple(map(_loaded, history)), msgspec.json.decode(lists), publication, forms)


async def publish(
    town: Municipality,
    raw: bytes,
    staff: str,
    said: Publication | None = None,
    agreed: Agreed | None = None,
    *,
    forward: bool = False,
) -> Outcome:
    """Publish a draft, or let it wait for a second person if it carries warnings with reasons, would protect an answer
    less than before, or is put `forward`.

    A form of the library was put forward by its makers: whoever publishes it unchanged is the second person.
    Publishing the same version again changes nothing. `agreed` proves who acts where there are warnings, and raises.
    Raises `FormRefused` with every finding.
    """
    verdict, judged = examine(town, raw, said), lists(town)
    form = verdict.form
    newest = town.shelf.versions(form.slug)[-1:] if form is not None else []
    if form is not None and newest and newest[0].digest == verdict.digest:
        return Outcome(UNCHANGED, form.slug, form.version, verdict.digest, verdict.warnings)
    if verdict.stops or form is None:
        raise FormRefused(verdict.findings)
    if (verdict.warnings or verdict.weaker) and agreed is not None:
        await agreed()
    publication = _publication(town, form.slug, said)
    answering = None if forward else who_answers(verdict, raw, staff)
    if answering is not None:
        return await _fixed(town, verdict, judged, *answering, publication)

    def work() -> Outcome:
        now_ms = town.clock.now_ms()
        draft = Draft(
            form.slug, form.version, verdict.document, now_ms, staff, publication.controller, publication.register
        )
        town.shelf.propose(draft)
        town.auditing.write(staff, "propose-form", None, f"{form.slug} {form.version}")
        return Outcome(WAITING, form.slug, form.version, verdict.digest, verdict.warnings)

    return await town.submit(work)


async def approve(town: Municipality, slug: str, staff: str, digest: bytes, agreed: Agreed | None = None) -> Outcome:
    """Agree, as a second person, with the warnings of a draft that waits; it is looked at again, then published.

    `digest` names what that person looked at: a draft that took its place meanwhile is not agreed with. `agreed` proves
    who acts, and raises.
    """
    draft = waiting(town, slug)
    if sha256(draft.document).digest() != digest:
        raise DraftChanged(form=form_named(town, slug))
    if draft.proposed_by == staff:
        raise SamePerson(staff=staff, form=form_named(town, slug))
    publication = Publication(draft.controller, draft.register)
    verdict, judged = examine(town, draft.document, publication), lists(town)
    if verdict.stops:
        raise FormRefused(verdict.findings)
    if agreed is not None:
        await agreed()
    return await _fixed(town, verdict, judged, draft.proposed_by, staff, publication, draft)


async def reject(town: Municipality, slug: str, staff: str) -> None:
    """Take a draft that waits away; who put it forward still has the file."""
    waiting(town, slug)

    def work() -> None:
        town.shelf.withdraw(slug)
        town.auditing.write(staff, "reject-form", None, slug)

    await town.submit(work)


async def retire(town: Municipality, slug: str, staff: str) -> FormRetired:
    """Nothing new is begun with a form any more; its records stay, are edited and shown as before."""

    def work() -> FormRetired:
        newest = max((version.version for version in town.shelf.versions(slug)), default=0)
        act = acting.retire(slug, newest, town.clock.now_ms(), town.exchanges)
        if isinstance(act, Denial):
            raise refused(act)
        signed: FormRetired = town.acts.sign(act.fact, staff, "retire-form", detail=f"{slug} {newest}")
        return signed

    return await town.taking_away.run(work)


async def _fixed(
    town: Municipality, verdict: Verdict, judged: Mapping[str, Choices], by: str, second: str,
    publication: Publication, draft: Draft | None = None,
) -> Outcome:  # fmt: skip
    """Keep the version, sign its digest, and tell the devices, in one transaction.

    A draft that was taken away or replaced since it was read is not published, nor a version that another was quicker
    with, nor one that offers another version of a list than it was `judged` with.
    """
    form = verdict.form
    assert form is not None

    def work() -> Outcome:
        offered = lists(town)
        if any(offered.get(name) != judged.get(name) for name in form.lists) or (
            draft is not None and town.shelf.draft(form.slug) != draft
        ):
            raise DraftChanged(form=form_named(town, form.slug))
        newest = max((version.version for version in town.shelf.versions(form.slug)), default=0)
        if form.version != newest + 1:
            raise FormRefused((finding("wrong-version", "/version", given=form.version, expected=newest + 1),))
        now_ms = town.clock.now_ms()
        version = Version(
            form.slug, form.version, verdict.digest, verdict.document, now_ms, None, by, second,
            publication.controller, publication.register, msgspec.json.encode(verdict.warnings).decode(),
        )  # fmt: skip
        town.shelf.keep(version)
        fact = FormVersion(town.code, form.slug, form.version, verdict.digest, now_ms)
        town.acts.sign(fact, second or by, "publish-form", detail=f"{form.slug} {form.version}")
        return Outcome(PUBLISHED, form.slug, form.version, verdict.digest, verdict.warnings)

    return await town.submit(work)


def form_named(town: Municipality, slug: str) -> Named:
    """A form for a sentence: its newest title in each language, or its name where codes are asked for."""
    found = history(town, slug)
    title = found[-1].title if found else {}
    return Named(slug, {one: title.get(one) or title.get("nl") or slug for one in library().languages})


def waiting(town: Municipality, slug: str) -> Draft:
    """The draft of a form that waits for a second person; `DraftUnknown` if none does."""
    draft = town.shelf.draft(slug)
    if draft is None:
        raise DraftUnknown(form=form_named(town, slug))
    return draft


def _publication(town: Municipality, slug: str, said: Publication | None) -> Publication:
    """The responsible controller and the place in the register: as said now, otherwise as said before."""
    draft = town.shelf.draft(slug)
    earlier: list[Draft | Version] = [
        *([draft] if draft is not None else []),
        *town.shelf.versions(slug)[-1:],
        *town.shelf.newest(),
    ]
    controllers = [said.controller if said else "", *(one.controller for one in earlier)]
    registers = [said.register if said else "", *(one.register for one in earlier if one.form == slug)]
    return Publication(next(filter(None, controllers), ""), next(filter(None, registers), ""))


def said_before(town: Municipality, slug: str) -> Publication:
    """The controller and the place in the register that hold for a form where nobody says another."""
    return _publication(town, slug, None)


def _slug(raw: bytes) -> str:
    """The name that a draft gives itself; nothing if it is no form."""
    try:
        document: Any = msgspec.json.decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError):
        return ""
    slug = document.get("form") if isinstance(document, Mapping) else None
    return slug if isinstance(slug, str) else ""
