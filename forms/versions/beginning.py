"""Judges first answers (SPEC.md 14.6): none copies an answer to where it is protected less than where it was given."""

from collections.abc import Iterator

from forms.definition.document import Form
from forms.definition.firsts import place_of
from forms.definition.sources import Sources, classes_of
from forms.expressions.tree import names
from forms.findings import Finding, finding


def faults(form: Form) -> Iterator[Finding]:
    """Every first answer that reads what has a higher class than its question, or is kept from more readers."""
    given = classes_of(form)
    sources = Sources(form.logic)
    asked = {one.path: one for one in (*form.questions, *form.local)}
    kept: dict[str, set[str]] = {}
    for one in form.logic.withheld:
        for who in one.who:
            kept.setdefault(who, set()).add(one.path)
    reached = {who: sources.reach(paths) for who, paths in kept.items()}
    for first in form.logic.firsts:
        question, place = asked[first.path], place_of(first.path)
        reads = sorted(names(first.tree, first.repeat), key=lambda path: (given.get(path, ""), path))
        if reads and given.get(reads[-1], "") > question.sensitivity:
            yield finding("first-class", place, name=reads[-1], given=given[reads[-1]], own=question.sensitivity)
        for path in reads:
            if any(path in reached[who] and first.path not in kept[who] for who in kept):
                yield finding("first-withheld", place, name=path)
