"""Forms in the making: a workbook or JSON Schema is brought in, and mended in the page until nothing stops it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from backend.desk import drafting, purposes
from backend.desk.drafting import FormNotBrought
from backend.desk.signs import titled
from backend.desk.texts import texts
from backend.errors import ROOM_ERRORS, MunicipalityLocked, status_of
from backend.municipality import publishing
from backend.sentences import told_on_page
from backend.stores.drafts import FormDraft, FormDraftChanged, FormDraftUnknown
from backend.web.desk.form_kinds import kinds, lacks_of, reasons, wants_hint
from backend.web.desk.form_report import refused, reported
from backend.web.desk.forms import Labels, labels_in, said_change, said_changes, said_once
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from forms.definition.parts import Parts, lenient
from forms.findings import Finding
from forms.lint.frame import Publication
from forms.schema.reading import FORM_BYTES_MAX, read
from forms.versions.publishing import Verdict


@page("/forms/import", action="forms.draft")
async def bring(seat: Seated) -> Response[str]:
    """The page on which somebody brings a file."""
    return _brought(seat)


def _brought(seat: Seat, status: int = 200, **more: Any) -> Response[str]:
    return render(seat, "forms/import.html", status, **({"here": "forms", "fault": None, "findings": []} | more))


@act("/forms/import", action="forms.draft")
async def bring_file(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Make a draft of a file; where nothing can be made of it, say why and keep nothing."""
    file = (await request.form()).get("file")
    raw, name = (await file.read(), file.filename) if isinstance(file, UploadFile) else (b"", "")
    try:
        draft = await drafting.bring(seat.town, seat.staff, raw, name)
    except FormNotBrought as error:
        message, remedy = told_on_page(error, seat.language)
        todo = said_once(seat, (*error.todo, *refused(error.rows)))
        return _brought(seat, status_of(error.code), fault=f"{message} {remedy}", findings=todo)
    lacks = purposes.lacking(look_at(seat, draft).document)
    return to(seat, f"/forms/drafts/{draft.id}{'/purpose' if lacks else ''}")


# --- one draft ---


@page("/forms/drafts/{draft:str}", action="forms.draft")
async def draft(seat: Seated, draft: FromPath[str]) -> Response[str]:
    """A draft: its report by row, everything that stops it, and its words to mend."""
    return shown(seat, draft_of(seat, draft))


def draft_of(seat: Seat, id_: str) -> FormDraft:
    """A draft by its id; what is none is not there."""
    try:
        return seat.town.drafts.one(id_)
    except FormDraftUnknown:
        raise Gone from None


def shown(seat: Seat, one: FormDraft, status: int = 200, **more: Any) -> Response[str]:
    """The page of a draft, perhaps with what somebody typed and why it was not taken."""
    seen = look_at(seat, one)
    stops = more.pop("stops", None)
    stops = seen.stops if stops is None else stops
    facts = {
        "here": "forms", "draft": one, "document": seen.document, "raw": seen.text, "fault": None,
        "title": title_of(seat, seen), "classes": drafting.CLASSES, "sections": _sections(seat, seen),
        "kinds": kinds(seat, _home(seat, one), seen.document, seen.text, stops, seen.labels),
        "reasons": reasons(seat, seen.verdict.warnings, seen.labels),
        "weaker": [said_change(seat, one, seen.labels) for one in seen.verdict.weaker],
        "warnings": seen.verdict.warnings, "changes": _changes(seat, seen.verdict), "faults": {},
        "controller": seen.said.controller, "register": seen.said.register,
        "lacking": purposes.lacking(seen.document), "texts": lacks_of(texts(seen.document, wants_hint(seen.stops))),
        "whole": not seen.stops, "asked": seen.verdict.form is not None, "bytes_max": FORM_BYTES_MAX,
        "report": reported(seat, one),
    }  # fmt: skip
    return render(seat, "forms/draft.html", status, **(facts | more))


def _home(seat: Seat, one: FormDraft) -> str:
    return f"{seat.home}/forms/drafts/{one.id}"


class Seen(NamedTuple):
    """A draft as its pages read it: its document, what publishing says of it, and the words of its questions."""

    document: dict[str, Any]
    parts: Parts
    text: str
    verdict: Verdict
    labels: Labels
    said: Publication

    @property
    def stops(self) -> list[Finding]:
        """Everything that stops a draft, but for what the page of publishing asks."""
        return [one for one in self.verdict.findings if one.path not in _OF_PUBLICATION]


def look_at(seat: Seat, one: FormDraft) -> Seen:
    """Read a draft, and examine it as publishing would."""
    verdict = publishing.examine(seat.town, one.document, Publication("", ""))
    parsed = read(one.document).document
    document: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
    slug = str(document.get("form", ""))
    labels: dict[str, str] = {}
    for form in publishing.history(seat.town, slug)[-1:] if slug else ():
        labels |= labels_in(seat, form)  # of a question that is not asked any more
    parts = lenient(document)
    labels |= dict(_labels(seat, parts))
    said = publishing.said_before(seat.town, slug)
    return Seen(document, parts, one.document.decode(), verdict, labels, said)


def _labels(seat: Seat, parts: Parts) -> Iterator[tuple[str, str]]:
    for path, field in parts.fields.items():
        yield path, field.label.get(seat.language) or field.label.get("nl") or path


