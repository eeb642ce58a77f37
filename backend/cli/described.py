"""Descriptions of the tables and columns of an exported database: `datasette FILE --metadata …` shows them."""

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from backend.cli.export_cells import Table, said
from backend.files import owned
from backend.sentences import library

BESIDE = ("texts", "earlier", "hidden", "undecided", "codebook")
Row = Mapping[str, Any]


class Described:
    """The descriptions of an export in one language, learnt from its rows as they pass."""

    def __init__(self, database: str, language: str) -> None:
        self._database = database
        self._language = language
        self._tables: dict[str, dict[str, Any]] = {}
        self._form = ""

    def heard(self, rows: Iterable[Row]) -> Iterator[Row]:
        """The same rows; the tables that begin among them are described."""
        for row in rows:
            if "columns" in row:
                self._learn(Table.begun(row))
            yield row

    def _learn(self, table: Table) -> None:
        self._form = self._form or table.name
        beside = table.name.removeprefix(f"{self._form}___")
        kind = beside if beside in BESIDE else "form" if table.name == self._form else "group"
        labels = zip(table.columns, table.labels, strict=True)
        self._tables[table.name] = {
            "description": library().phrase(f"table-{kind}", self._language, form=self._form),
            "columns": {name: words for name, label in labels if (words := said(label, self._language, ""))},
        }

    def write(self, file: Path) -> None:
        """Write them, readable by their owner alone."""
        about = {"databases": {self._database: {"tables": self._tables}}}
        with open(file, "w", encoding="utf-8", opener=owned) as out:
            json.dump(about, out, ensure_ascii=False, indent=1)
