"""`veldpost theme …`: how the field app looks to the workers of a municipality (docs/operators.md)."""

from pathlib import Path
from typing import Any

import click

from backend.cli.client import printed
from backend.cli.files import FILE, sent
from backend.cli.findings import language_option, said
from backend.cli.options import Who, ask, staffed
from backend.cli.output import line, say, tell
from backend.settings import Settings


@click.group("theme")
def theme() -> None:
    """The look of the field app: a municipality's own colours, type and spacing."""


@theme.command("set")
@click.argument("municipality")
@click.argument("file", type=FILE)
@click.option("--dark", type=FILE)
@language_option
@staffed
@click.pass_obj
def put_on(settings: Settings, municipality: str, file: Path, dark: Path | None, language: str, who: Who) -> None:
    """Let the field app look as FILE says, design tokens in JSON; refused if a colour cannot be read on another."""
    asked = {"light": sent(file), "dark": sent(dark) if dark is not None else ""}

    def show(row: dict[str, Any]) -> None:
        if "finding" in row or "warning" in row:
            said(row.get("finding") or row["warning"], language)
        else:
            tell("theme-set", municipality=municipality, count=row["set"], others=row["left_out"])

    printed(ask(settings, "theme-set", municipality, who, **asked), who.as_json, show)


@theme.command()
@click.argument("municipality")
@staffed
@click.pass_obj
def show(settings: Settings, municipality: str, who: Who) -> None:
    """Every token with its value for light and for dark, and which are the municipality's own."""
    printed(ask(settings, "theme-show", municipality, who), who.as_json, _token)


def _token(row: dict[str, Any]) -> None:
    values = f"{row['light']}  {row['dark']}" if "light" in row else row["value"]
    say(f"{row['token']:<46}  {values}" + (f"  {line('theme-own')}" if row["own"] else ""))


@theme.command()
@click.argument("municipality")
@staffed
@click.pass_obj
def reset(settings: Settings, municipality: str, who: Who) -> None:
    """Let the field app look as it ships."""
    rows = ask(settings, "theme-reset", municipality, who)
    printed(rows, who.as_json, lambda _row: tell("theme-reset", municipality=municipality))
