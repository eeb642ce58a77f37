"""The same act for several records of a form: `/m/<code>/records/<form>/bulk`.

Ticked in the table, or all that a view finds; first a page that lists each of them with what will come of it, where
each can be left out, then the act and a report. Nothing of it stands in an address.
"""

from functools import partial
from typing import Any, Final, NamedTuple

import msgspec
from litestar import Request, Response
from litestar.params import FromPath

from backend.desk import bulk
from backend.desk.record_view import ID_DIGITS, case_question
from backend.desk.signs import titled
from backend.desk.telling import told
from backend.desk.views import Views
from backend.desk.wishes import Wish, fitting, listing_of, tabled, unpacked
from backend.desk.writing import sealed
from backend.errors import BackendError, status_of
from backend.sentences import library, told_on_page
from backend.stores.listing import chosen, page
from backend.stores.queue_rows import SAYS_MORE
from backend.stores.records import Records
from backend.web.desk.guarding import Gone, act
from backend.web.desk.reading import Readable, posted, readable, speaker, workers_of
from backend.web.desk.record import RECORD
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.table_facts import review_code
from forms.wording import ZONE
from sync.entry import Seen

REVIEWS: Final = ("review.set", "signals.decide")
GRANTS: Final = ("grants.change", "signals.decide")
GRANT: Final = "grant"
ALL: Final = "all"  # all that the view finds, in place of those that are ticked
PAGES_MAX: Final = 25  # of a view that are looked through for what is still to be done
_seen: Final = msgspec.msgpack.Decoder(tuple[Seen, ...]).decode


class NothingTicked(BackendError):
    """An act for several records is for those that are ticked, and none is."""

    code = "nothing-ticked"


class Wanted(NamedTuple):
    """An act for several records, as it is posted: `do` is a state of the review or `grant`."""

    one: Readable
    do: str
    worker: str
    fields: dict[str, list[str]]


def offered(seat: Seat, one: Readable) -> dict[str, Any]:
    """The facts with which a table offers acts for several: what may be done, and to which workers records can go."""
    language, said = seat.language, library().phrase
    acts = []
    if one.form.slug in readable(seat, REVIEWS):
        acts += [(state, said(f"bulk-{state.replace('_', '-')}", language)) for state in bulk.REVIEWS[1:]]
        acts.append((bulk.REVIEWS[0], said("bulk-received", language)))
    workers: list[tuple[str, str]] = []
    if one.form.slug in readable(seat, GRANTS):
        book = seat.town.book
        workers = [(name, name) for name in workers_of(seat, one) if book.all_devices_of(name)]
        if workers:
            acts.append((GRANT, said("bulk-grant", language)))
    return {"bulk_acts": acts, "bulk_workers": workers, "bulk_most": bulk.AT_ONCE}


@act("/records/{form:str}/bulk", action=("review.set", "grants.change", "signals.decide"))
async def several(seat: Seated, request: Request[Any, Any, Any], form: FromPath[str]) -> Response[Any]:
    """List the records that an act is for, with what comes of each; and do it, once that was confirmed."""
    fields = await posted(request)
    do = fields.get("do", [""])[0]
    one = readable(seat, GRANTS if do == GRANT else REVIEWS).get(form)
    worker = fields.get("worker", [""])[0] if do == GRANT else ""
    if one is None or do not in (GRANT, *bulk.REVIEWS):
        raise Gone
    if do == GRANT and worker not in workers_of(seat, one):
        raise Gone
    wanted = Wanted(one, do, worker, fields)
    try:
        if fields.get("sure") == ["yes"]:
            return await _done(seat, wanted)
        return await _preview(seat, wanted)
    except (bulk.TooManyChosen, NothingTicked) as error:
        return _page(seat, wanted, status_of(error.code), failed=told_on_page(error, seat.language))


async def _preview(seat: Seat, wanted: Wanted) -> Response[str]:
    if wanted.fields.get("which") == [ALL]:
        ready, already, more = await _found(seat, wanted)
    else:
        rows, more = await _rows(seat, wanted.one, _ticked(wanted.fields)), False
        ready = [row for row in rows if not _already(seat, wanted, row)]
        already = len(rows) - len(ready)
    shown = [
        {"record": row["record"], "name": _name(row), "now": _now(seat, row),
         "address": f"{seat.home}/record/{row['record']}",
         "field": sealed(seat, bytes.fromhex(row["record"]), _seen(bytes.fromhex(row["observed"])))}
        for row in ready
    ]  # fmt: skip
    await seat.note("bulk", None, f"{wanted.one.form.slug} {wanted.do} {len(shown)}?")
    return _page(seat, wanted, rows=shown, already=already, more=more)


