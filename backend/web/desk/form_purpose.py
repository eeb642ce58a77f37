"""The page "What this form is for": purpose, legal basis, retention, who reads; asked at import, and mended later."""

from collections.abc import Mapping
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath, FromQuery

from backend.desk import drafting, purposes
from backend.desk.purposes import Said, Typed
from backend.municipality import publishing
from backend.sentences import ENGLISH, library, told_on_page
from backend.stores.drafts import FormDraft, FormDraftChanged
from backend.web.desk.form_drafts import draft_of, look_at, title_of
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated


def _said() -> Said:
    """The words of each legal basis that is offered, as a document holds them."""
    return {
        one: (library().phrase(f"basis-{one}", "nl"), library().phrase(f"basis-{one}", ENGLISH))
        for one in purposes.BASES
    }  # fmt: skip


@page("/forms/drafts/{draft:str}/purpose", action="forms.draft")
async def purpose(seat: Seated, draft: FromPath[str], told: FromQuery[bool] = False) -> Response[str]:
    """The page of a draft's purpose; with `told` each field that says nothing says that it must."""
    one = draft_of(seat, draft)
    return _shown(seat, one, purposes.shown(look_at(seat, one).document, _said()), told=told)


def _shown(
    seat: Seat, one: FormDraft, typed: Typed, status: int = 200, *, told: bool = False,
    wrong: Mapping[str, str] | None = None, fault: str | None = None, theirs: Typed | None = None,
) -> Response[str]:  # fmt: skip
    seen = look_at(seat, one)
    slug = str(seen.document.get("form", ""))
    before = publishing.history(seat.town, slug)[-1:] if slug else ()
    lacking = purposes.lacking(seen.document)
    faults = {name: library().phrase(f"purpose-need-{name}", seat.language) for name in lacking} if told else {}
    faults |= {name: library().phrase(code, seat.language) for name, code in (wrong or {}).items()}
    other = (
        {} if theirs is None else {name: text for name, text in theirs.texts.items() if typed.texts.get(name) != text}
    )
    return render(
        seat, "forms/purpose.html", status, here="forms", draft=one, title=title_of(seat, seen), typed=typed,
        lacking=lacking, faults=faults, fault=fault, theirs=other, bases=[(b, _said()[b]) for b in purposes.BASES],
        units=purposes.UNITS, since=purposes.SINCE, keep_max=purposes.KEEP_MAX,
        readers=[(one, purposes.who_reads(one)) for one in (purposes.TEAM, purposes.SIGNALS)],
        version=drafting.next_version(seat.town, slug), follows=before[0].title if before else None,
    )  # fmt: skip


@act("/forms/drafts/{draft:str}/purpose", action="forms.draft", keeps=True)
async def mend_purpose(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Keep what a form is for; what is wrong is said beside its field, and all that was typed stays in the page."""
    one, form = draft_of(seat, draft), await request.form()
    texts = {name: str(form.get(name, "")) for name in purposes.FIELDS}
    typed = Typed(texts, tuple(str(basis) for basis in form.getall("basis", [])))
    if wrong := purposes.wrong(typed):
        return _shown(seat, one, typed, 422, wrong=wrong)
    document = look_at(seat, one).document
    slug = texts.get("form", "").strip()
    made = purposes.composed(document, typed, _said(), drafting.next_version(seat.town, slug))
    try:
        await drafting.change(seat.town, seat.staff, one.id, _number(form.get("edition")), drafting.written(made))
    except FormDraftChanged as error:
        now = draft_of(seat, draft)
        message, remedy = told_on_page(error, seat.language)
        theirs = purposes.shown(look_at(seat, now).document, _said())
        return _shown(seat, now, typed, 409, fault=f"{message} {remedy}", theirs=theirs)
    rest = "/purpose?told=true" if purposes.lacking(made) else ""
    return to(seat, f"/forms/drafts/{one.id}{rest}")


def _number(text: Any) -> int:
    return int(str(text)) if str(text).isdecimal() and len(str(text)) < 10 else 0


ROUTES: Final = (purpose, mend_purpose)
