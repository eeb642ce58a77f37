"""Judges whether a draft can follow the published versions of its form (SPEC.md section 12.3).

Answers are never lost by publishing; this makes sure that nobody is surprised where they went.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from forms import paths
from forms.definition.document import Form
from forms.definition.moves import Moves
from forms.findings import Finding, finding
from forms.schema.question import Question
from forms.versions.moving import Mover, renamed

_WIDER: Final = {  # what an answer may become without a new name: it means the same
    ("integer", "decimal"),
    ("date", "text"),
    ("choice", "text"),
    ("choice", "choices"),
}


def judged(history: Sequence[Form], draft: Form) -> tuple[Finding, ...]:
    """Every reason why a draft cannot be the next version after these; `history` is in order, oldest first."""
    if not history:
        early = () if draft.version == 1 else (finding("wrong-version", "/version", given=draft.version, expected=1),)
        return (*early, *_of_nothing(draft.moves))
    before = history[-1]
    found = []
    if draft.version != before.version + 1:
        found.append(finding("wrong-version", "/version", given=draft.version, expected=before.version + 1))
    return (
        *found,
        *_renames(history, draft),
        *_gone(before, draft),
        *_kinds(history, draft),
        *_codes(history, draft),
        *_local(history, draft),
    )


def _of_nothing(moves: Moves) -> Iterator[Finding]:
    """Before the first version there are no answers; what moves say of them nobody would ever have judged."""
    for name, those in (("renamed", moves.renamed), ("mapped", moves.mapped)):
        yield from (finding("moves-unknown", f"/moves/{name}" + paths.format([path]), name=path) for path in those)
    yield from (finding("moves-unknown", f"/moves/dropped/{at}", name=path) for at, path in enumerate(moves.dropped))


def known_paths(form: Form) -> set[str]:
    """The templates of a version's questions, of its repeating groups, and of the groups around its questions."""
    found = {*(question.path for question in form.questions), *form.repeats}
    for question in form.questions:
        names = paths.parse(question.path)
        found |= {paths.format(names[:end]) for end in range(1, len(names)) if names[end - 1] != paths.ANY_ITEM}
    return found


def _renames(history: Sequence[Form], draft: Form) -> Iterator[Finding]:
    before, moves = history[-1], draft.moves
    known = known_paths(before)
    for path, to in moves.renamed.items():
        at = "/moves/renamed" + paths.format([path])
        if path not in known:
            yield finding("moves-unknown", at, name=path)
        elif (path in before.repeats) != (to in draft.repeats) or (
            paths.repeat_of(path) != paths.repeat_of(to) and _group_moved(path, draft) != paths.repeat_of(to)
        ):
            yield finding("moves-scope", at, name=path)
    yield from _meetings(history, draft)
    for place, path in enumerate(moves.dropped):
        if path not in known:
            yield finding("moves-unknown", f"/moves/dropped/{place}", name=path)


def _meetings(history: Sequence[Form], draft: Form) -> Iterator[Finding]:
    """Every rename that leads answers to where those of another question stand, or items into another group.

    A group takes along whatever ever stood in it, so its own name says too little.
    """
    moves = draft.moves
    met: dict[str, set[str]] = {}
    for path in {*moves.renamed, *lingering(history), *_lingering_groups(history)}:
        met.setdefault(renamed(path, moves), set()).add(path)
    onto: dict[str, str] = {}
    for to, those in sorted(met.items()):
        for by in (_moved_by(path, moves) for path in those if len(those) > 1):
            if by is not None:
                onto.setdefault(by, to)
    for by in moves.renamed:
        if by in onto:
            yield finding("moves-onto", "/moves/renamed" + paths.format([by]), name=onto[by])


def _moved_by(path: str, moves: Moves) -> str | None:
    """The rename that moves a template: of itself, or of the nearest group around it."""
    names = paths.parse(path)
    fronts = (paths.format(names[:end]) for end in range(len(names), 0, -1))
    return next((front for front in fronts if front in moves.renamed), None)


def _lingering_groups(history: Sequence[Form]) -> set[str]:
    """The places in the newest version for the items of any published version."""
    return {Mover(history[place:]).path(group) for place, form in enumerate(history) for group in form.repeats}


def _group_moved(path: str, draft: Form) -> str | None:
    group = paths.repeat_of(path)
    return None if group is None else renamed(group, draft.moves)


def lingering(history: Sequence[Form]) -> dict[str, Question]:
    """The places in the newest version for answers of any published version, and the question last answered there."""
    found: dict[str, Question] = {}
    for place, form in enumerate(history):
        mover = Mover(history[place:])
        found |= {mover.path(question.path): question for question in form.questions}
    return found


def _gone(before: Form, draft: Form) -> Iterator[Finding]:
    for question in before.questions:
        stays = draft.leaf(renamed(question.path, draft.moves)) is not None
        if not stays and question.path not in draft.moves.dropped:
            yield finding("vanished", question.path, name=question.path, version=before.version)


def _kinds(history: Sequence[Form], draft: Form) -> Iterator[Finding]:
    """A question keeps its kind, and one that comes back means what it meant."""
    for path, old in lingering(history).items():
        new = draft.leaf(renamed(path, draft.moves))
        if new is not None and old.kind != new.kind and (old.kind, new.kind) not in _WIDER:
            yield finding("kind-changed", new.path, name=new.path, before=old.kind, after=new.kind)


def _codes(history: Sequence[Form], draft: Form) -> Iterator[Finding]:
    """Every choice that is gone has a successor, or is said to have none."""
    origin = {renamed(path, draft.moves): question for path, question in lingering(history).items()}
    for question in draft.questions:
        old = origin.get(question.path)
        codes: Mapping[str, str | None] = draft.moves.mapped.get(question.path, {})
        gone = _vanished(old, question)
        at = "/moves/mapped" + paths.format([question.path])
        for code in gone:
            if code not in codes:
                yield finding("code-vanished", question.path, choice=code)
        for code, to in codes.items():
            if code not in gone or (to is not None and to not in question.codes):
                yield finding("moves-code", at, choice=code)


def _local(history: Sequence[Form], draft: Form) -> Iterator[Finding]:
    """Check that what was asked as staying on the device stays there, and that what travels goes on travelling."""
    stayed = {question.path for form in history for question in form.local}
    travelled = {renamed(path, draft.moves) for path in lingering(history)}
    for question in draft.questions:
        if question.path in stayed:
            yield finding("local-changed", question.path)
    for question in draft.local:
        if question.path in travelled:
            yield finding("local-changed", question.path)


def _vanished(old: Question | None, new: Question) -> list[str]:
    if old is None or not new.kind.startswith("choice") or not new.codes:
        return []
    return [code for code in old.codes if code not in new.codes]
