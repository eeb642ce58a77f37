"""The forms and lists that a municipality has published, and its drafts, as they are read; `publishing.py` and
`lists.py` write them."""

from collections.abc import Callable
from typing import Protocol, TypeVar

from backend.stores.gathered import Gathered
from backend.stores.rows import Draft, Version

T = TypeVar("T")


class Town(Protocol):
    """The municipality, as far as this needs it."""

    stores: Gathered

    def set_apart(self, error: BaseException) -> None: ...


class Published:
    """Reads the forms and lists of one municipality, mostly beside the writer.

    So nobody else would notice a store that was damaged while it rested: here it sets the municipality apart.
    """

    def __init__(self, town: Town) -> None:
        self._town = town
        self._shelf = town.stores.journal.shelf

    def _read(self, ask: Callable[[], T]) -> T:
        try:
            return ask()
        except Exception as failure:  # noqa: BLE001 - raised, in the house's words where it is the store's
            error = self._town.stores.failure(failure) or failure
            self._town.set_apart(error)
            raise error from None

    def newest(self) -> list[Version]:
        """The newest version of everything that was published, by name."""
        return self._read(self._shelf.newest)

    def versions(self, form: str) -> list[Version]:
        """The published versions of a form or list, oldest first."""
        return self._read(lambda: self._shelf.versions(form))

    def document(self, form: str, version: int) -> bytes | None:
        """The bytes of a published version; of a number that no version can have, nothing."""
        return self._read(lambda: self._shelf.document(form, version))

    def drafts(self) -> list[Draft]:
        """All drafts that wait for a second person, by name."""
        return self._read(self._shelf.drafts)
