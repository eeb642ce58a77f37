"""Asking the running server, showing progress and errors as a person reads them."""

import json
import os
import socket
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, ClassVar, Final, NoReturn

import click
import msgspec

from backend.cli import tokens
from backend.cli.errors import KeyFileMissing
from backend.cli.output import flow, line, say, tell
from backend.desk.wire import (
    ELSEWHERE,
    SOCKET_FILE,
    Ask,
    SecretNeeded,
    ServerNotRunning,
    Told,
    socket_path,
)
from backend.errors import ROOM_ERRORS, BackendError
from backend.sentences import Coded, library, told
from backend.settings import Settings
from crypto.keyslots import KEY_FILE, PASSPHRASE, RECOVERY

SIGN_IN: Final = "sign-in"  # before which a terminal has no token


def stop(error: Coded) -> NoReturn:
    """Say what happened and what to do in the language of the terminal, and end with status 1."""
    _stop(error.code, *told(error, library().of_environment()))


def _stop(code: str, message: str, remedy: str) -> NoReturn:
    tell("error", code=code, message=message, err=True)
    flow(remedy, 2, err=True)
    sys.exit(1)


class AnswerBrokenOff(BackendError):
    """An answer is whole or is none: a part of it looks like all of it."""

    code: ClassVar[str] = "answer-broken-off"


class Keyslot:
    """The key that a person showed to unlock: an option, the environment's key file, or the one in the key folder."""

    def __init__(self, key_file: str | None, passphrase: bool, recovery: bool) -> None:
        self._key_file = key_file
        self._passphrase = passphrase
        self._recovery = recovery

    def asks(self, settings: Settings, municipality: str) -> bool:
        """Tell whether a person will be asked for a secret."""
        if self._passphrase or self._recovery:
            return True
        held = bool(self._key_file) or (settings.keys / f"{municipality}.key").is_file()
        return not held and sys.stdin.isatty()

    def read(self, settings: Settings, municipality: str) -> tuple[str, str]:
        """The kind of slot and its secret; asked for without echo."""
        if self._passphrase:
            return PASSPHRASE, click.prompt(line("ask-passphrase"), hide_input=True, err=True)
        if self._recovery:
            return RECOVERY, click.prompt(line("ask-recovery-code"), hide_input=True, err=True)
        path = Path(self._key_file) if self._key_file else settings.keys / f"{municipality}.key"
        if path.is_file():
            return KEY_FILE, path.read_bytes().hex()
        if self._key_file:
            raise KeyFileMissing(file=path.name)
        if sys.stdin.isatty():
            return PASSPHRASE, click.prompt(line("ask-passphrase"), hide_input=True, err=True)
        return "", ""


def answers(settings: Settings, ask: Ask) -> Iterator[Any]:
    """The rows of an answer, with a progress bar on standard error; ends the program on an error."""
    bar: Any = None
    try:
        for told_line in _lines(settings, ask):
            if told_line.kind == "progress":
                bar = bar or _bar(told_line.total)
                if bar is not None:
                    bar.update(told_line.done - bar.pos)
            elif told_line.kind == "row":
                yield told_line.row
            elif told_line.code == SecretNeeded.code and not ask.secret:
                yield from answers(settings, msgspec.structs.replace(ask, secret=_own_secret(ask)))
                return
            elif told_line.kind == "error":
                _stop(told_line.code, told_line.message, told_line.remedy)
            else:
                return
        raise AnswerBrokenOff
    except ROOM_ERRORS as error:
        stop(error)
    finally:
        if bar is not None:
            bar.finish()
            bar.render_finish()


def _own_secret(ask: Ask) -> str:
    """The secret of who acts, asked for once in a command that asks the server several times."""
    context = click.get_current_context(silent=True)
    kept: dict[Any, str] = {} if context is None else context.meta.setdefault(__name__, {})
    if (ask.municipality, ask.staff) not in kept:
        tell("own-secret-needed", err=True)
        kept[ask.municipality, ask.staff] = click.prompt(line("ask-own-secret"), hide_input=True, err=True)
    return kept[ask.municipality, ask.staff]


def _bar(total: int) -> Any:
    return click.progressbar(length=total, file=sys.stderr, label=line("progress")) if sys.stderr.isatty() else None


def _lines(settings: Settings, ask: Ask) -> Iterator[Told]:
    spoken = msgspec.structs.replace(ask, language=library().of_environment())
    if ask.municipality and not ask.token and ask.command != SIGN_IN:
        spoken = msgspec.structs.replace(spoken, token=tokens.kept(settings, ask.municipality))
    for told_line in _said(settings, spoken, SOCKET_FILE):
        if told_line.kind == ELSEWHERE:
            yield from _of_each(settings, spoken, told_line.row)
            return
        yield told_line


def _of_each(settings: Settings, spoken: Ask, names: list[str]) -> Iterator[Told]:
    """The lines of some processes of one server as one answer, which ends only where each of them came to its end."""
    for name in names:
        last = Told("")
        for last in _said(settings, spoken, name):
            if last.kind != "done":
                yield last
        if last.kind != "done":
            return
    yield Told("done")


def _said(settings: Settings, spoken: Ask, name: str) -> Iterator[Told]:
    """The lines that come over one socket of the server."""
    with socket.socket(socket.AF_UNIX) as server:
        try:
            server.connect(str(socket_path(settings.data, name)))
        except OSError:
            raise ServerNotRunning(data=os.fspath(settings.data)) from None
        try:
            server.sendall(msgspec.json.encode(spoken) + b"\n")
            with server.makefile("rb") as stream:
                for raw in stream:
                    yield msgspec.json.decode(raw, type=Told)
        except (ConnectionError, msgspec.DecodeError):
            raise AnswerBrokenOff from None


def printed(rows: Iterator[Any], as_json: bool, show: Callable[[Any], None]) -> None:
    """Rows for a person, or one JSON object a line for a program."""
    for row in rows:
        if as_json:
            say(json.dumps(row, ensure_ascii=False))
        else:
            show(row)


def listed(rows: Iterator[Any], as_json: bool, show: Callable[[Any], None], none: str) -> None:
    """Rows likewise; a person is told when there are none, by the code of a line."""
    count = 0

    def counted() -> Iterator[Any]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    printed(counted(), as_json, show)
    if not count and not as_json:
        tell(none)
