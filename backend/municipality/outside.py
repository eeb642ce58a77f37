"""The list outside the backups: what was taken away, so that no restore gives it back.

A backup, or a snapshot of the disk, brings an older journal back, and with it whoever was revoked and whatever was
erased since. So every fact that takes something away (and every assignment, which ends a withdrawal) is written here
before the act is committed, as the signed bytes that the journal keeps. At each start the journal is compared with the
list (`returning.py`): a row that was committed once and is missing is a restore.

The list lies in two places: `outside.log` in the municipality's folder, which `veldpost restore` carries over, and
`GM0228.list` beside the key files, which are kept apart: a snapshot of the data folder leaves it as it is. At each
start the two are made equal. Only the first must be writable; when the second is not, `alone` says why. Where several
servers may have a municipality in turn, what they share is a third, which must be writable too.

One line is one row: `KIND HEX`. A transaction may be rolled back, or killed, after its rows were written. So rows are
followed, after the commit, by `done NAME` with the first half of their SHA-256; a row without it was never committed,
and its absence from the journal is no restore. A torn or damaged line is passed over and named in `faults`.
"""

import threading
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import ClassVar, Final, NamedTuple

import msgspec

from backend.errors import BackendError
from backend.files import append_line, reason
from backend.sentences import Words, words
from backend.stores.nodes import Common
from sync.acting import LISTED, TAKES_AWAY
from sync.facts import decode_fact, purpose_of

OUTSIDE_FILE: Final = "outside.log"
ERASURES_FILE: Final = "erasures.log"  # the list of earlier releases: hexadecimal erasures without a kind
BESIDE_SUFFIX: Final = ".list"  # of the copy beside the key files
DONE: Final = "done"
AUDIT_HEAD: Final = "audit-head"  # written after its audit rows were committed, so it needs no `done`
KINDS: Final = LISTED
_ROWS: Final = (*KINDS, AUDIT_HEAD)
NAME_BYTES: Final = 16
FAULTS_SHOWN: Final = 3  # in `status`: a list of junk has as many faults as lines


class ListNotWritable(BackendError):
    """An act that takes something away is not done before it is on the list outside the backups."""

    code: ClassVar[str] = "list-not-writable"


class Row(NamedTuple):
    """One row of the list: its kind, the bytes that were signed or hashed, and whether its act was committed."""

    kind: str
    raw: bytes
    done: bool


