"""The kinds of export file. They hold answers in clear: each is readable by its owner alone from its first byte.

What is being written lies in a private folder beside the target and takes its name at the end, so that a full disk or
a broken-off command leaves no half file, and no side file that others could read. Before that the server is asked: it
refuses an export that an erasure overtook, and removes the folder itself.
"""

import csv
import json
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from backend.cli import parquet
from backend.cli.described import Described
from backend.cli.export_cells import Cells, Speaker, Table, each, harmless, harmless_all, pieces, speaker
from backend.cli.placing import is_left, may_take, take_folder, take_pair
from backend.cli.workbook import Written, write_sheets
from backend.files import owned
from backend.municipality.exports import WORK, ExportOvertaken, holding, sweep
from backend.sentences import ENGLISH
from backend.stores.plain_file import write_tables
from backend.stores.record_rows import as_answered

Row = dict[str, Any]


class Workplace(NamedTuple):
    """The folder in which an export is written, and what asks whether its files may take their names."""

    folder: Path
    allowed: Callable[[], None] = lambda: None


def work_of(target: Path) -> Path:
    """A new name for a folder beside the target."""
    return target.absolute().parent / f"{WORK}{secrets.token_hex(8)}"


@contextmanager
def _workplace(target: Path, place: Workplace | None) -> Iterator[Workplace]:
    """A folder beside the target that only its owner reads; it is gone afterwards, whatever happens.

    After a kill the next export there removes it.
    """
    place = place or Workplace(work_of(target))
    target.parent.mkdir(parents=True, exist_ok=True)
    sweep(target.parent)
    with holding(place.folder):
        try:
            yield place
        except Exception:
            if not place.folder.exists():  # the server removed it
                raise ExportOvertaken from None
            raise


def earlier(kind: str, target: Path, form: str) -> list[Path]:
    """The files that an export of this form would overwrite: those of its tables, or the target itself."""
    suffix = {"csv": ".csv", "csv-nl": ".csv", "parquet": parquet.SUFFIX}.get(kind)
    if suffix is not None and target.is_dir():
        may_take(target)
        return sorted(
            file for file in target.glob(f"*{suffix}") if file.stem == form or file.stem.startswith(f"{form}__")
        )
    written = [target, beside(target)] if kind == "sqlite" and not is_left(beside(target), target) else [target]
    return [file for file in written if os.path.lexists(file)]


class Dialect(NamedTuple):
    """The writing of a CSV file: for programs by RFC 4180, for Excel in Dutch with its signs and the form's words."""

    separator: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    language: str = ""


FOR_PROGRAMS: Final = Dialect()


def write_csv(
    rows: Iterable[Row],
    folder: Path,
    earlier: Iterable[Path] = (),
    place: Workplace | None = None,
    dialect: Dialect = FOR_PROGRAMS,
) -> list[Path]:
    """One file a table. Tables of an `earlier` export that are gone go."""
    written: list[Path] = []
    with _workplace(folder, place) as (work, allowed), ExitStack() as open_file:
        for table, batch in pieces(rows):
            if batch is None:
                open_file.close()
                written.append(work / f"{table.name}.csv")
                file = open(written[-1], "w", encoding=dialect.encoding, newline="", opener=owned)  # noqa: SIM115 - a file a table
                open_file.enter_context(file)
                out = csv.writer(file, delimiter=dialect.separator)
                out.writerow([harmless(head) for head in table.heads(dialect.language)])
                speakers = _speakers(table, dialect)
            else:  # a column at a time: a call for each cell costs more than all the rest
                out.writerows(zip(*(say(cells) for say, cells in zip(speakers, batch, strict=True)), strict=True))
        open_file.close()
        allowed()
        return take_folder(work, written, folder, earlier)


def _speakers(table: Table, dialect: Dialect) -> list[Speaker]:
    """Write the cells of each column of a table."""

    def with_comma(cells: Cells) -> Cells:
        if float not in map(type, cells):
            return harmless_all(cells)
        return [repr(c).replace(".", dialect.decimal) if isinstance(c, float) else harmless(c) for c in cells]

    return [
        with_comma if dialect.decimal != "." and kind not in ("boolean", "choice", "choices")
        else speaker(kind, choices, dialect.language)
        for kind, choices in zip(table.kinds, table.choices, strict=True)
    ]  # fmt: skip


def write_jsonl(rows: Iterable[Row], file: Path, place: Workplace | None = None) -> int:
    """One object a row, its values with their types; `_table` names its table."""
    count = 0
    with _workplace(file, place) as (work, allowed):
        with open(work / file.name, "w", encoding="utf-8", opener=owned) as out:
            for table, values in each(rows):
                if values is not None:
                    cells = zip(table.columns, table.kinds, values, strict=True)
                    named = {name: as_answered(kind, cell) for name, kind, cell in cells}
                    out.write(json.dumps({"_table": table.name, **named}, ensure_ascii=False) + "\n")
                    count += 1
        allowed()
        (work / file.name).replace(file)
    return count


def write_parquet(
    rows: Iterable[Row], folder: Path, earlier: Iterable[Path] = (), place: Workplace | None = None
) -> list[Path]:
    """One Parquet file a table, its columns with their types. Tables of an `earlier` export that are gone go."""
    parquet.parquet()  # before a folder is made
    with _workplace(folder, place) as (work, allowed):
        written = parquet.write_tables(rows, work)
        allowed()
        return take_folder(work, written, folder, earlier)


def write_workbook(rows: Iterable[Row], file: Path, place: Workplace | None = None, language: str = "") -> Written:
    """An Excel workbook, a sheet a table; what is not written yet lies in the private folder too."""
    with _workplace(file, place) as (work, allowed):
        os.close(owned(str(work / file.name), os.O_CREAT | os.O_WRONLY))
        written = write_sheets(work / file.name, rows, language)
        allowed()
        (work / file.name).replace(file)
    return written


def beside(file: Path) -> Path:
    """The file beside a database that says what its tables and columns mean."""
    return file.with_name(f"{file.stem}.metadata.json")


def write_sqlite(rows: Iterable[Row], file: Path, place: Workplace | None = None, language: str = "") -> int:
    """A plain SQLite file with types, keys and views in words, and beside it a file that describes its tables."""
    about = Described(file.stem, language or ENGLISH)
    with _workplace(file, place) as (work, allowed):
        os.close(owned(str(work / file.name), os.O_CREAT | os.O_WRONLY))
        count = write_tables(work / file.name, about.heard(rows))
        about.write(work / beside(file).name)
        allowed()
        take_pair(work / file.name, work / beside(file).name, file, beside(file))
    return count
