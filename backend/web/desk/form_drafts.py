"""Forms in the making: a workbook or JSON Schema is brought in, and mended in the page until nothing stops it."""

from typing import Any, Final

from litestar import Request, Response
from litestar.datastructures import UploadFile
from litestar.params import FromPath

from backend.desk import drafting
from backend.desk.drafting import FormNotBrought
from backend.errors import ROOM_ERRORS, MunicipalityLocked, status_of
from backend.municipality import publishing
from backend.sentences import told_on_page
from backend.stores.drafts import FormDraft, FormDraftChanged, FormDraftUnknown
from backend.web.desk.forms import NO_LABELS, Labels, said_change, said_of
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from forms.findings import Finding
from forms.lint.findings import LintFinding
from forms.lint.frame import Publication
from forms.schema.reading import FORM_BYTES_MAX, read
from forms.versions.differing import difference
from forms.versions.publishing import Verdict

ROWS_SHOWN_MAX: Final = 3_000  # as many as a survey may have


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
        todo = [said_of(seat, one) for one in error.todo]
        return _brought(seat, status_of(error.code), fault=f"{message} {remedy}", findings=todo)
    return to(seat, f"/forms/drafts/{draft.id}")


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
    verdict = publishing.examine(seat.town, one.document, Publication("", ""))
    text, parsed = one.document.decode(), read(one.document).document
    document: dict[str, Any] = parsed if isinstance(parsed, dict) else {}
    questions = _questions(document, verdict)
    labels = {each["path"]: each["label"][seat.language] or each["label"]["nl"] for each in questions}
    facts = {
        "here": "forms", "draft": one, "document": document, "raw": text, "fault": None, "classes": drafting.CLASSES,
        "questions": questions, "rows": [_row(seat, row) for row in one.rows[:ROWS_SHOWN_MAX]],
        "outcomes": drafting.outcome_counts(one.rows),
        "stops": [_placed(seat, text, each, labels) for each in _stopping(verdict)],
        "reasons": _reasons(seat, verdict, labels),
        "warnings": [said_of(seat, each, labels) for each in verdict.warnings], "changes": _changes(seat, verdict),
        "whole": not _stopping(verdict), "asked": verdict.form is not None, "bytes_max": FORM_BYTES_MAX,
    }  # fmt: skip
    return render(seat, "forms/draft.html", status, **(facts | more))


_OF_PUBLICATION: Final = ("/controller", "/register")  # they are asked when the form is put forward


def _stopping(verdict: Verdict) -> list[Finding]:
    """Everything that stops a draft, but for what the page of publishing asks."""
    return [one for one in verdict.findings if one.path not in _OF_PUBLICATION]


def _reasons(seat: Seat, verdict: Verdict, labels: Labels) -> list[dict[str, Any]]:
    """The warnings of the privacy lint, with or without a reason: one line of the form for each rule and place."""
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for one in (*verdict.findings, *verdict.warnings):
        if isinstance(one, LintFinding) and one.level == "warning":
            told_ = said_of(seat, one, labels)
            there = found.setdefault((one.code, one.path), told_)
            if there is not told_ and told_["words"] != there["words"]:
                there["words"] = f"{there['words']} {told_['words']}"
    return list(found.values())


def _placed(seat: Seat, text: str, one: Finding, labels: Labels = NO_LABELS) -> dict[str, Any]:
    facts = dict(one.facts)
    line = facts.get("line") or drafting.line_of(text, one.path)
    return {**said_of(seat, one, labels), "line": line}


def _questions(document: dict[str, Any], verdict: Verdict) -> list[dict[str, Any]]:
    """Every question with its words, those with a finding marked: they are open on the page."""
    fields = document.get("fields")
    stopped = {one.path for one in (*verdict.findings, *verdict.warnings)}
    return [
        {"path": path, "label": _said(field, "label"), "hint": _said(field, "hint"), "open": path in stopped,
         "sensitivity": str(field.get("sensitivity", "")), "longest": drafting.longest(document, path),
         "choices": _choices(field)}
        for path, field in (fields.items() if isinstance(fields, dict) else ())
        if isinstance(field, dict)
    ]  # fmt: skip


def _choices(field: dict[str, Any]) -> list[tuple[str, dict[str, str]]]:
    choices = field.get("choices")
    return [(code, _said(choices, code)) for code in choices] if isinstance(choices, dict) else []


