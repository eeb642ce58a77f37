"""Deciding what waits: conflicts, contested deletes and items, words that do not count, answers that nobody sees.

A decision names the whole id of what was shown, and its entry observes the entries that were shown and the desk
device's own last one, nothing else. When what waits has changed, nothing is decided and the new answers are shown.
"""

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from functools import partial
from typing import Any, ClassVar, Final

from backend.desk import weighing
from backend.desk.answers import conflicts_of, in_words, speaker_of, waiting_of
from backend.desk.arguments import ID_DIGITS, BadConflictId, BadDecisionId, beginning, record_id
from backend.desk.deleting import must_be_two
from backend.desk.desk import Desk, Row
from backend.desk.fitting import must_fit
from backend.desk.history import History
from backend.desk.seen import DECIDE, Seen
from backend.desk.standing import Standing
from backend.desk.taking_in import kept_entry, take_in
from backend.desk.threads import proposal_of, reason_of, whole
from backend.desk.waiting import case_of, must_be_typed_over, weight_of
from backend.desk.wording import Speaker, question_named, spoken
from backend.desk.writing import form_of
from backend.device.device import Device
from backend.device.reading import EntryUnknown
from backend.errors import BackendError, MunicipalityLocked
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.projection.opening import unpacked
from backend.sentences import ENGLISH
from backend.stores.queue_rows import PROTECTED_FROM
from backend.stores.records import Records
from forms.answers import canonical
from forms.errors import FormsError
from picture.choices import CONTESTED, HIDDEN, ITEM
from sync.facts import DECLINED, DESK


class ConflictUnknown(BackendError):
    """A conflict has one name as long as its survivors are the same."""

    code: ClassVar[str] = "conflict-unknown"


class DecisionUnknown(BackendError):
    """A decision has no such id: it has one as long as what has to be seen is the same."""

    code: ClassVar[str] = "decision-unknown"


class DecisionChanged(BackendError):
    """Nobody decides what they did not see."""

    code: ClassVar[str] = "decision-changed"


class NotASurvivor(BackendError):
    """One keeps one of the answers, or gives another."""

    code: ClassVar[str] = "not-a-survivor"


class WholeIdNeeded(BackendError):
    """A number means an answer of one list of survivors, which the whole id names and its beginning does not."""

    code: ClassVar[str] = "whole-id-needed"


class NotAChoice(BackendError):
    """Each kind of thing that waits has its own choices."""

    code: ClassVar[str] = "not-a-choice"


class ConflictFirst(BackendError):
    """An answer cannot be decided while what hides it is itself undecided."""

    code: ClassVar[str] = "conflict-first"


class _Changed(Exception):
    """Something came in that was not shown; it never leaves this module."""


