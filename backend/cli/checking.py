"""`veldpost check-vectors`: a vector file of the published format, for the makers of other devices (docs/makers.md)."""

import json
from pathlib import Path

import click

from backend.check_vectors import KINDS, difference
from backend.cli.errors import Difference, not_json
from backend.cli.options import OneOf
from backend.cli.output import tell


@click.command("check-vectors")
@click.argument("kind", type=OneOf(KINDS), metavar="KIND")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def check_vectors(kind: str, file: Path) -> None:
    """Check a vector file of the published format; names the first difference."""
    try:
        found = difference(kind, json.loads(file.read_bytes()), file.parent)
    except ValueError as error:
        raise not_json(file.name, error) from None
    if found is not None:
        raise Difference(file=file.name, found=found)
    tell("no-difference", file=file.name)
