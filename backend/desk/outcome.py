"""The page of what was decided: what stands now, by whom and why, and what may still be done about it.

All of it is worked out again from the record's entries: a decision is the entry of the office without which the matter
would wait again. Undoing writes what stood before as a new entry; the matter itself does not come back by it.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from backend.desk.history import History, Written
from backend.desk.threads import reason_of
from backend.desk.waiting import Card, Change, card_of, case_of, fails_of, items_of, label_of, numbers_of, weight_of
from backend.desk.wording import Speaker
from backend.projection.tabling import faults_of
from backend.stores.queue_rows import CONFLICT, FAULT, PROTECTED_FROM
from forms.answers import canonical
from forms.definition.document import Form
from forms.paths import is_decision
from picture.choices import CONTESTED, FORKED, HELD, HIDDEN, ITEM
from picture.parts import Picture, Word

Row = dict[str, Any]
DESK: Final = "desk:"
APPEND: Final = "append"
ENTRIES_MAX: Final = 30  # of the office in one record, among which the one that decided is looked for
DELETE, RESTORE, REMOVE, TAKE_IN = "delete", "restore", "remove", "take-in"


class Settled(NamedTuple):
    """The outcome of something that waited.

    `entry` decided it, and is empty where that was worked over since; `others` are the answers that were beside each
    other; `back` is what undoing writes, `act` what it does with the whole record; `instead` are the choices that may
    be made after all; `inside` are the answers of an item.
    """

    id: str
    record: str
    form: str
    kind: str
    name: str
    title: str
    label: str
    case: str
    level: str
    did: str
    said: str
    author: str
    at_ms: int
    reason: str
    entry: str
    others: tuple[Card, ...]
    back: Mapping[str, Any]
    act: str
    instead: tuple[str, ...]
    inside: tuple[str, ...]
    fails: tuple[Change, ...] = ()

    @property
    def can_undo(self) -> bool:
        """True while what stood before differs from what stands."""
        return bool(self.entry and (self.back or self.act))

    @property
    def weighty(self) -> bool:
        """True for a record or item with an answer of class S2 or higher."""
        return self.level >= PROTECTED_FROM


class _Found(NamedTuple):
    """The entry that decided, all that belong to it, the record before them, and the answers beside each other."""

    entry: Written
    own: tuple[Written, ...]
    before: Picture
    words: tuple[Word, ...]


def settled_of(was: Row, history: History, speaker: Speaker) -> Settled:
    """The outcome of a matter (`record`, `kind`, `name`, `id`) that has this id no more."""
    picture, name, kind = history.picture(), str(was["name"]), str(was["kind"])
    slug, items = picture.form, numbers_of(picture, speaker)
    row = {"form": slug, "name": name, "kind": kind}
    found, form = _decided(was, history), history.form()
    now = picture.shown.get(name) if kind == CONFLICT else None
    author, at_ms = (now.author, now.at_ms) if now else ("", 0)
    if found is not None and (now is None or now.entry == found.entry.entry):
        author, at_ms = found.entry.author, found.entry.at_ms
    back = _back(found, kind, name, picture, form) if found is not None else {}
    reasons = [text for thread in picture.comments if thread.path == reason_of(was["id"]) for text in thread.texts]
    did = _did(kind, name, picture, found)
    return Settled(
        was["id"], was["record"], slug, kind, name, speaker.title(slug), label_of(row, speaker, items),
        case_of(picture), weight_of(row, picture, speaker), did,
        "" if now is None else speaker.answer(slug, name, now.value), author,
        at_ms, str(reasons[-1].text or "") if reasons else "", "" if found is None else found.entry.entry,
        _others(found, row, history, speaker, items), back,
        RESTORE if found is not None and kind == CONTESTED and picture.deleted else "",
        _instead(kind, did, found is not None),
        tuple(path for path in _answers(picture) if path.startswith(f"{name}/")), fails_of(picture, speaker, items),
    )  # fmt: skip


def _decided(was: Row, history: History) -> _Found | None:
    """The entry of the office without which, and without what the office wrote after it, the matter waits."""
    kind, id_ = was["kind"], was["id"]
    office = [one for one in history.in_order() if one.author.startswith(DESK)][-ENTRIES_MAX:]
    without: set[str] = set()
    if kind in (HELD, FORKED):
        anew = next((one for one in office if one.source == was["name"]), None)
        return None if anew is None else _Found(anew, (anew,), history.without([anew.entry]), ())
    for one in reversed(office):
        without.add(one.entry)
        before = history.without(without)
        if id_ in _waiting_in(before, kind, history, without):
            also = (reason_of(id_), was["name"])
            named = tuple(
                each for each in office
                if each is one or (each.entry in without and any(path in each.answers for path in also))
                or reason_of(id_) in each.answers
            )  # fmt: skip
            beside = before.conflicts if kind == CONFLICT else ()
            words = next((each.survivors for each in beside if each.id == id_), ())
            return _Found(one, named, history.without(without | {each.entry for each in named}), words)
    return None


def _waiting_in(picture: Picture, kind: str, history: History, without: set[str]) -> set[str]:
    if kind == CONFLICT:
        return {one.id for one in picture.conflicts}
    if kind == FAULT:
        reading = history.reading_without(without)
        return {one.id for one in faults_of(reading, picture, history.form(), history.around)}
    return {one.id for one in picture.waiting}


def _back(found: _Found, kind: str, name: str, now: Picture, form: Form | None) -> dict[str, Any]:
    """The answers that undoing writes: those that stood before, where others stand now. Kept texts all stay."""
    before, stands = _answers(found.before), _answers(now)
    back: dict[str, Any] = {}
    for path in dict.fromkeys(path for own in found.own for path in own.answers):
        if is_decision(path) or (form is not None and form.policy(path) == APPEND):
            continue
        if kind == ITEM and path == name:
            if not _has_item(now, name):
                back[path] = {}
        elif canonical(before.get(path)) != canonical(stands.get(path)):
            back[path] = before.get(path)
    return back


def _answers(picture: Picture) -> dict[str, Any]:
    hidden = {one.path: one.shown.value for one in picture.hidden}
    return hidden | {path: one.value for path, one in picture.shown.items()}


def _has_item(picture: Picture, name: str) -> bool:
    return name in items_of(picture)


def _did(kind: str, name: str, picture: Picture, found: _Found | None) -> str:
    """The choice that stands now, as its button names it; "" where it is an answer that stands."""
    if kind == CONTESTED:
        return DELETE if picture.deleted else RESTORE
    if kind == ITEM:
        return "keep" if _has_item(picture, name) else REMOVE
    if kind in (HELD, FORKED):
        return "decline" if found is None else TAKE_IN
    if kind == HIDDEN and found is not None:
        own = found.entry.answers
        return ("clear" if own[name] is None else "") if name in own else _hid(found, own)
    return ""


def _hid(found: _Found, own: Mapping[str, Any]) -> str:
    before = _answers(found.before)
    same = all(canonical(before.get(path)) == canonical(own[path]) for path in own if not is_decision(path))
    return "confirm" if same else "change"


def _instead(kind: str, did: str, is_written: bool) -> tuple[str, ...]:
    if kind == CONTESTED and did == RESTORE:
        return (DELETE,)
    if kind == ITEM and did == "keep":
        return (REMOVE,)
    return (TAKE_IN,) if kind in (HELD, FORKED) and not is_written else ()


def _others(
    found: _Found | None, row: Row, history: History, speaker: Speaker, items: dict[str, int]
) -> tuple[Card, ...]:
    """The answers that were beside each other."""
    if found is None:
        return ()
    written = history.written()
    words: Sequence[Row] = [
        {"path": w.path, "entry": w.entry, "author": w.author, "at_ms": w.at_ms, "value": w.value} for w in found.words
    ]
    return tuple(card_of(w, row, written, speaker, items, shown=place == 0) for place, w in enumerate(words))
