"""Review: the records that wait for somebody of the office, and the page on which one is approved or returned."""

from functools import partial
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.history import History
from backend.desk.reviewing import STATES, reviewed_of, set_review, write_text
from backend.desk.sights import Sight, sights_of
from backend.desk.telling import told
from backend.desk.wording import Speaker
from backend.desk.writing import read_at
from backend.errors import ROOM_ERRORS, MunicipalityLocked, status_of
from backend.sentences import told_on_page
from backend.stores.queue_rows import ANSWERED, CHANGED, IN_REVIEW, RECEIVED
from backend.stores.records import COUNTED_MAX, Records, ReviewKey
from backend.web.desk.guarding import COUNTERS, Gone, act, page
from backend.web.desk.record import blocks_of, opened
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.table_facts import counted

SETS: Final = ("review.set", "signals.decide")
WAITS: Final = (CHANGED, ANSWERED, RECEIVED, IN_REVIEW)  # what comes back first
PAGE_ROWS: Final = 50
MS_DIGITS: Final = 16  # a time beyond has no place in a table
RECORD_DIGITS: Final = 32


def sights(seat: Seat) -> list[Sight]:
    """The forms and workers that a person may review."""
    return sights_of(seat.town, seat.workers, lambda action: seat.scope(action) is not None, *SETS)


def _count(sight: Sight, store: Records) -> int:
    return store.reviews_count(sight.forms, WAITS)


async def review_count(seat: Seat) -> int:
    """The number of records that wait for a review."""
    total = 0
    for sight in sights(seat):
        total += await seat.keeper.look(partial(_count, sight), workers=sight.workers)
    return min(total, COUNTED_MAX)


COUNTERS["review"] = (SETS, review_count)


def _key(text: str) -> ReviewKey | None:
    since, _, record = text.partition("-")
    return (
        (int(since), record) if since.isdecimal() and len(since) < MS_DIGITS and len(record) == RECORD_DIGITS else None
    )


@page("/review", action=SETS)
async def queue(request: Request[Any, Any, Any], seat: Seated) -> Response[str]:
    """The records that wait for a review, those that wait longest first."""
    wished = str(request.query_params.get("stage", ""))
    stages = (wished,) if wished in WAITS else WAITS
    after, rows, total = _key(str(request.query_params.get("after", ""))), list[dict[str, Any]](), 0
    speaker = Speaker(seat.town, seat.language)
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> None:
            nonlocal total
            found = store.reviews(sight.forms, stages, after, PAGE_ROWS + 1)
            apart = told(store, [row["record"] for row in found], speaker, seat.named)
            rows.extend({**_listed(row, speaker), **apart[row["record"]]} for row in found)
            total += store.reviews_count(sight.forms, stages)

        await seat.keeper.look(read, workers=sight.workers)
    rows.sort(key=lambda row: (row["since_ms"], row["record"]))
    await seat.note("reviews", None, f"{min(len(rows), PAGE_ROWS)}")
    last = rows[PAGE_ROWS - 1] if len(rows) > PAGE_ROWS else None
    return render(
        seat, "review/queue.html", here="review", rows=rows[:PAGE_ROWS], total=counted(total, seat.language),
        stages=[(stage, f"review-stage-{dashed(stage)}") for stage in WAITS], wished=wished,
        next=f"{last['since_ms']}-{last['record']}" if last else "",
    )  # fmt: skip


def _listed(row: dict[str, Any], speaker: Speaker) -> dict[str, Any]:
    return {**row, "title": speaker.title(row["form"]), "code": f"review-stage-{dashed(row['stage'])}"}


def dashed(state: str) -> str:
    """A state as it stands in the codes of sentences."""
    return state.replace("_", "-")


async def _field(seat: Seat, record: str) -> str:
    """The sealed field of a record that a person may review; raises `Gone`."""
    for sight in sights(seat):

        def read(store: Records, sight: Sight = sight) -> str:
            return read_at(seat, store, record) if store.in_form(record, sight.forms) is not None else ""

        if found := await seat.keeper.look(read, workers=sight.workers):
            return found
    raise Gone


@page("/review/{record:str}", action=SETS)
async def review(seat: Seated, record: FromPath[str]) -> Response[str]:
    """One record: what came since it was reviewed, its questions and remarks, and what may be done."""
    field = await _field(seat, record)
    await seat.note("show", bytes.fromhex(record), "review")
    return await _page(seat, record, field)


async def _page(
    seat: Seat, record: str, field: str, typed: str = "", pick: str = "", failed: Any = None
) -> Response[str]:
    speaker = Speaker(seat.town, seat.language)
    reviewed = await seat.keeper.apart(lambda: reviewed_of(History(seat.town, bytes.fromhex(record)), speaker))
    one = await opened(seat, record, SETS)
    apart = await seat.keeper.look(
        lambda store: told(store, [record], speaker, seat.named), workers=one.readable.workers
    )
    state = f"review-state-{dashed(reviewed.state)}" if reviewed.state in STATES else ""
    return render(
        seat, "review/record.html", status_of(failed.code) if failed else 200, here="review", reviewed=reviewed,
        read_at=field, state=state, states=_steps(reviewed.state), apart=apart.get(record, {}).get("apart", ""),
        typed=typed, pick=pick, blocks=await blocks_of(seat, one), may_edit=False,
        address=f"{seat.home}/record/{record}", conflicts_address=f"{seat.home}/conflicts",
        failed=told_on_page(failed, seat.language) if failed else None, next=await _next(seat, record),
    )  # fmt: skip


def _steps(state: str) -> list[tuple[int, str, str]]:
    """The steps to choose from, each with its key: what nobody has looked at yet is not put back to received."""
    keys = enumerate(STATES, 1)
    return [(key, one, f"review-do-{dashed(one)}") for key, one in keys if one != RECEIVED or state not in ("", one)]


async def _next(seat: Seat, record: str) -> str:
    """The record that waits longest, another than this one."""
    found: list[tuple[int, str]] = []
    for sight in sights(seat):
        rows = await seat.keeper.look(partial(_first, sight), workers=sight.workers)
        found += [row for row in rows if row[1] != record]
    return min(found)[1] if found else ""


def _first(sight: Sight, store: Records) -> list[tuple[int, str]]:
    return [(row["since_ms"], row["record"]) for row in store.reviews(sight.forms, WAITS, None, 2)]


@act("/review/{record:str}", action=SETS, keeps=True)
async def decide(request: Request[Any, Any, Any], seat: Seated, record: FromPath[str]) -> Response[Any]:
    """Set the state of a review, ask, or remark."""
    field = await _field(seat, record)
    form = await request.form()
    pick, typed = str(form.get("pick", "")), str(form.get("text", ""))
    shown, own = str(form.get("read_at", "")), bytes.fromhex(record)
    try:
        if pick in ("ask", "comment"):
            await write_text(seat, own, shown, typed, asks=pick == "ask")
        else:
            await set_review(seat, own, shown, pick, typed)
    except MunicipalityLocked:
        raise
    except ROOM_ERRORS as error:
        return await _page(seat, record, field, typed, pick, error)
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/review/{record}")


ROUTES: Final = (queue, review, decide)
