"""Arguments of commands as people type them."""

from typing import Any, ClassVar, Final

from backend.errors import BackendError

WORKER_NAME_MAX: Final = 100


class BadArgument(BackendError):
    """An argument is not what it should be."""

    code: ClassVar[str] = "bad-argument"
    message: ClassVar[str] = "{what} is not {wanted}."
    remedy: ClassVar[str] = "See `veldpost COMMAND --help`."


class WorkerUnknown(BackendError):
    """A name that was typed wrongly would be given a record that nobody sees, or taken one that stays open."""

    code: ClassVar[str] = "worker-unknown"
    message: ClassVar[str] = "Nobody of the name {worker} has or had a device in {municipality}; nothing was done."
    remedy: ClassVar[str] = (
        "See `veldpost devices` for the names. For somebody who has no device yet, `veldpost grant --before-enrolment`."
    )


def hexed(value: Any, what: str, size: int) -> bytes:
    """Bytes from a person's hexadecimal."""
    try:
        raw = bytes.fromhex(str(value))
    except ValueError:
        raw = b""
    if len(raw) != size:
        raise BadArgument(what=what, wanted=f"{size * 2} hexadecimal digits")
    return raw


def worker_of(args: dict[str, Any]) -> str:
    """The worker whom a command names."""
    worker = str(args["worker"]).strip()
    if not worker or len(worker) > WORKER_NAME_MAX or not worker.isprintable():
        raise BadArgument(what="The worker", wanted=f"a name of 1 to {WORKER_NAME_MAX} printable characters")
    return worker
