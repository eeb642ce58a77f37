"""An act that takes something away: on the list outside the backups first, then in the journal (sync/SPEC.md 5.8)."""

from collections.abc import Callable
from typing import ClassVar, TypeVar

from backend.errors import BackendError
from backend.municipality.outside import Outside
from backend.municipality.writer import Writer
from backend.sentences import words_of

T = TypeVar("T")


class ActListed(BackendError):
    """An act that takes away is on the list although the stores failed: it is done later, and by itself."""

    code: ClassVar[str] = "act-listed"


class TakingAway:
    """Runs the acts that take something away in one municipality."""

    def __init__(self, code: str, outside: Outside, writer: Writer) -> None:
        self._code = code
        self._outside = outside
        self._writer = writer

    async def run(self, work: Callable[[], T]) -> T:
        """Run work that signs what takes away. Raises `ActListed` where it stands on the list and the stores failed."""
        outside, names = self._outside, list[bytes]()

        def noted() -> T:
            since = outside.waiting
            try:
                return work()
            finally:
                names.extend(outside.appended(since))

        try:
            done = await self._writer.submit(noted)
            outside.due(names)  # a first try may have failed with others of its group, at another time
            return done
        except BackendError as error:
            if outside.due(names):
                raise ActListed(municipality=self._code, why=words_of(error)) from error
            raise