class Outside:
    """The list of one municipality. `append` runs inside the writer's transaction, `settle` after its commit."""

    def __init__(self, folder: Path, beside: Path | None = None, common: Common | None = None) -> None:
        self._folder = folder
        self._common = common
        self._path = folder / OUTSIDE_FILE
        self._beside = beside / f"{folder.name}{BESIDE_SUFFIX}" if beside is not None else None
        self._turn = threading.Lock()
        self._pending: list[bytes] = []
        self.alone: Words | None = None  # why the copy beside the keys could not be written
        self._taken: dict[bytes, Row] = {}  # what takes away and waits for its commit
        self._undone: dict[bytes, Row] = {}
        self._due: set[bytes] = set()  # of these, what the running server carries out by itself
        self.faults: tuple[Words, ...] = ()
        self._known: dict[bytes, bool] = {}
        self._gathered: dict[bytes, str] | None = None  # lines that are written at the end of the act under way
        self._match_copies()

    def append(self, kind: str, raw: bytes) -> None:
        """Write one row, on disk when this returns, before its act is committed; a known row is written once.

        Raises `ListNotWritable`.
        """
        assert kind in _ROWS, kind
        name = name_of(raw)
        with self._turn:
            if name not in self._known:
                if self._gathered is None or kind == AUDIT_HEAD:
                    self._write(f"{kind} {raw.hex()}")
                else:
                    self._gathered[name] = f"{kind} {raw.hex()}"
                self._known[name] = kind == AUDIT_HEAD
            if not self._known[name]:
                self._pending.append(name)
                if kind in TAKES_AWAY:
                    self._taken[name] = Row(kind, raw, done=False)

    @contextmanager
    def together(self) -> Iterator[None]:
        """Write the rows of one act in one write, on disk at its end, which comes before it is committed."""
        self._gathered = gathered = dict[bytes, str]()
        try:
            yield
            with self._turn:
                self._gathered = None
                if gathered:
                    self._write("\n".join(gathered.values()))
        except BaseException:
            with self._turn:
                for name in gathered:
                    self._known.pop(name, None)
                    self._taken.pop(name, None)
                self._pending = [name for name in self._pending if name in self._known]
            raise
        finally:
            self._gathered = None

    def settle(self) -> None:
        """Mark the rows written since the last commit as committed."""
        with self._turn:
            pending, self._pending = self._pending, []
            fresh = [name for name in dict.fromkeys(pending) if not self._known[name]]
            if fresh:
                self._write("\n".join(f"{DONE} {name.hex()}" for name in fresh))
                self._known.update(dict.fromkeys(fresh, True))
            for name in pending:
                self._taken.pop(name, None)
                self._undone.pop(name, None)

    @property
    def undone(self) -> Words | None:
        """Undo what stands here of acts that failed, as on a full disk: it is done as soon as the stores take it."""
        count = len(self._undone)
        return words("list-undone", count=count) if count else None

    def due(self, names: Iterable[bytes]) -> bool:
        """Let those of these rows be carried out that take away and whose act failed; whether there is any."""
        with self._turn:
            failed = self._undone.keys() & {*names}
            self._due |= failed
            return bool(failed)

    def still_due(self, most: int) -> list[Row]:
        """Some rows that are to be carried out, the oldest first."""
        with self._turn:
            return list(islice((row for name, row in self._undone.items() if name in self._due), most))

    def let_be(self, row: Row) -> None:
        """Name a row no longer as undone: the journal has what it says."""
        with self._turn:
            self._undone.pop(name_of(row.raw), None)

    @property
    def waiting(self) -> int:
        """The number of rows that wait for the commit of their act."""
        return len(self._pending)

    def appended(self, since: int) -> list[bytes]:
        """The names of the rows that wait for the commit of their act, those after the first `since`."""
        return self._pending[since:]

    def drop(self, kept: int = 0) -> None:
        """Forget that rows after the first `kept` wait for a commit: their act was rolled back. They stay, without
        `done`."""
        with self._turn:
            for name in self._pending[kept:]:
                row = self._taken.pop(name, None)
                if row is not None and self._known.get(name) is False:
                    self._undone[name] = row
            del self._pending[kept:]

    def complete(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Add rows whose acts the journal holds, all in one write: at the start of a release that had no list."""
        with self._turn:
            lines = []
            for kind, raw in rows:
                name = name_of(raw)
                lines += [f"{kind} {raw.hex()}"] if name not in self._known else []
                lines += [f"{DONE} {name.hex()}"] if not self._known.get(name) else []
                self._known[name] = True
            if lines:
                self._write("\n".join(lines))

    def is_done(self, raw: bytes) -> bool:
        """True if a row is on the list as committed."""
        return self._known.get(name_of(raw), False)

    def rows(self) -> Iterator[Row]:
        """Every row, oldest first, those of both copies and of `erasures.log` once each."""
        seen: set[bytes] = set()
        for path in self._files():
            for _, kind, raw in _lines(path, self._folder.name):
                name = name_of(raw)
                if kind not in ("", DONE) and name not in seen:
                    seen.add(name)
                    yield Row(kind, raw, self._known.get(name, False))

    def _files(self) -> tuple[Path, ...]:
        beside = () if self._beside is None else (self._beside,)
        return (self._folder / ERASURES_FILE, self._path, *beside)

    def _match_copies(self) -> None:
        """Read both copies and write into each what only the other has."""
        held: dict[Path, list[str]] = {path: [] for path in self._files()}
        faults = []
        for path, lines in held.items():
            for number, kind, raw in _lines(path, self._folder.name):
                if not kind:
                    code = "list-line-unread" if number else "list-unread"
                    faults.append(words(code, file=path.name, number=number))
                    continue
                lines.append(f"{kind} {raw.hex()}")
                if kind == DONE:
                    self._known[raw] = True
                else:
                    name = name_of(raw)
                    sure = kind == AUDIT_HEAD or path.name == ERASURES_FILE
                    self._known[name] = sure or self._known.get(name, False)
        more = [words("and-more", count=len(faults) - FAULTS_SHOWN)] if len(faults) > FAULTS_SHOWN else []
        self.faults = (*faults[:FAULTS_SHOWN], *more)
        every = list(dict.fromkeys(line for lines in held.values() for line in lines))
        old, own, *beside = (set(lines) for lines in held.values())
        for line in every:
            if line not in own and line not in old:
                self._write_first(line)
        for there in beside:
            self._write_second([line for line in every if line not in there])
        if self._common is not None:
            self._match_common(self._common, every)

    def _match_common(self, common: Common, every: Sequence[str]) -> None:
        """Write here what other servers wrote, and there what they lack."""
        shared = common.lines()
        fresh = [line for line in shared if line not in {*every}]
        for line in fresh:
            kind, _, digits = line.partition(" ")
            kind, raw = _read(kind, digits, self._folder.name)
            if kind:
                name = raw if kind == DONE else name_of(raw)
                self._known[name] = kind in (DONE, AUDIT_HEAD) or self._known.get(name, False)
        if fresh:
            self._write_first("\n".join(fresh))
            self._write_second(fresh)
        lacking = [line for line in every if line not in {*shared}]
        if lacking:
            common.add(lacking)

    def _write(self, line: str) -> None:
        if self._common is not None:
            self._common.add(line.split("\n"))
        self._write_first(line)
        self._write_second([line])

    def _write_first(self, line: str) -> None:
        try:
            append_line(self._path, line)
        except OSError as error:
            path = self._path.name
            raise ListNotWritable(municipality=self._folder.name, path=path, why=reason(error)) from None

    def _write_second(self, lines: list[str]) -> None:
        """Write to the copy beside the keys; one that cannot be written is named and made equal at a later start."""
        if self._beside is None or not lines:
            return
        try:
            append_line(self._beside, "\n".join(lines))
        except OSError as error:
            self.alone = words("path-and-reason", path=str(self._beside), why=reason(error))


def keep_lines(folder: Path, lines: Sequence[str]) -> None:
    """Write lines that another server added into the list of a folder that nobody has open here."""
    path = folder / OUTSIDE_FILE
    held = {*path.read_text("ascii", "replace").split("\n")} if path.is_file() else set()
    fresh = [line for line in dict.fromkeys(lines) if line not in held]
    if fresh and folder.is_dir():
        append_line(path, "\n".join(fresh))


def name_of(raw: bytes) -> bytes:
    """The name of a row: the first half of the SHA-256 of its bytes."""
    return sha256(raw).digest()[:NAME_BYTES]


def _lines(path: Path, code: str) -> Iterator[tuple[int, str, bytes]]:
    """The lines of one file: number, kind and bytes; kind is empty where a line, or (0) the file, cannot be read, or is
    another municipality's."""
    if path.exists() and not path.is_file():
        yield 0, "", b""
        return
    try:
        text = path.read_bytes().decode("ascii", "replace")
    except FileNotFoundError:
        return
    except OSError:
        yield 0, "", b""
        return
    for number, line in enumerate(text.split("\n"), 1):
        if line:
            kind, _, digits = line.partition(" ") if path.name != ERASURES_FILE else ("erasure", "", line)
            yield (number, *_read(kind, digits, code))


def _read(kind: str, digits: str, code: str) -> tuple[str, bytes]:
    try:
        raw = bytes.fromhex(digits)
    except ValueError:
        return "", b""
    return (kind, raw) if _is_whole(kind, raw, code) else ("", b"")


def _is_whole(kind: str, raw: bytes, code: str) -> bool:
    """A line that was torn may still be hexadecimal; its bytes then do not decode. One that is whole names its
    municipality: what was taken away in another one never comes into this one's files."""
    if kind == DONE:
        return len(raw) == NAME_BYTES
    try:
        if kind == AUDIT_HEAD:
            head = msgspec.msgpack.decode(raw)
            return isinstance(head, list) and head[:1] == [code]
        if kind not in KINDS:
            return False
        fact = decode_fact(raw)
        return purpose_of(fact) == kind and getattr(fact, "municipality", code) == code
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return False
