"""Take along: exports of what a role may see, each a job with its progress: `/m/<code>/exports/…`.

A job is its asker's alone: of anybody else's there is none. One that waits for a second person shows them what is asked
for and no answer.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath, FromQuery
from litestar.response import Stream

from backend.desk.export_asking import (
    LARGE,
    REASON_MAX,
    REASON_MIN,
    RECORDS_MAX,
    Asking,
    ExportRightsGone,
    Scoped,
    Typed,
    asking_of,
    may_have,
    read_typed,
    scoped,
    shown_classes,
)
from backend.desk.export_command import PURPOSE_MAX
from backend.desk.export_live import READY, RUNS, UNHEARD, WAITS
from backend.desk.export_pipe import KINDS
from backend.desk.export_second import SECOND, nobody_can, seconds
from backend.desk.notes import with_notes
from backend.desk.rights import roles_with
from backend.desk.sights import HIGHEST
from backend.desk.signs import titled
from backend.desk.two_people import are_two
from backend.desk.typed import EXPORT, Pairs, fields_of, job_of, keep, kept
from backend.desk.views import Views
from backend.desk.wishes import fitting, listing_of, unpacked
from backend.desk.wording import Speaker
from backend.errors import ROOM_ERRORS, BackendError, MunicipalityLocked, status_of
from backend.sentences import library, told_on_page
from backend.stores.desk_store import DeskStore, View
from backend.stores.listing import Listing
from backend.stores.sessions import Job
from backend.web.desk.guarding import Gone, NotElevated, act, page
from backend.web.desk.reading import Readable, posted, readable
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import REFUSED, Seat, Seated
from backend.web.desk.table_facts import counted
from backend.web.desk.typed import typed_of
from backend.web.desk.uploads import form_of
from forms.definition.document import Form
from forms.definition.members import AUDIENCES
from forms.wording import ZONE

EXPORTS: Final = ("export.read", "signals.read")  # of forms, and of those about a signal
BYTES: Final = "application/octet-stream"  # named on the route too: of a stream the framework takes that one
STOP_POLLING: Final = 286  # htmx asks no more


@page("/exports", action=(*EXPORTS, SECOND))
async def exports(seat: Seated) -> Response[str]:
    """Show the forms of which a person may take something along, their jobs, and those that wait for a second one.

    One that a restart lost while it waited is asked for again by one press: it is kept for its person alone.
    """
    jobs = seat.desk.exports.of(seat.town)
    forms = [{"title": _title(one.form, seat.language), "address": f"{seat.home}/exports/new/{slug}"}
             for slug, one in _forms(seat).items()]  # fmt: skip
    own = [_shown(seat, one) for one in jobs if one.staff == seat.staff]
    again = await _asked_again(seat, jobs)
    return render(
        seat, "exports/list.html", here="exports", forms=forms, jobs=own,
        waiting=[_shown(seat, one) for one in others(seat, jobs)], lost=[_shown(seat, one) for one in lost(seat, jobs)],
        again=again,
    )  # fmt: skip


async def _asked_again(seat: Seat, jobs: Sequence[Job]) -> dict[str, tuple[str, Pairs]]:
    """The requests of the own jobs that a restart lost while they waited, by job; of those that are over otherwise
    nothing is kept any more."""
    if seat.town.locked:
        return {}
    gone, waits = {one.id for one in lost(seat, jobs)}, {one.id for one in jobs if one.state == WAITS}
    found = [one for one in await kept(seat.town, seat.staff) if job_of(one)]
    for one in found:
        if job_of(one) not in gone | waits:
            await with_notes(seat.town, partial(_dropped, id_=one.id, staff=seat.staff))
    return {job_of(one): (one.id, fields_of(one)) for one in found if job_of(one) in gone}


def _dropped(store: DeskStore, id_: str, staff: str) -> None:
    store.drop_typed(id_, staff)


def others(seat: Seat, jobs: Sequence[Job]) -> list[Job]:
    """The jobs of others that wait for a second person, for who may be one."""
    may = seat.scope(SECOND) is not None
    return [one for one in jobs if may and one.state == WAITS and are_two(seat.town, one.staff, seat.staff)]


def lost(seat: Seat, jobs: Sequence[Job]) -> list[Job]:
    """The jobs for which a second person was still waited when the server stopped, for who could have been one and for
    who asked, until a day after it was asked or until it is asked anew."""
    may, newer, found = seat.scope(SECOND) is not None, set[tuple[str, str]](), list[Job]()
    for one in jobs:
        sees = one.staff == seat.staff or (may and are_two(seat.town, one.staff, seat.staff))
        if sees and one.why == UNHEARD and seat.now_ms < one.ends_ms and (one.staff, one.form) not in newer:
            found.append(one)
        newer.add((one.staff, one.form))
    return found


def _forms(seat: Seat) -> dict[str, Readable]:
    return readable(seat, EXPORTS, reason=True)


def _scoped(seat: Seat, one: Readable) -> Scoped:
    found = scoped(seat.standing, one.form)
    if found is None:
        raise Gone
    return found


def _title(form: Form, language: str) -> str:
    return titled(form.title, language, form.slug)


# --- asking ---


@page("/exports/new/{form:str}", action=EXPORTS)
async def new(seat: Seated, form: FromPath[str], view: FromQuery[str] = "") -> Response[str]:
    """Show what may be wished for of a form's records."""
    return await _wishes(seat, _form(seat, form), Typed(view=view))


