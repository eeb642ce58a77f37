"""An export that a terminal writes itself: by the rules of the page of exports, it waits for a second person too."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, Final

from backend.desk.desk import Desk
from backend.desk.export_asking import REASON_MAX, Asking, ExportRightsGone, Typed, is_highest, may_have, must_be_two
from backend.desk.export_command import must_exist, with_tables
from backend.desk.export_pipe import KINDS
from backend.desk.export_second import seconds
from backend.desk.exporting import Asked, asked_about
from backend.desk.sights import Sight
from backend.desk.threads import line
from backend.desk.wire import LEFT
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.stores.records import Records
from forms.wording import ZONE

Row = dict[str, Any]
SHOWN_RECORDS: Final = 50  # of those that were named, to the second person: a person looks through so many


async def asked_at_terminal(keeper: Keeper, asked: Asked, detail: str, args: Row, sight: Sight) -> Asking:
    """The export that was typed, counted within the sight. Raises `ReasonNeeded` and what is not there."""
    town = keeper.town

    def work(store: Records) -> tuple[int, set[str]]:
        tables = with_tables(town, store, asked.slug)
        must_exist(tables, asked)
        return tables.count_in(asked.slug, asked.wishes.chosen), asked_about(tables, asked)

    many, about = await keeper.look(work, workers=sight.workers)
    typed = _typed(args, asked)
    second = must_be_two(typed.reason, many, two=is_highest(town, asked, about))
    workers = None if sight.workers is None else frozenset(sight.workers)
    return Asking(
        asked, typed.kind, str(args.get("labels") or ""), "", workers, None, detail, typed, many, second, named=False
    )


def _typed(args: Row, asked: Asked) -> Typed:
    """The wishes as the second person reads them."""
    chosen, kind, reason = asked.wishes.chosen, str(args.get("kind") or ""), str(args.get("reason") or "")
    return Typed(
        kind if kind in KINDS else KINDS[-1], since=_day(chosen.since_ms), until=_day(chosen.until_ms, 1),
        version=str(chosen.version or ""), columns=tuple(sorted(asked.wishes.columns)),
        reader=str(args.get("reader") or ""), pseudonyms=str(args.get("pseudonyms") or ""),
        records=" ".join(chosen.records[:SHOWN_RECORDS]), reason=line(reason, REASON_MAX),
    )  # fmt: skip


def _day(ms: int | None, earlier_ms: int = 0) -> str:
    """The day in which a moment lies; an end that is not counted in is that of the day before."""
    if ms is None:
        return ""
    return datetime.fromtimestamp((ms - earlier_ms) / 1_000, UTC).astimezone(ZONE).date().isoformat()


async def until_agreed(desk: Desk, town: Municipality, staff: str, asking: Asking) -> AsyncIterator[Row]:
    """Say what is waited for, if anything is; it ends once the export may be made.

    Raises `ExportNotAgreed`, and `ExportRightsGone` where who asked may no longer have what was agreed with.
    """
    held = await desk.exports.hold(town, staff, asking)
    if held is None:
        return
    id_, agreed = held
    left = LEFT.get()
    if left is not None:
        left.add_done_callback(lambda _left: desk.exports.leave(id_))  # nobody waits for it any more
    try:
        people = [one.shown_name or one.name for one in seconds(town, staff)]
        yield {"waits": people, "path": f"/m/{town.code}/exports"}
        await agreed
    finally:
        desk.exports.leave(id_)
    if not may_have(town, staff, asking):
        raise ExportRightsGone(name=staff)
