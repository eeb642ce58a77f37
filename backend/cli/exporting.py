"""`veldpost export`: the records of a form, written to files in clear."""

from pathlib import Path
from typing import Any

import click

from backend.cli import exports, output
from backend.cli.client import printed
from backend.cli.files import unwritten
from backend.cli.options import Who, ask, keyed
from backend.settings import Settings


@click.command()
@click.argument("municipality")
@click.argument("form")
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--format", "kind", type=click.Choice(["csv", "jsonl", "sqlite"]), default="csv", show_default=True)
@click.option("--force", is_flag=True)
@keyed
@click.pass_obj
def export(settings: Settings, municipality: str, form: str, target: Path, kind: str, force: bool, who: Who) -> None:
    """Write a form's records to TARGET: a folder of CSV files, a JSON Lines file, or an SQLite file. In clear."""
    earlier = exports.earlier(kind, target, form)
    if earlier and not force:
        unwritten(earlier[0])
    work = exports.work_of(target)
    rows = ask(settings, "export", municipality, who, form=form, work=str(work))

    def allowed() -> None:
        for _ in ask(settings, "publish-export", municipality, who._replace(slot=None), work=str(work)):
            pass

    place = exports.Workplace(work, allowed)
    if kind == "csv":
        said: dict[str, Any] = {"files": [path.name for path in exports.write_csv(rows, target, earlier, place)]}
    else:
        writer = exports.write_jsonl if kind == "jsonl" else exports.write_sqlite
        said = {"rows": writer(rows, target, place), "file": target.name}
    printed(iter([said]), who.as_json, output.plain)
