"""`veldpost form import`: forms from elsewhere, with what became of every row (docs/forms.md)."""

import json
from pathlib import Path
from typing import Any

import click
import msgspec

from backend.cli.client import stop
from backend.cli.files import FILE, content
from backend.cli.findings import json_option, language_option, said
from forms.importing.json_schema import import_json_schema
from forms.importing.report import Import, Row
from forms.importing.xlsform import import_xlsform

OUT = click.Path(dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--out", type=OUT, help="Write the draft to this file.")
@click.option("--layout", type=FILE, help="For a JSON Schema: the order and the pages of its questions, as JSON.")
@click.option("--all", "every", is_flag=True, help="Also show the rows that were carried over as they are.")
@language_option
@json_option
def import_form(file: Path, out: Path | None, layout: Path | None, every: bool, language: str, as_json: bool) -> None:
    """Make a draft of FILE, an XLSForm workbook or a JSON Schema, and say what became of every row."""
    if out is not None and out.exists():
        raise click.UsageError(f"{out} exists already; an import never overwrites.")
    raw = content(file)
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        brought = import_json_schema(raw, content(layout) if layout is not None else None)
    else:
        brought = import_xlsform(raw, file.name)
    if out is not None and brought.document is not None:
        out.write_text(json.dumps(brought.document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _report(brought, language, every, as_json)
    if brought.document is None:
        stop("not-imported", f"No form could be made of {file.name}.", "Mend what the findings name.")
    if out is not None and not as_json:
        click.echo(f"The draft is in {out.name}: decide what is listed above, then `veldpost form lint`.")


def _report(brought: Import, language: str, every: bool, as_json: bool) -> None:
    if as_json:
        for row in brought.rows:
            click.echo(json.dumps({"row": msgspec.to_builtins(row)}, ensure_ascii=False))
        for one in brought.todo:
            click.echo(json.dumps({"todo": msgspec.to_builtins(one)}, ensure_ascii=False))
        click.echo(json.dumps(_summary(brought)))
        return
    for row in brought.rows:
        if every or row.outcome != "carried":
            _row(row, language)
    summary = _summary(brought)
    click.echo(
        f"{summary['rows']} row(s): {summary['carried']} carried over ({summary['percent']} %),"
        f" {summary['changed']} changed, {summary['not_possible']} not possible."
    )
    if brought.todo:
        click.echo("\nStill to be decided or mended:")
    for one in brought.todo:
        said(msgspec.to_builtins(one), language)


def _summary(brought: Import) -> dict[str, Any]:
    return {
        "rows": len(brought.rows), "carried": brought.count("carried"), "changed": brought.count("changed"),
        "not_possible": brought.count("not-possible"), "percent": brought.share_carried(),
        "document": brought.document is not None,
    }  # fmt: skip


def _row(row: Row, language: str) -> None:
    click.echo(f"{row.source:<16}  {row.outcome:<12}  {row.name}")
    for note in row.notes:
        click.echo(f"    {note.nl if language == 'nl' else note.en}  [{note.code}]")
