"""`veldpost export`: the records of a form, written to files in clear."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import click

from backend.cli import exports, output, parquet
from backend.cli.client import printed
from backend.cli.files import unwritten
from backend.cli.options import AtLeast, Command, Who, ask, staffed, usage
from backend.cli.output import line, own_language
from backend.settings import Settings
from forms.definition.members import AUDIENCES
from picture.reading import AMSTERDAM

KINDS: Final = ("csv", "csv-nl", "xlsx", "jsonl", "sqlite", "parquet")
DUTCH: Final = "nl"
CSV: Final = {"csv": exports.FOR_PROGRAMS, "csv-nl": exports.Dialect(";", ",", "utf-8-sig", DUTCH)}


class _Day(click.ParamType[datetime]):
    """A day, written as in 2026-05-31."""

    name = "date"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        try:
            return value if isinstance(value, datetime) else datetime.strptime(value.strip(), "%Y-%m-%d")
        except ValueError:
            self.fail(line("usage-day", given=value), param, ctx)


DAY: Final = _Day()


def _chosen(command: Command) -> Command:
    """Options that choose records and columns, and say for whom."""
    for option in (
        click.option("--reason"),
        click.option("--pseudonyms", metavar="PURPOSE"),
        click.option("--reader", type=click.Choice(AUDIENCES)),
        click.option("--column", "columns", multiple=True),
        click.option("--record", "records", multiple=True),
        click.option("--form-version", "version", type=AtLeast(min=1)),
        click.option("--until", type=DAY),
        click.option("--since", type=DAY),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("municipality")
@click.argument("form")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "written_as", type=click.Choice(KINDS), default="csv", show_default=True)
@click.option("--labels")
@click.option("--codes", is_flag=True)
@_chosen
@click.option("--force", is_flag=True)
@staffed
@click.pass_obj
def export(
    settings: Settings, /, municipality: str, form: str, target: Path, written_as: str, who: Who, *, force: bool,
    labels: str | None, codes: bool, since: datetime | None, until: datetime | None, **wishes: Any,
) -> None:  # fmt: skip
    """Write a form's records to TARGET: a folder of CSV files, or a file of another kind. In clear."""
    if codes and labels:
        raise usage("usage-codes")
    if written_as == "parquet":
        parquet.parquet()  # before anything is asked or read
    earlier = exports.earlier(written_as, target, form)
    if earlier and not force:
        unwritten(earlier[0])
    work = exports.work_of(target)
    args = {**wishes, "since_ms": _midnight(since), "until_ms": _midnight(until, 1), "work": str(work)}
    args["kind"] = written_as
    args |= {"labels": labels} if labels else {}
    rows = _agreed(settings, ask(settings, "export", municipality, who, form=form, **args))

    def allowed() -> None:
        for _ in ask(settings, "publish-export", municipality, who._replace(slot=None), work=str(work)):
            pass

    language = "" if codes else labels or {"csv-nl": DUTCH, "xlsx": own_language()}.get(written_as, "")
    said = _written(written_as, rows, target, earlier, exports.Workplace(work, allowed), language)
    printed(iter([said]), who.as_json, output.plain)


def _agreed(settings: Settings, rows: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The rows of an export; where a second person has to agree first, that is said."""
    for row in rows:
        if "waits" in row:
            people = ", ".join(row["waits"])
            output.tell("export-waits", address=f"{settings.web}{row['path']}", people=people, err=True)
        else:
            yield row


def _written(
    kind: str, rows: Any, target: Path, earlier: list[Path], place: exports.Workplace, language: str
) -> dict[str, Any]:
    """Write the rows of an export; returns what is said of it."""
    if kind in CSV:
        dialect = CSV[kind]._replace(language=language)
        return {"files": [path.name for path in exports.write_csv(rows, target, earlier, place, dialect)]}
    if kind == "parquet":
        return {"files": [path.name for path in exports.write_parquet(rows, target, earlier, place)]}
    if kind == "xlsx":
        written = exports.write_workbook(rows, target, place, language)
        return {"rows": written.rows, "file": target.name} | ({"cut": written.cut} if written.cut else {})
    if kind == "sqlite":
        count = exports.write_sqlite(rows, target, place, language or own_language())
        return {"rows": count, "files": [target.name, exports.beside(target).name]}
    return {"rows": exports.write_jsonl(rows, target, place), "file": target.name}


def _midnight(day: datetime | None, later: int = 0) -> int | None:
    """The time at which a day, or one some days later, begins in the Netherlands."""
    if day is None:
        return None
    return int((day + timedelta(days=later)).replace(tzinfo=AMSTERDAM).timestamp() * 1000)
