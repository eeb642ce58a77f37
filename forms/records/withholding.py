"""Withholding: the part of a record that parents, the child or partners do not get to see (SPEC.md section 6.5).

A 16-year-old's reason is kept from the parents' export, and with it everything that would give it away.
"""

from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from forms import paths
from forms.answers import ITEM_ID
from forms.definition.document import Form
from forms.definition.firsts import First
from forms.definition.logic import Withhold
from forms.definition.sources import Sources
from forms.expressions.evaluation import compile_tree
from forms.expressions.tree import names
from forms.records.relevance import Seen, completed, left_out


class Reader:
    """One form version made ready for the exports to one audience."""

    def __init__(self, form: Form, who: str) -> None:
        self._withheld = [(one, compile_tree(one.tree)) for one in form.logic.withheld if who in one.who]
        self._sources, self._firsts = Sources(form.logic), form.logic.firsts
        self._checks = [(check.at, names(check.tree, check.repeat)) for check in form.logic.checks]
        demands = [("missing", one.path, names(one.tree, one.repeat)) for one in form.logic.demands]
        self._rules = [*demands, *(("not-offered", one.path, one.reads) for one in form.logic.offers)]
        self._banners = [(banner.section, names(banner.tree, None)) for banner in form.logic.banners]

    def withheld(self, seen: Seen, today: str) -> frozenset[str]:
        """The field paths of a record that are left out, answered or not.

        A condition that is anything but `false` withholds. A computed field goes with what it reads, in all items, and
        so does a question whose first answer read it.
        """
        document = completed(seen)
        found: set[str] = set()
        for one, run in self._withheld:
            for path, item in _places(one, document):
                if run(document, item, today) is not False:
                    found.add(path)
        hidden = {one.path for one, _ in self._withheld if left_out(one.path, {*map(paths.template, seen.hidden)})}
        gone = self._sources.reach({paths.template(path) for path in found} | hidden)
        found |= {path for one in self._firsts if one.path in gone for path, _ in _places(one, document)}
        computed = {path for path in seen.computed if paths.template(path) in gone}
        return frozenset(found | computed)

    def withholds_hidden(self, path: str) -> bool:
        """True if a hidden answer is left out: its condition reads what is hidden too, so nothing it gives is known."""
        template = paths.template(path)
        return any(one.path == template for one, _ in self._withheld)

    def of(self, seen: Seen, today: str) -> Seen:
        """The record as this audience gets it: without what is withheld, and without what speaks of it."""
        gone = self.withheld(seen, today)
        templates = {paths.template(path) for path in gone}
        told = {at for at, reads in self._checks if reads & templates}
        telling = {(code, at) for code, at, reads in self._rules if reads & templates}
        silent = {section for section, reads in self._banners if reads & templates}
        return msgspec.structs.replace(
            seen,
            document=_without(seen.document, "", gone),
            hidden=tuple(path for path in seen.hidden if path not in gone),
            computed={path: value for path, value in seen.computed.items() if path not in gone},
            findings=tuple(
                one
                for one in seen.findings
                if not left_out(one.path, gone)
                and not (one.code.startswith("check-") and paths.template(one.path) in told)
                and (one.code, paths.template(one.path)) not in telling
            ),
            banners=tuple(section for section in seen.banners if section not in silent),
        )


def _places(one: Withhold | First, document: Mapping[str, Any]) -> list[tuple[str, dict[str, Any] | None]]:
    """The places of a question in a record: once, or in every item."""
    if one.repeat is None:
        return [(one.path, None)]
    items: Any = document
    for name in paths.parse(one.repeat):
        items = items.get(name) if isinstance(items, Mapping) else None
    name = one.path.rpartition("/")[2]
    listed = [item for item in items if isinstance(item, dict) and ITEM_ID in item] if isinstance(items, list) else []
    return [(f"{one.repeat}/{item[ITEM_ID]}/{name}", item) for item in listed]


def _without(node: Any, at: str, gone: Collection[str]) -> Any:
    """A copy of a document without these field paths."""
    if isinstance(node, Mapping):
        kept = {name: (at + paths.format([name]), member) for name, member in node.items()}
        return {name: _without(member, path, gone) for name, (path, member) in kept.items() if path not in gone}
    if isinstance(node, list) and all(isinstance(item, Mapping) and ITEM_ID in item for item in node):
        return [_without(item, f"{at}/{item[ITEM_ID]}", gone) for item in node]
    return node
