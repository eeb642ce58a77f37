"""Attention: remarks about records that are no decision; each with what it means and a way to do something about it.

What has to be decided stands in the queue of conflicts, and only there.
"""

from typing import Any, Final

from litestar import Request, Response

from backend.desk.attention_kinds import KINDS
from backend.desk.sights import Sight, sights_of
from backend.desk.wording import Speaker
from backend.errors import ROOM_ERRORS, MunicipalityLocked
from backend.sentences import Kept, library, told
from backend.stores.records import Records
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated

SEES: Final = ("attention.decide", "signals.decide")
PAGE_ROWS: Final = 50
NOT_GRANTED: Final = "held-not-granted"  # its words count as soon as its author may write in the record
TO_KNOW: Final = ("after-withdrawal", "clock-ahead", "local-only")
BY_ITSELF: Final = ("no-key", "no-body", "held-incomplete")
FORM: Final = "unknown-form"
_FIRST: Final = ("", "", "")


def sights(seat: Seat) -> list[Sight]:
    """The forms and workers whose remarks a person sees."""
    return sights_of(seat.town, seat.workers, lambda action: seat.scope(action) is not None, *SEES)


def way_of(kind: str) -> str:
    """The code of what can be done about a kind of remark."""
    if kind == NOT_GRANTED:
        return "conflicts-way-grant"
    if kind in BY_ITSELF:
        return "conflicts-way-waits"
    if kind == FORM:
        return "conflicts-way-form"
    if kind in TO_KNOW:
        return "conflicts-way-know"
    return "conflicts-way-odd" if kind.startswith(("held-", "failed-", "bad-", "not-an")) else "conflicts-way-ask"


@page("/attention", action=SEES)
async def attention(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """The remarks, by kind."""
    return await _page(seat, request)


async def _page(seat: Seat, request: Request[Any, Any, Any], failed: Any = None) -> Response[str]:
    wished = str(request.query_params.get("kind", ""))
    kind = wished if wished in KINDS else ""
    given = str(request.query_params.get("after", "")).split("~")
    after = (given[0], given[1], given[2]) if len(given) == 3 else _FIRST
    rows: list[dict[str, Any]] = []
    kinds: dict[str, int] = {}
    speaker = Speaker(seat.town, seat.language)
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> None:
            rows.extend(_listed(row, speaker) for row in store.notes(sight.forms, kind, after, PAGE_ROWS + 1))
            for name, count in store.note_kinds(sight.forms):
                kinds[name] = kinds.get(name, 0) + count

        await seat.keeper.look(read, workers=sight.workers)
    rows.sort(key=lambda row: (row["kind"], row["record"], row["name"]))
    await seat.note("attention", None, f"{min(len(rows), PAGE_ROWS)}")
    last = rows[PAGE_ROWS - 1] if len(rows) > PAGE_ROWS else None
    return render(
        seat, "conflicts/attention.html", 200 if failed is None else 409, here="attention", rows=rows[:PAGE_ROWS],
        kinds=[(name, library().line(f"kind-{name}", seat.language), count) for name, count in sorted(kinds.items())],
        wished=kind, failed=told(failed, seat.language) if failed is not None else None,
        next=f"{last['kind']}~{last['record']}~{last['name']}" if last else "",
    )  # fmt: skip


def _listed(row: dict[str, Any], speaker: Speaker) -> dict[str, Any]:
    name, kind = str(row["name"]), row["kind"]
    detail = library().kept(Kept(row["detail"]), speaker.language)
    return {
        **row, "title": speaker.title(row["form"]), "words": library().line(f"kind-{kind}", speaker.language),
        "label": speaker.label(row["form"], name) if name.startswith("/") else "", "said": detail,
        "way": way_of(kind), "author": row["detail"] if kind == NOT_GRANTED else "",
    }  # fmt: skip


@act("/attention", action=SEES)
async def let_in(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Open a record to the author of words that were written without access: then they count."""
    form = await request.form()
    record, name = str(form.get("record", "")), str(form.get("name", ""))
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> str:
            rows = store.attention(record=record, kind=NOT_GRANTED, name=name)
            known = store.in_form(record, sight.forms) is not None
            return str(rows[0]["detail"]) if rows and known else ""

        if worker := await seat.keeper.look(read, workers=sight.workers):
            break
    else:
        return to(seat, "/attention")  # it is let in already, or not for this person: the same answer
    await seat.note("grant", bytes.fromhex(record), worker)
    try:
        await seat.town.opening.grant(bytes.fromhex(record), worker, seat.staff)
    except MunicipalityLocked:
        raise
    except ROOM_ERRORS as error:
        return await _page(seat, request, error)
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, "/attention")


ROUTES: Final = (attention, let_in)
