"""Texts that were typed and not saved, because a session had ended or a factor was asked again: `/m/<code>/typed`."""

from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath
from litestar.response import Redirect

from backend.desk.notes import with_notes
from backend.desk.typed import ASKED, fields_of, kept, unsaved, why_of, words_in
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.reading import posted
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seated

AS_POSTED: Final = 307  # a browser posts the same form to the page that it was for
DO: Final = "typed.do"


@page("/typed", action="account.own")
async def typed(seat: Seated) -> Response[str]:
    """Show what this person typed and did not save."""
    found = [] if seat.town.locked else unsaved(await kept(seat.town, seat.staff))
    shown = []
    for own in found:
        fields = fields_of(own)
        shown.append(
            {
                "id": own.id,
                "at_ms": own.at_ms,
                "why": "typed-asked" if why_of(own) == ASKED else "typed-ended",
                "texts": words_in(fields),
                "path": own.path,
                "fields": fields,
                "back": own.path.removesuffix("/tasks"),
            }
        )
    return render(seat, "unsaved/list.html", here="today", found=shown)


@act("/typed/{typed:str}", action="account.own")
async def go_on(seat: Seated, request: Request[Any, Any, Any], typed: FromPath[str]) -> Response[Any]:
    """Send it on to the page that it was for, as it would have been sent then; or throw it away."""
    do = (await posted(request)).get(DO, [""])[0]
    own = next((one for one in await kept(seat.town, seat.staff) if one.id == typed), None)
    if own is None or do not in ("go", "drop"):
        raise Gone
    await with_notes(seat.town, lambda store: store.drop_typed(typed, seat.staff))
    await seat.note("typed", bytes.fromhex(own.record) if own.record else None, do)
    return to(seat, "/today") if do == "drop" else Redirect(own.path, status_code=AS_POSTED)


ROUTES: Final = (typed, go_on)
