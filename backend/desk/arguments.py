"""Arguments of commands as people type them."""

from typing import Any, ClassVar, Final

from backend.errors import BackendError

WORKER_NAME_MAX: Final = 100
DESK_WORKER: Final = "desk:"  # before the account of who writes at the desk, where workers are named
ID_DIGITS: Final = 32  # of records, devices, conflicts and decisions
_DIGITS: Final = frozenset("0123456789abcdef")


class BadArgument(BackendError):
    """An argument is not what it should be."""

    code: ClassVar[str] = "bad-argument"


class WorkerUnknown(BackendError):
    """A name that was typed wrongly would be given a record that nobody sees, or taken one that stays open."""

    code: ClassVar[str] = "worker-unknown"


class BadRecordId(BackendError):
    """No record can have this id: something else was typed."""

    code: ClassVar[str] = "bad-record-id"


class BadDeviceId(BackendError):
    """No device can have this id."""

    code: ClassVar[str] = "bad-device-id"


class BadConflictId(BackendError):
    """No conflict can have this id."""

    code: ClassVar[str] = "bad-conflict-id"


class BadDecisionId(BackendError):
    """Nothing that waits can have this id."""

    code: ClassVar[str] = "bad-decision-id"


class BadDigest(BackendError):
    """No draft can have this digest."""

    code: ClassVar[str] = "bad-digest"


class NoSuchRecord(BackendError):
    """A person named a record that is not here."""

    code: ClassVar[str] = "no-such-record"


class RecordAmbiguous(BackendError):
    """The beginning of an id names a record only if no other begins so."""

    code: ClassVar[str] = "record-ambiguous"


class AccountExists(BackendError):
    """An account is given once; whoever has it goes on using it."""

    code: ClassVar[str] = "account-exists"


def record_id(value: Any) -> bytes:
    """The record that a person names by its whole id."""
    return _whole(value, BadRecordId)


def device_id(value: Any) -> bytes:
    """The device that a person names by its whole id."""
    return _whole(value, BadDeviceId)


def digest_of(value: Any) -> bytes:
    """The digest that a person read on a draft."""
    return _whole(value, BadDigest, 2 * ID_DIGITS)


def beginning(value: Any, refusal: type[BackendError]) -> str:
    """An id or the first digits of one, as ids are printed; anything else is refused."""
    digits = str(value).strip().lower()
    if not 1 <= len(digits) <= ID_DIGITS or not _DIGITS.issuperset(digits):
        raise refusal(given=repr(str(value)[: 2 * ID_DIGITS]))
    return digits


def _whole(value: Any, refusal: type[BackendError], length: int = ID_DIGITS) -> bytes:
    digits = str(value).strip().lower()
    if len(digits) != length or not _DIGITS.issuperset(digits):
        raise refusal(given=repr(str(value)[: 2 * ID_DIGITS]))
    return bytes.fromhex(digits)


def worker_of(args: dict[str, Any]) -> str:
    """The worker whom a command names."""
    worker = str(args["worker"]).strip()
    if not worker or len(worker) > WORKER_NAME_MAX or not worker.isprintable():
        raise BadArgument(what="the-worker", wanted="worker-name", limit=WORKER_NAME_MAX)
    return worker


def invited_worker(args: dict[str, Any]) -> str:
    """The worker for whom a phone is invited: none that bears the name of a desk device, whose records it would get."""
    worker = worker_of(args)
    if worker.casefold().startswith(DESK_WORKER):
        raise BadArgument(what="the-worker", wanted="worker-name", limit=WORKER_NAME_MAX)
    return worker