def _form(seat: Seat, slug: str) -> Readable:
    one = _forms(seat).get(slug)
    if one is None:
        raise Gone
    return one


async def _wishes(seat: Seat, one: Readable, typed: Typed, fault: Any = None) -> Response[str]:
    form, language = one.form, seat.language
    _, views = await _views(seat, typed.view, form)
    message = told_on_page(fault, language) if fault is not None else None
    status = 200 if fault is None else status_of(fault.code)
    kinds = [(kind, library().phrase(f"exports-kind-{kind}", language)) for kind in KINDS]
    choices = {
        "kinds": kinds,
        "versions": [("", library().phrase("exports-any-version", language))]
        + [(str(number), str(number)) for number in range(form.version, 0, -1)],
        "readers": [("", library().phrase("exports-reader-none", language))]
        + [(who, library().phrase(f"exports-reader-{who}", language)) for who in AUDIENCES],
        "views": [("", library().phrase("exports-view-none", language))] + [(kept.id, kept.name) for kept in views],
    }  # fmt: skip
    return render(
        seat, "exports/new.html", status, here="exports", typed=typed, fault=message, title=_title(form, language),
        code=fault.code if fault is not None else "", address=f"{seat.home}/exports/new/{form.slug}",
        columns=_columns(form, language, shown_classes(seat.town, form.slug)), named=_scoped(seat, one).named,
        large=LARGE, least=REASON_MIN, most=REASON_MAX, purpose_max=PURPOSE_MAX, records_max=RECORDS_MAX,
        second_said=_second_said(seat, form), **choices,
    )  # fmt: skip


def _second_said(seat: Seat, form: Form) -> str:
    """The sentence that says who has to agree with an export of this form, and who can; none where nobody has to."""
    said, language = library().phrase, seat.language
    if not any(given == HIGHEST for given in shown_classes(seat.town, form.slug).values()):
        return ""
    people = ", ".join(_people(seat, seat.staff))
    code = "can" if people else "nobody" if nobody_can(seat.town, seat.staff) else "later"
    return said(f"exports-second-{code}", language, people=people, roles=_roles(SECOND, language),
                readers=_roles("people.agree", language))  # fmt: skip


def _people(seat: Seat, staff: str) -> list[str]:
    """The people who can agree with an export of somebody now."""
    return sorted((one.shown_name or one.name for one in seconds(seat.town, staff)), key=str.casefold)


