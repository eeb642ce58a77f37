"""Arguments of commands as people type them."""

from typing import Any, ClassVar

from backend.errors import BackendError


class BadArgument(BackendError):
    """An argument is not what it should be."""

    code: ClassVar[str] = "bad-argument"
    message: ClassVar[str] = "{what} is not {wanted}."
    remedy: ClassVar[str] = "See `veldpost COMMAND --help`."


def hexed(value: Any, what: str, size: int) -> bytes:
    """Bytes from a person's hexadecimal."""
    try:
        raw = bytes.fromhex(str(value))
    except ValueError:
        raw = b""
    if len(raw) != size:
        raise BadArgument(what=what, wanted=f"{size * 2} hexadecimal digits")
    return raw
