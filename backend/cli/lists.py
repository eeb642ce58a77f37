"""`veldpost list …`: the named lists of a municipality, from which forms take their choices (docs/forms.md)."""

import base64
from pathlib import Path
from typing import Any

import click

from backend.cli.client import listed, printed
from backend.cli.files import FILE, sent, unwritten
from backend.cli.findings import language_option, said
from backend.cli.options import Who, ask, staffed, usage
from backend.cli.output import line, own_language, plain, say, state, tell
from backend.settings import Settings


@click.group("list")
def named_list() -> None:
    """Named lists, such as the schools: from a table, with codes that stay."""


@named_list.command()
@click.argument("municipality")
@click.argument("name")
@click.argument("file", type=FILE)
@click.option("--title", default="")
@click.option("--anyway", is_flag=True)
@click.option("--reason", default="")
@language_option
@staffed
@click.pass_obj
def publish(
    settings: Settings, /, municipality: str, name: str, file: Path, title: str, language: str, who: Who, *,
    anyway: bool, reason: str,
) -> None:  # fmt: skip
    """Publish the next version of the list NAME from a CSV file or a workbook; what it lacks is retired, never gone."""
    asked = {"name": name, "document": sent(file), "filename": file.name, "title": title, "anyway": anyway}
    asked["reason"] = reason

    def show_row(row: dict[str, Any]) -> None:
        if "finding" in row:
            said(row["finding"], language)
        elif "change" in row:
            say(_changed(row["change"], language))
        else:
            tell("list-published", list=row["list"], version=row["version"], state=state(row), count=row["items"])
            if row["state"] == "waiting":
                tell("list-waits", code=municipality, err=True)

    printed(ask(settings, "list-publish", municipality, who, **asked), who.as_json, show_row)


def _changed(change: dict[str, Any], language: str) -> str:
    before, after = (words.get(language) or words.get("nl", "") for words in (change["before"], change["after"]))
    kind = line(f"listed-{change['kind']}")
    return f"{kind:<11}  {change['code']}  " + (f"{before} -> {after}" if before != after else after)


@named_list.command()
@click.argument("municipality")
@click.argument("name", default="")
@click.option("--csv", "out", type=click.Path(dir_okay=False, path_type=Path))
@staffed
@click.pass_obj
def show(settings: Settings, municipality: str, name: str, out: Path | None, who: Who) -> None:
    """The items of the list NAME; without NAME, which lists there are."""
    unwritten(out)
    if out is not None and not name:
        raise usage("usage-list-show")
    rows = ask(settings, "list-show", municipality, who, name=name, csv=out is not None)
    listed((row if out is None else _taken(row, out) for row in rows), who.as_json, _item, "lists-none")


def _taken(row: dict[str, Any], out: Path) -> dict[str, Any]:
    out.write_bytes(base64.b64decode(row.pop("csv")))
    return {**row, "file": out.name}


def _item(row: dict[str, Any]) -> None:
    if "code" not in row:
        plain(row)
        return
    retired = f"  {line('list-retired')}" if row.get("retired") else ""
    about = "".join(f"  {key}={value}" for key, value in row.get("attributes", {}).items())
    label = row["label"].get(own_language()) or row["label"]["nl"]
    say(f"{row['code']:<24}  {label}{about}{retired}")
