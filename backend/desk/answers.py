"""Reading: what shows answers. Every command leaves an audit line before it shows anything."""

import json
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Final

from backend.desk import exporting
from backend.desk.arguments import BadRecordId, NoSuchRecord, RecordAmbiguous, beginning, record_id
from backend.desk.desk import Desk, Row
from backend.desk.export_command import must_exist, wished
from backend.errors import FormNotPublished
from backend.municipality import publishing
from backend.municipality.exports import ExportOvertaken
from backend.municipality.service import Municipality
from backend.sentences import Kept, words
from backend.stores.record_rows import shown_answers
from backend.stores.records import Records
from forms.inspection import LANGUAGE

ROWS_DEFAULT: Final = 200


def _form_exists(records: Records, form: str) -> None:
    if form not in records.form_tables() or "__" in form:
        raise FormNotPublished(form=form)


async def records(desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """The rows of a form, newest first; with `search` those with all the words. A last row counts what was left out."""
    form, words = str(args["form"]), str(args.get("search") or "")
    limit = max(1, int(args.get("limit") or ROWS_DEFAULT))
    await town.auditing.note(staff, "records", None, form)

    def read(store: Records) -> tuple[list[Row], int]:
        _form_exists(store, form)
        return store.listed(form, words, limit)

    rows, more = await desk.keeper(town.code).read(read)
    for row in rows:
        yield row
    if more:
        yield {"more": more}


async def show(desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """The current answers of a record, who wrote them and when, its conflicts, what needs attention, its history."""
    name = beginning(args["record"], BadRecordId)

    def read(store: Records) -> Row:
        matches = store.records_beginning(name, 2)
        if len(matches) != 1:
            raise (RecordAmbiguous if matches else NoSuchRecord)(record=name)
        row = matches[0]
        record = row["record"]
        row["shown"] = _labelled(town, row["form"], shown_answers(row["shown"]))
        row["open_conflicts"] = conflicts_of(store.conflicts(record=record))
        notes = [{name: note[name] for name in ("kind", "name", "detail")} for note in store.attention(record=record)]
        row["attention"] = [_unsaid(note) for note in notes]
        row["hidden_answers"] = _labelled_hidden(town, row["form"], hidden_of(store.hidden(record=record)))
        row["waits"] = waiting_of(store.waiting(record=record))
        return row

    row = await desk.keeper(town.code).read(read)
    await town.auditing.note(staff, "show", bytes.fromhex(row["record"]))
    yield row


def _labelled(town: Municipality, slug: str, shown: Row) -> Row:
    """Each answer with the words that asked it: those of the newest version, or of its own for an earlier answer."""
    forms = {form.version: form for form in publishing.history(town, slug)}
    newest = max(forms, default=0)
    for path, one in shown.items():
        form = forms.get(newest if one["in_form"] else one["version"])
        one["label"] = form.label(path, LANGUAGE) if form is not None else path
    return shown


def conflicts_of(rows: list[Row]) -> list[Row]:
    """Open conflicts, with every answer in each."""
    return [{**row, "survivors": _numbered(json.loads(row["survivors"]))} for row in rows]


def _numbered(survivors: list[Row]) -> list[Row]:
    """The answers of a conflict in an order that only its id decides: a late stamp must not give a number away."""
    marked = [{**one, "shown": place == 0} for place, one in enumerate(survivors)]
    return sorted(marked, key=lambda one: str(one["entry"]))


def waiting_of(rows: list[Row]) -> list[Row]:
    """List what else waits for a person, with every answer that has to be seen first."""
    return [{**_unsaid(row), **{name: json.loads(row[name]) for name in _LISTS}} for row in rows]


def _unsaid(row: Row) -> Row:
    """A row whose detail is said in the language of whoever reads it."""
    return {**row, "detail": Kept(row["detail"])}


_LISTS: Final = ("choices", "hidden_by", "shown", "words")


def hidden_of(rows: list[Row]) -> list[Row]:
    """Answers that are kept and not shown."""
    return [{**row, "hidden_by": json.loads(row["hidden_by"]), "answer": json.loads(row["answer"])} for row in rows]


def _labelled_hidden(town: Municipality, slug: str, hidden: list[Row]) -> list[Row]:
    labelled = _labelled(town, slug, {row["path"]: row["answer"] for row in hidden})
    return [{**row, "answer": labelled[row["path"]]} for row in hidden]


async def conflicts(desk: Desk, town: Municipality, staff: str, _args: Row) -> AsyncIterator[Row]:
    """Every conflict that waits for a person, with every answer in it."""
    await town.auditing.note(staff, "conflicts", None)
    for row in await desk.keeper(town.code).read(lambda store: conflicts_of(store.conflicts())):
        yield row


async def attention(desk: Desk, town: Municipality, staff: str, _args: Row) -> AsyncIterator[Row]:
    """List what a person should look at: held entries, forks, answers that do not fit or that nobody sees.

    What can be decided comes first and bears its id, the answers to be seen, and the choices.
    """
    await town.auditing.note(staff, "attention", None)

    def read(store: Records) -> list[Row]:
        levels = {(row["record"], row["path"]): row["level"] for row in store.hidden()}
        waits = sorted(
            waiting_of(store.waiting()), key=lambda row: levels.get((row["record"], row["name"]), ""), reverse=True
        )  # of hidden answers the most protective class first
        listed = {(row["record"], row["kind"], row["name"]) for row in waits}
        notes = store.attention()
        return [*waits, *(_unsaid(row) for row in notes if (row["record"], row["kind"], row["name"]) not in listed)]

    for row in await desk.keeper(town.code).read(read):
        yield row
    for hash_, device, record in town.kept_entries.forked_elsewhere():
        if not town.book.declined(hash_):
            certificate = town.book.certificates.get(device)
            who = device.hex() if certificate is None else certificate.worker
            detail = words("attention-forked-elsewhere", author=who)
            yield {"record": record.hex(), "kind": "forked", "name": hash_.hex(), "detail": detail}


async def export(
    desk: Desk, town: Municipality, staff: str, args: Row, *, progress: Callable[[int, int], None]
) -> AsyncIterator[Row]:
    """The tables of a form, piece by piece: {table, columns} first, then {table, rows}; an erasure ends it.

    `work` is the folder in which they are being written: they may leave it only with `publish-export`. What else may be
    wished for: `export_command.wished`.
    """
    form, life, erased = str(args["form"]), town.committed.life, town.book.erasures
    asked, detail = wished(town, form, args)
    await town.auditing.note(staff, "export", None, detail)
    if "work" in args:
        town.exports.begin(Path(str(args["work"])), form, staff, life, erased)

    def read(store: Records) -> Iterator[tuple[int, int, Row]]:
        _form_exists(store, form)
        must_exist(store, asked)
        return exporting.paced(store, asked)

    async for done, total, row in desk.keeper(town.code).stream(read):
        progress(done, total)
        if town.book.erasures != erased:
            raise ExportOvertaken
        yield row


async def publish_export(_desk: Desk, town: Municipality, _staff: str, args: Row) -> list[Row]:
    """Let the files of an export that was written to its end take their names."""
    town.exports.allow(Path(str(args["work"])), town.committed.life, town.book.erasures)
    return [{"published": True}]


async def audit(_desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """List what staff did with personal data and with forms, newest first; reading it is a line of its own."""
    record = record_id(args["record"]) if args.get("record") else None
    limit = max(1, int(args.get("limit") or ROWS_DEFAULT))
    lines = town.auditing.lines(record, limit)
    await town.auditing.note(staff, "audit", record)
    for line in lines:
        yield {**_unsaid(line._asdict()), "record": line.record.hex() if line.record is not None else ""}
