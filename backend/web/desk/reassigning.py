"""A colleague's records to another: `/m/<code>/reassign`. Which of whose is posted, and stands in no address.

The records of the forms of a person's role and of the own teams alone: those about a signal are given by who decides
about signals. Whoever does both gives a form's records between the workers of that form's right: signals to anybody, a
case to nobody of another team. At most 200 at once; the page says how many are left.
"""

from functools import partial
from typing import Any, Final

from litestar import Request, Response

from backend.desk import bulk
from backend.desk.signs import titled
from backend.sentences import library
from backend.stores.listing import of_worker
from backend.web.desk.guarding import act, page
from backend.web.desk.reading import Readable, posted, readable, workers_of
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seat, Seated

REASSIGNS: Final = ("reassign", "signals.decide")
UNPROCESSABLE: Final = 422
Found = list[tuple[str, str]]


@page("/reassign", action=REASSIGNS)
async def asked(seat: Seated) -> Response[str]:
    """Ask whose records go to whom."""
    return _page(seat, "", "", keeps=False)


@act("/reassign", action=REASSIGNS)
async def reassign(seat: Seated, request: Request[Any, Any, Any]) -> Response[Any]:
    """Count the records by form; and give them, once that was confirmed, 200 at once."""
    fields = await posted(request)
    giver, taker = (fields.get(name, [""])[0] for name in ("giver", "taker"))
    keeps = fields.get("keeps") == ["yes"]
    fault = _fault(seat, giver, taker)
    if fault:
        return _page(seat, giver, taker, keeps=keeps, status=UNPROCESSABLE, fault=fault)
    found = await _found(seat, giver, taker, keeps=keeps)
    if fields.get("sure") != ["yes"]:
        await seat.note("bulk", None, f"reassign:{len(found)}?")
        return _page(seat, giver, taker, keeps=keeps, by_form=_counts(seat, found), many=len(found))
    now = [bytes.fromhex(record) for record, _ in found[: bulk.AT_ONCE]]
    forms = {form for _, form in found[: bulk.AT_ONCE]}
    await seat.note("bulk", None, f"reassign:{len(now)}")
    report = await bulk.hand_over(seat, now, forms, giver, taker, keeps=keeps)
    await seat.keeper.reached(seat.town.committed.position)
    left = await _found(seat, giver, taker, keeps=keeps)
    return _page(
        seat, giver, taker, keeps=keeps, by_form=_counts(seat, left), many=len(left), done=len(report.done),
        skipped=len(report.skipped),
    )  # fmt: skip


def _forms(seat: Seat) -> dict[str, Readable]:
    return readable(seat, REASSIGNS)


def _workers(seat: Seat) -> list[str]:
    """The workers of the forms that a person may give away."""
    return sorted({name for one in _forms(seat).values() for name in workers_of(seat, one)})


def _fault(seat: Seat, giver: str, taker: str) -> str:
    """The words for a choice that cannot be; none where it can."""
    if not _between(seat, giver, taker):
        code = "records-no-such-worker"
    elif giver == taker:
        code = "reassign-same"
    else:
        code = "" if seat.town.book.all_devices_of(taker) else "reassign-no-device"
    return library().phrase(code, seat.language) if code else ""


def _between(seat: Seat, giver: str, taker: str) -> dict[str, Readable]:
    """The forms of which a person may give records of the one to the other: by the right of each form, both are among
    its workers."""
    return {slug: one for slug, one in _forms(seat).items() if {giver, taker} <= {*workers_of(seat, one)}}


async def _found(seat: Seat, giver: str, taker: str, *, keeps: bool) -> Found:
    """The records that are still to go: those that the devices of the one get, and where both keep them, not those
    that the other has already."""
    forms, found = _between(seat, giver, taker), []
    for action in REASSIGNS:
        some = {slug: one for slug, one in forms.items() if one.action == action}
        if some:
            scope = next(iter(some.values())).workers
            found += await seat.keeper.look(partial(of_worker, worker=giver, forms=[*some]), workers=scope)
    town, left = seat.town, []
    for record, form in found:
        id_ = bytes.fromhex(record)
        if not town.book.erased(id_) and bulk.reads(town, giver, id_) and not (keeps and bulk.reads(town, taker, id_)):
            left.append((record, form))
    return left


def _counts(seat: Seat, found: Found) -> list[tuple[str, int]]:
    many: dict[str, int] = {}
    for _, form in found:
        many[form] = many.get(form, 0) + 1
    return [(_titled(seat, slug), count) for slug, count in sorted(many.items())]


def _titled(seat: Seat, slug: str) -> str:
    return titled(_forms(seat)[slug].form.title, seat.language, slug)


def _page(seat: Seat, giver: str, taker: str, *, keeps: bool, status: int = 200, **facts: Any) -> Response[str]:
    base: dict[str, Any] = {"by_form": [], "many": None, "done": None, "skipped": 0, "fault": ""}
    workers = [("", library().phrase("records-choose-worker", seat.language)), *((one, one) for one in _workers(seat))]
    may = _between(seat, giver, taker)
    base["stay"] = sorted(_titled(seat, slug) for slug in _forms(seat) if slug not in may) if may else []
    return render(
        seat, "records/reassign.html", status, here="records", giver=giver, taker=taker, keeps=keeps, workers=workers,
        most=bulk.AT_ONCE, address=f"{seat.home}/reassign", records_address=f"{seat.home}/records", **(base | facts),
    )  # fmt: skip


ROUTES: Final = (asked, reassign)
