"""The paths of questions and comments about a record; one about a decision is named by that decision, so that both find
each other without a table of their own."""

from typing import Any, ClassVar, Final

from backend.errors import BackendError
from backend.remarks import COMMENT, ulid_of
from crypto.primitives import random_bytes, sha256
from forms.answers import canonical

QUESTION: Final = "/_question/"
TEXT_MAX: Final = 4_000  # characters of a question, comment or reason: an A4


class TextTooLong(BackendError):
    """A text is written whole or not at all: nothing of it is cut off in silence."""

    code: ClassVar[str] = "text-too-long"


def whole(text: str, limit: int = TEXT_MAX) -> str:
    """A text without the space around it; raises `TextTooLong`."""
    found = text.strip()
    if len(found) > limit:
        raise TextTooLong(size=len(found), limit=limit)
    return found


def line(text: str, limit: int) -> str:
    """A text of one line, with single spaces; raises `TextTooLong`."""
    return whole(" ".join(text.split()), limit)


def question_about(decision: str) -> str:
    """The question that somebody asks before they decide something; by the decision's id."""
    return QUESTION + ulid_of(bytes.fromhex(decision))


def reason_of(decision: str) -> str:
    """The comment that gives the reason of a decision."""
    return COMMENT + ulid_of(bytes.fromhex(decision))


def proposal_of(decision: str, value: Any) -> str:
    """The comment with which somebody chooses an answer that a second reader has to choose too."""
    return COMMENT + ulid_of(sha256(b"veldpost/1/proposal" + bytes.fromhex(decision) + canonical(value))[:16])


def new_question() -> str:
    """A question that is about no decision."""
    return QUESTION + ulid_of(random_bytes(16))


def new_comment() -> str:
    """A comment of its own."""
    return COMMENT + ulid_of(random_bytes(16))
