"""The rows of a record for whoever works at the desk: whose it is, where it waits, its review and what was asked."""

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from backend.stores.record_rows import json_text
from forms.definition.document import Form
from picture.choices import CONTESTED, ITEM
from picture.parts import Conflict, Picture, Text, Thread, Waiting, Word

Row = tuple[Any, ...]
CREATED: Final = "created"
WROTE: Final = "wrote"
ASSIGNED: Final = "assigned"

PROTECTIVE: Final = 1  # ranks of the queue, the most urgent first
AFTER_MERGING: Final = 2
OTHERS: Final = 3
CONFLICT: Final = "conflict"
FAULT: Final = "check-parallel"
FIRST_LISTED: Final = "first-listed"
PROTECTED_FROM: Final = "S2"  # the class from which a first-listed answer is weighed before all others

RECEIVED: Final = "received"
IN_REVIEW: Final = "in_review"
APPROVED: Final = "approved"
RETURNED: Final = "returned"
ANSWERED: Final = "answered"
CHANGED: Final = "changed"
BEGUN: Final = "begun"  # for a worker, who has not written in it yet
DONE: Final = ""  # nobody of the office has to look now
SAYS_MORE: Final = (CHANGED, ANSWERED, BEGUN)  # the stages that say more of a record than its review's state

SETTLED: Final = "settled"  # a turn that decided
UNDONE: Final = "undone"  # what became of a decision: what stood before was written again
CHANGED_SINCE: Final = "changed"  # or something else was


class Fault(NamedTuple):
    """A check that fails although nobody saw it fail: the answers it reads were written side by side."""

    id: str
    path: str
    shown: tuple[str, ...]
    words: tuple[Word, ...]
    nl: str
    en: str


class Turn(NamedTuple):
    """One entry in the fate of a settled matter: it decided (`SETTLED`), undid that, or gave something else."""

    state: str
    entry: str
    author: str
    at_ms: int
    did: str
    path: str
    value: Any
    reason: str


class Settlement(NamedTuple):
    """A matter that the office settled: by which entry, whose, when, what was chosen and why; and what became of it.

    `did` is the choice as its button names it, empty where an answer was given: `value`, at `path`. `state` is empty
    while the decision stands, else `UNDONE` or `CHANGED_SINCE`, with whose doing, when and why. The decision is the
    last one that was made; `turns` are all other turns of the matter, the first one first.
    """

    id: str
    record: str
    kind: str
    name: str
    entry: str
    author: str
    at_ms: int
    did: str
    path: str
    value: Any
    reason: str
    state: str = ""
    then_entry: str = ""
    then_author: str = ""
    then_ms: int = 0
    then_reason: str = ""
    turns: tuple[Turn, ...] = ()


class Tabled(NamedTuple):
    """A record as the tables take it: its picture, the form in whose columns, and what stands beside it.

    `people` are (worker, kind); `observed` is what an entry observes whose author saw all that is shown, encoded.
    """

    picture: Picture
    form: Form | None
    people: tuple[tuple[str, str], ...] = ()
    observed: str = ""
    faults: tuple[Fault, ...] = ()
    settled: tuple[Settlement, ...] = ()


def people_rows(tabled: Tabled) -> Iterable[Row]:
    """The rows of `_people`."""
    return ((tabled.picture.record, worker, kind) for worker, kind in tabled.people)


def shown_rows(tabled: Tabled) -> Iterable[Row]:
    """The row of `_shown`."""
    yield tabled.picture.record, tabled.observed


def fault_rows(tabled: Tabled) -> Iterable[Row]:
    """The rows of `_fault`."""
    for one in tabled.faults:
        said = json_text({"nl": one.nl, "en": one.en})
        yield one.id, tabled.picture.record, one.path, json_text(one.shown), json_text(_words(one.words)), said


def settled_rows(tabled: Tabled) -> Iterable[Row]:
    """The rows of `_settled`."""
    for one in tabled.settled:
        yield (
            one.id, one.record, tabled.picture.form, one.kind, one.name, one.entry, one.author, one.at_ms, one.did,
            one.path, json_text(one.value), one.reason, one.state, one.then_entry, one.then_author, one.then_ms,
            one.then_reason, json_text([turn._asdict() for turn in one.turns]),
        )  # fmt: skip


