"""Files that somebody brings to the command line, read within a limit."""

import base64
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click

from backend.cli.errors import FileExists, FileTooLarge, NotAnObject, not_json

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_BYTES_MAX: Final = 64 * 1024 * 1024  # nothing that anybody brings is larger; what each kind allows is said later


def unwritten(file: Path | None) -> None:
    """Refuse to write where something is already."""
    if file is not None and os.path.lexists(file):
        raise FileExists(file=os.fspath(file))


def content(file: Path) -> bytes:
    """The bytes of a file that somebody brings."""
    size = file.stat().st_size
    if size > FILE_BYTES_MAX:
        raise FileTooLarge(file=file.name, size=size, limit=FILE_BYTES_MAX)
    return file.read_bytes()


def sent(file: Path) -> str:
    """A file as it travels to the server."""
    return base64.b64encode(content(file)).decode()


def json_object(file: Path) -> Mapping[str, Any]:
    """The JSON object in a file."""
    return json_document(content(file), file.name)


def json_document(raw: bytes, name: str) -> Mapping[str, Any]:
    """The JSON object in these bytes."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise not_json(name, error) from None
    if not isinstance(document, Mapping):
        raise NotAnObject(file=name)
    return document
