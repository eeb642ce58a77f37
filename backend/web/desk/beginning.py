"""Beginning a record for a worker: `/m/<code>/records/<form>/new`.

The questions of the form's first section that asks something once, and for whom; the rest is filled in at the record.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.beginning import NothingToBegin, begin, may_begin
from backend.desk.firsts import first_answers
from backend.desk.fitting import unfit
from backend.desk.record_view import ID_DIGITS, Kept, case_question
from backend.desk.signs import titled
from backend.desk.warned import failing, seal_of
from backend.desk.wishes import tabled
from backend.errors import status_of
from backend.sentences import library, told_on_page
from backend.stores.listing import Condition, Listing
from backend.stores.listing import page as rows_of
from backend.web.desk.asked import Asked, asked_of, changes_in, typed_in, with_answer
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.reading import Readable, posted, readable, speaker, workers_of
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated

BEGINS: Final = ("records.edit", "signals.decide")
UNPROCESSABLE: Final = 422
CONFLICT: Final = 409
ALIKE_MAX: Final = 5  # records of the same case that are named


@page("/records/{form:str}/new", action=BEGINS)
async def new(seat: Seated, form: FromPath[str]) -> Response[str]:
    """Ask with which answers a record begins, and for whom."""
    one = _form(seat, form)
    first = first_answers(seat.town, one.form, {})
    asked = [each if each.path not in first else with_answer(each, first[each.path]) for each in _asked(seat, one)]
    return _page(seat, one, asked, "")


@act("/records/{form:str}/new", action=BEGINS, keeps=True)
async def made(seat: Seated, request: Request[Any, Any, Any], form: FromPath[str]) -> Response[Any]:
    """Begin the record and lead to it; all that does not fit is said at once, each at its field, and what was typed
    stays. Of a case that is there already its records are shown first."""
    one, fields = _form(seat, form), await posted(request)
    asked = [typed_in(question, fields) for question in _asked(seat, one)]
    answers, faults = changes_in(speaker(seat), form, asked)
    faults = unfit(seat.town, form, one.form.version, answers, seat.language) | faults
    worker = fields.get("worker", [""])[0]
    known = worker in possible(seat, one)
    failed = None if answers or faults else NothingToBegin()
    if not faults and known and failed is None:
        sure, warned = fields.get("sure", [""])[0], failing(seat.town, form, answers, answers, (), seat.language)
        seal = seal_of(warned, answers) if warned else "yes"
        alike = [] if sure == seal else await _alike(seat, one, answers)
        if alike or (warned and sure != seal):
            asked = [msgspec.structs.replace(each, fault=warned.get(each.path, "")) for each in asked]
            return _page(seat, one, asked, worker, CONFLICT, alike=alike, sure=seal)
        record = await begin(seat, form, answers, worker, [each.path for each in asked])
        await seat.keeper.reached(seat.town.committed.position)
        return to(seat, f"/record/{record.hex()}")
    asked = [msgspec.structs.replace(each, fault=faults.get(each.path, "")) for each in asked]
    return _page(seat, one, asked, worker, status_of(failed.code) if failed else UNPROCESSABLE, failed, known=known)


def possible(seat: Seat, one: Readable) -> list[str]:
    """The workers for whom a record can be begun or to whom one can go: of the own teams, with a device."""
    return [worker for worker in workers_of(seat, one) if seat.town.book.all_devices_of(worker)]


async def _alike(seat: Seat, one: Readable, answers: Mapping[str, Any]) -> list[str]:
    """The records that this person may read and that have the same code of a case, where the form gives cases their
    code: of a form that refers to a case many belong to one."""
    question = case_question(one.form)
    code = answers.get(question.path) if question is not None and question.reference is None else None
    if question is None or code is None or question.name not in tabled(one.form):
        return []
    same = Listing(one.form.slug, (), (Condition(question.name, "is", (code,)),))
    found = await seat.keeper.look(partial(rows_of, asked=same, rows=ALIKE_MAX), workers=one.workers)
    return [row["record"] for row in found.rows]


def _form(seat: Seat, slug: str) -> Readable:
    """A form of which somebody may begin a record. Raises `Gone`."""
    one = readable(seat, BEGINS).get(slug)
    if one is None or not may_begin(seat, slug):
        raise Gone
    return one


def _asked(seat: Seat, one: Readable) -> list[Asked]:
    """The questions of the first section that asks any once."""
    kept = Kept(one.form.slug, {})
    for number, section in enumerate(one.form.sections):
        if section.repeat is None and (found := asked_of(speaker(seat), one.form, kept, number)):
            return found
    raise Gone


def _page(
    seat: Seat, one: Readable, asked: Sequence[Asked], worker: str, status: int = 200, failed: Any = None, *,
    known: bool = True, alike: Sequence[str] = (), sure: str = "",
) -> Response[str]:  # fmt: skip
    language, slug = seat.language, one.form.slug
    fault = "" if known else library().phrase("records-no-such-worker", language)
    same = [(record[:ID_DIGITS], f"{seat.home}/record/{record}") for record in alike]
    return render(
        seat, "records/new.html", status, here="records", asked=asked, worker=worker, worker_fault=fault,
        workers=[("", library().phrase("records-choose-worker", language)), *((w, w) for w in possible(seat, one))],
        title=titled(one.form.title, language, slug),
        failed=told_on_page(failed, language) if failed else None,
        faults=sum(bool(each.fault) for each in asked) + bool(fault), address=f"{seat.home}/records/{slug}",
        records_address=f"{seat.home}/records", alike=same, sure=sure,
    )  # fmt: skip


ROUTES: Final = (new, made)
