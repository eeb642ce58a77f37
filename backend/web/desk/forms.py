"""The forms of a municipality: which there are and who uses them, and one version in words with its whole history."""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath, FromQuery

from backend.desk.fleet import phones
from backend.desk.forms import finding_row
from backend.desk.signs import titled
from backend.desk.wording import Speaker
from backend.municipality import publishing
from backend.municipality.list_codes import list_titles
from backend.sentences import ENGLISH, library
from backend.stores.records import Records
from backend.stores.rows import LIST, Draft, Version
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from forms.definition.document import Form
from forms.definition.inspection import LANGUAGE
from forms.findings import Finding
from forms.lint.rules import rule
from forms.records.told import Teller
from forms.sentences import LANGUAGES
from forms.versions.changes import Change
from forms.versions.differing import difference
from forms.wording import of_language

VERSION_MAX: Final = 1_000_000  # of a path; no form comes near
_ROW: Final = re.compile(r"([^/]+)!([0-9]+)")  # of a sheet, as a finding about a workbook names it
_RULE: Final = re.compile(r"P[0-9]{2}")  # of the privacy lint
Labels = Mapping[str, str]  # the words of questions, by their paths
NO_LABELS: Final[Labels] = {}
PARTS: Final = ("purpose", "legal_basis", "retention", "title", "form", "controller", "register", "layout", "fields",
                "schema", "logic")  # fmt: skip


@page("/forms", action="forms.read")
async def forms(seat: Seated) -> Response[str]:
    """The list of forms: published, waiting for a second person, in the making."""
    town, used = seat.town, await _counts(seat)
    held = [town.fleet.all().get(phone.device) for phone in phones(town, None) if phone.lives]
    rows = [
        {
            "form": one.form, "version": one.version, "title": title_of(seat, one),
            "retired": one.retired_ms is not None, "published_ms": one.published_ms, "records": used.get(one.form),
            "devices": sum(1 for heard in held if heard is not None and heard.forms.get(one.form) == one.digest),
        }
        for one in _newest(seat)
    ]  # fmt: skip
    drafts = town.drafts.all() if seat.scope("forms.draft") is not None else []
    return render(
        seat,
        "forms/list.html",
        here="forms",
        rows=rows,
        waiting=[(one, title_of(seat, one)) for one in town.published.drafts()],
        drafts=drafts,
        phones=len(held),
    )


def _newest(seat: Seat) -> list[Version]:
    return [one for one in seat.town.published.newest() if not one.form.startswith(LIST)]


def title_of(seat: Seat, one: Version | Draft) -> str:
    """The title that a version, or what waits to be one, gives itself."""
    return titled(json.loads(one.document)["title"], seat.language, one.form)


async def _counts(seat: Seat) -> dict[str, int]:
    """Count the records of each form, where the tables may be asked: numbers, of the whole municipality."""
    if seat.town.locked or seat.scope("overview.read") is None:
        return {}

    return await seat.keeper.look(Records.counts)


@page("/forms/{form:str}/versions/{version:int}", action="forms.read")
async def version(
    seat: Seated, form: FromPath[str], version: FromPath[int], before: FromQuery[int | None] = None
) -> Response[str]:
    """One version in words: what it asks and why, who published it, and what changed since an earlier one."""
    one = _version(seat, form, version)
    history = {each.version: loaded for each, loaded in _history(seat, form)}
    asked = history[version]
    earlier = before if before in history and before != version else max((n for n in history if n < version), default=0)
    changes, labels = said_changes(seat, history[earlier], asked) if earlier else [], labels_in(seat, asked)
    return render(
        seat, "forms/version.html", here="forms", one=one, **told_of(seat, asked),
        warnings=said_once(seat, json.loads(one.warnings), labels),
        versions=sorted(history, reverse=True), earlier=earlier, changes=changes,
        newest=version == max(history) and one.retired_ms is None,
    )  # fmt: skip


def _version(seat: Seat, form: str, number: int) -> Version:
    for one in seat.town.published.versions(form) if not form.startswith(LIST) else ():
        if one.version == number <= VERSION_MAX:
            return one
    raise Gone


def _history(seat: Seat, form: str) -> list[tuple[Version, Form]]:
    return list(zip(seat.town.published.versions(form), publishing.history(seat.town, form), strict=True))


def labels_in(seat: Seat, form: Form) -> Labels:
    """The words of a form's questions, by their paths."""
    every = (*form.questions, *form.local, *form.computed)
    return {one.path: one.label.get(seat.language) or one.label.get("nl", "") for one in every}