def _roles(action: str, language: str) -> str:
    return (
        library()
        .phrase("exports-or", language)
        .join(library().phrase(f"role-{role}", language) for role in roles_with(action))
    )


def _columns(form: Form, language: str, given: Mapping[str, str]) -> list[dict[str, str]]:
    """The questions of a form, each once by its name, with its words and the class of what it may show."""
    found: dict[str, dict[str, str]] = {}
    for question in form.questions:
        label = question.label.get(language) or question.label.get("nl") or question.name
        found.setdefault(question.name, {"name": question.name, "label": label, "level": given[question.path]})
    return list(found.values())


async def _views(seat: Seat, view: str, form: Form) -> tuple[View | None, list[View]]:
    teams = [team.id for team in seat.town.people.teams() if seat.staff in team.staff]
    kept, named = await Views(seat.town).seen(view, form.slug, seat.staff, teams)
    if view and kept is None:
        raise Gone
    if kept is not None and kept.id not in {one.id for one in named}:
        named = [kept._replace(name=library().phrase("exports-view-unnamed", seat.language)), *named]
    return kept, named


async def _listing(seat: Seat, view: str, form: Form) -> Listing | None:
    kept, _ = await _views(seat, view, form)
    return None if kept is None else listing_of(fitting(unpacked(kept.wish), form)[0], form, ZONE)


@act("/exports/new/{form:str}", action=EXPORTS, keeps=True)
async def ask(seat: Seated, request: Request[Any, Any, Any], form: FromPath[str]) -> Response[Any]:
    """Ask for an export, which begins at once or waits for a second person."""
    one, typed = _form(seat, form), read_typed(await posted(request))
    try:
        listing = await _listing(seat, typed.view, one.form)
        asking = await asking_of(seat.keeper, one.form, typed, _scoped(seat, one), seat.language, listing)
        if asking.asks_a_factor and not seat.elevated:
            raise NotElevated
        job = await seat.desk.exports.ask(seat.town, seat.staff, asking)
        if job.state == WAITS:
            fields = typed_of(request.url.path, await form_of(request)).fields
            await keep(seat.town, seat.staff, request.url.path, request.url.query, fields, f"{EXPORT}{job.id}")
    except (Gone, MunicipalityLocked, NotElevated):
        raise
    except ROOM_ERRORS as error:
        await seat.note("export-refused", None, f"{form} {error.code}", REFUSED)
        return await _wishes(seat, one, typed, error)
    return to(seat, f"/exports/{job.id}")


# --- one job ---


@page("/exports/{job:str}", action=EXPORTS)
async def show(seat: Seated, job: FromPath[str]) -> Response[str]:
    """Show a job: how far it is, or its file."""
    return render(seat, "exports/job.html", here="exports", **await _facts(seat, job))


@page("/exports/{job:str}/progress", action=EXPORTS)
async def progress(seat: Seated, job: FromPath[str]) -> Response[str]:
    """The part of that page that changes; when nothing changes any more htmx stops asking."""
    facts = await _facts(seat, job)
    return render(seat, "exports/progress.html", 200 if facts["moves"] else STOP_POLLING, **facts)


async def _facts(seat: Seat, id_: str) -> dict[str, Any]:
    job, asking = await _own(seat, id_)
    shown = _shown(seat, job)
    return {
        "job": shown, "moves": job.state in (WAITS, RUNS), "runs": job.state == RUNS, "ready": job.state == READY,
        "waits": job.state == WAITS, "seconds": ", ".join(_people(seat, seat.staff)) if job.state == WAITS else "",
        "many": counted(asking.many, seat.language) if asking is not None else "",
    }  # fmt: skip


async def _own(seat: Seat, id_: str) -> tuple[Job, Asking | None]:
    """A job of this person, within what they may see now; of any other there is none, and its file goes."""
    found = seat.desk.exports.found(seat.town, id_)
    if found is None or found[0].staff != seat.staff:
        raise Gone
    job, asking = found
    if asking is not None and not may_have(seat.town, seat.staff, asking):
        await seat.desk.exports.end(seat.town, id_, "rights")
        raise Gone
    return job, asking


