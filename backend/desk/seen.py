"""Reading the tables within the sights of a person: what is outside of them is not there.

The sight is a condition of every query (the views of a scope), and the form of each row is looked at besides: a signal
has readers of its own. A role that reads a record for a stated reason does so on a page, where the reason is kept.
"""

from collections.abc import Callable
from contextlib import aclosing
from typing import Any, ClassVar, Final, TypeVar

from backend.desk.rights import Scope
from backend.desk.sights import UNKNOWN, Sight
from backend.desk.standing import Standing
from backend.errors import BackendError, FormNotPublished
from backend.projection.keeper import Keeper
from backend.stores.records import Records

T = TypeVar("T")
Row = dict[str, Any]
READ: Final = ("records.read", "signals.read")  # each with the action that a signal asks for in its place
DECIDE: Final = ("conflicts.decide", "signals.decide")
ATTEND: Final = ("attention.decide", "signals.decide")
EXPORT: Final = ("export.read", "signals.read")
GRANT: Final = ("grants.change", "signals.decide")


class ReasonAtDesk(BackendError):
    """A reason to read a record is stated where it is kept and told to others: at the desk."""

    code: ClassVar[str] = "reason-at-desk"


class Seen:
    """The tables as one person may read them, for one pair of actions."""

    def __init__(self, keeper: Keeper, who: Standing, actions: tuple[str, str]) -> None:
        self._keeper = keeper
        scopes = {who.scope(action) for action in actions} - {None}
        if scopes == {Scope.REASON}:
            raise ReasonAtDesk
        self.sights = who.sights(actions)

    def sight_of(self, form: str) -> Sight:
        """The sight in which a form is. Raises `FormNotPublished`, as for a form that is not there."""
        for sight in self.sights:
            if form and form in sight.forms:
                return sight
        raise FormNotPublished(form=form)

    async def sight_with(self, record: bytes) -> Sight | None:
        """The sight in which a record is; nothing where it is in none."""
        name = record.hex()
        for sight in self.sights:
            forms = await self.read(sight, lambda store: store.forms_of([name]))
            if forms.get(name) in sight.forms:
                return sight
        return None

    async def read(self, sight: Sight, work: Callable[[Records], T]) -> T:
        """Read within one sight, as far as the journal goes now."""
        if sight.workers is None:
            return await self._keeper.read(work)
        async with aclosing(self._keeper.stream(lambda store: iter([work(store)]), workers=sight.workers)) as pieces:
            return await anext(pieces)

    async def beginning(self, name: str) -> list[Row]:
        """The records whose ids begin so: none, one, or more than one."""
        found: list[Row] = []
        for sight in self.sights:
            forms = sight.forms
            found += await self.read(sight, lambda store, forms=forms: store.records_beginning(name, forms, 2))  # type: ignore[misc]
        return found

    async def rows(self, work: Callable[[Records], list[Row]]) -> list[Row]:
        """The rows of every sight, each with its `record`: of records that are in it, and of its forms.

        The form of each is looked at afterwards, so `work` gives all rows: one that limits them counts what is not
        there for who asks.
        """
        found: list[Row] = []
        for sight in self.sights:

            def within(store: Records, sight: Sight = sight) -> list[Row]:
                rows = work(store)
                forms = store.forms_of({row["record"] for row in rows})
                return [row for row in rows if forms.get(row["record"], UNKNOWN) in sight.forms]

            found += await self.read(sight, within)
        return found