async def _done(seat: Seat, wanted: Wanted) -> Response[str]:
    ids = _ticked(wanted.fields)
    rows = {row["record"]: row for row in await _rows(seat, wanted.one, ids)}
    there = [bytes.fromhex(record) for record in ids if record in rows]
    await seat.note("bulk", None, f"{wanted.one.form.slug} {wanted.do} {len(there)}")
    if wanted.do == GRANT:
        report = await bulk.open_each(seat, there, [wanted.one.form.slug], wanted.worker)
    else:
        pages = {record: wanted.fields.get(f"at.{record.hex()}", [""])[0] for record in there}
        report = await bulk.review_each(seat, pages, wanted.do)
    await seat.keeper.reached(seat.town.committed.position)
    gone = [(bytes.fromhex(record), bulk.GONE) for record in ids if record not in rows]
    skipped = [
        {"name": _name(rows[id_.hex()]) if id_.hex() in rows else id_.hex()[:ID_DIGITS],
         "why": library().phrase(f"bulk-skipped-{why}", seat.language),
         "address": f"{seat.home}/record/{id_.hex()}" if id_.hex() in rows else ""}
        for id_, why in (*report.skipped, *gone)
    ]  # fmt: skip
    return _page(seat, wanted, done=len(report.done), skipped=skipped)


async def _found(seat: Seat, wanted: Wanted) -> tuple[list[dict[str, Any]], int, bool]:
    """The first records of a view for which something is to be done, how many before those are so already, and if
    there may be more."""
    one, view = wanted.one, wanted.fields.get("view", [""])[0]
    teams = [team.id for team in seat.town.people.teams() if seat.staff in team.staff]
    kept, _ = await Views(seat.town).seen(view, one.form.slug, seat.staff, teams)
    if view and kept is None:
        raise Gone
    wish = fitting(unpacked(kept.wish), one.form)[0] if kept is not None else Wish()
    asked = listing_of(msgspec.structs.replace(wish, columns=()), one.form, ZONE)
    ready: list[dict[str, Any]] = []
    already, after = 0, ""
    for _ in range(PAGES_MAX):
        found = await seat.keeper.look(partial(page, asked=asked, after=after, rows=bulk.AT_ONCE), workers=one.workers)
        for row in await _rows(seat, one, [row["record"] for row in found.rows]):
            if _already(seat, wanted, row):
                already += 1
            else:
                ready.append(row)
        if len(ready) > bulk.AT_ONCE or not found.after:
            return ready[: bulk.AT_ONCE], already, len(ready) > bulk.AT_ONCE
        after = found.rows[-1]["record"]
    return ready, already, True


def _ticked(fields: dict[str, list[str]]) -> list[str]:
    ids = [one for one in dict.fromkeys(fields.get("record", ())) if RECORD.fullmatch(one)]
    if not ids:
        raise NothingTicked
    bulk.must_be_few([*map(bytes.fromhex, ids)])
    return ids


async def _rows(seat: Seat, one: Readable, ids: list[str]) -> list[dict[str, Any]]:
    """The records on which this person may act, as they are now."""
    question = case_question(one.form)
    named = question.name if question is not None and question.name in tabled(one.form) else ""

    def work(store: Records) -> list[dict[str, Any]]:
        apart = told(store, ids, speaker(seat), seat.named)
        return [{**row, **apart[row["record"]]} for row in chosen(store, one.form.slug, ids, named)]

    return await seat.keeper.look(work, workers=one.workers)


def _name(row: dict[str, Any]) -> str:
    return f"{row['name'] or row['record'][:ID_DIGITS]}, {row['apart']}"


def _already(seat: Seat, wanted: Wanted, row: dict[str, Any]) -> bool:
    if wanted.do == GRANT:
        return bulk.reads(seat.town, wanted.worker, bytes.fromhex(row["record"]))
    return bool(row["state"] == wanted.do and row["stage"] != "changed")


def _now(seat: Seat, row: dict[str, Any]) -> str:
    state = row["stage"] if row["stage"] in SAYS_MORE else row["state"]
    return library().phrase(review_code(state), seat.language) if state else ""


def _page(seat: Seat, wanted: Wanted, status: int = 200, **facts: Any) -> Response[str]:
    form, language = wanted.one.form, seat.language
    what = library().phrase(f"bulk-{wanted.do.replace('_', '-')}", language)
    base: dict[str, Any] = {"rows": [], "already": 0, "more": False, "done": None, "skipped": [], "failed": None}
    return render(
        seat, "records/bulk.html", status, here="records", do=wanted.do, worker=wanted.worker, what=what,
        title=titled(form.title, language, form.slug), most=bulk.AT_ONCE,
        address=f"{seat.home}/records/{form.slug}", records_address=f"{seat.home}/records", **(base | facts),
    )  # fmt: skip


ROUTES: Final = (several,)
