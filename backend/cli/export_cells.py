"""The cells of an export as each kind of file writes them: with their types, or in the words of a language."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from backend.sentences import library
from backend.stores.record_rows import Remembered, as_answered

FORMULA: Final = frozenset("=+-@\t\r")  # a spreadsheet runs what begins so; a quote before it keeps it text
BETWEEN: Final = "\x1f"  # stands between the texts of a column that are looked at together
_ANY_FORMULA: Final = re.compile(f"{BETWEEN}[{re.escape(''.join(sorted(FORMULA)))}]")
Words = Mapping[str, str]
Cells = Sequence[Any]  # of a column, or of a row
Speaker = Callable[[Cells], Cells]


class Table(NamedTuple):
    """A table of an export as it begins; `of` is the table whose records its rows belong to, if it is not its own."""

    name: str
    columns: Sequence[str]
    types: Sequence[str]
    key: Sequence[str]
    kinds: Sequence[str]
    labels: Sequence[Words]
    choices: Sequence[Mapping[str, Words]]
    of: str

    @classmethod
    def begun(cls, row: Mapping[str, Any]) -> "Table":
        """The table that a row begins; one that says nothing of its columns has plain ones."""
        about = row.get("about") or [{}] * len(row["columns"])
        return cls(
            row["table"], row["columns"], row.get("types") or [], row.get("key") or [],
            [one.get("kind", "") for one in about], [one.get("label", {}) for one in about],
            [one.get("choices", {}) for one in about], row.get("of", ""),
        )  # fmt: skip

    def heads(self, language: str) -> list[str]:
        """Name the columns: by their words in a language, each once, or without one by their names."""
        heads: list[str] = []
        for name, label in zip(self.columns, self.labels, strict=True):
            words = said(label, language, name) if language else name
            heads.append(words if words not in heads else f"{words} ({name})")
        return heads


def pieces(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Table, list[Cells] | None]]:
    """The columns of some rows of an export at once, each time with their table; it begins with None."""
    table: Table | None = None
    for row in rows:
        if "columns" in row:
            table = Table.begun(row)
            yield table, None
        elif table is not None:
            yield table, columns_of(row)


def columns_of(row: Mapping[str, Any]) -> list[Cells]:
    """The columns of a piece; of those in which every cell is empty it has none."""
    empty = (None,) * row["count"]
    return [empty if cells is None else cells for cells in row["cells"]]


def each(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Table, Cells | None]]:
    """The rows of an export, each with its table; a table begins with a row that is None."""
    for table, columns in pieces(rows):
        if columns is None:
            yield table, None
        else:
            for values in zip(*columns, strict=True):
                yield table, values


def said(words: Words, language: str, otherwise: str) -> str:
    """Words in a language, in Dutch where it lacks them, or something else."""
    return words.get(language) or words.get("nl") or otherwise


def spoken(kind: str, choices: Mapping[str, Words], cell: Any, language: str) -> Any:
    """A cell in the words of a language, or without one in codes; several choices stand in one cell."""
    value = as_answered(kind, cell)
    if isinstance(value, list) and kind == "choices":
        return ("; " if language else " ").join(_choice(choices, code, language) for code in value)
    if isinstance(value, bool):
        return library().phrase("cell-yes" if value else "cell-no", language) if language else str(value).lower()
    return _choice(choices, value, language) if kind == "choice" and isinstance(value, str) else value


def speaker(kind: str, choices: Mapping[str, Words], language: str) -> Speaker:
    """The way in which a column is written to a CSV file, chosen once: `spoken`, and harmless."""
    if kind in ("boolean", "choices") or (kind == "choice" and language):
        return Remembered(lambda cell: harmless(spoken(kind, choices, cell, language))).all
    return harmless_all  # it is said as it is kept


def harmless_all(cells: Cells) -> Cells:
    """The cells of a column in which text stays text: one look at all of them where none of them could be run."""
    texts = [cell for cell in cells if cell.__class__ is str]
    if not texts or _ANY_FORMULA.search(f"{BETWEEN}{BETWEEN.join(texts)}") is None:
        return cells
    return [harmless(cell) for cell in cells]


def _choice(choices: Mapping[str, Words], code: Any, language: str) -> str:
    words = choices.get(code, {}) if isinstance(code, str) else {}
    return said(words, language, str(code)) if language else str(code)


def harmless(cell: Any) -> Any:
    """A cell of a CSV file, in which text stays text."""
    return "'" + cell if type(cell) is str and cell[:1] in FORMULA and cell else cell
