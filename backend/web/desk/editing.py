"""Editing a section of a record, deleting it and taking that back: `/m/<code>/record/<id>/…`.

What a page showed is what its entry observes (`backend/desk/writing.py`). Each field carries what it held when the page
was read: what a person left alone is no answer of theirs.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.params import FromPath, FromQuery

from backend.desk.asking import Field, NotAnAnswer, answer_in, field_of
from backend.desk.fitting import AnswerDoesNotFit
from backend.desk.record_view import Kept
from backend.desk.weighing import WeighFirst
from backend.desk.writing import DELETE, RESTORE, PageChanged, write_seen
from backend.errors import status_of
from backend.sentences import library, told
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.reading import posted
from backend.web.desk.record import Opened, frame, opened
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seat, Seated
from forms.document import Form, Question
from forms.members import MEDIA

EDIT: Final = ("records.edit", "signals.decide")
DELETES: Final = ("records.delete", "signals.decide")
RESTORES: Final = ("records.restore", "signals.decide")
APPEND: Final = "append"
UNPROCESSABLE: Final = 422
YES_NO: Final = {True: "yes", False: "no"}


class Asked(msgspec.Struct, frozen=True):
    """One question of a section as the page asks it: its field, what it held when the page was read, what is typed."""

    path: str
    name: str
    field: Field
    was: tuple[str, ...]
    typed: tuple[str, ...]
    adds: bool = False
    long: bool = False
    hint: str = ""
    fault: str = ""
    now: str = ""


@page("/record/{record:str}/edit/{section:int}", action=EDIT)
async def edit(seat: Seated, record: FromPath[str], section: FromPath[int], item: FromQuery[str] = "") -> Response[str]:
    """Ask the questions of one section, or of one item of it, with what is answered now."""
    one = await opened(seat, record, EDIT)
    await seat.note("show", bytes.fromhex(record), "edit")
    return _page(seat, one, section, item, _asked(one, section, item))


@act("/record/{record:str}/edit/{section:int}", action=EDIT)
async def save(
    seat: Seated, request: Request[Any, Any, Any], record: FromPath[str], section: FromPath[int],
    item: FromQuery[str] = "",
) -> Response[Any]:  # fmt: skip
    """Write what was changed; what does not fit is said at its field, and what a colleague changed meanwhile is shown
    beside what was typed."""
    one, fields = await opened(seat, record, EDIT), await posted(request)
    asked = [_typed(question, fields) for question in _asked(one, section, item)]
    changes, faults = _changes(one, asked)
    if faults:
        asked = [msgspec.structs.replace(each, fault=faults.get(each.path, "")) for each in asked]
        return _page(seat, one, section, item, asked, UNPROCESSABLE)
    if changes:
        try:
            await write_seen(seat, bytes.fromhex(record), fields.get("read_at", [""])[0], changes)
        except AnswerDoesNotFit as error:
            said = library().kept(error.facts["why"], seat.language)
            path = str(error.facts["path"])
            asked = [msgspec.structs.replace(each, fault=said if each.path == path else "") for each in asked]
            return _page(seat, one, section, item, asked, UNPROCESSABLE)
        except WeighFirst as error:
            return _page(seat, one, section, item, asked, status_of(error.code), error)
        except PageChanged as error:
            await seat.keeper.catch_up()
            one = await opened(seat, record, EDIT)
            return _page(seat, one, section, item, _beside(one, section, item, asked), status_of(error.code), error)
        await seat.note("edit", bytes.fromhex(record), str(len(changes)))
        await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/record/{record}#section-{section}")


@act("/record/{record:str}/delete", action=DELETES)
async def delete(seat: Seated, request: Request[Any, Any, Any], record: FromPath[str]) -> Response[Any]:
    """Delete a record, having seen all of it; it can be put back."""
    return await _whole(seat, request, record, DELETE, DELETES)


@act("/record/{record:str}/restore", action=RESTORES)
async def restore(seat: Seated, request: Request[Any, Any, Any], record: FromPath[str]) -> Response[Any]:
    """Put back a record that was deleted."""
    return await _whole(seat, request, record, RESTORE, RESTORES)


async def _whole(
    seat: Seat, request: Request[Any, Any, Any], record: str, what: str, actions: tuple[str, str]
) -> Response[Any]:
    await opened(seat, record, actions)
    field = (await posted(request)).get("read_at", [""])[0]
    await write_seen(seat, bytes.fromhex(record), field, {}, act=what)
    await seat.note(what, bytes.fromhex(record))
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/record/{record}")


def _page(
    seat: Seat, one: Opened, section: int, item: str, asked: Sequence[Asked], status: int = 200, failed: Any = None
) -> Response[str]:
    form = one.readable.form
    title = form.sections[section].title
    at = f"{seat.home}/record/{one.held.row['record']}"
    return render(
        seat, "record/edit.html", status, **frame(seat, one, ""), asked=asked, read_at=one.read_at,
        title=title.get(seat.language) or title.get("nl") or "", back=f"{at}#section-{section}",
        target=f"{at}/edit/{section}" + (f"?item={item}" if item else ""),
        failed=told(failed, seat.language) if failed is not None else None,
        faults=sum(bool(each.fault) for each in asked),
    )  # fmt: skip


def _asked(one: Opened, section: int, item: str) -> list[Asked]:
    """The questions of a section that a page can ask. Raises `Gone` for a section or item that is not there."""
    form: Form = one.readable.form
    if one.held.row["deleted"] or not 0 <= section < len(form.sections):
        raise Gone
    found = form.sections[section]
    if (found.repeat is None) == bool(item) or (item and item not in one.kept.items.get(found.repeat or "", ())):
        raise Gone
    hidden = {row["path"] for row in one.kept.hidden}
    asked: list[Asked] = []
    for path in found.questions:
        question = form.leaf(path)
        here = path.replace("*", item) if item else path
        if question is None or question.local_only or question.widget in MEDIA or here in hidden:
            continue
        field = field_of(one.speaker, form.slug, here)
        if field is not None:
            asked.append(_question(one, question, here, field, len(asked)))
    return asked


def _question(one: Opened, question: Question, path: str, field: Field, number: int) -> Asked:
    adds = question.merge == APPEND
    was = () if adds else _given(one.kept, path)
    language = one.speaker.language
    label = question.label.get(language) or question.label.get("nl") or path
    return Asked(
        path, f"q{number}", field._replace(label=label), was, was, adds, question.widget == "multiline" or adds,
        question.hint.get(language) or question.hint.get("nl") or "",
    )  # fmt: skip


def _given(kept: Kept, path: str) -> tuple[str, ...]:
    """The answer at a path as a field of a page holds it."""
    one = kept.shown.get(path)
    value = one["value"] if one is not None else None
    if value is None:
        return ()
    if isinstance(value, list):
        return tuple(map(str, value))
    return (YES_NO[value],) if isinstance(value, bool) else (str(value),)


def _typed(asked: Asked, fields: Mapping[str, Sequence[str]]) -> Asked:
    """A question with what was posted for it, and with what its field held when the page was read."""
    typed = tuple(value.replace("\r\n", "\n") for value in fields.get(asked.name, ()) if value.strip())
    was = tuple(value.replace("\r\n", "\n") for value in fields.get(f"{asked.name}.was", ()))
    return msgspec.structs.replace(asked, typed=typed, was=was)


def _changes(one: Opened, asked: Sequence[Asked]) -> tuple[dict[str, Any], dict[str, str]]:
    """The answers that a person changed, and what is wrong, by path. Emptied ones are taken away."""
    changes: dict[str, Any] = {}
    faults: dict[str, str] = {}
    for each in asked:
        if each.typed == each.was:
            continue
        try:
            slug = one.readable.form.slug
            changes[each.path] = answer_in(one.speaker, slug, each.path, each.typed) if each.typed else None
        except NotAnAnswer as error:
            faults[each.path] = told(error, one.speaker.language).message
    return changes, faults


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
