"""Reading: what shows answers. Every command leaves an audit line before it shows anything."""

import json
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from backend.desk import exporting
from backend.desk.arguments import BadArgument, BadRecordId, NoSuchRecord, RecordAmbiguous, beginning, record_id
from backend.desk.attention_kinds import KINDS
from backend.desk.desk import Desk, Row
from backend.desk.export_command import must_exist, wished, with_tables
from backend.desk.export_terminal import asked_at_terminal, until_agreed
from backend.desk.own_secrets import Proof
from backend.desk.rights import Scope
from backend.desk.seen import ATTEND, DECIDE, EXPORT, READ, Seen
from backend.desk.standing import Standing
from backend.desk.wording import Speaker, spoken
from backend.municipality import publishing
from backend.municipality.exports import ExportOvertaken
from backend.municipality.service import Municipality
from backend.sentences import Kept, Words, words
from backend.stores.record_rows import as_answered, shown_answers
from backend.stores.records import Records
from forms.definition.inspection import LANGUAGE
from sync.audit import Wanted

ROWS_DEFAULT: Final = 200


def speaker_of(town: Municipality, args: Row) -> Speaker | None:
    """Somebody who says labels and answers in a language, where that is asked for; None where codes are."""
    return Speaker(town, str(args["labels"])) if args.get("labels") else None


