"""Rows of what is kept beside the log, as every database gives them out: forms, accounts, attachments, wraps."""

from contextvars import ContextVar
from typing import Final, NamedTuple

import msgspec

from sync.entry import Wrap
from sync.messages import Epoch

ACCOUNT: ContextVar[str] = ContextVar("account", default="")  # the account of the operating system that speaks now
ORIGIN: ContextVar[str] = ContextVar("origin", default="")  # from where it is asked: an address, a session
RESULT: ContextVar[str] = ContextVar("result", default="")  # how a line ends that does not say it itself
LIST: Final = "list/"  # no form can have this name
ADMIN: Final = "admin"
STAFF: Final = "staff"  # an account that was made for the desk: its roles are its person's
DETAIL_MAX: Final = 500  # characters of a detail that comes from outside, in a line of the audit
UNSIGNED_PLACES: Final = 2  # for keys that nobody signed: of one epoch, and of one record
OWED_AT_ONCE: Final = 64  # grants sealed in one transaction: each costs a key encapsulation


class Version(msgspec.Struct, frozen=True):
    """A published version, byte for byte as its digest was signed, and who answers for it.

    `published_by` put it forward, `seconded_by` agreed with its warnings (empty if it had none); `warnings` are the
    lint's with their reasons, as JSON. `controller` is who is responsible, `register` where the register names it.
    """

    form: str
    version: int
    digest: bytes
    document: bytes
    published_ms: int
    retired_ms: int | None
    published_by: str
    seconded_by: str
    controller: str
    register: str
    warnings: str


class Draft(msgspec.Struct, frozen=True):
    """A draft that passed every check and waits for a second person to agree with its warnings."""

    form: str
    version: int
    document: bytes
    proposed_ms: int
    proposed_by: str
    controller: str
    register: str


class Account(NamedTuple):
    """An account; `confirmed_by` is empty for a first account that no second one has confirmed."""

    name: str
    role: str
    created_ms: int
    confirmed_by: str


class AttachmentRow(NamedTuple):
    """One finished attachment: its name, the record in its head, who brought it and how many bytes it has."""

    name: bytes
    record: bytes
    device: bytes
    size: int


class StoredWrap(NamedTuple):
    """A record key wrapped by a device, with the device's epoch that opens it."""

    device: bytes
    wrap: Wrap
    epoch: Epoch
