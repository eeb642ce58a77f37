"""Files that somebody brings to the command line, read within a limit."""

import base64
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from backend.cli.client import stop
from backend.cli.findings import said
from forms.document import Form, load_form
from forms.errors import UnusableForm

FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_BYTES_MAX: Final = 64 * 1024 * 1024  # nothing that anybody brings is larger; what each kind allows is said later


def content(file: Path) -> bytes:
    """The bytes of a file that somebody brings."""
    size = file.stat().st_size
    if size > FILE_BYTES_MAX:
        stop("file-too-large", f"{file.name} has {size} bytes; at most {FILE_BYTES_MAX} are read.", "Split the file.")
    return file.read_bytes()


def sent(file: Path) -> str:
    """A file as it travels to the server."""
    return base64.b64encode(content(file)).decode()


def loaded(file: Path) -> Form:
    """The form in a file; its findings are printed if it is none."""
    try:
        return load_form(content(file))
    except UnusableForm as error:
        for finding in error.findings:
            said(msgspec.to_builtins(finding), "en")
        stop(error.code, f"{file.name}: {error}", "Mend what the findings name; `veldpost form lint` shows more.")


def json_object(file: Path) -> Mapping[str, Any]:
    """The JSON object in a file."""
    return json_document(content(file), file.name)


def json_document(raw: bytes, name: str) -> Mapping[str, Any]:
    """The JSON object in these bytes."""
    try:
        document = json.loads(raw)
    except (ValueError, RecursionError) as error:
        stop("not-json", f"{name} is not JSON: {error}", "Give one object.")
    if not isinstance(document, Mapping):
        stop("not-json", f"{name} holds no object.", "Give one object.")
    return document