def title_of(seat: Seat, seen: Seen) -> str:
    """The title of a draft in the language of who reads; empty where it has none."""
    title = seen.document.get("title")
    words = title if isinstance(title, Mapping) else {}
    return titled(words, seat.language, "")


_OF_PUBLICATION: Final = ("/controller", "/register")  # they are asked when the form is put forward


def _sections(seat: Seat, seen: Seen) -> list[dict[str, Any]]:
    """The questions by the page on which they stand, with their class and the number of findings on each."""
    stopped = Counter(one.path for one in seen.stops)
    found: dict[int, list[dict[str, Any]]] = {}
    fields = seen.parts.fields
    for text in texts(seen.document):
        if text.kind == "label" and text.path in fields:
            found.setdefault(text.section, []).append(
                {"path": text.path, "label": seen.labels[text.path], "findings": stopped[text.path],
                 "sensitivity": fields[text.path].sensitivity or ""}
            )  # fmt: skip
    named = {text.section: text.words for text in texts(seen.document) if text.kind == "section"}
    return [
        {"title": named.get(number, {}).get(seat.language) or named.get(number, {}).get("nl", ""), "number": number + 1,
         "questions": questions}
        for number, questions in found.items()
    ]  # fmt: skip


def _changes(seat: Seat, verdict: Verdict) -> list[dict[str, Any]]:
    before = publishing.history(seat.town, verdict.form.slug) if verdict.form is not None else ()
    every = said_changes(seat, before[-1], verdict.form) if before and verdict.form else []
    return [one for one in every if not one["weakens"]]


# --- mending ---


Mending = Callable[[dict[str, Any]], dict[str, Any]]


async def mended(seat: Seat, one: FormDraft, typed: Mapping[str, str], mend: Mending, to_: str = "") -> Response[Any]:
    """Keep a draft as it is mended; where a colleague was quicker, show both and keep nothing."""
    document = read(one.document).document
    raw = drafting.written(mend(document if isinstance(document, dict) else {}))
    return await replaced(seat, one, typed, raw, to_)


async def replaced(seat: Seat, one: FormDraft, typed: Mapping[str, str], raw: bytes, to_: str = "") -> Response[Any]:
    """Keep a whole document in the place of a draft that was shown at the edition that is typed along."""
    try:
        await drafting.change(seat.town, seat.staff, one.id, int(typed.get("edition", "0")), raw)
    except (ValueError, FormDraftChanged):
        now = draft_of(seat, one.id)
        message, remedy = told_on_page(FormDraftChanged(by=now.changed_by), seat.language)
        return shown(seat, now, 409, fault=f"{message} {remedy}", theirs=raw.decode(errors="replace"))
    return to(seat, f"/forms/drafts/{one.id}{to_}")


@act("/forms/drafts/{draft:str}/raw", action="forms.draft", keeps=True)
async def mend_raw(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Take the whole document as JSON; what is none leaves the draft as it was, and its text in the page."""
    one, typed = draft_of(seat, draft), await request.form()
    text = str(typed.get("raw", ""))
    raw = text.replace("\r\n", "\n").encode()
    if faults := read(raw).findings:
        return shown(seat, one, 422, raw=text, stops=faults, whole=False, broken=True)
    return await replaced(seat, one, {"edition": str(typed.get("edition", ""))}, raw)


@act("/forms/drafts/{draft:str}/drop", action="forms.draft")
async def drop(seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Throw a draft away."""
    draft_of(seat, draft)
    await drafting.throw_away(seat.town, seat.staff, draft)
    return to(seat, "/forms")


# --- putting forward ---


@act("/forms/drafts/{draft:str}/publish", action=("forms.publish", "forms.propose"), elevated=True)
async def publish(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Publish a draft; with warnings, or by who may not publish, it waits for a second person."""
    one, typed = draft_of(seat, draft), await request.form()
    said = Publication(str(typed.get("controller", "")).strip()[:200], str(typed.get("register", "")).strip()[:500])
    if str(typed.get("edition", "")) != str(one.edition):
        message, remedy = told_on_page(FormDraftChanged(by=one.changed_by), seat.language)
        return shown(seat, one, 409, fault=f"{message} {remedy}")
    forward = seat.scope("forms.publish") is None
    try:
        outcome = await publishing.publish(seat.town, one.document, seat.staff, said, forward=forward)
    except MunicipalityLocked:
        raise
    except publishing.FormRefused as error:
        lacks = {each.path.removeprefix("/") for each in error.findings if each.path in _OF_PUBLICATION}
        stops = [each for each in error.findings if each.path not in _OF_PUBLICATION]
        typed_ = {"controller": said.controller, "register": said.register}
        return shown(seat, one, 422, stops=stops, whole=not stops, faults=dict.fromkeys(lacks, True), **typed_)
    except ROOM_ERRORS as error:
        message, remedy = told_on_page(error, seat.language)
        return shown(seat, one, status_of(error.code), fault=f"{message} {remedy}")
    await drafting.throw_away(seat.town, seat.staff, draft)
    if outcome.state == publishing.WAITING:
        return to(seat, f"/forms/waiting/{outcome.form}")
    return to(seat, f"/forms/{outcome.form}/versions/{outcome.version}")


ROUTES: Final = (bring, bring_file, draft, mend_raw, drop, publish)