def _shown(seat: Seat, job: Job) -> dict[str, Any]:
    said, language = library().phrase, seat.language
    known = library().said(language).phrases
    why = job.why if f"exports-why-{job.why}" in known else "other"
    part = min(100, round(100 * job.done / job.total)) if job.total else 0
    title = Speaker(seat.town, language).title(job.form)  # who agrees may read no record of it
    return {
        "id": job.id, "address": f"{seat.home}/exports/{job.id}", "title": title, "state": job.state, "part": part,
        "kind": said(f"exports-kind-{job.kind}", language), "file": job.file, "kib": max(1, job.size // 1_024),
        "made_ms": job.made_ms, "ends_ms": job.ends_ms, "staff": job.staff, "second": job.second,
        "why": said(f"exports-why-{why}", language) if job.why else "",
    }  # fmt: skip


@act("/exports/{job:str}/end", action=EXPORTS)
async def end(seat: Seated, job: FromPath[str]) -> Response[Any]:
    """Cancel a job, or remove its file."""
    found, _ = await _own(seat, job)
    await seat.desk.exports.end(seat.town, job, "deleted" if found.state == READY else "cancelled")
    return to(seat, "/exports")


@page("/exports/{job:str}/file", action=EXPORTS, media_type=BYTES)
async def file(seat: Seated, job: FromPath[str]) -> Stream:
    """Give the file to who asked for it."""
    found, _ = await _own(seat, job)
    try:
        pieces = await seat.desk.exports.fetch(seat.town, job)
    except KeyError:
        raise Gone from None
    headers = {
        "Content-Disposition": f'attachment; filename="{found.file}"', "Content-Length": str(found.size),
        "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }  # fmt: skip
    return Stream(pieces, media_type=BYTES, headers=headers)


# --- the second person ---


@page("/exports/{job:str}/second", action=SECOND)
async def second(seat: Seated, job: FromPath[str]) -> Response[str]:
    """Show what somebody else asks for, without an answer, to say yes or no to."""
    return _second(seat, job)


def _waiting(seat: Seat, id_: str) -> tuple[Job, Asking]:
    found = seat.desk.exports.found(seat.town, id_)
    if found is None or found[1] is None or found[0] not in others(seat, [found[0]]):
        raise Gone
    return found[0], found[1]


def _second(seat: Seat, id_: str, fault: BackendError | None = None) -> Response[str]:
    job, asking = _waiting(seat, id_)
    form, typed, language = asking.asked.form, asking.typed, seat.language
    reader = library().phrase(f"exports-reader-{typed.reader}", language) if typed.reader else ""
    return render(
        seat, "exports/second.html", status_of(fault.code) if fault else 200, here="exports", job=_shown(seat, job),
        typed=typed, many=counted(asking.many, language), named=asking.named, reader=reader,
        title=_title(form, language) if form is not None else job.form,
        fault=told_on_page(fault, language) if fault is not None else None,
    )  # fmt: skip


@act("/exports/{job:str}/agree", action=SECOND, elevated=True)
async def agree(seat: Seated, job: FromPath[str]) -> Response[Any]:
    """Agree, which begins it."""
    _waiting(seat, job)
    try:
        await seat.desk.exports.agree(seat.town, job, seat.staff)
    except KeyError:
        raise Gone from None
    except (MunicipalityLocked, ExportRightsGone):
        raise
    except BackendError as error:
        return _second(seat, job, error)
    return to(seat, "/exports")


@act("/exports/{job:str}/decline", action=SECOND)
async def decline(seat: Seated, job: FromPath[str]) -> Response[Any]:
    """Say no: it is not made."""
    _waiting(seat, job)
    try:
        await seat.desk.exports.decline(seat.town, job, seat.staff)
    except KeyError:
        raise Gone from None
    return to(seat, "/exports")


ROUTES: Final = (exports, new, ask, show, progress, end, file, second, agree, decline)
