"""Editing a section of a record, deleting it and taking that back: `/m/<code>/record/<id>/…`.

What a page showed is what its entry observes (`backend/desk/writing.py`). Each field carries what it held when the page
was read: what a person left alone is no answer of theirs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, FromQuery

from backend.desk.arguments import DESK_WORKER
from backend.desk.cleaning import ACCEPTS
from backend.desk.deleting import DeleteForTwo
from backend.desk.fitting import AnswerDoesNotFit, unfit
from backend.desk.record_view import speaking_of
from backend.desk.seconds import GONE, LOWER, ask_seconds
from backend.desk.threads import new_comment, whole
from backend.desk.two_people import others
from backend.desk.warned import failing, seal_of
from backend.desk.weighing import DECIDES, ReasonNeeded, SecondReaderNeeded, WeighFirst, may_act
from backend.desk.writing import DELETE, NO_REMARK, RESTORE, PageChanged, write_seen
from backend.errors import StoreFull, status_of
from backend.sentences import library, told_on_page
from backend.stores.people import Person
from backend.web.desk.asked import Asked, asked_of, changes_in, files_in, typed_in
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.reading import posted
from backend.web.desk.record import Opened, first_to_delete, frame, opened
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.uploads import files_of

EDIT: Final = ("records.edit", "signals.decide")
DELETES: Final = ("records.delete", "signals.decide")
RESTORES: Final = ("records.restore", "signals.decide")
UNPROCESSABLE: Final = 422
REASON_MIN: Final = 5  # signs: a delete says at least a word of why


@page("/record/{record:str}/edit/{section:int}", action=EDIT)
async def edit(seat: Seated, record: FromPath[str], section: FromPath[int], item: FromQuery[str] = "") -> Response[str]:
    """Ask the questions of one section, or of one item of it, with what is answered now."""
    one = await opened(seat, record, EDIT)
    await seat.note("show", bytes.fromhex(record), "edit")
    return _page(seat, one, section, item, _asked(one, section, item))


@act("/record/{record:str}/edit/{section:int}", action=EDIT, keeps=True, files=True)
async def save(
    seat: Seated, request: Request[Any, Any, Any], record: FromPath[str], section: FromPath[int],
    item: FromQuery[str] = "",
) -> Response[Any]:  # fmt: skip
    """Write what was changed; what does not fit is said at its field, and what a colleague changed meanwhile is shown
    beside what was typed."""
    one, fields = await opened(seat, record, EDIT), await posted(request)
    asked = [typed_in(question, fields) for question in _asked(one, section, item)]
    changes, faults = changes_in(one.speaker, one.readable.form.slug, asked)
    brought = await files_of(request)
    files, wrong = await files_in(one.speaker, asked, brought)
    reason, field = (fields.get(name, [""])[0] for name in ("reason", "read_at"))
    faults = unfit(seat.town, one.slug, one.readable.form.version, changes, seat.language) | faults | wrong
    again = dict.fromkeys(files, library().phrase("records-edit-file-again", seat.language))
    if faults:
        asked = _with_faults(asked, again | faults)
        return _page(seat, one, section, item, asked, UNPROCESSABLE)
    asked = _with_faults(asked, again)
    warned = _warned(seat, one, changes)
    sure = seal_of(warned, changes) if warned else ""
    if sure and sure not in fields.get("sure", ()):
        asked = _with_faults(asked, again | warned)
        return _page(seat, one, section, item, asked, UNPROCESSABLE, sure=sure, reason=reason or None)
    if changes or files:
        try:
            waits = await write_seen(seat, bytes.fromhex(record), field, changes, reason=reason, files=files)
        except AnswerDoesNotFit as error:
            said = library().kept(error.facts["why"], seat.language)
            asked = _with_faults(asked, again | {str(error.facts["path"]): said})
            return _page(seat, one, section, item, asked, UNPROCESSABLE)
        except (WeighFirst, ReasonNeeded, SecondReaderNeeded, StoreFull) as error:
            return _page(seat, one, section, item, asked, status_of(error.code), error, reason, sure)
        except PageChanged as error:
            await seat.keeper.catch_up()
            one = await opened(seat, record, EDIT)
            beside = _with_faults(_beside(one, section, item, asked), again)
            return _page(seat, one, section, item, beside, status_of(error.code), error)
        await seat.note("edit", bytes.fromhex(record), str(len(changes | files)))
        if files:
            await seat.note("attach", bytes.fromhex(record), str(len(files)))
        await seat.keeper.reached(seat.town.committed.position)
        if waits:
            whom = [each.name for each in _seconds(seat, one)]
            await ask_seconds(seat.town, seat.staff, record, one.slug, LOWER, whom)
            return render(seat, "record/waits.html", **frame(seat, one, ""), back=f"{seat.home}/record/{record}",
                          people=", ".join(_others(seat, one)),
                          asked=[each.field.label for each in asked if each.path in waits])  # fmt: skip
    return to(seat, f"/record/{record}#section-{section}")


@act("/record/{record:str}/delete", action=DELETES, keeps=True)
async def delete(seat: Seated, request: Request[Any, Any, Any], record: FromPath[str]) -> Response[Any]:
    """Delete a record, having seen all of it, for a reason that stays with it; it can be put back.

    The button of the record's page leads to one that asks the reason and says what follows.
    """
    one, fields = await opened(seat, record, DELETES), await posted(request)
    reason, sure = whole(fields.get("reason", [""])[0]), fields.get("sure") == ["yes"]
    if one.held.row["deleted"]:
        raise Gone
    facts = {"reason": reason, "least": REASON_MIN, "back": f"{seat.home}/record/{record}", "wrong": False,
             "failed": None, "read_at": fields.get("read_at", [""])[0]}  # fmt: skip
    if not sure or len(reason) < REASON_MIN:
        facts |= {"wrong": sure, "first": await first_to_delete(seat, one)}
        return render(seat, "record/delete.html", UNPROCESSABLE if sure else 200, **frame(seat, one, ""), **facts)
    try:
        return await _whole(seat, record, fields, DELETE, {new_comment(): reason})
    except DeleteForTwo as error:
        whom = [each.name for each in _seconds(seat, one, DELETES[0])]
        await ask_seconds(seat.town, seat.staff, record, one.slug, GONE, whom)
        await seat.keeper.reached(seat.town.committed.position)
        one = await opened(seat, record, DELETES)
        facts |= {"failed": told_on_page(error, seat.language), "first": await first_to_delete(seat, one)}
        return render(seat, "record/delete.html", status_of(error.code), **frame(seat, one, ""), **facts)


@act("/record/{record:str}/restore", action=RESTORES)
async def restore(seat: Seated, request: Request[Any, Any, Any], record: FromPath[str]) -> Response[Any]:
    """Put back a record that was deleted."""
    await opened(seat, record, RESTORES)
    return await _whole(seat, record, await posted(request), RESTORE)


async def _whole(
    seat: Seat, record: str, fields: Mapping[str, Sequence[str]], what: str, said: Mapping[str, Any] = NO_REMARK
) -> Response[Any]:
    field = fields.get("read_at", [""])[0]
    await write_seen(seat, bytes.fromhex(record), field, {}, act=what, behind=said)
    await seat.note(what, bytes.fromhex(record))
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/record/{record}")


def _warned(seat: Seat, one: Opened, changes: Mapping[str, Any]) -> dict[str, str]:
    """The checks of the form that fail at what was changed, by the path, in words."""
    answers = {path: row["value"] for path, row in one.kept.shown.items() if row["in_form"]}
    items = [f"{repeat}/{id_}" for repeat, ids in one.kept.items.items() for id_ in ids]
    return failing(seat.town, one.slug, {**answers, **changes}, changes, items, seat.language)


def _others(seat: Seat, one: Opened) -> list[str]:
    """The colleagues who can be the second reader of a record, by the names that people know."""
    return sorted((seat.named(f"{DESK_WORKER}{person.name}") for person in _seconds(seat, one)), key=str.casefold)


def _seconds(seat: Seat, one: Opened, action: str = DECIDES) -> list[Person]:
    may = may_act(seat.town, one.slug, {row["worker"] for row in one.held.people}, action)
    return others(seat.town, seat.staff, may)


def _page(
    seat: Seat, one: Opened, section: int, item: str, asked: Sequence[Asked], status: int = 200, failed: Any = None,
    reason: str | None = None, sure: str = "",
) -> Response[str]:  # fmt: skip
    form = one.readable.form
    speaking = speaking_of(one.speaker, form, one.kept)
    place = f"{form.sections[section].repeat}/{item}" if item else None
    at = f"{seat.home}/record/{one.held.row['record']}"
    return render(
        seat, "record/edit.html", status, **frame(seat, one, ""), asked=asked, read_at=one.read_at,
        title=speaking.title(section, place), back=f"{at}#section-{section}",
        at=at, accepts=ACCEPTS, target=f"{at}/edit/{section}" + (f"?item={item}" if item else ""),
        failed=told_on_page(failed, seat.language) if failed is not None else None,
        faults=sum(bool(each.fault) for each in asked), reason=reason, sure=sure,
    )  # fmt: skip


def _with_faults(asked: Sequence[Asked], faults: Mapping[str, str]) -> list[Asked]:
    return [msgspec.structs.replace(each, fault=faults.get(each.path, "")) for each in asked]


def _asked(one: Opened, section: int, item: str) -> list[Asked]:
    if one.held.row["deleted"]:
        raise Gone
    return asked_of(one.speaker, one.readable.form, one.kept, section, item, files=True)


def _beside(one: Opened, section: int, item: str, typed: Sequence[Asked]) -> list[Asked]:
    """The questions as they are answered now, with what was typed kept, and the answer of now beside it where it
    differs from the one that the page showed."""
    before = {each.path: each for each in typed}
    found = []
    for each in _asked(one, section, item):
        old = before.get(each.path)
        if old is None or old.typed == old.was:
            found.append(each)
            continue
        now = ""
        if each.was != old.was and not each.adds:
            shown = one.kept.shown.get(each.path)
            value = shown["value"] if shown is not None else None
            now = one.speaker.answer(one.readable.form.slug, each.path, value)
        found.append(msgspec.structs.replace(each, typed=old.typed, now=now))
    return found


ROUTES: Final = (edit, save, delete, restore)
