"""Reading one record for a stated reason: `/m/<code>/reason`, and who read what for which: `/m/<code>/reasons`.

A privacy officer has no table, no search and no export; they open the record whose id they know, for a reason that they
write down, for an hour, in the session in which they did. Others who answer for the record see it at once.
"""

from collections.abc import Sequence
from functools import partial
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath, FromQuery

from backend.desk.naming import records_named
from backend.desk.notes import READ_MS, READINGS_MAX, REASON_MIN, ReasonNeeded, may_go_on, new_reading, with_notes
from backend.desk.record_view import ID_DIGITS, name_of
from backend.desk.rights import Scope
from backend.desk.sights import is_signal
from backend.desk.threads import TextTooLong
from backend.desk.wording import Speaker
from backend.errors import status_of
from backend.municipality import publishing
from backend.sentences import library, told_on_page
from backend.stores.desk_notes import ReadFor
from backend.stores.listing import there
from backend.stores.records import Records
from backend.stores.rows import LIST
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.reading import READ, SIGNALS, Readable, posted, readable
from backend.web.desk.record import RECORD, Opened, blocks_of, file_of, opened_in
from backend.web.desk.record_facts import marks
from backend.web.desk.record_names import names_of
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import REFUSED, Seat, Seated
from forms.definition.document import Form
from forms.wording import moment

SEES: Final = ("reason.see", "signals.decide")
OVER: Final = 410
UNPROCESSABLE: Final = 422
MINUTE_MS: Final = 60_000
SEVERAL_MAX: Final = 50  # records of a case of which one is chosen; who has more types its number


@page("/reason", action="reason.read")
async def asked(seat: Seated, record: FromQuery[str] = "") -> Response[str]:
    """Ask which record, and why."""
    return await _ask(seat, record if RECORD.fullmatch(record) else "")


@act("/reason", action="reason.read", keeps=True)
async def begin(seat: Seated, request: Request[Any, Any, Any]) -> Response[Any]:
    """Open a record for a reason, and lead to it; the log and those who answer for the record have it from now on."""
    fields = await posted(request)
    typed, reason = fields.get("record", [""])[0].strip(), fields.get("reason", [""])[0]
    try:
        reading = new_reading("", "", seat.staff, seat.session, reason, seat.now_ms)
    except (ReasonNeeded, TextTooLong) as error:
        return await _ask(seat, typed, reason, status_of(error.code), failed=told_on_page(error, seat.language))
    forms, name = _forms(seat), fields.get("one", [typed])[0]
    records = await seat.keeper.look(partial(_named, forms=[one.form for one in forms.values()], name=name))
    one = await opened_in(seat, records[0][0], forms, None) if len(records) == 1 else None
    if one is None:
        about = bytes.fromhex(name.lower()) if RECORD.fullmatch(name.lower()) else None
        await seat.note("read-for-reason", about, str(len(records) or ""), REFUSED)
        return await _ask(seat, typed, reason, UNPROCESSABLE, wrong=not records, several=_several(seat, records))
    record = one.held.row["record"]
    await with_notes(seat.town, lambda store: store.keep_reading(reading._replace(record=record, form=one.slug)))
    await seat.note("read-for-reason", bytes.fromhex(record), f"reason:{len(reading.reason)}")
    return to(seat, f"/reason/{reading.id}")


def _named(store: Records, forms: Sequence[Form], name: str) -> list[tuple[str, str, int]]:
    """The records that were named: number, form, and when each was begun; no word of an answer."""
    found = records_named(store, forms, name, SEVERAL_MAX)
    rows = {row["record"]: row for row in store.begun(found)}
    return [(one, rows[one]["form"], rows[one]["created_ms"]) for one in found if one in rows]


def _several(seat: Seat, records: Sequence[tuple[str, str, int]]) -> list[dict[str, str]]:
    """The records of one case, as many as a page lists, to choose the one from that is read."""
    if len(records) < 2:
        return []
    begun = partial(library().phrase, "told-begun", seat.language)
    title = Speaker(seat.town, seat.language).title
    return [
        {"record": record, "words": f"{title(form)}, {begun(at=moment(ms, seat.language))}, {record[:ID_DIGITS]}"}
        for record, form, ms in sorted(records[:SEVERAL_MAX], key=lambda one: (one[1], one[2], one[0]))
    ]


@page("/reason/{reading:str}", action="reason.read")
async def read(seat: Seated, reading: FromPath[str]) -> Response[str]:
    """Show the answers of the one record that was opened for a reason."""
    own = await _own(seat, reading)
    if not may_go_on(own, seat.staff, seat.session, seat.now_ms):
        return await _ask(seat, own.record, "", OVER, over=True)
    one = await _opened(seat, own)
    await seat.note("show", bytes.fromhex(own.record), "reason")
    return render(
        seat, "reason/record.html", here="reason", name=name_of(one.speaker, one.slug, own.record, one.kept.shown),
        form_title=one.speaker.title(one.slug), blocks=await blocks_of(seat, one), marks=marks(one.held, seat.language),
        may_edit=False, reading=own, address=f"{seat.home}/reason/{own.id}", conflicts_address="",
    )  # fmt: skip


