"""Reading and resolving: what shows answers. Every command leaves an audit line before it shows anything."""

import json
from collections.abc import AsyncIterator
from typing import Any, ClassVar, Final

from backend.desk.arguments import hexed
from backend.desk.desk import Desk, Row
from backend.device.device import Device
from backend.errors import BackendError, FormUnknown, RecordUnknown
from backend.municipality import publishing
from backend.municipality.service import Municipality
from backend.stores.records import Records
from forms.inspection import LANGUAGE

ROWS_DEFAULT: Final = 200


class ConflictUnknown(BackendError):
    """A conflict has one name as long as its survivors are the same."""

    code: ClassVar[str] = "conflict-unknown"
    message: ClassVar[str] = "There is no open conflict {conflict}."
    remedy: ClassVar[str] = "Somebody resolved it, or an edit came in; look at `veldpost conflicts` again."


class NotASurvivor(BackendError):
    """One keeps one of the answers, or gives another."""

    code: ClassVar[str] = "not-a-survivor"
    message: ClassVar[str] = "The conflict has {count} answers; there is no answer {keep}."
    remedy: ClassVar[str] = "Give --keep with a number from the list, or --value with an answer as JSON."


async def _audit(town: Municipality, staff: str, act: str, record: bytes | None, detail: str = "") -> None:
    await town.submit(lambda: town.journal.audit(town.clock.now_ms(), staff, act, record, detail))


def _form_exists(records: Records, form: str) -> None:
    if form not in records.form_tables() or "__" in form:
        raise FormUnknown(form=form, version="yet")


async def records(desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """The rows of a form, newest first; with `search` those with all the words. A last row counts what was left out."""
    form, words = str(args["form"]), str(args.get("search") or "")
    limit = max(1, int(args.get("limit") or ROWS_DEFAULT))
    await _audit(town, staff, "records", None, form)

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
    name = str(args["record"])

    def read(store: Records) -> Row:
        matches = store.find("select * from _record where substr(record, 1, ?) = ? limit 2", (len(name), name))
        if len(matches) != 1:
            raise RecordUnknown(record=name)
        row = matches[0]
        record = row["record"]
        row["shown"] = _labelled(town, row["form"], json.loads(row["shown"]))
        row["open_conflicts"] = _conflicts(store, "where record = ?", record)
        row["attention"] = store.find("select kind, name, detail from _attention where record = ?", (record,))
        return row

    row = await desk.keeper(town.code).read(read)
    await _audit(town, staff, "show", bytes.fromhex(row["record"]))
    yield row


def _labelled(town: Municipality, slug: str, shown: Row) -> Row:
    """Each answer with the words that asked it: those of the newest version, or of its own for an earlier answer."""
    forms = {form.version: form for form in publishing.history(town, slug)}
    newest = max(forms, default=0)
    for path, one in shown.items():
        form = forms.get(newest if one["in_form"] else one["version"])
        one["label"] = form.label(path, LANGUAGE) if form is not None else path
    return shown


def _conflicts(store: Records, where: str, *values: Any) -> list[Row]:
    rows = store.find(f"select * from _conflict {where} order by record, path", values)
    return [{**row, "survivors": json.loads(row["survivors"])} for row in rows]


async def conflicts(desk: Desk, town: Municipality, staff: str, _args: Row) -> AsyncIterator[Row]:
    """Every conflict that waits for a person, with every answer in it."""
    await _audit(town, staff, "conflicts", None)
    for row in await desk.keeper(town.code).read(lambda store: _conflicts(store, "")):
        yield row


async def attention(desk: Desk, town: Municipality, staff: str, _args: Row) -> AsyncIterator[Row]:
    """Whatever a person should look at: held entries, answers that do not fit, forks."""
    await _audit(town, staff, "attention", None)
    for row in await desk.keeper(town.code).read(lambda s: s.find("select * from _attention order by kind, record")):
        yield row


async def export(desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """The tables of a form, row by row: {table, columns} first, then {table, values}."""
    form = str(args["form"])
    await _audit(town, staff, "export", None, form)

    def read(store: Records) -> list[Row]:
        _form_exists(store, form)
        found: list[Row] = []
        for table in store.form_tables():
            if table == form or table.startswith(form + "__"):
                columns = list(store.db[table].columns_dict)
                listed = ",".join(f"[{name}]" for name in columns)
                found.append({"table": table, "columns": columns})
                rows = store.db.conn.execute(f"select {listed} from [{table}] order by 1, 2")
                found += [{"table": table, "values": list(row)} for row in rows]
        return found

    for row in await desk.keeper(town.code).read(read):
        yield row


async def audit(_desk: Desk, town: Municipality, staff: str, args: Row) -> AsyncIterator[Row]:
    """What staff did with personal data and with forms, newest first; reading it is a line of its own."""
    record = hexed(args["record"], "The record", 16) if args.get("record") else None
    limit = max(1, int(args.get("limit") or ROWS_DEFAULT))
    lines = town.journal.audit_lines(record, limit)
    await _audit(town, staff, "audit", record)
    for line in lines:
        yield {**line._asdict(), "record": line.record.hex() if line.record is not None else ""}


async def resolve(desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    """Decide a conflict: an ordinary entry of the staff member's desk device that has observed all survivors."""
    name = str(args["conflict"])
    keeper = desk.keeper(town.code)

    def read(store: Records) -> Row:
        found = _conflicts(store, "where substr(conflict, 1, ?) = ?", len(name), name) if name else []
        if len(found) != 1:
            raise ConflictUnknown(conflict=name)
        row = store.find("select form, version from _record where record = ?", (found[0]["record"],))[0]
        return {**found[0], **row}

    conflict = await keeper.read(read)
    survivors, record = conflict["survivors"], bytes.fromhex(conflict["record"])
    value = args.get("value")
    if "value" not in args:
        keep = int(args.get("keep", 0))
        if not 1 <= keep <= len(survivors):
            raise NotASurvivor(count=len(survivors), keep=keep)
        value = survivors[keep - 1]["value"]
    wanted = {bytes.fromhex(one["entry"]) for one in survivors}
    version = max(conflict["version"], town.book.newest_form(conflict["form"]))  # whose paths the tables show

    def write(device: Device) -> None:
        editing = device.open(record)
        seen = {arrival.hash for arrival in device.taken(record).admitted}
        if not wanted <= seen:
            raise ConflictUnknown(conflict=name)
        device.save(editing, conflict["form"], version, {conflict["path"]: value})

    await _audit(town, staff, "resolve", record, conflict["path"])
    await desk.write_as(town, staff, record, write)
    left = await keeper.read(lambda store: len(_conflicts(store, "where conflict = ?", conflict["conflict"])))
    return [{"record": conflict["record"], "path": conflict["path"], "value": value, "open": bool(left)}]


READ: Final = {
    "records": records, "show": show, "conflicts": conflicts, "attention": attention, "export": export,
    "audit": audit,
}  # fmt: skip
