"""One record: its answers as the form shows them, its course, its files, and a page to print: `/m/<code>/record/<id>`.

A record outside the scope is not there, and neither is one whose id is malformed: the same page for all of them.
"""

import asyncio
import json
import re
from collections.abc import Collection, Mapping
from functools import partial
from typing import Any, Final, NamedTuple

from litestar import MediaType, Request, Response
from litestar.params import FromPath

from backend.desk import course as courses
from backend.desk.deleting import grave
from backend.desk.files import OTHER, kind_of, opened_file
from backend.desk.record_view import Block, Kept, blocks, files_of, items_of, name_of
from backend.desk.weighing import chosen_lower
from backend.desk.wording import Speaker
from backend.desk.writing import read_at
from backend.sentences import library
from backend.stores.one_record import Held, held_record
from backend.stores.record_rows import shown_answers
from backend.stores.records import Records
from backend.web.desk.guarding import Gone, act, page
from backend.web.desk.reading import READS, SIGNALS, Readable, grantable, posted, readable, readers, speaker
from backend.web.desk.record_facts import Settling, attention, marks, people, steps
from backend.web.desk.rendering import render
from backend.web.desk.seat import Seat, Seated
from backend.web.desk.task_facts import NO_TASK, TypedTask, tasks_panel
from picture.parts import Text

RECORD: Final = re.compile(r"[0-9a-f]{32}")
FILE: Final = re.compile(r"[0-9a-f]{64}")
NO_FILTER: Final = {"kind": "", "who": "", "since": "", "until": ""}  # of the entries of a record
TABS: Final = (("answers", ""), ("course", "/course"), ("files", "/files"))


class Opened(NamedTuple):
    """A record that a seat may read: what the tables hold, its form, who says its words, and its blocks."""

    held: Held
    readable: Readable
    speaker: Speaker
    kept: Kept
    read_at: str

    @property
    def slug(self) -> str:
        """The name of its form."""
        return str(self.held.row["form"])

    def blocks(self) -> list[Block]:
        """The sections in words."""
        return blocks(self.speaker, self.kept)


@page("/record/{record:str}", action=READS)
async def answers(seat: Seated, record: FromPath[str]) -> Response[str]:
    """Show the answers of a record as its form does, with its people, questions and comments."""
    one = await opened(seat, record)
    await seat.note("show", bytes.fromhex(record))
    return await answered(seat, record, one, NO_TASK)


async def answered(seat: Seat, record: str, one: Opened, task: TypedTask) -> Response[str]:
    """The page of a record's answers, with a task that somebody typed and that could not be given."""
    waits = [
        {"address": f"{seat.home}/conflicts/{row['id']}", "label": _about(one, row["name"])} for row in one.held.queue
    ]
    threads = {
        name: [{"open": bool(row.get("open")), "texts": json.loads(row["texts"])} for row in rows]
        for name, rows in (("questions", one.held.questions), ("comments", one.held.comments))
    }
    facts = frame(seat, one, "answers") | threads | {"first": await first_to_delete(seat, one)}
    facts["lower"] = await first_to_lower(seat, one)
    facts |= await tasks_panel(seat, one.held.row, one.readable) | {"task": task}
    return render(
        seat, "record/answers.html", task.status, **facts, blocks=await blocks_of(seat, one), waits=waits,
        people=people(one.held.people, seat.language, seat.named),
        notes=attention(one.speaker, one.slug, one.held.attention),
        conflicts_address=f"{seat.home}/conflicts", review_address=f"{seat.home}/review/{record}",
        created_ms=one.held.row["created_ms"],
        changed_ms=one.held.row["changed_ms"], version=one.held.row["version"], read_at=one.read_at,
        may_edit=_may(seat, one, "records.edit") and not one.held.row["deleted"],
        may_delete=_may(seat, one, "records.delete"), may_grant=_may(seat, one, "grants.change"),
        readers=readers(seat, one.held), grantable=[(one_, one_) for one_ in grantable(seat, one.held, one.readable)],
    )  # fmt: skip


@page("/record/{record:str}/course", action=READS)
async def course(seat: Seated, record: FromPath[str]) -> Response[str]:
    """Show every entry of a record: who, when, what it changed; the newest first."""
    return await _course(seat, record, NO_FILTER)


