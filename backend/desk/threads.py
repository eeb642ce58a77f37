"""The paths of questions and comments about a record; one about a decision is named by that decision, so that both find
each other without a table of their own."""

from typing import Any, Final

from backend.remarks import COMMENT, ulid_of
from crypto.primitives import random_bytes, sha256
from forms.answers import canonical

QUESTION: Final = "/_question/"
TEXT_MAX: Final = 4_000  # signs of a question, comment or reason: an A4


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