async def records(desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> AsyncIterator[Row]:
    """The rows of a form, newest first; with `search` those with all the words. A last row counts what was left out.

    With `labels` a row has `said`, its answers in words, in the order of the form.
    """
    form, words = str(args["form"]), str(args.get("search") or "")
    limit = max(1, int(args.get("limit") or ROWS_DEFAULT))
    seen = Seen(desk.keeper(town.code), who, READ)
    sight = seen.sight_of(form)
    await town.auditing.note(staff, "records", None, form)
    speaker = speaker_of(town, args)

    def read(store: Records) -> tuple[list[Row], int]:
        return with_tables(town, store, form).listed(form, words, limit)

    rows, more = await seen.read(sight, read)
    for row in rows:
        yield row if speaker is None else {**row, "said": _in_words(speaker, form, row)}
    if more:
        yield {"more": more}


def _in_words(speaker: Speaker, slug: str, row: Row) -> list[list[str]]:
    """The answers of a stored row, each as label and words."""
    form = speaker.form(slug)
    found = []
    for question in form.columns(None) if form is not None else ():
        value = as_answered(question.kind, row.get(question.name))
        if value is not None:
            found.append([speaker.label(slug, question.path), speaker.answer(slug, question.path, value)])
    return found


async def show(desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> AsyncIterator[Row]:
    """The current answers of a record, who wrote them and when, its conflicts, what needs attention, its history."""
    name = beginning(args["record"], BadRecordId)
    speaker = speaker_of(town, args)

    def whole(store: Records, record: str, forms: Sequence[str]) -> Row | None:
        row = next(iter(store.records_beginning(record, forms, 1)), None)
        if row is None:
            return None
        row["shown"] = _labelled(town, row["form"], shown_answers(row["shown"]))
        row["open_conflicts"] = conflicts_of(store.conflicts(record=record))
        notes = [{name: note[name] for name in ("kind", "name", "detail")} for note in store.attention(record=record)]
        row["attention"] = [_unsaid(note) for note in notes]
        row["hidden_answers"] = _labelled_hidden(town, row["form"], hidden_of(store.hidden(record=record)))
        row["waits"] = waiting_of(store.waiting(record=record))
        return _record_in_words(speaker, row) if speaker is not None else row

    seen = Seen(desk.keeper(town.code), who, READ)
    record = await _the_record(seen, name)
    sight = await seen.sight_with(bytes.fromhex(record))
    found = None if sight is None else await seen.read(sight, partial(whole, record=record, forms=sight.forms))
    if found is None:  # erased or given to others meanwhile
        raise NoSuchRecord(record=name)
    await town.auditing.note(staff, "show", bytes.fromhex(record))
    yield found


def _record_in_words(speaker: Speaker, row: Row) -> Row:
    """A record with the words for its questions and answers, in the order of its form."""
    slug, shown = row["form"], row["shown"]
    items = speaker.items([*shown, *(one["path"] for one in row["hidden_answers"])])
    said = {path: spoken(speaker, slug, {**one, "path": path}, items) for path, one in shown.items()}
    row["title"] = speaker.title(slug)
    row["shown"] = dict(sorted(said.items(), key=lambda one: speaker.place(slug, one[0])))
    row["hidden_answers"].sort(key=lambda one: speaker.place(slug, one["path"]))
    for one in row["hidden_answers"]:
        one["answer"] = spoken(speaker, slug, {**one["answer"], "path": one["path"]}, items)
        one["label"] = speaker.label(slug, one["path"], None, items)
        one["by_labels"] = [speaker.label(slug, path, None, items) for path in one["hidden_by"]]
    for name in ("open_conflicts", "waits", "attention"):
        row[name] = [in_words(speaker, slug, one, items) for one in row[name]]
    return row


def in_words(speaker: Speaker | None, slug: str, row: Row, items: dict[str, int] | None = None) -> Row:
    """A conflict or something to look at, with the words for its question and the answers in it."""
    if speaker is None:
        return row
    path, known = str(row.get("path") or row.get("name") or ""), items or {}
    said: Row = {"title": speaker.title(slug)}
    if path.startswith("/"):
        said["label"] = speaker.label(slug, path, None, known)
    if "survivors" in row:
        survivors = row["survivors"]
        said["survivors"] = [spoken(speaker, slug, {**one, "path": path}, known) for one in survivors]
    if "words" in row:
        said["words"] = [spoken(speaker, slug, one, known) for one in row["words"]]
    return {**row, **said}


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


async def conflicts(desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> AsyncIterator[Row]:
    """Every conflict that waits for a person, with every answer in it; only one form or record where it is named."""
    seen = Seen(desk.keeper(town.code), who, DECIDE)
    wanted = await _wanted(seen, args)
    await town.auditing.note(staff, "conflicts", None)
    speaker = speaker_of(town, args)

    def read(store: Records) -> list[Row]:
        rows = chosen(store, conflicts_of(store.conflicts()), wanted)
        return [in_words(speaker, row["form"], row) for row in rows]

    for row in await seen.rows(read):
        yield row


async def _wanted(seen: Seen, args: Row) -> tuple[Any, Any, str | None]:
    """The form, the kind and the record that are asked for; nothing for what is not. Raises where one is not there."""
    form, kind, name = args.get("form"), args.get("kind"), args.get("record")
    if kind not in (None, *KINDS):
        raise BadArgument(what="the-kind", given=str(kind)[:40], wanted="a-kind", kinds=", ".join(sorted(KINDS)))
    if form:
        seen.sight_of(str(form))
    return form, kind, await _the_record(seen, name) if name else None


def chosen(store: Records, rows: list[Row], wanted: tuple[Any, Any, str | None]) -> list[Row]:
    """Rows that each belong to a record, with its form: those of one form, record or kind where that is named."""
    form, kind, record = wanted
    forms = store.forms_of({row["record"] for row in rows})
    found = [{**row, "form": forms.get(row["record"], "")} for row in rows]
    return [
        row
        for row in found
        if (not form or row["form"] == form) and record in (None, row["record"]) and kind in (None, row.get("kind"))
    ]


async def _the_record(seen: Seen, name: Any) -> str:
    """The record whose id begins so. Raises where none or several do."""
    digits = beginning(name, BadRecordId)
    matches = await seen.beginning(digits)
    if len(matches) != 1:
        raise (RecordAmbiguous if matches else NoSuchRecord)(record=digits)
    return str(matches[0]["record"])


async def attention(desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> AsyncIterator[Row]:
    """List what a person should look at: held entries, forks, answers that do not fit or that nobody sees.

    What can be decided comes first and bears its id, the answers to be seen, and the choices. Each says how much it
    matters (`severity`); `form`, `record` and `kind` choose some of them.
    """
    seen = Seen(desk.keeper(town.code), who, ATTEND)
    wanted = await _wanted(seen, args)
    await town.auditing.note(staff, "attention", None)
    speaker = speaker_of(town, args)
    elsewhere = [
        {"record": record.hex(), "kind": "forked", "name": hash_.hex(), "detail": _by_whom(town, device)}
        for hash_, device, record in town.kept_entries.forked_elsewhere()
        if not town.book.declined(hash_)
    ]

    def read(store: Records) -> list[Row]:
        levels = {(row["record"], row["path"]): row["level"] for row in store.hidden()}
        waits = sorted(
            waiting_of(store.waiting()), key=lambda row: levels.get((row["record"], row["name"]), ""), reverse=True
        )  # of hidden answers the most protective class first
        listed = {(row["record"], row["kind"], row["name"]) for row in waits}
        notes = (row for row in store.attention() if (row["record"], row["kind"], row["name"]) not in listed)
        rows = chosen(store, [*waits, *map(_unsaid, notes), *elsewhere], wanted)
        return [{**in_words(speaker, row["form"], row), "severity": severity(row)} for row in rows]

    for row in await seen.rows(read):
        yield row


def _by_whom(town: Municipality, device: bytes) -> Words:
    certificate = town.book.certificates.get(device)
    who = device.hex() if certificate is None else certificate.worker
    return words("attention-forked-elsewhere", author=who)


def severity(row: Row) -> str:
    """The weight of something to look at: somebody has to decide it, an answer is not right, or it is good to know."""
    if "decision" in row or row["kind"] == "forked":
        return "decide"
    return "warning" if row["kind"].endswith("-warn") or row["kind"] in _TO_KNOW else "error"


_TO_KNOW: Final = ("after-withdrawal", "clock-ahead", "local-only")


async def export(
    desk: Desk, town: Municipality, staff: str, args: Row, *, progress: Callable[[int, int], None], who: Standing,
    proof: Proof,
) -> AsyncIterator[Row]:  # fmt: skip
    """The tables of a form, piece by piece: {table, columns} first, then {table, rows}; an erasure ends it.

    `work` is the folder in which they are being written: they may leave it only with `publish-export`. What else may be
    wished for: `export_command.wished`.
    """
    form = str(args["form"])
    sight = Seen(desk.keeper(town.code), who, EXPORT).sight_of(form)
    asked, detail = wished(town, form, args)
    asking = await asked_at_terminal(desk.keeper(town.code), asked, detail, args, sight)
    if asking.asks_a_factor:
        await proof.anew()
    async for row in until_agreed(desk, town, staff, asking):
        yield row
    life, erased = town.committed.life, town.book.erasures
    await town.auditing.note(staff, "export", None, asking.said)
    if "work" in args:
        town.exports.begin(Path(str(args["work"])), form, staff, life, erased)

    def read(store: Records) -> Iterator[tuple[int, int, Row]]:
        tables = with_tables(town, store, form)
        must_exist(tables, asked)
        return exporting.paced(tables, asked)

    async for done, total, row in desk.keeper(town.code).stream(read, workers=sight.workers):
        progress(done, total)
        if town.book.erasures != erased:
            raise ExportOvertaken
        yield row


async def publish_export(_desk: Desk, town: Municipality, _staff: str, args: Row) -> list[Row]:
    """Let the files of an export that was written to its end take their names."""
    town.exports.allow(Path(str(args["work"])), town.committed.life, town.book.erasures)
    return [{"published": True}]


async def audit(_desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> AsyncIterator[Row]:
    """List what staff did with personal data and with forms, newest first; reading it is a line of its own.

    Of the whole municipality, or the own lines: by the table of rights. Whoever looks after accounts reads of a line
    about a record that there is one.
    """
    record = record_id(args["record"]) if args.get("record") else None
    limit = max(1, int(args.get("limit") or ROWS_DEFAULT))
    everybody = who.scope("log.read") is Scope.MUNICIPALITY
    records = not everybody or who.scope("log.records") is Scope.MUNICIPALITY
    wanted = Wanted(staff="" if everybody else who.staff, record=record if records else None)
    lines = town.auditing.page(wanted, limit) if records or record is None else []
    await town.auditing.note(staff, "audit", record)
    for line in lines:
        shown = line if records or line.record is None else line._replace(detail="")
        name = line.record.hex() if line.record is not None and records else ""
        yield {**_unsaid(shown._asdict()), "record": name}
