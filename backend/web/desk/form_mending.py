"""Mending of a draft: one question on a page of its own, many findings by one act, the classes of all questions."""

from collections.abc import Mapping
from functools import partial
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath, FromQuery

from backend.desk import drafting, mending
from backend.desk.texts import texts
from backend.sentences import library
from backend.stores.drafts import FormDraft
from backend.web.desk.form_drafts import draft_of, look_at, mended, shown, title_of
from backend.web.desk.form_kinds import kinds
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seat, Seated
from forms.schema.fields import Field, Words

CLASS_OF: Final = "class "  # before the path of a question, in the name of a field


@page("/forms/drafts/{draft:str}/question", action="forms.draft")
async def question(seat: Seated, draft: FromPath[str], of: FromQuery[str] = "") -> Response[str]:
    """One question: its words, its class, what is found of it, and the questions before and after."""
    one = draft_of(seat, draft)
    seen = look_at(seat, one)
    fields = seen.parts.fields
    order = [text.path for text in texts(seen.document) if text.kind == "label" and text.path in fields]
    if of not in order:
        raise Gone
    number, home = order.index(of), f"{seat.home}/forms/drafts/{one.id}"
    about = [each for each in seen.stops if each.path == of]
    return render(
        seat, "forms/question.html", here="forms", draft=one, title=title_of(seat, seen), path=of, number=number + 1,
        total=len(order), labels=seen.labels, classes=drafting.CLASSES,
        kinds=kinds(seat, home, {}, seen.text, about, seen.labels),
        subjects=drafting.SUBJECTS,
        asked=_asked(fields[of]) | {
            "longest": drafting.longest(seen.document, of), "duty": drafting.duty(seen.document, of),
        },
        before=order[number - 1] if number else "", after=order[number + 1] if of != order[-1] else "",
    )  # fmt: skip


def _asked(field: Field) -> dict[str, Any]:
    return {
        "label": _words(field.label), "hint": _words(field.hint or {}), "sensitivity": field.sensitivity or "",
        "media": drafting.is_media(field), "subject": field.subject or "",
        "choices": [(code, _words(said)) for code, said in (field.choices or {}).items()],
    }  # fmt: skip


def _words(words: Words) -> dict[str, str]:
    return {language: words.get(language, "") for language in drafting.TITLE_LANGUAGES}


async def _typed(request: Request[Any, Any, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in (await request.form()).items()}


@act("/forms/drafts/{draft:str}/question", action="forms.draft", keeps=True)
async def mend_question(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Mend the words and the class of one question."""
    one, typed = draft_of(seat, draft), await _typed(request)
    path = typed.get("path", "")
    back = f"/question?of={path}" if path in look_at(seat, one).parts.fields else ""
    return await mended(seat, one, typed, lambda document: drafting.asked_anew(document, path, typed), back)


@act("/forms/drafts/{draft:str}/without", action="forms.draft")
async def leave_out(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Leave one question out."""
    one, typed = draft_of(seat, draft), await _typed(request)
    places = [typed.get("path", "")]
    return await mended(seat, one, typed, partial(mending.together, act=mending.WITHOUT, places=places, typed={}))


@act("/forms/drafts/{draft:str}/reason", action="forms.draft", keeps=True)
async def mend_reason(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Give another reason for warnings of the privacy lint that have one, or take it away."""
    one, typed = draft_of(seat, draft), await _typed(request)
    places = [str(place) for place in (await request.form()).getall("at", [])]
    return await mended(seat, one, typed, partial(mending.together, act=mending.REASON, places=places, typed=typed))


@act("/forms/drafts/{draft:str}/together", action="forms.draft", keeps=True)
async def mend_together(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Do one act at every place that is ticked."""
    one, typed = draft_of(seat, draft), await _typed(request)
    places, what = [str(place) for place in (await request.form()).getall("at", [])], typed.get("act", "")
    if fault := mending.wrong(what, places, typed):
        return _refused(seat, one, fault, typed)
    return await mended(seat, one, typed, partial(mending.together, act=what, places=places, typed=typed), "#stops")


def _refused(seat: Seat, one: FormDraft, fault: str, typed: Mapping[str, str]) -> Response[str]:
    again = {name: typed.get(name, "") for name in ("reason", "longest", "most", "said")}
    words = library().phrase(fault, seat.language)
    return shown(seat, one, 422, fault=words, again=again | {"fault": words})


@act("/forms/drafts/{draft:str}/classes", action="forms.draft")
async def mend_classes(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Choose the class of every question at once."""
    one, typed = draft_of(seat, draft), await _typed(request)
    chosen = {name.removeprefix(CLASS_OF): value for name, value in typed.items() if name.startswith(CLASS_OF)}
    return await mended(seat, one, typed, partial(mending.classed, classes=chosen), "#questions")


ROUTES: Final = (question, mend_question, leave_out, mend_reason, mend_together, mend_classes)
