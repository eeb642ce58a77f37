"""The chain of an audit and the check of it: a line that was changed, cut or put in is found (SPEC.md section 13)."""

from collections.abc import Iterable, Iterator, Sequence
from hashlib import sha256
from typing import Final, NamedTuple

import msgspec

PREFIX: Final = b"veldpost/1/audit"
HEAD: Final = "audit-head"  # the purpose of a head's signature, and its kind in the list outside the backups
LOST: Final = "audit-lost"  # the act of the line that says which lines a restore lacks
FIRST: Final = bytes(32)  # what the first line follows
_encode: Final = msgspec.msgpack.Encoder().encode
BEFORE_RESULTS: Final = 7  # members of a line of a release that wrote neither result nor origin


class AuditLine(NamedTuple):
    """One line: who did what, when; `account` is the account of the operating system that spoke.

    `result` says how it ended and `origin` from where it was asked; both are empty in lines of before they were kept.
    """

    number: int
    at_ms: int
    staff: str
    act: str
    record: bytes | None
    detail: str
    account: str
    result: str = ""
    origin: str = ""


class Wanted(NamedTuple):
    """The lines that somebody asks for, newest first: of one of some acts, of a person or record, of a period.

    Empty members narrow nothing; `before` is a number, exclusive.
    """

    staff: str = ""
    acts: tuple[str, ...] = ()
    record: bytes | None = None
    since_ms: int = 0
    until_ms: int = 0
    before: int = 0

    def fits(self, line: AuditLine) -> bool:
        """True if a line is wanted."""
        return (
            self.staff in ("", line.staff)
            and (not self.acts or line.act in self.acts)
            and self.record in (None, line.record)
            and line.at_ms >= self.since_ms
            and (not self.until_ms or line.at_ms < self.until_ms)
            and (not self.before or line.number < self.before)
        )


class AuditHead(msgspec.Struct, frozen=True, array_like=True):
    """The municipality's signature over the last line at a time."""

    municipality: str
    number: int
    hash: bytes
    at_ms: int
    sig: bytes = b""

    def signed_fields(self) -> tuple[str, int, bytes, int]:
        """The fields under the signature."""
        return (self.municipality, self.number, self.hash, self.at_ms)


class Broken(NamedTuple):
    """A place at which an audit is not what it was: the code of its sentence, and the lines."""

    code: str
    first: int
    last: int


def line_hash(before: bytes, line: AuditLine) -> bytes:
    """The hash of a line that follows a hash; one that has neither result nor origin is an array without them."""
    members = tuple(line) if line.result or line.origin else tuple(line)[:BEFORE_RESULTS]
    return sha256(PREFIX + before + _encode(members)).digest()


def faults(lines: Iterable[tuple[AuditLine, bytes]], heads: Sequence[AuditHead]) -> Iterator[Broken]:
    """Every place at which lines and their kept hashes are no chain, or are not what a genuine head says.

    The heads are those whose signature fits. One of before a restore is excused by the line that names it.
    """
    hashes: dict[int, bytes] = {}
    lost: list[tuple[int, int]] = []
    before, last = FIRST, 0
    for line, kept in lines:
        if line.number != last + 1:
            yield Broken("audit-lines-missing", last + 1, line.number - 1)
        elif line_hash(before, line) != kept:
            yield Broken("audit-line-changed", line.number, line.number)
        if line.act == LOST and line.detail.isdecimal():
            lost.append((line.number, int(line.detail)))
        before, last = kept, line.number
        hashes[line.number] = kept
    for head in heads:
        if hashes.get(head.number) == head.hash:
            continue
        if any(first <= head.number <= through for first, through in lost):
            continue
        code = "audit-line-not-signed" if head.number in hashes else "audit-line-gone"
        yield Broken(code, head.number, head.number)
