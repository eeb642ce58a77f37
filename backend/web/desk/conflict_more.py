"""Beside the page of a matter: the whole form as one of the authors had it, and moving an item's answers elsewhere."""

from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.decisions import DecisionChanged
from backend.desk.history import History
from backend.desk.moving import Move, move, move_of
from backend.desk.outcome import settled_of
from backend.desk.waiting import Matter, known_lines, matter_of
from backend.desk.wording import Speaker
from backend.desk.writing import PageChanged
from backend.errors import ROOM_ERRORS, MunicipalityLocked, status_of
from backend.sentences import told_on_page
from backend.web.desk.conflicts import DECIDE, found, once
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from picture.choices import ITEM


@page("/conflicts/{decision:str}/as/{entry:str}", action=DECIDE)
async def as_known(seat: Seated, decision: FromPath[str], entry: FromPath[str]) -> Response[str]:
    """The whole form as the author of one of the answers had it when they wrote it."""
    row, _ = await found(seat, decision)
    was = row if row is not None else (await once(seat, decision))[0]
    speaker = Speaker(seat.town, seat.language)

    def drawn() -> dict[str, Any] | None:
        history = History(seat.town, bytes.fromhex(was["record"]))
        cards = matter_of(row, history, speaker).cards if row is not None else settled_of(was, history, speaker).others
        own = history.written().get(entry)
        if own is None or entry not in [one.entry for one in cards]:
            return None
        picture = history.as_known_to(entry)
        return {"own": own, "title": speaker.title(picture.form), "lines": known_lines(picture, speaker)}

    facts = await seat.keeper.apart(drawn)
    if facts is None:
        raise Gone
    await seat.note("show", bytes.fromhex(was["record"]), "as-known")
    return render(seat, "conflicts/as_known.html", here="conflicts", id=decision, **facts)


async def _move(seat: Seat, decision: str, item: str) -> tuple[Matter, Move, str]:
    """A move of what waits, with the sealed field of its record. Raises `Gone`."""
    row, field = await found(seat, decision)
    if row is None or row["kind"] != ITEM:
        raise Gone
    speaker = Speaker(seat.town, seat.language)

    def drawn() -> tuple[Matter, Move] | None:
        history = History(seat.town, bytes.fromhex(row["record"]))
        moved = move_of(history, speaker, row["name"], item)
        return None if moved is None else (matter_of(row, history, speaker), moved)

    pair = await seat.keeper.apart(drawn)
    if pair is None:
        raise Gone
    return *pair, field


@page("/conflicts/{decision:str}/move/{item:str}", action=DECIDE)
async def preview(seat: Seated, decision: FromPath[str], item: FromPath[str]) -> Response[str]:
    """Show question by question what moving an item's answers to another item would do."""
    matter, moved, field = await _move(seat, decision, item)
    await seat.note("conflict", bytes.fromhex(matter.record), "move")
    return _page(seat, matter, moved, field)


def _page(
    seat: Seat, matter: Matter, moved: Move, field: str, taken: frozenset[str] | None = None, reason: str = "",
    failed: Exception | None = None,
) -> Response[str]:  # fmt: skip
    code = getattr(failed, "code", "")
    return render(
        seat, "conflicts/move.html", status_of(code) if failed is not None else 200, here="conflicts", matter=matter,
        moved=moved, read_at=field, reason=reason, item=moved.target.rpartition("/")[2],
        taken={one.path for one in moved.leaves if not one.clash} if taken is None else taken,
        failed=told_on_page(failed, seat.language) if failed is not None else None,  # type: ignore[arg-type]
    )  # fmt: skip


@act("/conflicts/{decision:str}/move/{item:str}", action=DECIDE, keeps=True)
async def moves(
    request: Request[Any, Any, Any], seat: Seated, decision: FromPath[str], item: FromPath[str]
) -> Response[Any]:
    """Move the answers that were ticked, and take the item away."""
    form = await request.form()
    row, _ = await found(seat, decision)
    if row is None:
        return to(seat, f"/conflicts/{decision}")  # a colleague was first: that page says what stands
    matter, moved, field = await _move(seat, decision, item)
    taken = frozenset(map(str, form.getall("take", [])))
    reason = str(form.get("reason", "")).strip()
    try:
        await move(seat, decision, moved, taken, reason, str(form.get("read_at", "")))
    except MunicipalityLocked:
        raise
    except (DecisionChanged, PageChanged) as error:
        await seat.keeper.catch_up()
        again, _ = await found(seat, decision)
        if again is None:
            return to(seat, f"/conflicts/{decision}")
        matter, moved, field = await _move(seat, decision, item)
        return _page(seat, matter, moved, field, taken, reason, error)
    except ROOM_ERRORS as error:
        return _page(seat, matter, moved, field, taken, reason, error)
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/conflicts/{decision}")


ROUTES: Final = (as_known, preview, moves)
