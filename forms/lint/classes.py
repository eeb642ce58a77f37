"""The class of a question by what it asks, whatever its maker says (SPEC.md section 4)."""

from functools import cache

from forms.lint.fold import plain
from forms.lint.rules import sign
from forms.schema.question import Question


def weighty(question: Question) -> bool:
    """True if an answer is sensitive: by its class, or by what is asked."""
    return question.sensitive or asks_much(question.said)


@cache
def asks_much(said: str) -> bool:
    """True if these words ask for help that a family gets, violence, debts, or what a child feels."""
    return bool(sign("P11", "much").search(plain(said).replace("_", " ")))
