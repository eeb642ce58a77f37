"""Finds what a version would protect less than the versions before it did (SPEC.md 12.6). Pure.

A class says who reads an answer and how many people put it aside, also of the answers that were given already. A form
of the highest class alone has readers of its own, so that one question of another class lets everybody else in.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Final

from forms.definition.document import Form, Retention
from forms.definition.logic import Withhold
from forms.definition.members import AUDIENCES
from forms.lists.versions import name
from forms.schema.fields import Words
from forms.schema.question import Question
from forms.versions.behind import Behind
from forms.versions.changes import Change, both, change
from forms.versions.moving import Mover, renamed
from forms.versions.telling import told

HIGHEST: Final = "S4"
FIRST_LISTED: Final = "first-listed"
CHOSEN: Final = ("choice", "choices")
_MONTHS: Final = {"M": 1, "Y": 12}


def weaker(history: Sequence[Form], draft: Form) -> tuple[Change, ...]:
    """All in which a draft would protect an answer less than it was, each said at its question or text."""
    stood = {renamed(path, draft.moves): found for path, found in _stood(history).items()}
    kept = {id(form): _Kept(form) for form in (*history, draft)}
    found: list[Change] = []
    for path, (form, old) in stood.items():
        new = draft.asked(path)
        if new is not None:
            found += _of_answer(old, new)
            found += _of_words(old, new, draft.moves.mapped.get(path, {}))
            found += _of_withholding(kept[id(form)], old, kept[id(draft)], new, last=form is history[-1])
    found += _of_labels({path: old.label for path, (_, old) in stood.items()}, draft)
    found += _of_readers(history[-1], draft)
    found += told(history[-1], draft, {path: old for path, (_, old) in stood.items()})
    found += _of_retention(history[-1].retention, draft.retention)
    return tuple(sorted(dict.fromkeys(found), key=lambda one: (one.path, one.code, one.nl)))


def _stood(history: Sequence[Form]) -> dict[str, tuple[Form, Question]]:
    """The places in the newest version of all that was ever asked or computed, and the version that said so last."""
    found: dict[str, tuple[Form, Question]] = {}
    for place, form in enumerate(history):
        mover = Mover(history[place:])
        found |= {mover.path(one.path): (form, one) for one in (*form.questions, *form.local, *form.computed)}
    return found


def _of_answer(old: Question, new: Question) -> Iterator[Change]:
    if new.sensitivity < old.sensitivity:
        yield change("weaker-class", new.path, weakens=True, before=old.sensitivity, after=new.sensitivity)
    if old.local_only and not new.local_only:
        yield change("weaker-local", new.path, weakens=True)
    if _is_weighed_less(old, new):
        yield change("weaker-order", new.path, weakens=True)


def _of_words(old: Question, new: Question, codes: Mapping[str, str | None]) -> Iterator[Change]:
    """The choices that would say another thing of what was answered with them; `codes` are the draft's new ones."""
    if old.listed != new.listed and old.kind in CHOSEN and new.kind in CHOSEN:
        yield change("weaker-list", new.path, weakens=True)
    for code, words in old.choices.items():
        now = new.choices.get(codes.get(code) or code)
        if now is not None and _is_other(words, now):
            yield change("weaker-words", new.path, weakens=True, choice=both(words), to=both(now))


def _of_labels(before: Mapping[str, Words], draft: Form) -> Iterator[Change]:
    """The questions that get the words of another one: what was answered to the one is read as said to the other."""
    for path, words in before.items():
        new = draft.asked(path)
        if new is None or not _is_other(words, new.label):
            continue
        if any(other != path and not _is_other(theirs, new.label) for other, theirs in before.items()):
            yield change("weaker-asked", path, weakens=True, before=both(words), after=both(new.label))


def _is_other(before: Words, after: Words) -> bool:
    """True if words are others in a language of both; capitals and double spaces make none."""
    tongues = before.keys() & after.keys()
    return not tongues or any(name(before[one]) != name(after[one]) for one in tongues)


def _is_weighed_less(old: Question, new: Question) -> bool:
    """True if the most protective answer would not be the same any more, or not be weighed."""
    if old.merge != FIRST_LISTED:
        return False
    kept = [code for code in new.codes if code in old.codes]
    return new.merge != FIRST_LISTED or old.listed != new.listed or kept != [*old.codes]


class _Kept:
    """One version as it keeps answers from an export, by question, with what its conditions come from."""

    def __init__(self, form: Form) -> None:
        self.form = form
        self.withheld: Mapping[str, Withhold] = {one.path: one for one in form.logic.withheld}

    @cached_property
    def behind(self) -> Behind:
        return Behind(self.form)


def _of_withholding(before: _Kept, old: Question, draft: _Kept, new: Question, *, last: bool) -> Iterator[Change]:
    """The readers from whom an answer is kept no more, or only in some of the cases in which it was."""
    one, other = before.withheld.get(old.path), draft.withheld.get(new.path)
    if one is None:
        return
    for who in AUDIENCES:
        if who not in one.who:
            continue
        if other is None or who not in other.who:
            yield change(f"weaker-kept-{who}", new.path, weakens=True)
        elif other.tree is not True and not (last and _holds_as_often(before, one, draft, other)):
            yield change(f"weaker-kept-if-{who}", new.path, weakens=True)


def _holds_as_often(before: _Kept, one: Withhold, draft: _Kept, other: Withhold) -> bool:
    """True if a condition is the same, and so is all that it comes from: the answers that it reads did not move."""
    reads, then = before.behind.settled(one.tree, one.repeat)
    _, now = draft.behind.settled(other.tree, other.repeat)
    moves = draft.form.moves
    return then == now and not any(renamed(path, moves) != path or path in moves.mapped for path in reads)


def _of_readers(before: Form, draft: Form) -> Iterator[Change]:
    """A form of the highest class alone lets everybody in with its first other question, or with none that travels."""
    if not _is_highest(before) or _is_highest(draft):
        return
    for question in draft.questions or (*draft.local, *draft.computed):
        if question.sensitivity != HIGHEST or not draft.questions:
            yield change("weaker-readers", question.path, weakens=True)


def _is_highest(form: Form) -> bool:
    return bool(form.questions) and all(question.sensitivity == HIGHEST for question in form.questions)


def _of_retention(before: Retention, after: Retention) -> Iterator[Change]:
    """A record that is kept longer, or from another day on, is there to be read for longer."""
    if _months(after.keep) > _months(before.keep) or after.from_ != before.from_:
        yield change("weaker-retention", "/retention", weakens=True)


def _months(keep: str) -> int:
    return int(keep[1:-1]) * _MONTHS[keep[-1]]
