"""The telling of what one person changed of a named list, to those who agree with what nobody does alone.

A list has no second person: rows that go round the words of the lint would reach every phone with nobody else reading.
"""

from collections.abc import Callable

from backend.desk import four_eyes
from backend.municipality.service import Municipality
from forms.lists.versions import Revision


def telling(town: Municipality, name: str, staff: str) -> Callable[[Revision], None]:
    """The act that keeps a new version of a list in sight until a colleague read it; in the writer's transaction."""

    def tell(revision: Revision) -> None:
        said = [next(iter(change.after.values()), "") for change in revision.changes]
        four_eyes.tell(town, four_eyes.LIST, staff, name, ", ".join(filter(None, said)) or name)

    return tell
