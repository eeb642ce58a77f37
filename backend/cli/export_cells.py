"""The cells of an export as each kind of file writes them: with their types, or in the words of a language."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, NamedTuple

from backend.sentences import library
from backend.stores.record_rows import as_answered

FORMULA: Final = frozenset("=+-@\t\r")  # a spreadsheet runs what begins so; a quote before it keeps it text
Words = Mapping[str, str]
Speaker = Callable[[Sequence[Any]], list[Any]]


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


def pieces(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Table, Sequence[Sequence[Any]] | None]]:
    """The rows of an export as they come, some at once, each time with their table; it begins with None."""
    table: Table | None = None
    for row in rows:
        if "columns" in row:
            table = Table.begun(row)
            yield table, None
        elif table is not None and row["rows"]:
            yield table, row["rows"]


def each(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[Table, Sequence[Any] | None]]:
    """The rows of an export, each with its table; a table begins with a row that is None."""
    for table, batch in pieces(rows):
        if batch is None:
            yield table, None
        else:
            for values in batch:
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
    """Write the cells of a column for a CSV file: `spoken`, and harmless."""
    if kind == "boolean":
        truths = {number: spoken(kind, choices, number, language) for number in (0, 1)}
        return lambda cells: _harmless_all([truths.get(c, c) if c.__class__ is int else c for c in cells])
    if kind == "choices" or (kind == "choice" and language):
        return lambda cells: [None if c is None else harmless(spoken(kind, choices, c, language)) for c in cells]
    return _harmless_all  # it is said as it is kept


def _harmless_all(cells: Sequence[Any]) -> list[Any]:
    return [cell if cell.__class__ is not str or cell[:1] not in FORMULA else harmless(cell) for cell in cells]


def _choice(choices: Mapping[str, Words], code: Any, language: str) -> str:
    words = choices.get(code, {}) if isinstance(code, str) else {}
    return said(words, language, str(code)) if language else str(code)


def harmless(cell: Any) -> Any:
    """A cell of a CSV file, in which text stays text."""
    return "'" + cell if type(cell) is str and cell[:1] in FORMULA and cell else cell