def earlier_faults(tabled: Tabled) -> Iterable[Row]:
    """The rows of `_was`: the ids under which a check was ever listed as failing, and of all that was settled."""
    yield from ((one.id, tabled.picture.record, FAULT, one.path) for one in tabled.faults)
    yield from ((one.id, one.record, one.kind, one.name) for one in tabled.settled)


def _words(words: Iterable[Word]) -> list[dict[str, Any]]:
    return [{"entry": w.entry, "author": w.author, "at_ms": w.at_ms, "path": w.path, "value": w.value} for w in words]


def queue_rows(tabled: Tabled) -> Iterable[Row]:
    """The rows of `_queue`: all of a record that waits for a person to decide."""
    picture, form = tabled.picture, tabled.form
    for conflict in picture.conflicts:
        rank = PROTECTIVE if _is_protective(conflict, form) else OTHERS
        yield _queued(picture, conflict.id, CONFLICT, conflict.path, rank, _parted_ms(conflict.survivors))
    for waiting in picture.waiting:
        rank = PROTECTIVE if waiting.kind in (CONTESTED, ITEM) else OTHERS
        yield _queued(picture, waiting.id, waiting.kind, waiting.name, rank, _waits_since(picture, waiting))
    for fault in tabled.faults:
        since_ms = _parted_ms(fault.words) or picture.changed_ms
        yield _queued(picture, fault.id, FAULT, fault.path, AFTER_MERGING, since_ms)


def _queued(picture: Picture, id_: str, kind: str, name: str, rank: int, since_ms: int) -> Row:
    return id_, picture.record, picture.form, kind, name, rank, since_ms


def _is_protective(conflict: Conflict, form: Form | None) -> bool:
    """True if what is shown is the most protective answer until somebody has weighed it."""
    question = form.leaf(conflict.path) if form is not None else None
    return conflict.policy == FIRST_LISTED and (question is None or question.sensitivity >= PROTECTED_FROM)


def _parted_ms(words: Iterable[Word]) -> int:
    """The moment since which answers are side by side: when the second of them was written."""
    times = sorted(word.at_ms for word in words)
    return times[1] if len(times) > 1 else sum(times)


def _waits_since(picture: Picture, waiting: Waiting) -> int:
    """The time of the last of the words to be read; without any the record's last change."""
    return max((word.at_ms for word in waiting.words), default=picture.changed_ms)


def review_rows(tabled: Tabled) -> Iterable[Row]:
    """The row of `_review`; a record that nobody looked at yet was received."""
    picture, review = tabled.picture, tabled.picture.review
    if not picture.form:
        return
    state = RECEIVED if review is None else review.state if isinstance(review.state, str) else json_text(review.state)
    author, at_ms, changed = ("", 0, ()) if review is None else (review.author, review.at_ms, review.changed)
    stage = stage_of(picture, state)
    yield picture.record, picture.form, state, author, at_ms, json_text(changed), stage, picture.changed_ms


def stage_of(picture: Picture, state: str) -> str:
    """The part of the review's queue in which a record stands: `""` while nobody of the office has to look.

    A returned record waits for the worker until none of its questions is open; an approved one is done until somebody
    changes what its reviewer had read. One that was begun at the desk waits for the worker until they write in it.
    """
    if picture.deleted and not picture.contested:
        return DONE
    if state == APPROVED:
        return CHANGED if picture.review is not None and picture.review.changed else DONE
    if state == RETURNED:
        return DONE if any(question.open for question in picture.questions) else ANSWERED
    if state == IN_REVIEW:
        return state
    return BEGUN if picture.begun else RECEIVED


def question_rows(tabled: Tabled) -> Iterable[Row]:
    """The rows of `_question`."""
    picture = tabled.picture
    for thread in picture.questions:
        yield picture.record, thread.path, picture.form, thread.open, _last_ms(thread), json_text(_texts(thread.texts))


def comment_rows(tabled: Tabled) -> Iterable[Row]:
    """The rows of `_comment`."""
    for thread in tabled.picture.comments:
        yield tabled.picture.record, thread.path, _last_ms(thread), json_text(_texts(thread.texts))


def _last_ms(thread: Thread) -> int:
    return max((text.at_ms for text in thread.texts), default=0)


def _texts(texts: Iterable[Text]) -> list[dict[str, Any]]:
    return [{"entry": t.entry, "author": t.author, "at_ms": t.at_ms, "text": t.text} for t in texts]