async def resolve(desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> AsyncIterator[Row]:
    """Decide a conflict: an ordinary entry that observed the survivors that were shown; with `labels` told in words."""
    async for row in _told(town, desk.keeper(town.code), args, _resolve(desk, town, staff, args, who)):
        yield row


async def _told(town: Municipality, keeper: Keeper, args: Row, rows: AsyncIterator[Row]) -> AsyncIterator[Row]:
    """The rows of a decision, in the words of their forms where those are asked for."""
    speaker = speaker_of(town, args)
    async for row in rows:
        if speaker is None:
            yield row
            continue
        forms = await keeper.read(lambda store, record=row["record"]: store.forms_of([record]))  # type: ignore[misc]
        slug = forms.get(row["record"], "")
        said = in_words(speaker, slug, row)
        yield spoken(speaker, slug, said, {}) if "value" in row else said


async def _resolve(desk: Desk, town: Municipality, staff: str, args: Row, who: Standing) -> AsyncIterator[Row]:
    name, keeper = beginning(args["conflict"], BadConflictId), desk.keeper(town.code)
    seen = Seen(keeper, who, DECIDE)

    def read(store: Records) -> list[Row]:
        return conflicts_of(store.conflicts_beginning(name))

    found = await seen.rows(read)
    if len(found) != 1:
        for row in await seen.rows(lambda store: _now(store, name)):
            yield row
            raise DecisionChanged(decision=name)
        raise ConflictUnknown(conflict=name)
    conflict = found[0]
    value = args["value"] if "value" in args else _kept(conflict, name, args.get("keep"))
    record, path = bytes.fromhex(conflict["record"]), conflict["path"]
    form, version = await keeper.read(lambda store: form_of(store, town, conflict["record"]))
    if "value" in args:
        must_fit(town, form, version, path, value)
    shown = [bytes.fromhex(one["entry"]) for one in conflict["survivors"]]
    changed = await _weighed(desk, town, staff, conflict, (form, version), value, args)

    def write(device: Device) -> None:
        _nothing_unseen(device, record, [path], shown)
        device.save(device.editing_of(record, shown), form, version, changed)

    await town.auditing.note(staff, "resolve", record, path)
    try:
        await desk.write_as(town, staff, record, write)
    except (_Changed, EntryUnknown):
        for row in await keeper.read(lambda store: _now(store, conflict["conflict"])):
            yield row
        raise DecisionChanged(decision=conflict["conflict"]) from None
    left = await _left(keeper, lambda store: store.conflicts(record=record.hex(), path=path))
    yield {"record": conflict["record"], "path": path, "value": value, "open": left, "proposed": path not in changed}


async def _weighed(
    desk: Desk, town: Municipality, staff: str, conflict: Row, form: tuple[str, int], value: Any, args: Row
) -> Row:
    """The answers that a decision writes: the chosen one, or a remark that it waits for a second reader."""
    decision, path, said = conflict["conflict"], conflict["path"], _said(conflict["conflict"], args)
    answers = [one["value"] for one in conflict["survivors"]]
    low = weighing.lowering(town, decision, conflict["record"], form, path, answers, value)
    if low is not None and not await weighing.agreed(desk, town, staff, low, "".join(said.values())):
        await town.auditing.note(staff, "weigh", bytes.fromhex(conflict["record"]), path)
        return {proposal_of(decision, value): "".join(said.values())}
    return {path: value, **said}


async def _left(keeper: Keeper, rows: Callable[[Records], list[Row]]) -> bool:
    """True if the same matter still waits after it was decided; not known, so no, where the municipality was locked
    meanwhile: what was decided stands."""
    try:
        return bool(await keeper.read(rows))
    except MunicipalityLocked:
        return False


def _said(decision: str, args: Row) -> dict[str, Any]:
    """The reason of a decision, as a comment that is named by it; whose devices show the outcome show it too."""
    reason = whole(str(args.get("reason") or ""))
    return {reason_of(decision): reason} if reason else {}


def _kept(conflict: Row, name: str, keep: Any) -> Any:
    """The answer to keep: by its number under the whole id, or the answer itself as it was printed."""
    survivors = conflict["survivors"]
    if len(name) == ID_DIGITS and str(keep).isdecimal() and 1 <= int(str(keep)) <= len(survivors):
        return survivors[int(str(keep)) - 1]["value"]
    if len(name) < ID_DIGITS and str(keep).isdecimal():
        raise WholeIdNeeded(conflict=conflict["conflict"])
    try:
        meant = canonical(json.loads(str(keep)))
    except (ValueError, FormsError):
        raise NotASurvivor(count=len(survivors), keep=keep) from None
    for one in survivors:
        if canonical(one["value"]) == meant:
            return one["value"]
    raise NotASurvivor(count=len(survivors), keep=keep)


def _now(store: Records, id_: str) -> list[Row]:
    """The decision that waits now in place of what once had this id."""
    for was in store.once_named(id_):
        if was["kind"] == "conflict":
            return conflicts_of(store.conflicts(record=was["record"], path=was["name"]))
        return waiting_of(store.waiting(**was))
    return []


def _nothing_unseen(device: Device, record: bytes, paths: Collection[str], shown: Collection[bytes]) -> None:
    """Refuse when an answer that was not shown survives at one of these paths."""
    state, keys = device.taken(record).state, device.keys_of(record)
    if keys is None:
        raise _Changed
    for touch in keys.touches(paths):
        if {dot.hash for dot in state.survivors(touch)} - set(shown):
            raise _Changed


# --- everything else that waits ---


async def decide(desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> AsyncIterator[Row]:
    """Decide one thing of `attention` by its whole id; with `labels` told in words."""
    async for row in _told(town, desk.keeper(town.code), args, _decide(desk, town, staff, args, who)):
        yield row


async def _decide(desk: Desk, town: Municipality, staff: str, args: Row, who: Standing) -> AsyncIterator[Row]:
    name, choice = beginning(args["decision"], BadDecisionId), str(args["choice"])
    keeper = desk.keeper(town.code)
    seen = Seen(keeper, who, DECIDE)
    found = await seen.rows(lambda store: waiting_of(store.waiting(decision=name)))
    if not found:
        for row in await seen.rows(lambda store: _now(store, name)):
            yield row
            raise DecisionChanged(decision=name)
        raise DecisionUnknown(decision=name)
    waits = found[0]
    if choice not in waits["choices"] or (choice == "change") != ("value" in args):
        raise NotAChoice(choice=choice, choices=", ".join(waits["choices"]))
    record = record_id(waits["record"])
    if waits["kind"] == CONTESTED and choice == "delete":
        await keeper.apart(lambda: _typed_over(town, waits, str(args.get("confirm") or "")))
        all_of_it = partial(_nothing_new, record=record, shown=[bytes.fromhex(entry) for entry in waits["shown"]])
        try:
            await must_be_two(desk, town, who, record, str(args.get("reason") or ""), all_of_it)
        except _Changed:
            raise DecisionChanged(decision=name) from None
    if choice == "change":
        newest = await keeper.read(lambda store: form_of(store, town, waits["record"]))
        must_fit(town, *newest, waits["hidden_by"][0], args["value"])
    await _nothing_lower(keeper, waits, choice, args)
    await town.auditing.note(staff, "decide", record, f"{waits['kind']} {waits['name']} {choice}"[:200])
    if choice == "decline":
        await town.acts.set_aside(record, bytes.fromhex(waits["name"]), DECLINED, staff)
    elif choice == "take-in":
        await taken_in(desk, town, staff, record, waits["name"], _said(waits["decision"], args))
    else:
        form, version = await keeper.read(lambda store: form_of(store, town, waits["record"]))
        write = _written(town, waits, choice, (form, version), args)
        try:
            await desk.write_as(town, staff, record, write)
        except (_Changed, EntryUnknown):
            for row in await keeper.read(lambda store: _now(store, name)):
                yield row
            raise DecisionChanged(decision=name) from None
    left = await _left(
        keeper, lambda store: store.waiting(record=waits["record"], kind=waits["kind"], name=waits["name"])
    )
    yield {"record": waits["record"], "kind": waits["kind"], "name": waits["name"], "did": choice, "open": left}


async def _nothing_lower(keeper: Keeper, waits: Row, choice: str, args: Row) -> None:
    """Refuse a choice that would put a protective answer aside in passing: a new one, or an item that goes with all of
    its answers (`weighing.nothing_lower`)."""
    if choice not in ("change", "clear", "remove"):
        return
    town, record = keeper.town, waits["record"]

    def read(store: Records) -> None:
        form = form_of(store, town, record)
        weighing.nothing_lower(store, town, record, form, _changes(town, form[0], waits, choice, args))

    await keeper.read(read)


async def taken_in(
    desk: Desk, town: Municipality, staff: str, record: bytes, name: str, said: Mapping[str, Any]
) -> None:
    """Let words that do not count be written anew by somebody's desk device, as they were written; the reason
    is an entry behind them."""
    kept = kept_entry(town, record, bytes.fromhex(name))

    def write(device: Device) -> None:
        for held in device.store.entries_of(record):
            header = held.arrival().header
            certificate = town.book.certificates.get(header.device)
            if header.source == kept.hash and certificate is not None and certificate.role == DESK:
                raise DecisionChanged(decision=name)  # a colleague took them in meanwhile
        take_in(town, device, kept)
        if said:
            plain = unpacked(kept.plain)
            _remark(device, record, plain.form, plain.version, said)

    await desk.write_as(town, staff, record, write)


def _typed_over(town: Municipality, waits: Row, typed: str) -> None:
    """Refuse a delete of a record with answers of weight whose code was not typed over: at a page and a terminal."""
    picture = History(town, bytes.fromhex(waits["record"])).picture()
    row = {"kind": CONTESTED, "name": waits["name"], "form": picture.form}
    level = weight_of(row, picture, Speaker(town, ENGLISH))
    must_be_typed_over(case_of(picture), typed, weighty=level >= PROTECTED_FROM)


def _written(
    town: Municipality, waits: Row, choice: str, at: tuple[str, int], args: Row
) -> Callable[[Device], None]:  # fmt: skip
    """Write a decision with the desk device, when nothing came in that was not shown."""
    record, shown = bytes.fromhex(waits["record"]), [bytes.fromhex(entry) for entry in waits["shown"]]
    if waits["kind"] == CONTESTED:
        said = _said(waits["decision"], args)

        def whole_record(device: Device) -> None:
            _whole(device, record, shown, choice)
            _remark(device, record, *at, said)
            if said and choice == "delete":  # anew: a remark that no delete has seen contests it
                device.delete(device.editing_of(record, shown))

        return whole_record
    changed = _changes(town, at[0], waits, choice, args)
    looked_at = {word["path"] for word in waits["words"]} | set(changed)

    def write(device: Device) -> None:
        _nothing_unseen(device, record, looked_at, shown)
        device.save(device.editing_of(record, shown), *at, {**changed, **_said(waits["decision"], args)})

    return write


def _nothing_new(device: Device, record: bytes, shown: Collection[bytes]) -> None:
    """Refuse when there is an entry that was not shown."""
    if {arrival.hash for arrival in device.taken(record).admitted} - set(shown):
        raise _Changed


def _whole(device: Device, record: bytes, shown: list[bytes], choice: str) -> None:
    """Delete a record anew, or bring it back, having seen all of it."""
    _nothing_new(device, record, shown)
    editing = device.editing_of(record, shown)
    if choice == "delete":
        device.delete(editing)
    else:
        device.restore(editing)


def _remark(device: Device, record: bytes, form: str, version: int, said: Mapping[str, Any]) -> None:
    """Write the reason of what was just written, which has no place for one itself, as an entry right behind it."""
    if said:
        device.save(device.editing_of(record, ()), form, version, said)


def _changes(town: Municipality, form: str, waits: Row, choice: str, args: Row) -> dict[str, Any]:
    """The answers that a decision about an item or a hidden answer writes."""
    name, words = waits["name"], waits["words"]
    if waits["kind"] == ITEM:
        inside = {word["path"]: None for word in words if word["path"] != name and word["value"] is not None}
        return {name: {}} if choice == "keep" else {name: None, **inside}
    assert waits["kind"] == HIDDEN
    if choice == "clear":
        return {name: None}
    if choice == "change":
        return {waits["hidden_by"][0]: args["value"]}
    confirmed: dict[str, Any] = {}
    for path in waits["hidden_by"]:
        values = [word["value"] for word in words if word["path"] == path]
        if any(canonical(value) != canonical(values[0]) for value in values):
            raise ConflictFirst(path=question_named(town, form, path))
        confirmed[path] = values[0]
    return confirmed


COMMANDS: Final = {"resolve": resolve, "decide": decide}
