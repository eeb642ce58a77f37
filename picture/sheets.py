"""The published versions of all forms, each made ready once to look at any number of records."""

from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

from forms.definition.document import Form
from forms.records.deciding import Deciders
from forms.records.relevance import Examiner
from forms.versions.moving import Mover

Lists = Mapping[str, Collection[str]]


class FormSheet(NamedTuple):
    """A published form version with what looks at its records."""

    form: Form
    examiner: Examiner
    deciders: Deciders


class Sheets:
    """The form versions that are known here. `load` reads one, `newest` names the newest (0 for none).

    `lists` gives the codes of the municipality's lists, for forms that take choices from them.
    """

    def __init__(
        self,
        load: Callable[[str, int], Form | None],
        newest: Callable[[str], int],
        lists: Callable[[], Lists] = dict,
    ) -> None:
        self._load = load
        self._lists = lists
        self.newest = newest
        self._sheets: dict[tuple[str, int], FormSheet | None] = {}
        self._movers: dict[tuple[str, int, int], Mover | None] = {}

    def clear(self) -> None:
        """Forget what was read: a version was published."""
        self._sheets.clear()
        self._movers.clear()

    def sheet(self, slug: str, version: int) -> FormSheet | None:
        """Return one version, or None where it is not known or cannot be used."""
        name = (slug, version)
        if name not in self._sheets:
            form = self._load(slug, version)
            lists = self._lists() if form is not None and form.lists else {}
            self._sheets[name] = FormSheet(form, Examiner(form, lists), Deciders(form)) if form is not None else None
        return self._sheets[name]

    def mover(self, slug: str, version: int, to: int) -> Mover | None:
        """Return what carries answers from a version to a later one; None where there is nothing to carry."""
        if version >= to or self.sheet(slug, version) is None:
            return None
        name = (slug, version, to)
        if name not in self._movers:
            sheets = [self.sheet(slug, number) for number in range(version, to + 1)]
            self._movers[name] = Mover([sheet.form for sheet in sheets if sheet is not None])
        return self._movers[name]


def no_sheets() -> Sheets:
    """Return sheets without any form: every record is shown as it was written."""
    return Sheets(lambda _slug, _version: None, lambda _slug: 0)
