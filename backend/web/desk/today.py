"""Today: what waits for a person, in order of protection and age, as links with numbers; and the way to it."""

from collections.abc import Iterable
from functools import partial
from typing import Any, Final

from litestar import Response

from backend.desk.coming_in import RINGS, may_see
from backend.desk.export_live import READY, RUNS
from backend.desk.export_second import SECOND
from backend.desk.factor_news import news_of, read_news
from backend.desk.fleet import SILENT, phones
from backend.desk.forms import may_be_second
from backend.desk.notes import is_due, with_notes
from backend.desk.seconds import without_over
from backend.desk.typed import unsaved
from backend.desk.wording import Speaker
from backend.sentences import library
from backend.stores.desk_notes import TYPED_MS, Task, Typed
from backend.stores.desk_store import DeskStore
from backend.stores.openid import Ring
from backend.stores.today import WEEK_MS, Waits, waits_in, week_in
from backend.web.desk import attention
from backend.web.desk.conflicts import DECIDE
from backend.web.desk.exports import EXPORTS, lost, others
from backend.web.desk.forms import title_of
from backend.web.desk.guarding import act, page
from backend.web.desk.proposals import can_agree, passed, unread
from backend.web.desk.reading import READS, readable
from backend.web.desk.reason import SEES, seen_by
from backend.web.desk.record_names import names_of
from backend.web.desk.rendering import navigation, render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.table_facts import counted
from backend.web.desk.task_facts import today_of
from backend.web.desk.tasks import TASKS

# what waits, the page that has it, and if it comes before all others: in the order of desk.md 5
KINDS: Final = (
    ("typed", "/typed", True), ("emergency", "/proposals", True), ("agree", "/proposals", True),
    ("protective", "/conflicts", True), ("reasons", "/reasons", True), ("answered", "/review", True),
    ("conflicts", "/conflicts", False), ("changed", "/review", False), ("review", "/review", False),
    ("attention", "/attention", False), ("tasks", "/tasks", False), ("devices", "/devices", False),
    ("exports-second", "/exports", False), ("exports-lost", "/exports", False),
    ("exports-ready", "/exports", False), ("exports-running", "/exports", False),
)  # fmt: skip


@page("", action="today.read")
async def start(seat: Seated) -> Response[Any]:
    """Lead to the page of today."""
    return to(seat, "/today")


@page("/today", action="today.read")
async def today(seat: Seated) -> Response[str]:
    """Show what waits."""
    found, week = await _waits(seat)
    speaker = Speaker(seat.town, seat.language)
    shown = [
        _shown(seat, kind, path, waits, speaker, urgent=urgent)
        for kind, path, urgent in KINDS
        if (waits := found.get(kind)) is not None and waits.count
    ] + _forms(seat)
    said = library().phrase
    others = [
        {"words": said(f"frame-nav-{entry.name}", seat.language), "address": f"{seat.home}{entry.path}"}
        for entry in navigation(seat)
        if entry.name != "today"
    ]
    alone: dict[str, Any] = {"rings": _rings(seat), "passed": await passed(seat)}
    alone["news"] = news_of(seat.town, seat.staff)
    return render(seat, "today/today.html", here="today", waits=shown, week=week, others=others, **alone)


@act("/today/news", action="today.read")
async def seen(seat: Seated) -> Response[Any]:
    """Note that this person read which ways to sign in are new."""
    await read_news(seat.town, seat.staff)
    return to(seat, "/today")


def _shown(seat: Seat, kind: str, path: str, waits: Waits, speaker: Speaker, *, urgent: bool) -> dict[str, Any]:
    address = f"{seat.home}{path}" if path in seat.paths else f"{seat.home}/records"
    words = library().phrase(f"today-{kind}", seat.language, count=waits.count)
    forms = ", ".join(sorted({speaker.title(slug) for slug in waits.forms}, key=str.casefold))
    return {"count": counted(waits.count, seat.language), "words": words, "since_ms": waits.since_ms,
            "address": address, "urgent": urgent, "forms": forms}  # fmt: skip


def _forms(seat: Seat) -> list[dict[str, Any]]:
    """The forms that wait for this very person to agree, each with the way to what there is to read."""
    town = seat.town
    drafts = town.published.drafts() if seat.scope("forms.approve") is not None else []
    words = library().phrase("today-forms-second", seat.language)
    return [
        {"count": counted(1, seat.language), "words": words, "since_ms": one.proposed_ms,
         "address": f"{seat.home}/forms/waiting/{one.form}", "urgent": False, "forms": title_of(seat, one)}
        for one in drafts if may_be_second(town, one.proposed_by, seat.staff)
    ]  # fmt: skip


