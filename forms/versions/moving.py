"""Carries answers from the version in which they were given to a later one; none is ever dropped (SPEC.md 12.2)."""

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

from forms import paths
from forms.answers import canonical
from forms.definition.document import Form
from forms.definition.moves import Moves


class Mover:
    """Carries answers of the first of these versions to the last. They are all versions from there on, in order."""

    def __init__(self, versions: Sequence[Form]) -> None:
        self._versions = tuple(versions)
        self._ways: dict[str, str] = {}

    def path(self, path: str) -> str:
        """The path of an answer in the last version. One that has no place there keeps the last path that it had."""
        found = self._ways.get(path)
        if found is None:
            found = path
            for form in self._versions[1:]:
                found = renamed(found, form.moves)
            if len(self._ways) < paths.CACHED_PATHS_MAX:
                self._ways[path] = found
        return found

    def value(self, path: str, value: Any) -> Any:
        """The value in the last version of the answer at this path (of the first version)."""
        if not self._changes:
            return value
        for before, form in zip(self._versions, self._versions[1:], strict=False):
            old, path = before.leaf(path), renamed(path, form.moves)
            leaf = form.leaf(path)
            if leaf is None:
                continue
            if old is not None and (old.kind, leaf.kind) == ("choice", "choices") and isinstance(value, str):
                value = [value]
            codes = form.moves.mapped.get(leaf.path)
            if codes:
                value = mapped(value, codes)
        return value

    def answers(self, answers: Mapping[str, Any]) -> dict[str, Any]:
        """All answers of one entry, carried over."""
        return {self.path(path): self.value(path, value) for path, value in answers.items()}

    @cached_property
    def _changes(self) -> bool:
        """True if any value can change on the way; mostly only places do, and mostly not even those."""
        pairs = zip(self._versions, self._versions[1:], strict=False)
        return any(form.moves.mapped or _kinds(before) != _kinds(form) for before, form in pairs)


def renamed(path: str, moves: Moves) -> str:
    """The path in the version that says these moves for a path of the version before.

    The longest name decides: a question that was renamed by itself, otherwise the group in which it stands.
    """
    if not moves.renamed or paths.is_decision(path):
        return path
    names = paths.parse(path)
    for end in range(len(names), 0, -1):
        front = names[:end]
        to = moves.renamed.get(paths.template(paths.format(front)))
        if to is not None:
            ids = iter([name for name in front if paths.is_item_id(name) or name == paths.ANY_ITEM])
            filled = [next(ids, paths.ANY_ITEM) if name == paths.ANY_ITEM else name for name in paths.parse(to)]
            there = paths.format((*filled, *names[end:]))
            fits = len(filled) + len(names) - end <= paths.PATH_DEPTH_MAX and len(there) <= paths.PATH_LENGTH_MAX
            return there if fits else path  # an answer of any age must keep a path that can exist
    return path


def mapped(value: Any, codes: Mapping[str, str | None]) -> Any:
    """An answer in the codes of the new version; what no code takes the place of stays as it was given."""
    if isinstance(value, str):
        return codes.get(value) or value
    if isinstance(value, list):
        moved = [codes.get(one) or one if isinstance(one, str) else one for one in value]
        unique: dict[bytes, Any] = {}
        for code in moved:
            unique.setdefault(canonical(code), code)
        return list(unique.values())
    return value


def _kinds(form: Form) -> list[str]:
    return [question.kind for question in form.questions]
