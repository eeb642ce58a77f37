"""The names of who wrote, as colleagues know them, told apart where two are read alike.

A worker on a phone and a person at the desk may have one name, and so may two people at the desk: then it is said
beside the name which of them it is, or their account.
"""

from collections import Counter
from collections.abc import Callable
from typing import Final

from backend.desk.arguments import DESK_WORKER
from backend.municipality.service import Municipality
from backend.sentences import library
from sync.facts import WORKER

_ALIKE: Final[Callable[[str], str]] = str.casefold


class Authors:
    """The people of a municipality who may have written, as they are when this is made."""

    def __init__(self, town: Municipality, language: str) -> None:
        self._language = language
        self._shown = {one.name: one.shown_name or one.name for one in town.people.all()}
        self._desk = Counter(map(_ALIKE, self._shown.values()))
        self._field = {_ALIKE(one.worker) for one in town.book.certificates.values() if one.role == WORKER}

    def named(self, worker: str) -> str:
        """The name of who wrote: of a worker, or of who sits at the desk."""
        account = worker.removeprefix(DESK_WORKER)
        if account == worker:
            return self._apart(worker, "frame-named-phone") if self._desk[_ALIKE(worker)] else worker
        shown = self._shown.get(account, account)
        told = f"{shown} ({account})" if self._desk[_ALIKE(shown)] > 1 else shown
        return self._apart(told, "frame-named-desk") if _ALIKE(shown) in self._field else told

    def _apart(self, name: str, how: str) -> str:
        return library().phrase(how, self._language, name=name)
