"""The views of staff over the records of a form, kept in desk.db."""

import asyncio
from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar

from backend.desk.group_names import must_name_no_group
from backend.desk.wishes import Wish, packed, unpacked
from backend.errors import BackendError
from backend.municipality import beside
from backend.municipality.service import Municipality
from backend.stores.desk_store import DeskStore, View, names_record
from crypto.primitives import random_bytes

T = TypeVar("T")
ID_BYTES = 16  # nobody guesses one, and it says nothing


class ViewUnnamed(BackendError):
    """A view that is kept has a name by which people choose it."""

    code: ClassVar[str] = "view-unnamed"


class ViewNamesRecord(BackendError):
    """The name of a view outlives the records: it has no code of a case, and no number that may be somebody's."""

    code: ClassVar[str] = "view-names-record"


class Views:
    """The views of one municipality; without its keys there are none (`MunicipalityLocked`)."""

    def __init__(self, town: Municipality) -> None:
        self._town = town

    async def _do(self, work: Callable[[DeskStore], T]) -> T:
        town = self._town
        key = beside.key_of(town.folder, town.custody.vault)
        return await asyncio.to_thread(beside.with_store, town.folder, key, work)

    async def keep(self, staff: str, form: str, wish: Wish) -> str:
        """Keep a wish as an unnamed view; returns its id."""
        id_, now_ms = random_bytes(ID_BYTES).hex(), self._town.clock.now_ms()
        view = View(id_, staff, form, "", "", packed(wish), wish.typed, now_ms)
        await self._do(lambda store: store.keep(view))
        return id_

    async def name(self, view: View, name: str, team: str) -> None:
        """Give a view a name, and to a team if one is named; what a person typed into it does not stay.

        A named view outlives the records that it was made for, and an erasure could not find their words in it. Raises
        `ViewUnnamed` for a name of nothing, and `ViewNamesRecord` for one with a code or a number; and
        `group_names.NameOfGroup`.
        """
        if not name.strip():
            raise ViewUnnamed
        if names_record(name):
            raise ViewNamesRecord
        must_name_no_group(name)
        wish = unpacked(view.wish).lasting
        lasting = view._replace(name=name, team=team, wish=packed(wish), typed=wish.typed)
        await self._do(lambda store: store.keep(lasting))

    async def drop(self, view: View) -> None:
        """Remove a view."""
        await self._do(lambda store: store.drop(view.id, view.staff))

    async def seen(self, id_: str, form: str, staff: str, teams: Sequence[str]) -> tuple[View | None, list[View]]:
        """A view that somebody asks for by its id, and the named views of the form that they see."""
        now_ms = self._town.clock.now_ms()

        def work(store: DeskStore) -> tuple[View | None, list[View]]:
            found = store.view(id_, staff, teams) if id_ else None
            if found is not None:
                store.used(id_, now_ms)
            return found if found is not None and found.form == form else None, store.named(form, staff, teams)

        return await self._do(work)