@act("/record/{record:str}/course", action=READS)
async def narrowed(seat: Seated, request: Request[Any, Any, Any], record: FromPath[str]) -> Response[str]:
    """Show the entries of a kind, a person or a period; what is asked for stands in no address."""
    fields = await posted(request)
    return await _course(seat, record, {name: fields.get(name, [""])[0].strip() for name in NO_FILTER})


async def _course(seat: Seat, record: str, given: Mapping[str, str]) -> Response[str]:
    one = await opened(seat, record)
    id_ = bytes.fromhex(record)
    entries, held = await asyncio.to_thread(courses.entries_of, seat.town, id_)
    plain, settled = await seat.keeper.look(
        lambda store: (courses.opened_of(store, id_), store.settled_in(record)), workers=one.readable.workers
    )
    settling = Settling(settled, "" if not _may(seat, one, "conflicts.decide") else f"{seat.home}/conflicts")
    whole = await seat.keeper.apart(partial(courses.course, entries, held, plain, seat.town.book))
    every = whole[::-1]
    wrong = courses.wrong_in(given)
    found = [] if wrong else [step for step in every if courses.fits(step, given, settling.entries)]
    cut = courses.ENTRIES_MAX if len(found) > courses.ENTRIES_MAX else 0
    await seat.note("show", id_, "course")
    names = {
        step.worker: seat.named(step.worker) for step in every if step.worker
    }  # read here: threads read no journal
    told = partial(
        steps, one.speaker, one.slug, found[: courses.ENTRIES_MAX], lambda worker: names.get(worker, ""), settling
    )
    shown = await seat.keeper.apart(told)
    return render(
        seat, "record/course.html", 422 if wrong else 200, **frame(seat, one, "course"), steps=shown, cut=cut,
        given=given, wrong=wrong, all=len(every), people=sorted(names.items()),
    )  # fmt: skip


@page("/record/{record:str}/files", action=READS)
async def files(seat: Seated, record: FromPath[str]) -> Response[str]:
    """Show the photos and sounds of a record."""
    one = await opened(seat, record)
    await seat.note("show", bytes.fromhex(record), "files")
    return render(seat, "record/files.html", **frame(seat, one, "files"), files=files_of(await blocks_of(seat, one)))


@page("/record/{record:str}/print", action=READS)
async def on_paper(seat: Seated, record: FromPath[str]) -> Response[str]:
    """Show a record as it is printed."""
    one = await opened(seat, record)
    await seat.note("print", bytes.fromhex(record))
    return render(
        seat, "record/print.html", **frame(seat, one, "print"), blocks=await blocks_of(seat, one), now_ms=seat.now_ms
    )


@page("/record/{record:str}/files/{file:str}", action=READS)
async def file(seat: Seated, record: FromPath[str], file: FromPath[str]) -> Response[bytes]:
    """Open one photo or sound, checked whole; what is none of the known kinds is only saved, and nothing in it runs."""
    return await file_of(seat, await opened(seat, record), file)


async def file_of(seat: Seat, one: Opened, file: str) -> Response[bytes]:
    """A photo or sound of a record that was opened. Raises `Gone` for any other."""
    record = bytes.fromhex(one.held.row["record"])
    if not FILE.fullmatch(file) or file not in {answer.file for answer in files_of(await blocks_of(seat, one))}:
        raise Gone
    data = await asyncio.to_thread(opened_file, seat.town, record, file)
    await seat.note("attachment", record)
    kind = kind_of(data)
    shown = "attachment" if kind == OTHER else "inline"
    headers = {
        "Content-Disposition": f'{shown}; filename="{file[:8]}"', "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox",
    }  # fmt: skip
    return Response(data, media_type=kind or MediaType.TEXT, headers=headers)


async def opened(seat: Seat, record: str, actions: tuple[str, str] = READS) -> Opened:
    """A record with which a seat may do something: an action, or the one of signals. Raises `Gone`."""
    if not RECORD.fullmatch(record):
        raise Gone
    forms = readable(seat, actions)
    for action in actions:
        some = {slug: one for slug, one in forms.items() if one.action == action}
        if not some:
            continue
        found = await opened_in(seat, record, some, next(iter(some.values())).workers)
        if found is not None:
            return found
    raise Gone


