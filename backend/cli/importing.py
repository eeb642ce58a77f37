"""`veldpost form import` and `export`: from elsewhere and back, with what became of every row (docs/forms.md)."""

import base64
import json
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from backend.cli.errors import NotExported, NotImported
from backend.cli.files import FILE, content, json_document, unwritten
from backend.cli.findings import json_option, language_option, said, sentence
from backend.cli.options import Who, ask, staffed, usage
from backend.cli.output import line, say, tell
from backend.settings import Settings
from forms.interchange.report import Import, Row

OUT = click.Path(dir_okay=False, path_type=Path)


@click.command("import")
@click.argument("file", type=FILE)
@click.option("--out", type=OUT)
@click.option("--layout", type=FILE)
@click.option("--all", "every", is_flag=True)
@language_option
@json_option
def import_form(file: Path, out: Path | None, layout: Path | None, every: bool, language: str, as_json: bool) -> None:
    """Make a draft of FILE, an XLSForm workbook or a JSON Schema, and say what became of every row."""
    from forms.interchange.json_schema.json_schema import import_json_schema  # with pyxform: no other command needs it
    from forms.interchange.xlsform_import.xlsform import import_xlsform

    unwritten(out)
    raw = content(file)
    if raw.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] in (b"{", b"["):
        brought = import_json_schema(raw, content(layout) if layout is not None else None)
    else:
        brought = import_xlsform(raw, file.name)
    if out is not None and brought.document is not None:
        out.write_text(json.dumps(brought.document, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    _report(brought, language, every, as_json)
    if brought.document is None:
        raise NotImported(file=file.name)
    if out is not None and not as_json:
        tell("import-draft", file=out.name)


def _report(brought: Import, language: str, every: bool, as_json: bool) -> None:
    if as_json:
        for row in brought.rows:
            say(json.dumps({"row": msgspec.to_builtins(row)}, ensure_ascii=False))
        for one in brought.todo:
            say(json.dumps({"todo": msgspec.to_builtins(one)}, ensure_ascii=False))
        say(json.dumps(_summary(brought)))
        return
    for row in brought.rows:
        if every or row.outcome not in ("carried", "not-needed"):
            _row(row, language)
    summary = _summary(brought)
    tell("import-rows", **{name: summary[name] for name in _COUNTED})
    if brought.todo:
        say()
        tell("import-todo")
    for one in brought.todo:
        said(msgspec.to_builtins(one), language)


_COUNTED: Final = ("rows", "carried", "renamed", "percent", "changed", "not_possible", "not_needed")


def _summary(brought: Import) -> dict[str, Any]:
    return {
        "rows": len(brought.rows), "carried": brought.count("carried"), "changed": brought.count("changed"),
        "renamed": brought.count("renamed"), "not_needed": brought.count("not-needed"),
        "not_possible": brought.count("not-possible"), "percent": brought.share_carried(),
        "document": brought.document is not None,
    }  # fmt: skip


def _row(row: Row, language: str) -> None:
    say(f"{row.source:<16}  {line(f'outcome-{row.outcome}'):<16}  {row.name}")
    for note in row.notes:
        say(f"    {sentence(note, language)}  [{note.code}]")


@click.command("export")
@click.argument("file", type=FILE, required=False)
@click.option("--municipality", default="")
@click.option("--name", default="")
@click.option("--version", default=0)
@click.option("--out", type=OUT, required=True)
@language_option
@staffed
@click.pass_obj
def export_form(
    settings: Settings,
    file: Path | None,
    municipality: str,
    name: str,
    version: int,
    out: Path,
    language: str,
    who: Who,
) -> None:
    """Write a form, from FILE or as it is published, to a file: an XLSForm that others can use, or JSON."""
    from forms.interchange.xlsform_export.xlsform import to_xlsform  # with openpyxl: no other command needs it

    if (file is None) != bool(municipality and name):
        raise usage("usage-form-export")
    unwritten(out)
    if out.suffix not in (".xlsx", ".json"):
        raise usage("usage-form-export-out")
    raw = content(file) if file is not None else _published(settings, municipality, name, version, who)
    rows: tuple[Row, ...] = ()
    if out.suffix == ".json":
        out.write_bytes(raw)
    else:
        exported = to_xlsform(json_document(raw, file.name if file is not None else name))
        for one in exported.findings:
            said(msgspec.to_builtins(one), language)
        if exported.workbook is None:
            raise NotExported
        out.write_bytes(exported.workbook)
        rows = exported.rows
    for row in rows:
        if who.as_json:
            say(json.dumps({"row": msgspec.to_builtins(row)}, ensure_ascii=False))
        elif row.outcome != "carried":
            _row(row, language)
    carried = sum(row.outcome == "carried" for row in rows)
    told: dict[str, Any] = {"file": out.name, "rows": len(rows), "carried": carried}
    if who.as_json:
        say(json.dumps(told))
    else:
        tell("export-rows" if rows else "export-itself", **told)


def _published(settings: Settings, municipality: str, name: str, version: int, who: Who) -> bytes:
    rows = ask(settings, "form-fetch", municipality, who, form=name, version=version)
    return b"".join(base64.b64decode(row["document"]) for row in rows)
