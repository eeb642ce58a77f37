"""A process that writes one export for the server, which starts it with a low priority (`desk/export_making.py`).

It is given the rows on its standard input and no key of any store, writes as the command line does in the folder that
it is told, seals the file and says how it ended. Devices and pages are answered first. It ends with its server.
"""

import os
import shutil
import signal
import sys
import zipfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO, Final

from backend.cli import exports
from backend.cli.exporting import CSV, DUTCH
from backend.desk.export_pipe import SEALED, Order, Written, frame, framed, order_of, rows_of
from backend.desk.sealed_file import seal_file
from backend.errors import ROOM_ERRORS
from backend.files import owned, private_folder, reason

CLEAR: Final = "clear"  # the folder of what is under way; it goes before the end is told
ZIPPED: Final = frozenset({"csv", "csv-nl", "parquet", "sqlite"})  # kinds of more than one file


def write(order: Order, rows: Iterable[dict[str, Any]]) -> Written:
    """Write an export, whole or not at all."""
    folder = Path(order.folder)
    clear = private_folder(folder / CLEAR)
    try:
        whole, count, cut = _whole(order, rows, clear)
        return Written(count, seal_file(whole, folder / SEALED, order.key), cut)
    except OSError as error:
        return Written(why=reason(error))
    except ROOM_ERRORS as error:
        return Written(why=error.code)
    except Exception as error:  # noqa: BLE001 - a fault of ours: its kind is told, and nothing of a row
        return Written(why=type(error).__name__)
    finally:
        shutil.rmtree(clear, ignore_errors=True)


def _whole(order: Order, rows: Iterable[dict[str, Any]], clear: Path) -> tuple[Path, int, int]:
    """The one file of an export, its rows where its kind counts them, and the cells in which text was cut off."""
    target, kind = clear / order.file, order.kind
    if kind == "xlsx":
        written = exports.write_workbook(rows, target, language=order.language)
        return target, written.rows, written.cut
    if kind == "jsonl":
        return target, exports.write_jsonl(rows, target), 0
    inside, count = clear / "files", 0
    if kind == "sqlite":
        count = exports.write_sqlite(rows, inside / f"{Path(order.file).stem}.db", language=order.language or DUTCH)
    elif kind == "parquet":
        exports.write_parquet(rows, inside)
    else:
        exports.write_csv(rows, inside, dialect=CSV[kind]._replace(language=order.language))
    with (
        open(target, "wb", opener=owned) as out,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed,
    ):
        for file in sorted(inside.iterdir()):
            packed.write(file, file.name)
            file.unlink()
    return target, count, 0


def serve(asked: BinaryIO, said: BinaryIO) -> None:
    """Write the one export that is asked for."""
    order = order_of(frame(asked))
    said.write(framed(write(order, rows_of(asked))))
    said.flush()


def main() -> None:
    """Serve the process that started this one."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)  # they are for the server, which ends this process when it is done
    os.umask(0o077)
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever prints, prints on the log
    with suppress(BrokenPipeError):  # who asked is no more
        serve(sys.stdin.buffer, answers)


if __name__ == "__main__":
    main()
