"""The places that show an answer besides its own question: what is computed or begun from it (SPEC.md 6.5)."""

from collections.abc import Collection, Mapping

from forms.definition.document import Form
from forms.definition.logic import Logic
from forms.expressions.tree import names


class Sources:
    """The computed fields and first answers of one form version, by what they read."""

    def __init__(self, logic: Logic) -> None:
        self._readers: dict[str, list[str]] = {}
        made = [(one.path, names(one.tree, one.repeat)) for one in logic.computed]
        made += [(one.path, names(one.tree, one.repeat)) for one in logic.firsts]
        for path, reads in made:
            for name in reads:
                self._readers.setdefault(name, []).append(path)

    def reach(self, templates: Collection[str]) -> set[str]:
        """The templates that may show an answer at any of these: themselves, and all that is made of them."""
        found, waiting = set(templates), list(templates)
        while waiting:
            for reader in self._readers.get(waiting.pop(), ()):
                if reader not in found:
                    found.add(reader)
                    waiting.append(reader)
        return found


def classes_of(form: Form, before: Mapping[str, str] | None = None) -> dict[str, str]:
    """The highest class of what each question and computed field of a version may show, by template.

    `before` are the classes that places had in earlier versions.
    """
    found = dict(before or {})
    for one in (*form.questions, *form.local, *form.computed):
        found[one.path] = max(one.sensitivity, found.get(one.path, ""))
    sources = Sources(form.logic)
    for given in sorted(set(found.values())):  # the highest last
        for path in sources.reach([path for path, own in found.items() if own == given]):
            found[path] = max(given, found.get(path, ""))
    return found
