"""First answers: what a question is answered with when its record or item is begun (SPEC.md section 14)."""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from forms import paths
from forms.expressions.checking import Checked
from forms.expressions.kinds import Kind, codes_of, kind_of, meet, written_dates
from forms.expressions.tree import Tree
from forms.findings import Finding, finding
from forms.schema.question import Question


class First(msgspec.Struct, frozen=True):
    """The first answer of a question, worked out once; with `repeat` once for each item."""

    tree: Tree
    path: str
    repeat: str | None = None


def place_of(path: str) -> str:
    """The place in the document of a question's first answer."""
    return paths.format(["fields", path, "first"])


def misfits(questions: Sequence[Question], found: Mapping[str, Checked]) -> Iterator[Finding]:
    """First answers that could not be given to their question."""
    for question in questions:
        checked = found.get(place_of(question.path))
        if checked is None:
            continue
        wanted, given = kind_of(question), checked.kind
        if not _fits(wanted, given):
            yield finding("first-misfit", place_of(question.path), wanted=wanted.words, given=given.words)
            continue
        unknown = [code for code in codes_of(given) if question.codes and code not in question.codes]
        if unknown:
            yield finding("first-unknown-code", place_of(question.path), name=unknown[0])


def _fits(wanted: Kind, given: Kind) -> bool:
    if wanted.name == "date" and given.name == "text":
        return written_dates(given)
    if wanted.name == "text" and given.name == "date":
        return False
    return meet(wanted, given) is not None


def in_order(order: Sequence[str], found: Mapping[str, Checked]) -> tuple[First, ...]:
    """The first answers in the order of the layout, which is that in which they are worked out."""
    checked = ((path, found.get(place_of(path))) for path in order)
    return tuple(First(one.tree, path, paths.repeat_of(path)) for path, one in checked if one is not None)
