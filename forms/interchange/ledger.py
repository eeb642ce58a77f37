"""The ledger of an import: the outcome of every row, written down while it happens (SPEC.md section 1)."""

from typing import Any

from forms.findings import Finding, finding
from forms.interchange.report import OUTCOMES, Outcome, Row


class Ledger:
    """One entry per row of the source, in their order; the worst that happened to it is its outcome."""

    def __init__(self) -> None:
        self.todo: list[Finding] = []
        self._names: dict[str, str] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._notes: dict[str, list[Finding]] = {}

    def open(self, source: str, name: str) -> None:
        """A row that is looked at; unless more is said of it, it is carried over."""
        self._names[source] = name
        self._outcomes[source] = "carried"
        self._notes[source] = []

    def carried(self, source: str, code: str, **facts: Any) -> None:
        """Something worth knowing of a row that is carried over all the same."""
        self.note(source, "carried", finding(code, source, **facts))

    def renamed(self, source: str, code: str, **facts: Any) -> None:
        """The row is called otherwise here, and nothing else is different."""
        self.note(source, "renamed", finding(code, source, **facts))

    def needless(self, source: str, code: str, **facts: Any) -> None:
        """The row asks nothing that would be lost."""
        self.note(source, "not-needed", finding(code, source, **facts))

    def changed(self, source: str, code: str, **facts: Any) -> None:
        """The row asks or means something a little different here."""
        self.note(source, "changed", finding(code, source, **facts))

    def left(self, source: str, code: str, **facts: Any) -> None:
        """The row is not in the document."""
        self.note(source, "not-possible", finding(code, source, **facts))

    def note(self, source: str, outcome: Outcome, said: Finding) -> None:
        """Add a note to a row."""
        if source not in self._names:
            self.open(source, "")
        if OUTCOMES.index(outcome) > OUTCOMES.index(self._outcomes[source]):
            self._outcomes[source] = outcome
        if said not in self._notes[source]:
            self._notes[source].append(said)

    def nothing_made(self, code: str) -> None:
        """There is no document after all, so nothing was carried over."""
        for source in self._names:
            if self._outcomes[source] not in {"not-possible", "not-needed"}:
                self.left(source, code)

    def knows(self, source: str) -> bool:
        """True if a row has been opened."""
        return source in self._names

    def rows(self) -> tuple[Row, ...]:
        """The report."""
        return tuple(
            Row(source, name, self._outcomes[source], tuple(self._notes[source]))
            for source, name in self._names.items()
        )
