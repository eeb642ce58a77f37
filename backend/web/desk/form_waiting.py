"""A form that waits for a second person: its words, its warnings with their reasons, and a yes or no. Never the same
person."""

from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.arguments import digest_of
from backend.desk.forms import agree
from backend.errors import ROOM_ERRORS, MunicipalityLocked, status_of
from backend.municipality import publishing
from backend.municipality.publishing import DraftUnknown
from backend.sentences import told_on_page
from backend.stores.rows import Draft
from backend.web.desk.forms import labels_in, said_change, said_changes, said_once, told_of
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from forms.lint.frame import Publication


def _waiting(seat: Seat, form: str) -> Draft:
    try:
        return publishing.waiting(seat.town, form)
    except DraftUnknown:
        raise Gone from None


@page("/forms/waiting/{form:str}", action="forms.read")
async def waiting(seat: Seated, form: FromPath[str]) -> Response[str]:
    """A form that waits, as the second person reads it."""
    return _shown(seat, _waiting(seat, form))


def _shown(seat: Seat, draft: Draft, status: int = 200, fault: str | None = None) -> Response[str]:
    verdict = publishing.examine(seat.town, draft.document, Publication(draft.controller, draft.register))
    before, form = publishing.history(seat.town, draft.form), verdict.form
    labels = {} if form is None else labels_in(seat, form)
    weaker = [said_change(seat, one, labels) for one in verdict.weaker]
    changes = said_changes(seat, before[-1], form) if before and form is not None else []
    return render(
        seat, "forms/waiting.html", status, here="forms", draft=draft, digest=verdict.digest.hex(), fault=fault,
        warnings=said_once(seat, verdict.warnings, labels),
        own=draft.proposed_by == seat.staff, weaker=weaker,
        **({"asked": None, "title": draft.form} if form is None else told_of(seat, form)),
        changes=[one for one in changes if not one["weakens"]],
        stops=said_once(seat, verdict.findings, labels),
    )  # fmt: skip


@act("/forms/waiting/{form:str}/approve", action="forms.approve", elevated=True)
async def approve(request: Request[Any, Any, Any], seat: Seated, form: FromPath[str]) -> Response[Any]:
    """Agree with what was read, which publishes it; a draft that took its place meanwhile is not agreed with."""
    draft = _waiting(seat, form)
    try:
        digest = digest_of((await request.form()).get("digest", ""))
        outcome = await agree(seat.town, form, seat.staff, digest)
    except MunicipalityLocked:
        raise
    except ROOM_ERRORS as error:
        message, remedy = told_on_page(error, seat.language)
        return _shown(seat, draft, status_of(error.code), f"{message} {remedy}")
    return to(seat, f"/forms/{outcome.form}/versions/{outcome.version}")


@act("/forms/waiting/{form:str}/reject", action=("forms.approve", "forms.publish"), keeps=True)
async def reject(seat: Seated, form: FromPath[str]) -> Response[Any]:
    """Take a form that waits away."""
    _waiting(seat, form)
    await publishing.reject(seat.town, form, seat.staff)
    return to(seat, "/forms")


ROUTES: Final = (waiting, approve, reject)