def told_of(seat: Seat, asked: Form) -> dict[str, Any]:
    """All that a page shows of a form in words: its title and purpose, and what it asks, in the reader's language."""
    language = seat.language if seat.language in asked.title else LANGUAGE
    speaker = Speaker(seat.town, language)
    named = {name: speaker.title(name) for name in {one.reference.form for one in asked.questions if one.reference}}
    titles = {**list_titles(seat.town.published.newest(), language), **named}
    purpose, basis = (of_language(text, asked.title, language) for text in (asked.purpose, asked.legal_basis))
    told = Teller(asked, language, speaker.lists, titles).form()
    title = titled(asked.title, language, asked.slug)
    return {"asked": asked, "title": title, "purpose": purpose, "basis": basis, "told": told}


def said_of(seat: Seat, finding: Finding | dict[str, Any], labels: Labels = NO_LABELS) -> dict[str, Any]:
    """A finding as a page shows it: a heading in words, its sentence in the language of who reads, its place (as the
    question is worded), and the form's reason."""
    row = finding_row(finding) if isinstance(finding, Finding) else finding
    reason = of_language(row.get("reason", ""), LANGUAGES, seat.language)
    path = str(row.get("path", ""))
    return {
        "heading": _heading(row["code"], seat.language), "where": _where(row, seat.language, labels),
        "code": row["code"], "path": path, "words": library().finding(row, seat.language),
        "reason": reason, "level": row.get("level", "error"), "lint": "place" in row or "level" in row,
        "suggestion": row.get("suggestion") or "", "struck": list(row.get("words") or ()),
    }  # fmt: skip


def said_once(
    seat: Seat, findings: Iterable[Finding | dict[str, Any]], labels: Labels = NO_LABELS
) -> list[dict[str, Any]]:
    """Findings as a page shows them, equal ones once with all their places."""
    found: dict[tuple[str, ...], dict[str, Any]] = {}
    for one in findings:
        told = said_of(seat, one, labels)
        there = found.setdefault((told["heading"], told["words"], told["reason"]), told | {"places": {}})
        there["places"] |= {told["where"]: None} if told["where"] else {}
    return list(found.values())


def _heading(code: str, language: str) -> str:
    """The words above a finding: the rule of the privacy lint, or what kind of thing is wrong."""
    if _RULE.fullmatch(code):
        name = rule(code).name
        return name.get(language) or name[ENGLISH]
    groups = library().said(ENGLISH).findings
    group = next((group for group, codes in groups.items() if code in codes), "forms")
    return library().phrase(f"finding-in-{group}", language)


def _where(row: Mapping[str, Any], language: str, labels: Labels) -> str:
    """The place of a finding in words: the question, or the part of the form; empty where it has none."""
    path, said = str(row.get("path", "")), library().phrase
    if path in labels:
        return labels[path]
    if (there := _ROW.fullmatch(path)) is not None:
        return said("report-row", language, sheet=there[1], row=there[2])
    facts = dict(row.get("facts", ()))
    first, _, rest = (path or f"/{facts.get('name', '')}").removeprefix("/").partition("/")
    if first == "layout" and rest.split("/")[0].isdecimal():
        return said("forms-part-page", language, number=int(rest.split("/")[0]) + 1)
    return said(f"forms-part-{first.replace('_', '-')}", language) if first in PARTS else ""


def said_change(seat: Seat, change: Change, labels: Labels = NO_LABELS) -> dict[str, Any]:
    """A difference as a page shows it, at the words of its question."""
    words = change.nl if seat.language == "nl" else change.en
    named = change.code in ("question-added", "question-gone")  # which say the question themselves
    where = "" if named else _where({"path": change.path}, seat.language, labels)
    return {"path": change.path, "where": where, "words": words, "narrows": change.narrows, "weakens": change.weakens}


def said_changes(seat: Seat, before: Form, after: Form) -> list[dict[str, Any]]:
    """The differences between two versions, as a page shows them."""
    labels = {**labels_in(seat, before), **labels_in(seat, after)}
    return [said_change(seat, one, labels) for one in difference(before, after)]


@page("/forms/{form:str}/versions/{version:int}/document", action="forms.read")
async def document(seat: Seated, form: FromPath[str], version: FromPath[int]) -> Response[bytes]:
    """The bytes of a version, to keep or to hand on."""
    one = _version(seat, form, version)
    headers = {"Content-Disposition": "attachment"}  # the link says how the file is called
    return Response(one.document, media_type="application/json", headers=headers)


@act("/forms/{form:str}/retire", action="forms.retire", elevated=True)
async def retire(seat: Seated, form: FromPath[str]) -> Response[Any]:
    """Begin nothing new with a form; its records stay, and are edited as before."""
    newest = max((one.version for one in seat.town.published.versions(form)), default=0)
    if not newest or form.startswith(LIST):
        raise Gone
    await publishing.retire(seat.town, form, seat.staff)
    return to(seat, f"/forms/{form}/versions/{newest}")


ROUTES: Final = (forms, version, document, retire)
