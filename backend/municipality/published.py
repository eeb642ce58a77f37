"""The forms and lists that a municipality has published, and its drafts, as they are read; `publishing.py` and
`lists.py` write them."""

from backend.stores.ledger import Journal
from backend.stores.rows import Draft, Version


class Published:
    """Reads the forms and lists of one municipality."""

    def __init__(self, journal: Journal) -> None:
        self._shelf = journal.shelf

    def newest(self) -> list[Version]:
        """The newest version of everything that was published, by name."""
        return self._shelf.newest()

    def versions(self, form: str) -> list[Version]:
        """The published versions of a form or list, oldest first."""
        return self._shelf.versions(form)

    def document(self, form: str, version: int) -> bytes | None:
        """The bytes of a published version; of a number that no version can have, nothing."""
        return self._shelf.document(form, version)

    def drafts(self) -> list[Draft]:
        """All drafts that wait for a second person, by name."""
        return self._shelf.drafts()