async def opened_in(
    seat: Seat, record: str, forms: dict[str, Readable], workers: Collection[str] | None
) -> Opened | None:
    """A record of some forms and workers (None: of everybody), or nothing: for who was asked what they may see."""
    found = await seat.keeper.look(partial(_held, seat=seat, record=record, forms=forms), workers=workers)
    if found is None:
        return None
    held, field = found
    one = forms[held.row["form"]]
    return Opened(held, one, speaker(seat), _kept(held, one), field)


async def first_to_delete(seat: Seat, one: Opened) -> list[Text]:
    """The choices of colleagues to delete a record as it is now, which wait for a second person; for who may be one."""
    if one.held.row["deleted"] or not one.held.comments or not _may(seat, one, "records.delete"):
        return []
    found = await seat.keeper.apart(partial(grave, seat.town, bytes.fromhex(one.held.row["record"])))
    return [*found.chose] if found is not None else []


async def first_to_lower(seat: Seat, one: Opened) -> list[dict[str, Any]]:
    """The choices of colleagues for a less grave answer, which wait for a second person; for who may edit."""
    if one.held.row["deleted"] or not one.held.comments or not _may(seat, one, "records.edit"):
        return []
    record, form = one.held.row["record"], one.readable.form
    version = (one.slug, max(one.held.row["version"], form.version))
    found = await seat.keeper.look(
        lambda store: chosen_lower(store, seat.town, record, version), workers=one.readable.workers
    )
    none = library().phrase("records-lower-none", seat.language)
    return [
        {"author": first.author, "at_ms": first.at_ms, "reason": first.reason, "label": _about(one, first.path),
         "answer": none if first.value is None else one.speaker.answer(one.slug, first.path, first.value)}
        for first in found
    ]  # fmt: skip


async def blocks_of(seat: Seat, one: Opened) -> list[Block]:
    """The sections of a record in words, made in the threads of the pages."""
    return await seat.keeper.apart(one.blocks)


def _held(store: Records, seat: Seat, record: str, forms: dict[str, Readable]) -> tuple[Held, str] | None:
    """The rows of a record, and what a page of them observes, read at one moment."""
    held = held_record(store, record, {slug: one.form for slug, one in forms.items()})
    return None if held is None else (held, read_at(seat, store, record))


def _kept(held: Held, one: Readable) -> Kept:
    shown = shown_answers(held.row["shown"])
    hidden = [
        {"path": row["path"], "hidden_by": json.loads(row["hidden_by"]), "answer": json.loads(row["answer"])}
        for row in held.hidden
    ]
    conflicts = {row["path"]: row["conflict"] for row in held.conflicts}
    found = [*shown, *(row["path"] for row in hidden)]
    return Kept(one.form.slug, shown, hidden, conflicts, held.computed, items_of(one.form, found, held.items))


def _may(seat: Seat, one: Opened, action: str) -> bool:
    return seat.scope_in(action, signal=one.readable.action == SIGNALS) is not None


def _about(one: Opened, name: str) -> str:
    """The words for the thing that a decision is about: a question, or the record as a whole."""
    if name.startswith("/"):
        return one.speaker.label(one.slug, name, None, one.speaker.items([*one.kept.shown, name]))
    return library().phrase("records-decide", one.speaker.language)


def frame(seat: Seat, one: Opened, here: str) -> dict[str, Any]:
    """The facts of the head of every page of a record."""
    row, language = one.held.row, seat.language
    at = f"{seat.home}/record/{row['record']}"
    tabs = [(library().phrase(f"records-tab-{name}", language), f"{at}{end}", name == here) for name, end in TABS]
    tabs.append((library().phrase("records-print", language), f"{at}/print", here == "print"))
    return {
        "here": "records", "name": name_of(one.speaker, one.slug, row["record"], one.kept.shown), "tabs": tabs,
        "form_title": one.speaker.title(one.slug), "marks": marks(one.held, language), "address": at,
        "deleted": bool(row["deleted"]), "contested": bool(row["contested"]),
        "records_address": f"{seat.home}/records", "table_address": f"{seat.home}/records/{one.slug}",
    }  # fmt: skip


ROUTES: Final = (answers, course, narrowed, files, on_paper, file)
