"""The class of what stands at a place: that of everything it may show, of any published version (SPEC.md 6.5). Pure."""

from collections.abc import Sequence

from forms.definition.document import Form
from forms.definition.sources import classes_of
from forms.versions.moving import renamed


def classes(history: Sequence[Form]) -> dict[str, str]:
    """The highest class of what each question and computed field may show, by its template in the newest version.

    An answer keeps the class under which it was given, also at a place that was renamed or lost its class since.
    """
    found: dict[str, str] = {}
    for form in history:
        before: dict[str, str] = {}
        for path, given in found.items():
            to = renamed(path, form.moves)
            before[to] = max(given, before.get(to, ""))
        found = classes_of(form, before)
    return found
