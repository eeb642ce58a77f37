"""The page of one thing that waits for a person: what both had seen, each answer with its author, both forms.

All of it follows from the record's entries and the id of the decision, so nothing is kept for it: what was decided, and
what stood there before, is worked out again from the entry that decided it.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final, NamedTuple

from backend.desk.history import History, Written
from backend.desk.wording import Speaker
from backend.errors import BackendError
from backend.sentences import library
from backend.stores.queue_rows import CONFLICT, FAULT, FIRST_LISTED, PROTECTED_FROM
from forms.answers import canonical
from forms.paths import is_decision
from picture.choices import CONTESTED, ITEM
from picture.parts import Picture, Shown

Row = dict[str, Any]
CARDS_MAX: Final = 9  # keys 1 to 9 choose one; what is beyond is chosen without a key
DELETE: Final = "delete"
CHECKS: Final = "check-"  # how the codes of findings of a form's own checks begin


class Change(NamedTuple):
    """An answer in words, with its question."""

    path: str
    label: str
    said: str


class Card(NamedTuple):
    """One answer that a person may keep: in words, with whose it is and what else they changed then."""

    entry: str
    value: Any
    said: str
    author: str
    at_ms: int
    device: str
    received_ms: int
    ahead_s: int
    others: tuple[Change, ...]
    shown: bool
    paths: tuple[str, ...] = ()


class Line(NamedTuple):
    """One question in several forms beside each other; `differs` where they do not say the same."""

    label: str
    said: tuple[str, ...]
    differs: bool


class ConfirmNeeded(BackendError):
    """A record with answers of weight is deleted only after its code was typed over."""

    code: ClassVar[str] = "confirm-needed"


class Matter(NamedTuple):
    """One thing that waits, as a page shows it."""

    id: str
    record: str
    form: str
    kind: str
    name: str
    policy: str
    title: str
    label: str
    level: str
    case: str
    cards: tuple[Card, ...]
    base: Card | None
    lines: tuple[Line, ...]
    authors: tuple[str, ...]
    choices: tuple[str, ...]
    hidden_by: tuple[str, ...]
    said: str
    since_ms: int
    rank: int
    fails: tuple[Change, ...] = ()
    proposed: bool = False  # a delete that a worker alone decided

    @property
    def weighty(self) -> bool:
        """True for an answer of class S2 or higher: its decision asks for a reason."""
        return self.level >= PROTECTED_FROM

    @property
    def weighs(self) -> bool:
        """True where the most protective answer is shown until a person has weighed it: another one needs a reason."""
        return self.policy == FIRST_LISTED and self.weighty


def matter_of(row: Row, history: History, speaker: Speaker) -> Matter:
    """The page of a row of the queue."""
    words = _words_of(row)
    slug, picture, written = row["form"], history.picture(), history.written()
    items = numbers_of(picture, speaker)
    if row["kind"] == CONTESTED:
        cards = [_act_card(written[one], slug, speaker, items) for one in history.beside_deletes()]
    elif row["kind"] == ITEM:
        inside = dict.fromkeys(one["entry"] for one in words)
        cards = [_item_card(written[one], row["name"], slug, speaker, items) for one in inside if one in written]
    else:
        cards = [card_of(one, row, written, speaker, items, shown=place == 0) for place, one in enumerate(words)]
    base = history.seen_by_all(row["name"], [card.entry for card in cards]) if row["kind"] == CONFLICT else None
    seen = _base(base.hash.hex(), base.value, row, written, speaker) if base is not None else None
    return Matter(
        row["id"], row["record"], slug, row["kind"], row["name"], row["policy"] or "", speaker.title(slug),
        label_of(row, speaker, items), weight_of(row, picture, speaker), case_of(picture), tuple(cards), seen,
        *lines_of(history, cards, speaker, slug, items), tuple(json.loads(row["choices"] or "[]")),
        tuple(json.loads(row["hidden_by"] or "[]")),
        (json.loads(row["said"]).get(speaker.language, "") if row["said"] else ""), row["since_ms"], row["rank"],
        fails_of(picture, speaker, items),
        any(one.id == row["id"] and bool(one.facts.get("proposed")) for one in picture.waiting),
    )  # fmt: skip


def _words_of(row: Row) -> list[Row]:
    raw = row["survivors"] or row["words"] or row["fault_words"] or "[]"
    found: list[Row] = json.loads(raw)
    return [{"path": row["name"], **one} for one in found]


def label_of(row: Row, speaker: Speaker, items: dict[str, int]) -> str:
    """The words for what is decided: the question, or the form of a whole record."""
    name = str(row["name"])
    return speaker.label(row["form"], name, None, items) if name.startswith("/") else speaker.title(row["form"])


def must_be_typed_over(case: str, typed: str, *, weighty: bool) -> None:
    """Refuse a delete of a record with answers of weight whose code was not typed over: `ConfirmNeeded`."""
    if weighty and typed.strip() != case:
        raise ConfirmNeeded(case=case)


def weight_of(row: Row, picture: Picture, speaker: Speaker) -> str:
    """The class of what is decided: of a question its own, of a whole record or item the highest of its answers."""
    name, slug = str(row["name"]), row["form"]
    if row["kind"] not in (CONTESTED, ITEM):
        return level_of(speaker, slug, name) if name.startswith("/") else ""
    inside = (path for path in picture.shown if path.startswith(f"{name}/") and "/_order" not in path)
    return max((level_of(speaker, slug, path) for path in inside), default="")


def level_of(speaker: Speaker, slug: str, path: str) -> str:
    """The class of a question; of one that the form does not ask the highest."""
    form = speaker.form(slug)
    question = form.leaf(path) if form is not None else None
    return question.sensitivity if question is not None else "S4"


def fails_of(picture: Picture, speaker: Speaker, items: dict[str, int]) -> tuple[Change, ...]:
    """The checks of the form that a record fails as it stands: the question, and what the form says of it."""
    found = [one for one in picture.findings if one.code.startswith(CHECKS)]
    return tuple(
        Change(one.path, speaker.label(picture.form, one.path, None, items), library().finding(said, speaker.language))
        for one in found for said in [{"code": one.code, "nl": one.nl, "en": one.en}]
    )  # fmt: skip


def case_of(picture: Picture) -> str:
    """The code of the case that a record is about, or the beginning of its id."""
    shown = picture.shown.get("/case_ref")
    return str(shown.value) if shown is not None and isinstance(shown.value, str) else picture.record[:8]


def card_of(
    word: Row, row: Row, written: Mapping[str, Written], speaker: Speaker, items: dict[str, int], *, shown: bool
) -> Card:
    """The card of one answer."""
    entry, slug, path = word["entry"], row["form"], word["path"]
    own = written.get(entry)
    others = () if own is None else changes_of(own.answers, speaker, slug, items, without=path)
    label = "" if path == row["name"] else f"{speaker.label(slug, path, None, items)}: "
    return Card(
        entry, word["value"], label + speaker.answer(slug, path, word["value"]), word["author"], word["at_ms"],
        own.device if own else "", own.received_ms if own else 0, own.ahead_s if own else 0, others, shown, (path,),
    )  # fmt: skip


def _act_card(own: Written, slug: str, speaker: Speaker, items: dict[str, int]) -> Card:
    """The card of a whole entry: that it deleted the record, or the answers that it gave."""
    changes = changes_of(own.answers, speaker, slug, items)
    return Card(
        own.entry, None, "" if own.act == DELETE else "; ".join(f"{one.label}: {one.said}" for one in changes),
        own.author, own.at_ms, own.device, own.received_ms, own.ahead_s, (), False,
    )  # fmt: skip


def _item_card(own: Written, name: str, slug: str, speaker: Speaker, items: dict[str, int]) -> Card:
    """The card of an entry that took an item away, or of what it answered in it."""
    inside = {path: value for path, value in own.answers.items() if path.startswith(f"{name}/")}
    is_away = name in own.answers and own.answers[name] is None
    said = [] if is_away else changes_of(inside, speaker, slug, items)
    return Card(
        own.entry, None, "; ".join(f"{one.label}: {one.said}" for one in said), own.author, own.at_ms, own.device,
        own.received_ms, own.ahead_s, (), False,
    )  # fmt: skip


def _base(entry: str, value: Any, row: Row, written: Mapping[str, Written], speaker: Speaker) -> Card | None:
    own = written.get(entry)
    if own is None:
        return None
    said = speaker.answer(row["form"], row["name"], value)
    return Card(entry, value, said, own.author, own.at_ms, own.device, own.received_ms, own.ahead_s, (), False)


def changes_of(
    answers: Mapping[str, Any], speaker: Speaker, slug: str, items: dict[str, int], *, without: str = ""
) -> tuple[Change, ...]:
    """The answers of an entry in words, in the order of the form."""
    paths = [path for path in answers if path != without and not is_decision(path) and "/_order" not in path]
    ordered = sorted(paths, key=lambda path: speaker.place(slug, path))
    return tuple(
        Change(path, speaker.label(slug, path, None, items), speaker.answer(slug, path, answers[path]))
        for path in ordered
    )


def lines_of(
    history: History, cards: Sequence[Card], speaker: Speaker, slug: str, items: dict[str, int]
) -> tuple[tuple[Line, ...], tuple[str, ...]]:
    """The whole forms of the authors beside each other, differences first; and whose each of them is."""
    entries = list(dict.fromkeys(card.entry for card in cards if card.entry in history.written()))[:CARDS_MAX]
    if len(entries) < 2:
        return (), ()
    forms = [_answers_of(history.as_known_to(entry)) for entry in entries]
    paths = sorted({path for form in forms for path in form}, key=lambda path: speaker.place(slug, path))
    found = []
    for path in paths:
        values = [form[path].value if path in form else None for form in forms]
        said = tuple("" if value is None else speaker.answer(slug, path, value) for value in values)
        differs = len({canonical(value) for value in values}) > 1
        found.append(Line(speaker.label(slug, path, None, items), said, differs))
    authors = {card.entry: card.author for card in cards}
    return tuple(sorted(found, key=lambda line: not line.differs)), tuple(authors[entry] for entry in entries)


def items_of(picture: Picture) -> list[str]:
    """The paths of the items of a record, those without an answer too."""
    found = []
    for group, rows in picture.document.items():
        for one in rows if isinstance(rows, list) else ():
            if isinstance(one, dict) and "_id" in one:
                found.append(f"/{group}/{one['_id']}")
    return found


def numbers_of(picture: Picture, speaker: Speaker) -> dict[str, int]:
    """The number of each item in its group."""
    return speaker.items([*picture.shown, *items_of(picture)])


def known_lines(picture: Picture, speaker: Speaker) -> list[tuple[str, str, str, int, bool]]:
    """A whole form in words, in its order: question, answer, author, time, and if the form hides it."""
    slug, items = picture.form, numbers_of(picture, speaker)
    hidden = {one.path for one in picture.hidden}
    return [
        (speaker.label(slug, path, None, items), speaker.answer(slug, path, one.value), one.author, one.at_ms,
         path in hidden)
        for path, one in sorted(_answers_of(picture).items(), key=lambda one: speaker.place(slug, one[0]))
        if not is_decision(path) and "/_order" not in path
    ]  # fmt: skip


def _answers_of(picture: Picture) -> dict[str, Shown]:
    """The answers of a form, those that it hides too: they were given."""
    return {**picture.shown, **{one.path: one.shown for one in picture.hidden}}


def is_decided_whole(kind: str) -> bool:
    """True for what is decided by a button alone: a record, an item, or words that do not count."""
    return kind not in (CONFLICT, FAULT)
