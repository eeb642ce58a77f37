"""The report of an import: the outcome of every line of a form from elsewhere (SPEC.md of this room, section 1).

The same for every kind of source, so that whoever imports reads one report.
"""

from typing import Any, Final, Literal

import msgspec

from forms.findings import Finding

Outcome = Literal["carried", "renamed", "not-needed", "changed", "not-possible"]

OUTCOMES: Final[tuple[Outcome, ...]] = ("carried", "renamed", "not-needed", "changed", "not-possible")
"""From the least that can become of a row to the worst."""


class Row(msgspec.Struct, frozen=True):
    """One line or property of the source, and what became of it.

    `source` says where it stands there (`survey!7`, `/properties/datum`), `name` what it is called there. What is
    `renamed` is called otherwise here, in conditions too, and nothing else is different. What is `not-needed` asks
    nothing (an entry carries it, or no question uses it). What is `changed` asks or means something a little
    different here, and its `notes` say what; what is `not-possible` is not in the document at all, or without the
    part that the notes name.
    """

    source: str
    name: str
    outcome: Outcome
    notes: tuple[Finding, ...] = ()


class Import(msgspec.Struct, frozen=True):
    """The draft that came of an import, what a person must still fill in or mend, and the report of every row.

    Without a document nothing could be made of the source, and `todo` says why. With one, `todo` names every
    member that the source cannot know (purpose, legal basis, retention, classes): the draft is no form yet.
    """

    document: dict[str, Any] | None
    todo: tuple[Finding, ...] = ()
    rows: tuple[Row, ...] = ()

    def count(self, outcome: Outcome) -> int:
        """The number of rows with this outcome."""
        return sum(row.outcome == outcome for row in self.rows)

    def share_carried(self) -> int:
        """The number of a hundred rows that were carried over or only renamed, rounded down: 100 means all of them.

        Rows that are not needed do not count. A source without other rows has nothing that was carried over.
        """
        needed = len(self.rows) - self.count("not-needed")
        return 100 * (self.count("carried") + self.count("renamed")) // needed if needed else 0
