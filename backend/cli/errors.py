"""Errors of the command line itself, before or after it asks the server."""

import json

from backend.errors import BackendError
from backend.sentences import words


class KeyFileMissing(BackendError):
    """The key file that an option names is not there."""

    code = "key-file"


class FileTrouble(BackendError):
    """The operating system refused a file or a folder."""

    code = "file"


class FileExists(BackendError):
    """An export is never written over a file: it may be all that somebody has of it."""

    code = "file-exists"


class FileTooLarge(BackendError):
    """Nothing that anybody brings is so large."""

    code = "file-too-large"


class NotJson(BackendError):
    """The file is no JSON document."""

    code = "not-json"


class NotASet(BackendError):
    """The file is no judged set."""

    code = "not-a-judged-set"


def not_json(name: str, error: ValueError | RecursionError) -> NotJson:
    """The refusal of a file, with the place of its fault where there is one."""
    if isinstance(error, json.JSONDecodeError):
        return NotJson(file=name, why=words("json-place", line=error.lineno, column=error.colno))
    return NotJson(file=name, why=words("json-nowhere"))


class NotAnObject(BackendError):
    """The file is JSON, but no object."""

    code = "not-an-object"


class NotUsable(BackendError):
    """The file holds no form that can be used; its findings were printed."""

    code = "form-not-usable"


class NotImported(BackendError):
    """No form could be made of a file; its findings were printed."""

    code = "not-imported"


class NotExported(BackendError):
    """No workbook could be made of a form; its findings were printed."""

    code = "not-exported"


class NotARescueFile(BackendError):
    """The file is no hand-in."""

    code = "not-a-rescue-file"


class NotSound(BackendError):
    """A check of a municipality found faults, which were printed."""

    code = "not-sound"


class Difference(BackendError):
    """A vector file says otherwise than this program."""

    code = "difference"


class ServerRunning(BackendError):
    """A folder is not replaced under a server that has it open."""

    code = "server-running"
