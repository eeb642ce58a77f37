"""The review of a record: its state, the question with which it goes back, and remarks; each an entry that observed
what its page showed, so that an approval covers what its author had read and nothing else."""

from typing import Any, ClassVar, Final, NamedTuple

from backend.desk.history import History
from backend.desk.threads import new_comment, new_question, whole
from backend.desk.waiting import case_of, changes_of
from backend.desk.wording import Speaker
from backend.desk.writing import Hand, write_seen
from backend.errors import BackendError
from backend.stores.queue_rows import APPROVED, IN_REVIEW, RECEIVED, RETURNED
from picture.edits import REVIEW
from picture.parts import Thread

STATES: Final = (RECEIVED, IN_REVIEW, APPROVED, RETURNED)


class NothingWritten(BackendError):
    """A question or a remark says something."""

    code: ClassVar[str] = "nothing-written"


class QuestionNeeded(BackendError):
    """A record goes back with a question: its worker has to know what is asked."""

    code: ClassVar[str] = "question-needed"


class NoSuchState(BackendError):
    """A review has four states."""

    code: ClassVar[str] = "no-such-review"


class NothingPicked(BackendError):
    """A review is set to a state that somebody picked."""

    code: ClassVar[str] = "nothing-picked"


class Later(NamedTuple):
    """A question whose answer came after the review, or beside it: what was reviewed, and what is shown now."""

    label: str
    before: str
    now: str
    author: str
    at_ms: int


class Reviewed(NamedTuple):
    """A record as the page of its review shows it."""

    record: str
    form: str
    title: str
    case: str
    state: str
    author: str
    at_ms: int
    differences: tuple[Later, ...]
    questions: tuple[Thread, ...]
    comments: tuple[Thread, ...]
    waits: int
    deleted: bool


def reviewed_of(history: History, speaker: Speaker) -> Reviewed:
    """The review of a record with what came since."""
    picture = history.picture()
    slug, review = picture.form, picture.review
    state = RECEIVED if review is None or not isinstance(review.state, str) else review.state
    differences = _differences(history, speaker) if review is not None else ()
    return Reviewed(
        picture.record, slug, speaker.title(slug), case_of(picture), state, "" if review is None else review.author,
        0 if review is None else review.at_ms, differences, picture.questions, picture.comments,
        len(picture.conflicts) + len(picture.waiting), picture.deleted,
    )  # fmt: skip


def _differences(history: History, speaker: Speaker) -> tuple[Later, ...]:
    picture = history.picture()
    assert picture.review is not None
    slug, items = picture.form, speaker.items(list(picture.shown))
    before = history.as_known_to(picture.review.entry).shown
    found = []
    for path in sorted(picture.review.changed, key=lambda path: speaker.place(slug, path)):
        now, was = picture.shown.get(path), before.get(path)
        (said,) = changes_of({path: now.value if now else None}, speaker, slug, items) or (None,)
        if said is not None:
            read = "" if was is None or was.value is None else speaker.answer(slug, path, was.value)
            author, at_ms = (now.author, now.at_ms) if now else ("", 0)
            found.append(Later(said.label, read, said.said, author, at_ms))
    return tuple(found)


async def set_review(hand: Hand, record: bytes, field: str, state: str, question: str = "") -> None:
    """Set the state of a review; `returned` needs a question, which stands first on the worker's device.

    Raises `QuestionNeeded`, `NothingPicked`, `NoSuchState`, and what `write_seen` raises.
    """
    if not state:
        raise NothingPicked
    if state not in STATES:
        raise NoSuchState(state=state[:20])
    changes: dict[str, Any] = {REVIEW: state}
    if text := whole(question):
        changes[new_question()] = text
    elif state == RETURNED:
        raise QuestionNeeded
    await hand.town.auditing.note(hand.staff, "review", record, state)
    await write_seen(hand, record, field, changes)


async def write_text(hand: Hand, record: bytes, field: str, text: str, *, asks: bool) -> None:
    """Write a remark about a record, or ask a question without sending it back. Raises `NothingWritten`."""
    said = whole(text)
    if not said:
        raise NothingWritten
    await hand.town.auditing.note(hand.staff, "question" if asks else "comment", record)
    await write_seen(hand, record, field, {new_question() if asks else new_comment(): said})
