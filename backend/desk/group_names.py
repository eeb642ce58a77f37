"""Names that staff give to a team or a view: they label people and records, so the privacy lint reads them too."""

from typing import ClassVar, Final

from backend.errors import BackendError
from forms.lint.check import lint_text

OF_PEOPLE: Final = frozenset({"P01", "P02", "P03"})  # origin, what stands for it, and religion; not what work is about


class NameOfGroup(BackendError):
    """A name that says the origin or the religion of people: it would stand at each of them as an answer does."""

    code: ClassVar[str] = "name-of-group"


def must_name_no_group(name: str) -> None:
    """Refuse a name that a label of a form could not have either: `NameOfGroup`."""
    for one in lint_text(name, place="title"):
        if one.code in OF_PEOPLE and one.level == "error":
            raise NameOfGroup(read=", ".join(one.words))
