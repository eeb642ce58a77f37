"""Words in which databases of SQL differ: each has its own `Words`, and every verb beside it is written once.

A statement has `?` in a value's place, or `?1`, `?2` where a value is used twice. What is asked of many rows goes as
one value, so that a statement is the same, and is compiled once, whatever their number.
"""

from collections.abc import Iterable, Sequence
from typing import Any, Protocol


class Words(Protocol):
    """Conditions, and the values that belong to them, as one kind of database reads them."""

    outermost: str  # a join that is worked through from its left side
    last_seqs: str  # the greatest seq of each of the `listed` devices: (device in hex, seq)
    places: str  # positions of the entries and facts in the spans of `spans`: (number of the span, position)
    save_record: str  # keep a record, new or known

    def listed(self, values: Iterable[bytes]) -> Any:
        """Bytes as one value."""

    def among(self, column: str) -> str:
        """The condition that a column is one of the `listed` bytes."""

    def numbers(self, values: Iterable[int]) -> Any:
        """Numbers as one value."""

    def one_of(self, column: str) -> str:
        """The condition that a column is one of some `numbers`."""

    def texts(self, values: Iterable[str]) -> Any:
        """Texts as one value."""

    def text_among(self, column: str) -> str:
        """The condition that a column is one of some `texts`."""

    def spans(self, wanted: Sequence[tuple[bytes, int, int]]) -> Sequence[Any]:
        """The values of `places`: a record, and the positions between which its own are wanted."""

    def named(self, column: str, values: Sequence[bytes]) -> tuple[str, Sequence[Any]]:
        """The condition that a column is one of some bytes that are found by an index, and its values."""
