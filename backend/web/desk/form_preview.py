"""A form as a worker would meet it: the field app's own modules, in a frame of this desk that reaches no server."""

import json
from typing import Any, Final

from litestar import Response
from litestar.params import FromPath

from backend.municipality import publishing
from backend.stores.rows import LIST
from backend.web.desk.form_drafts import draft_of
from backend.web.desk.guarding import Gone, page
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seat, Seated
from backend.web.field import current
from forms.lint.frame import Publication

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; font-src 'self'; "
    "connect-src 'none'; form-action 'none'; frame-ancestors 'self'; base-uri 'none'"
)
HEADERS: Final = {  # the shell leaves an answer alone that brings its own
    "Content-Security-Policy": POLICY, "X-Frame-Options": "SAMEORIGIN", "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store", "Referrer-Policy": "no-referrer", "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin", "Strict-Transport-Security": "max-age=63072000; includeSubDomains",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}  # fmt: skip


@page("/forms/drafts/{draft:str}/preview", action="forms.draft")
async def draft_preview(seat: Seated, draft: FromPath[str]) -> Response[str]:
    """A draft, once it is a form: what the lint says of it stops no preview."""
    verdict = publishing.examine(seat.town, draft_of(seat, draft).document, Publication("", ""))
    if verdict.form is None:
        raise Gone
    return _framed(seat, verdict.document)


@page("/forms/waiting/{form:str}/preview", action="forms.read")
async def waiting_preview(seat: Seated, form: FromPath[str]) -> Response[str]:
    """A form that waits for a second person."""
    try:
        draft = publishing.waiting(seat.town, form)
    except publishing.DraftUnknown:
        raise Gone from None
    return _framed(seat, draft.document)


@page("/forms/{form:str}/versions/{version:int}/preview", action="forms.read")
async def version_preview(seat: Seated, form: FromPath[str], version: FromPath[int]) -> Response[str]:
    """A published version."""
    found = [one for one in seat.town.published.versions(form) if one.version == version]
    if not found or form.startswith(LIST):
        raise Gone
    return _framed(seat, found[0].document)


def _framed(seat: Seat, document: bytes) -> Response[str]:
    below = current()
    if not below:
        raise Gone
    newest = seat.town.published.newest()
    lists: list[Any] = [json.loads(one.document) for one in newest if one.form.startswith(LIST)]
    data = {"form": json.loads(document), "lists": lists}
    answer = render(seat, "forms/preview.html", below=below, data=data)
    answer.headers.update(HEADERS)
    return answer


ROUTES: Final = (draft_preview, waiting_preview, version_preview)
