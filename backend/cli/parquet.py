"""An export as Parquet, a file a table, where the package pyarrow is installed.

A column of Parquet has one type. What does not fit it is empty there and stands in a table of its own
(`FORM___misfits`), as it is kept: nothing is left out.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from datetime import date, datetime
from importlib import import_module
from pathlib import Path
from typing import Any, ClassVar, Final

from backend.cli.export_cells import Table, each
from backend.errors import BackendError
from backend.files import owned
from backend.stores.record_rows import as_answered

MISFITS: Final = "___misfits"
SUFFIX: Final = ".parquet"
WHOLE_MAX: Final = 2**63
Row = Mapping[str, Any]


class ParquetMissing(BackendError):
    """Pyarrow is large, and most municipalities never need it."""

    code: ClassVar[str] = "parquet-missing"


def parquet() -> Any:
    """The package that writes Parquet. Raises `ParquetMissing` where it is not installed."""
    try:
        import_module("pyarrow.parquet")
    except ImportError:
        raise ParquetMissing from None
    return import_module("pyarrow")


class _File:
    """A file of one table, under way; rows are written as they come."""

    def __init__(self, folder: Path, name: str, columns: Sequence[str], kinds: Sequence[str], labels: Any) -> None:
        self._arrow = arrow = parquet()
        types = {
            "boolean": arrow.bool_(), "integer": arrow.int64(), "decimal": arrow.float64(), "date": arrow.date32(),
            "moment": arrow.timestamp("s", "UTC"), "choices": arrow.list_(arrow.string()),
        }  # fmt: skip
        fields = [
            arrow.field(column, types.get(kind, arrow.string()), metadata={"label": json.dumps(label)})
            for column, kind, label in zip(columns, kinds, labels, strict=True)
        ]
        self._schema = arrow.schema(fields)
        self.path = folder / f"{name}{SUFFIX}"
        self._out = open(self.path, "wb", opener=owned)  # noqa: SIM115 - closed with the file
        self._writer = arrow.parquet.ParquetWriter(self._out, self._schema)
        self._rows: list[Sequence[Any]] = []

    def add(self, row: Sequence[Any]) -> None:
        """Add a row whose values have the types of their columns."""
        self._rows.append(row)
        if len(self._rows) >= 1_000:
            self._flush()

    def _flush(self) -> None:
        if self._rows:
            arrays = [
                self._arrow.array(list(values), field.type)
                for values, field in zip(zip(*self._rows, strict=True), self._schema, strict=True)
            ]
            self._writer.write_table(self._arrow.Table.from_arrays(arrays, schema=self._schema))
            self._rows = []

    def close(self) -> None:
        """Write the rest, and the end."""
        self._flush()
        self._writer.close()
        self._out.close()


def write_tables(rows: Iterable[Row], folder: Path) -> list[Path]:
    """Write the files of an export into a folder; returns them."""
    written, misfits = list[_File](), None
    with ExitStack() as ends:
        for table, values in each(rows):
            if values is None:
                ends.close()
                written.append(_File(folder, table.name, table.columns, _kinds(table), table.labels))
                ends.callback(written[-1].close)
                continue
            cells = [_fitting(kind, value) for kind, value in zip(_kinds(table), values, strict=True)]
            written[-1].add([cell for cell, _ in cells])
            for column, value, (_, fits) in zip(table.columns, values, cells, strict=True):
                if not fits:
                    misfits = misfits or _File(folder, f"{written[0].path.stem}{MISFITS}", *_MISFIT)
                    about = [table.name, str(values[0]), _item(table, values), column, _as_text(value)]
                    misfits.add(about)
    if misfits is not None:
        misfits.close()
        written.append(misfits)
    return [file.path for file in written]


_COLUMNS: Final = ("table", "record", "item", "column", "value")
_MISFIT: Final[tuple[Any, ...]] = (_COLUMNS, ["text"] * len(_COLUMNS), [{}] * len(_COLUMNS))


def _kinds(table: Table) -> list[str]:
    """The kind of each column; of a table beside the form's own ones by SQLite's type."""
    return [
        kind or ("integer" if type_ == "integer" else "") for kind, type_ in zip(table.kinds, table.types, strict=True)
    ]


def _item(table: Table, values: Sequence[Any]) -> str:
    return next((str(value) for name, value in zip(table.columns, values, strict=True) if name == "_item"), "")


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _fitting(kind: str, cell: Any) -> tuple[Any, bool]:
    """A cell with the type of its column, and whether it has one; what has none is left out here."""
    value = as_answered(kind, cell)
    if value is None:
        return None, True
    try:
        match kind:
            case "boolean":
                return (value, True) if isinstance(value, bool) else (None, False)
            case "integer":
                fits = isinstance(value, int) and -WHOLE_MAX <= value < WHOLE_MAX
                return (value, True) if fits else (None, False)
            case "decimal":
                return (float(value), True) if isinstance(value, int | float) else (None, False)
            case "date":
                return date.fromisoformat(value), True
            case "moment":
                return datetime.fromisoformat(value), True
            case "choices":
                fits = isinstance(value, list) and all(isinstance(one, str) for one in value)
                return (value, True) if fits else (None, False)
    except (TypeError, ValueError, OverflowError):
        return None, False
    return _as_text(value), True