@page("/reason/{reading:str}/files/{file:str}", action="reason.read")
async def file(seat: Seated, reading: FromPath[str], file: FromPath[str]) -> Response[bytes]:
    """Open a photo or sound of it."""
    own = await _own(seat, reading)
    if not may_go_on(own, seat.staff, seat.session, seat.now_ms):
        raise Gone
    return await file_of(seat, await _opened(seat, own), file)


@act("/reason/{reading:str}/end", action="reason.read")
async def end(seat: Seated, reading: FromPath[str]) -> Response[Any]:
    """End a reading before its time."""
    own = await _own(seat, reading)
    if own.until_ms > seat.now_ms:
        await with_notes(seat.town, lambda store: store.keep_reading(own._replace(until_ms=seat.now_ms)))
        await seat.note("end-reading", bytes.fromhex(own.record))
    return to(seat, "/reason")


@page("/reasons", action=SEES)
async def reasons(seat: Seated) -> Response[str]:
    """List who opened which record for which reason: of the records for which this person answers."""
    found = await seen_by(seat)
    seen = await with_notes(seat.town, lambda store: store.readings_seen(seat.staff))
    await seat.note("reasons", None, str(len(found)))
    whole = seat.scope("reason.see") is Scope.MUNICIPALITY
    names = await names_of(seat, {one.record: one.form for one in found})
    shown = [
        {"who": _name(seat, one.staff), "reason": one.reason, "from_ms": one.from_ms, "until_ms": one.until_ms,
         "record": names.get(one.record, one.record[:ID_DIGITS]),
         "address": f"{seat.home}/record/{one.record}" if not whole else "", "new": one.id not in seen}
        for one in found
    ]  # fmt: skip
    return render(seat, "reason/list.html", here="reasons", readings=shown)


@act("/reasons", action=SEES)
async def seen(seat: Seated) -> Response[Any]:
    """Note that this person looked at all of them."""
    ids = [one.id for one in await seen_by(seat)]
    await with_notes(seat.town, lambda store: store.see_readings(ids, seat.staff))
    return to(seat, "/reasons")


async def seen_by(seat: Seat) -> list[ReadFor]:
    """The newest readings of others that a person sees: of the whole municipality, or of the records of their scope.

    Those of other scopes are looked past and not counted: many of them hide none that this person answers for.
    """
    found: list[ReadFor] = []
    last: ReadFor | None = None
    while len(found) < READINGS_MAX:
        some = await with_notes(
            seat.town,
            lambda store, last=last: store.readings_but(seat.staff, READINGS_MAX, last),  # type: ignore[misc]
        )
        found += await _for_whom(seat, some)
        if len(some) < READINGS_MAX:
            break
        last = some[-1]
    return found[:READINGS_MAX]


async def _for_whom(seat: Seat, others: Sequence[ReadFor]) -> list[ReadFor]:
    """The readings, of some, that a person sees."""
    if seat.scope("reason.see") is Scope.MUNICIPALITY or not others:
        return [*others]
    forms, known = readable(seat, SEES), set[str]()
    for action in SEES:
        some = {slug: one for slug, one in forms.items() if one.action == action}
        if some:
            ids = [one.record for one in others if one.form in some]
            known |= await seat.keeper.look(partial(there, records=ids), workers=next(iter(some.values())).workers)
    return [one for one in others if one.record in known]


def _forms(seat: Seat) -> dict[str, Readable]:
    """Every published form: a reason opens one record of any."""
    found = {}
    for version in seat.town.published.newest():
        if not version.form.startswith(LIST):
            form = publishing.history(seat.town, version.form)[-1]
            found[version.form] = Readable(form, SIGNALS if is_signal(form) else READ, None)
    return found


async def _own(seat: Seat, id_: str) -> ReadFor:
    """A reading that this person began. Raises `Gone`."""
    own = await with_notes(seat.town, lambda store: store.reading(id_))
    if own is None or own.staff != seat.staff:
        raise Gone
    return own


async def _opened(seat: Seat, own: ReadFor) -> Opened:
    one = await opened_in(seat, own.record, _forms(seat), None)
    if one is None:
        raise Gone
    return one


def _name(seat: Seat, staff: str) -> str:
    person = seat.town.people.person(staff)
    return (person.shown_name if person is not None else "") or staff


async def _known_as(seat: Seat, own: ReadFor) -> str:
    """The name of the record of a reading that goes on."""
    one = await opened_in(seat, own.record, _forms(seat), None)
    return own.record[:ID_DIGITS] if one is None else name_of(one.speaker, one.slug, own.record, one.kept.shown)


async def _ask(seat: Seat, record: str, reason: str = "", status: int = 200, **facts: Any) -> Response[str]:
    base: dict[str, Any] = {"failed": None, "wrong": False, "over": False, "several": []}
    every = await with_notes(seat.town, lambda store: store.readings_of(seat.staff, seat.now_ms - READ_MS))
    opened = [
        (own.id, await _known_as(seat, own), own.until_ms)
        for own in every
        if may_go_on(own, seat.staff, seat.session, seat.now_ms)
    ]
    return render(
        seat, "reason/ask.html", status, here="reason", record=record, reason=reason, least=REASON_MIN,
        minutes=READ_MS // MINUTE_MS, opened=opened, **(base | facts),
    )  # fmt: skip


ROUTES: Final = (asked, begin, read, file, end, reasons, seen)
