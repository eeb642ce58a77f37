"""Finds what stands behind an expression of a form: the answers that it comes from, and every rule on the way. Pure.

Each rule is looked at once, in the order in which a form is worked out: what it reads is known by then.
"""

import hashlib
from collections.abc import Iterable, Mapping

from forms import paths
from forms.definition.document import Form
from forms.definition.logic import Compute
from forms.expressions.tree import Tree, names

NONE: frozenset[str] = frozenset()


class Behind:
    """One version, ready to be asked what a tree of it comes from. `ways` tell how: alike in two versions, alike made.

    For who tells an answer only computing counts; what a condition gives is settled by hiding too.
    """

    def __init__(self, form: Form) -> None:
        self._sources: dict[str, frozenset[str]] = {}
        self._ways: dict[str, str] = {}
        self._places: dict[str, frozenset[str]] = {}
        self._settled: dict[str, str] = {}
        for step in form.logic.steps:
            reads = names(step.tree, step.repeat)
            if isinstance(step, Compute):
                self._sources[step.path] = self.sources(reads)
                self._ways[step.path] = _digest(step.tree, self.ways(reads))
            places, settled = self.settled(step.tree, step.repeat)
            for path in (step.path,) if isinstance(step, Compute) else step.targets:
                self._places[path] = places | self._places.get(path, NONE)
                self._settled[path] = _digest(settled, self._settled.get(path, ""))

    def sources(self, reads: Iterable[str]) -> frozenset[str]:
        """The questions and computed fields that these come from, themselves too."""
        return _all(reads, self._sources)

    def ways(self, reads: Iterable[str]) -> str:
        """The ways in which these are computed, all the way down."""
        return repr(sorted((path, self._ways.get(path, "")) for path in reads))

    def settled(self, tree: Tree, repeat: str | None) -> tuple[frozenset[str], str]:
        """All that decides what a condition gives: the places that it reads, and the rules that settle them."""
        reads = names(tree, repeat)
        around = reads | {group for path in reads if (group := paths.repeat_of(path)) is not None}
        ways = sorted((path, self._settled.get(path, "")) for path in around)
        return _all(around, self._places), _digest(tree, repeat, ways)


def _all(reads: Iterable[str], known: Mapping[str, frozenset[str]]) -> frozenset[str]:
    return frozenset().union(*({path} | known.get(path, NONE) for path in reads))


def _digest(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()
