"""A long reading of the tables: one moment of them, piece by piece, while they go on being written."""

from collections.abc import Callable, Collection, Iterator
from pathlib import Path
from threading import Lock
from typing import ClassVar, Final, Generic, TypeVar

from backend.errors import BackendError
from backend.stores.database import translated
from backend.stores.looker import cover, scope_to
from backend.stores.places import RECORDS_FILE
from backend.stores.records import Records

T = TypeVar("T")
PIECES_END: Final = None
TAKEN_S: Final = 300.0  # between two pieces: whoever was stopped, or is gone, holds the log of the tables no longer
WHOLE_S: Final = 3600.0  # for all pieces: whoever takes one now and then would hold it for good


class ReadingStopped(BackendError):
    """A reading keeps its moment in the log of the tables, which grows with all that is written meanwhile."""

    code: ClassVar[str] = "reading-stopped"


class ReadingTooLong(BackendError):
    """A reading that was taken piece by piece, too slowly to come to an end."""

    code: ClassVar[str] = "reading-too-long"


class Reading(Generic[T]):
    """A reading over a connection of its own; from any thread, one piece at a time.

    Its moment is kept in the write-ahead log until it ends: whoever must cut that log ends it first. It reads all
    records, or those that some workers made, wrote or were assigned: as in a look, no query of it can forget that.
    """

    def __init__(
        self, folder: Path, key: bytes, work: Callable[[Records], Iterator[T]], workers: Collection[str] | None = None
    ) -> None:
        self._turn = Lock()
        self._why: BackendError | None = None
        self._records: Records | None = Records(folder / RECORDS_FILE, key)
        self._records.hold()
        if workers is not None:  # of the moment that is held: a table that comes between would stand uncovered
            cover(self._records)
            scope_to(self._records, workers)
        self._pieces = work(self._records)

    def piece(self) -> T | None:
        """The next piece, or None at the end; raises what ended it before."""
        with self._turn, translated(RECORDS_FILE):
            if self._why is not None:
                raise self._why
            return next(self._pieces, PIECES_END)

    def end(self, why: BackendError | None = None) -> None:
        """Close the connection; whoever asks for another piece is told why."""
        with self._turn:
            self._why = self._why or why
            if self._records is not None:
                self._records.close()
                self._records = None
