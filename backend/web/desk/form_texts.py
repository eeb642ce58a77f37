"""All words of a form in one table, Dutch beside English, saved in one go; one wrong cell holds up no other."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath, FromQuery

from backend.desk import drafting
from backend.desk.texts import ROWS_PAGE, Text, Typed, once, taken, texts
from backend.desk.threads import TEXT_MAX
from backend.sentences import library
from backend.stores.drafts import FormDraft, FormDraftChanged
from backend.web.desk.form_drafts import Seen, draft_of, look_at, title_of
from backend.web.desk.form_kinds import lacks_of, wants_hint
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated

MISSING, ALL = "missing", "all"
SHORT_MAX: Final = 60  # signs of a text that one line shows
PAGES_MAX: Final = 10_000  # more than any form has
TRIES_MAX: Final = 3  # of keeping: a colleague who saves another row at the same moment is no reason to type anew
NL, EN, MARK, SAME = "nl ", "en ", "mark ", "same "  # before the place of a text, in the name of a field


@page("/forms/drafts/{draft:str}/texts", action="forms.draft")
async def table(
    seat: Seated, draft: FromPath[str], show: FromQuery[str] = MISSING, at: FromQuery[int] = 1, of: FromQuery[str] = "",
    saved: FromQuery[int] = 0,
) -> Response[str]:  # fmt: skip
    """The words of a draft: those that a language lacks, all, or those of one question."""
    return _shown(seat, draft_of(seat, draft), {"show": show, "at": str(at), "of": of}, saved=saved)


def _rows(seen: Seen) -> list[Text]:
    return texts(seen.document, wants_hint(seen.verdict.findings))


def _wanted(rows: list[Text], show: str, of: str) -> list[Text]:
    """The rows that a page is asked for; a place of the form stands for all that is said there."""
    if of:
        return [row for row in rows if of in (row.path, row.place) or row.place.startswith(f"{of}/")]
    return rows if show == ALL else [row for row in rows if row.lacks]


def _shown(
    seat: Seat, one: FormDraft, where: Mapping[str, str], status: int = 200, *, saved: int = 0,
    typed: Mapping[str, Typed] | None = None, faults: Mapping[str, str] | None = None,
) -> Response[str]:  # fmt: skip
    seen = look_at(seat, one)
    every, faults, typed = _rows(seen), faults or {}, typed or {}
    show = ALL if where["show"] == ALL else MISSING
    rows = _wanted(every, show, where["of"])
    times = {row.place: often for row, often in once(rows)} if show == MISSING and not where["of"] else {}
    rows = [row for row in rows if not times or row.place in times]
    pages = max(1, -(-len(rows) // ROWS_PAGE))
    number = min(max(_number(where["at"]), 1), pages)
    here = rows[(number - 1) * ROWS_PAGE : number * ROWS_PAGE]
    there = {row.place for row in here}
    here = [*(row for row in every if row.place in faults and row.place not in there), *here]
    titles = {
        row.section: row.words.get(seat.language) or row.words.get("nl", "") for row in every if row.kind == "section"
    }
    parts = [
        {"title": titles.get(section, ""), "number": section + 1,
         "rows": [_row(seat, row, seen, typed, faults) | {"times": times.get(row.place, 1)} for row in group]}
        for section, group in groupby(here, key=lambda row: row.section)
    ]  # fmt: skip
    total, lacks = lacks_of(every)
    return render(
        seat, "forms/texts.html", status, here="forms", draft=one, title=title_of(seat, seen), parts=parts, show=show,
        of=where["of"], at=number, pages=pages, total=total, lacks=lacks, saved=saved, faults=faults,
        shown=len(here), text_max=TEXT_MAX,
    )  # fmt: skip


def _row(
    seat: Seat, row: Text, seen: Seen, typed: Mapping[str, Typed], faults: Mapping[str, str]
) -> dict[str, Any]:  # fmt: skip
    """A row of the table: its words as they are or as somebody typed them, and why these were not taken."""
    held = typed.get(row.place) if row.place in faults else None
    words = dict(row.words) | (dict(held.words) if held is not None else {})
    long = any(len(text) > SHORT_MAX or "\n" in text for text in words.values())
    fault = faults.get(row.place)
    why = library().phrase(fault, seat.language) if fault else ""
    return {
        "place": row.place, "kind": row.kind, "code": row.code, "mark": row.mark,
        "of": seen.labels.get(row.path, "") if row.kind != "label" else "",
        "nl": words.get("nl", ""), "en": words.get("en", ""), "long": long, "fault": why,
        "same": row.needs_none and not words.get("en"),
        "now": row.words if fault == "texts-wrong-other" else None,
    }  # fmt: skip


def _number(text: str) -> int:
    return int(text) if text.isdecimal() and int(text[:9]) < PAGES_MAX else 1


@act("/forms/drafts/{draft:str}/texts", action="forms.draft", keeps=True)
async def mend_texts(request: Request[Any, Any, Any], seat: Seated, draft: FromPath[str]) -> Response[Any]:
    """Keep every row that was typed; a row that cannot be kept stays in the page as it was typed, and says why."""
    form = {name: str(value) for name, value in (await request.form()).items()}
    where = {name: form.get(name, "") for name in ("show", "at", "of")}
    rows = {
        name.removeprefix(NL): Typed(
            {"nl": text, "en": form.get(EN + name.removeprefix(NL), "")},
            form.get(MARK + name.removeprefix(NL), ""), SAME + name.removeprefix(NL) in form,
        )
        for name, text in form.items() if name.startswith(NL)
    }  # fmt: skip
    for tried in range(TRIES_MAX):
        one = draft_of(seat, draft)
        seen = look_at(seat, one)
        came = taken(seen.document, rows, wants_hint(seen.verdict.findings))
        try:
            if came.changed:
                raw = drafting.written(came.document)
                one = await drafting.change(seat.town, seat.staff, one.id, one.edition, raw)
            break
        except FormDraftChanged:
            if tried == TRIES_MAX - 1:
                return _shown(seat, one, where, 409, typed=rows, faults=dict.fromkeys(rows, "texts-wrong-other"))
    if came.faults:
        return _shown(seat, one, where, 422, saved=came.changed, typed=rows, faults=came.faults)
    at = _number(where["at"]) + ("next" in form)
    asked = f"of={where['of']}" if where["of"] else f"show={where['show']}&at={at}"
    return to(seat, f"/forms/drafts/{one.id}/texts?{asked}&saved={came.changed}")


ROUTES: Final = (table, mend_texts)