def _said(field: dict[str, Any], name: str) -> dict[str, str]:
    words = field.get(name)
    found = words if isinstance(words, dict) else {}
    return {language: str(found.get(language, "")) for language in drafting.TITLE_LANGUAGES}


def _row(seat: Seat, row: Any) -> dict[str, Any]:
    notes = [said_of(seat, note)["words"] for note in row.notes]
    return {"source": row.source, "name": row.name, "outcome": row.outcome, "notes": notes}


def _changes(seat: Seat, verdict: Verdict) -> list[dict[str, Any]]:
    before = publishing.history(seat.town, verdict.form.slug) if verdict.form is not None else ()
    return [said_change(seat, one) for one in difference(before[-1], verdict.form)] if before and verdict.form else []


# --- mending ---


async def _mended(request: Request[Any, Any, Any], seat: Seat, id_: str, part: str) -> Response[Any]:
    """Keep what somebody typed as the next edition; where a colleague was quicker, show both and keep nothing."""
    one, typed = draft_of(seat, id_), {name: str(value) for name, value in (await request.form()).items()}
    document = read(one.document).document
    whole: dict[str, Any] = document if isinstance(document, dict) else {}
    if part == "head":
        raw = drafting.written(drafting.headed(whole, typed))
    elif part == "question":
        raw = drafting.written(drafting.asked_anew(whole, typed.get("path", ""), typed))
    elif part == "without":
        raw = drafting.written(drafting.without(whole, typed.get("path", "")))
    elif part == "reason":
        made = drafting.reasoned(whole, typed.get("rule", ""), typed.get("at", ""), typed.get("reason", ""))
        raw = drafting.written(made)
    else:
        raw = typed.get("raw", "").replace("\r\n", "\n").encode()
        faults = read(raw).findings
        if faults:
            stops = [_placed(seat, raw.decode(errors="replace"), fault) for fault in faults]
            return shown(seat, one, 422, raw=typed.get("raw", ""), stops=stops, whole=False)
    try:
        edition = int(typed.get("edition", "0"))
        await drafting.change(seat.town, seat.staff, id_, edition, raw)
    except (ValueError, FormDraftChanged):
        error = FormDraftChanged(by=draft_of(seat, id_).changed_by)
        message, remedy = told_on_page(error, seat.language)
        return shown(seat, draft_of(seat, id_), 409, fault=f"{message} {remedy}", theirs=raw.decode(errors="replace"))
    return to(seat, f"/forms/drafts/{id_}")


@act("/forms/drafts/{draft:str}/head", action="forms.draft", keeps=True)
async def mend_head(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Mend the title, the purpose, the legal basis and how long answers are kept."""
    return await _mended(request, seat, draft, "head")


@act("/forms/drafts/{draft:str}/question", action="forms.draft", keeps=True)
async def mend_question(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Mend the words and the class of one question."""
    return await _mended(request, seat, draft, "question")


@act("/forms/drafts/{draft:str}/without", action="forms.draft")
async def leave_out(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Leave one question out."""
    return await _mended(request, seat, draft, "without")


@act("/forms/drafts/{draft:str}/reason", action="forms.draft", keeps=True)
async def mend_reason(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Give the reason for a warning of the privacy lint, or take it away."""
    return await _mended(request, seat, draft, "reason")


@act("/forms/drafts/{draft:str}/raw", action="forms.draft", keeps=True)
async def mend_raw(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Take the whole document as JSON; what is none leaves the draft as it was, and its text in the page."""
    return await _mended(request, seat, draft, "raw")


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
        stops = [_placed(seat, one.document.decode(), each) for each in error.findings]
        return shown(seat, one, 422, stops=stops, whole=False, controller=said.controller, register=said.register)
    except ROOM_ERRORS as error:
        message, remedy = told_on_page(error, seat.language)
        return shown(seat, one, status_of(error.code), fault=f"{message} {remedy}")
    await drafting.throw_away(seat.town, seat.staff, draft)
    if outcome.state == publishing.WAITING:
        return to(seat, f"/forms/waiting/{outcome.form}")
    return to(seat, f"/forms/{outcome.form}/versions/{outcome.version}")


ROUTES: Final = (bring, bring_file, draft, mend_head, mend_question, leave_out, mend_reason, mend_raw, drop, publish)