async def _waits(seat: Seat) -> tuple[dict[str, Waits], int | None]:
    """Count all that waits in the forms that a seat may read, and all that came this week (None: it reads none)."""
    found = _silent(seat) | _for_two(seat) | _exports(seat) | await _beside(seat)
    if not any(seat.scope(action) is not None for action in READS):
        return found, None
    forms, week = readable(seat), 0
    since_ms = seat.now_ms - WEEK_MS
    for action in READS:
        some = {slug: one for slug, one in forms.items() if one.action == action}
        if not some:
            continue
        workers = next(iter(some.values())).workers
        here = await seat.keeper.look(partial(waits_in, forms=[*some]), workers=workers)
        if not any(seat.scope(one) is not None for one in attention.SEES):
            del here["attention"]  # the page is of who may do something about it
        if not any(seat.scope(one) is not None for one in DECIDE):
            here = {kind: waits for kind, waits in here.items() if kind not in ("protective", "conflicts")}
        for kind, waits in here.items():
            found[kind] = found[kind].with_(waits) if kind in found else waits
        week += await seat.keeper.look(partial(week_in, forms=[*some], since_ms=since_ms), workers=workers)
    return found, week


def _for_two(seat: Seat) -> dict[str, Waits]:
    """The proposals that wait for this person, and the acts that passed without a second one."""
    some = {"agree": can_agree(seat), "emergency": unread(seat)}
    return {kind: Waits(len(ones), min((one.at_ms for one in ones), default=0)) for kind, ones in some.items()}


async def _beside(seat: Seat) -> dict[str, Waits]:
    """Texts that were not saved, tasks of today, and readings for a reason that this person has not seen."""
    town, staff = seat.town, seat.staff
    if town.locked:
        return {}

    def read(store: DeskStore) -> tuple[list[Typed], list[Task], frozenset[str]]:
        typed = store.typed_by(staff, town.clock.now_ms() - TYPED_MS)
        return typed, store.tasks_for(staff), store.readings_seen(staff)

    typed, mine, seen = await with_notes(town, read)
    found = {"typed": _counted(one.at_ms for one in unsaved(typed))}
    if any(seat.scope(action) is not None for action in TASKS):
        due = await without_over(seat.keeper, [one for one in mine if is_due(one, today_of(seat))])
        names = await names_of(seat, {one.record: one.form for one in due}, TASKS)
        found["tasks"] = _counted(one.made_ms for one in due if one.record in names)
    if any(seat.scope(action) is not None for action in SEES):
        found["reasons"] = _counted(one.from_ms for one in await seen_by(seat) if one.id not in seen)
    return found


def _counted(times: Iterable[int]) -> Waits:
    known = [*times]
    return Waits(len(known), min(known, default=0))


def _rings(seat: Seat) -> list[tuple[Ring, bool]]:
    """The uses of the emergency account that wait to be seen, for who looks after accounts; and who may see them."""
    rings = seat.town.openid.rings() if seat.scope(RINGS) is not None else []
    return [(ring, may_see(seat.town, seat.staff, ring)) for ring in rings]


def _silent(seat: Seat) -> dict[str, Waits]:
    """The devices that were not heard for a week and have words unsent, for who may see devices."""
    if seat.scope("devices.read") is None:
        return {}
    silent = [one.seen_ms or 0 for one in phones(seat.town, seat.workers("devices.read")) if one.state == SILENT]
    return {"devices": Waits(len(silent), min(silent, default=0))}


def _exports(seat: Seat) -> dict[str, Waits]:
    """The own exports that are made or lie ready, and those of others that wait for a second person."""
    if not any(seat.scope(action) is not None for action in (*EXPORTS, SECOND)):
        return {}
    jobs = seat.desk.exports.of(seat.town)
    mine = [one for one in jobs if one.staff == seat.staff]
    kinds = {"exports-running": [one for one in mine if one.state == RUNS],
             "exports-ready": [one for one in mine if one.state == READY],
             "exports-second": others(seat, jobs), "exports-lost": lost(seat, jobs)}  # fmt: skip
    return {kind: Waits(len(some), min((one.made_ms for one in some), default=0)) for kind, some in kinds.items()}


ROUTES: Final = (start, today, seen)
