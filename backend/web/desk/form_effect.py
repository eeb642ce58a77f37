"""The effect of a draft on real records: numbers alone, made for people who read no answers."""

from typing import Final

from litestar import Response
from litestar.params import FromPath

from backend.desk.forms import FEW, touched
from backend.desk.log_details import of_finding
from backend.municipality import publishing
from backend.web.desk.form_drafts import draft_of
from backend.web.desk.forms import labels_in
from backend.web.desk.guarding import Gone, page
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seated
from forms.lint.frame import Publication


@page("/forms/drafts/{draft:str}/effect", action=("forms.publish", "forms.propose"))
async def effect(seat: Seated, draft: FromPath[str]) -> Response[str]:
    """Count the records that hold an answer which the draft would not take."""
    one = draft_of(seat, draft)
    form = publishing.examine(seat.town, one.document, Publication("", "")).form
    before = publishing.history(seat.town, form.slug) if form is not None else ()
    if form is None or not before:
        raise Gone
    _ = seat.town.custody  # without the keys nothing is counted, and nobody is told that nothing would change
    await seat.note("count-form", None, form.slug)
    records, counts = await touched(seat.desk, seat.town, before[-1], form)
    labels = {**labels_in(seat, form), **labels_in(seat, before[-1])}
    rows = [
        {"question": labels.get(path, path), "why": of_finding(code, seat.language), "records": count}
        for (path, code), count in sorted(counts.items())
    ]
    return render(seat, "forms/effect.html", here="forms", draft=one, form=form, records=records, rows=rows, few=FEW)


ROUTES: Final = (effect,)
