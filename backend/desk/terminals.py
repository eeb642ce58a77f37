"""Terminals: how a person who is signed in at the desk signs a terminal in, and what a terminal shows from then on.

A terminal asks for a code, and waits. The code is 40 random bits, works once, for five minutes, and says nothing to
whoever reads it: the person confirms it on a page of the desk, having shown the factor again, and the token goes to the
terminal that began it and to no other one. That is the one that waits at the other end of its own connection. A
token is 32 random bytes, of which the server keeps a hash among the sessions of its person: it ends after eight hours,
when the person signs out or ends it on the page My account, is blocked, or has other roles than when it was given.
"""

import asyncio
from hashlib import sha256
from typing import ClassVar, Final, Protocol

from backend.clock import Clock
from backend.desk.factors import READ_AS, grouped_code
from backend.desk.sessions import ELEVATED_MS
from backend.desk.standing import Standing
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.people import ACTIVE, Person
from backend.stores.sessions import TERMINAL, Control, Session
from crypto.primitives import random_bytes

CODE_SIGNS: Final = 8  # of 32: 40 bits
CODE_MS: Final = 5 * 60_000
OPEN_MAX: Final = 20  # codes of one municipality that wait at once
TOKEN_BYTES: Final = 32
TOKEN_MS: Final = 8 * 3_600_000
SEEN_MS: Final = 30_000  # so often a use is written down
_TOKEN: Final = b"veldpost/1/terminal"  # a token is no session of a browser, and none of these is a token


class TerminalNotSignedIn(BackendError):
    """Nobody signed in at this terminal: a command that reads or decides is given by a person."""

    code: ClassVar[str] = "terminal-not-signed-in"


class TerminalOver(BackendError):
    """The token of a terminal is over: its time, a sign-out, a block, or other roles."""

    code: ClassVar[str] = "terminal-over"


class TerminalCodeUnknown(BackendError):
    """No terminal of this municipality waits for such a code: mistyped, used, over, or of another one."""

    code: ClassVar[str] = "terminal-code-unknown"


class TerminalCodeOver(BackendError):
    """Nobody confirmed the code of a terminal in time, or somebody refused it."""

    code: ClassVar[str] = "terminal-code-over"


class TerminalOfAnother(BackendError):
    """A terminal that is to be somebody's is confirmed by that person alone."""

    code: ClassVar[str] = "terminal-of-another"


class TooManyTerminals(BackendError):
    """Too many codes wait in one municipality."""

    code: ClassVar[str] = "too-many-terminals"


class Holder(Protocol):
    """The desk, which has control.db."""

    @property
    def control(self) -> Control: ...


class Begun:
    """A terminal that waits: its code, which account of which machine asks, for whom, and since when."""

    def __init__(self, municipality: str, code: str, asked: tuple[str, str, str], now_ms: int) -> None:
        self.municipality = municipality
        self.code = code
        self.account, self.machine, self.wanted = asked
        self.made_ms = now_ms
        self.ends_ms = now_ms + CODE_MS
        self.outcome: asyncio.Future[tuple[str, str]] = asyncio.get_running_loop().create_future()


class Terminals:
    """The terminals of one server; codes that wait are forgotten when it ends."""

    def __init__(self, desk: Holder, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock
        self._waiting: dict[tuple[str, str], Begun] = {}

    def begin(self, municipality: str, account: str, machine: str, wanted: str) -> Begun:
        """Begin to sign a terminal in; `account` is what the kernel says, `machine` what the terminal says itself."""
        now_ms = self._clock.now_ms()
        for key, one in list(self._waiting.items()):
            if now_ms >= one.ends_ms:
                del self._waiting[key]
        if sum(of == municipality for of, _ in self._waiting) >= OPEN_MAX:
            raise TooManyTerminals(count=OPEN_MAX)
        code = grouped_code(CODE_SIGNS)
        begun = Begun(municipality, code, (account, machine, wanted), now_ms)
        self._waiting[municipality, _plain(code)] = begun
        return begun

    def found(self, municipality: str, code: str) -> Begun:
        """The terminal that waits for a code in this municipality; raises `TerminalCodeUnknown`."""
        begun = self._waiting.get((municipality, _plain(code)))
        if begun is None or begun.outcome.done() or self._clock.now_ms() >= begun.ends_ms:
            raise TerminalCodeUnknown
        return begun

    def confirm(self, begun: Begun, standing: Standing, origin: str) -> None:
        """Give a terminal the token of the person who confirmed its code; a code is used once."""
        if begun.wanted and begun.wanted != standing.staff:
            raise TerminalOfAnother(name=begun.wanted)
        self.forget(begun)
        now_ms, raw = self._clock.now_ms(), random_bytes(TOKEN_BYTES)
        self._desk.control.sweep(now_ms)
        made = Session(
            _hash(raw), begun.municipality, standing.staff, now_ms, now_ms, now_ms + TOKEN_MS,
            f"{TERMINAL} {roles_mark(standing.person)}", 0, origin, f"{begun.account} {begun.machine}".strip(),
        )  # fmt: skip
        self._desk.control.keep_session(made)
        begun.outcome.set_result((standing.staff, raw.hex()))

    def refuse(self, begun: Begun) -> None:
        """Let a terminal know that its code is not confirmed."""
        self.forget(begun)
        if not begun.outcome.done():
            begun.outcome.set_exception(TerminalCodeOver())
            begun.outcome.exception()  # looked at: the terminal may be gone already

    def forget(self, begun: Begun) -> None:
        """Keep a code no longer: it was used, or its terminal is gone."""
        self._waiting.pop((begun.municipality, _plain(begun.code)), None)

    async def outcome(self, begun: Begun) -> tuple[str, str]:
        """Wait for the person who confirms; returns their account and the token. Raises `TerminalCodeOver`."""
        try:
            async with asyncio.timeout(CODE_MS / 1000):
                return await begun.outcome
        except TimeoutError:
            raise TerminalCodeOver from None
        finally:
            self.forget(begun)

    def standing(self, town: Municipality, token: str) -> tuple[Standing, Session]:
        """The person whose token a terminal shows. Raises `TerminalNotSignedIn` where it shows none, `TerminalOver`."""
        if not token:
            raise TerminalNotSignedIn(municipality=town.code)
        found = self._desk.control.session(_hash_of(token))
        person = town.people.person(found.staff) if found is not None and found.municipality == town.code else None
        if found is None or person is None or not self._counts(found, person):
            raise TerminalOver(municipality=town.code)
        now_ms = self._clock.now_ms()
        if now_ms - found.seen_ms >= SEEN_MS:
            self._desk.control.saw_session(found.hash, now_ms)
        return Standing(town, person), found

    def is_fresh(self, token: str) -> bool:
        """True if a person confirmed a terminal so lately that the factor that they showed for it still counts."""
        found = self._desk.control.session(_hash_of(token)) if token else None
        return found is not None and 0 <= self._clock.now_ms() - found.made_ms < ELEVATED_MS

    def _counts(self, found: Session, person: Person) -> bool:
        """True while a token is good; one that is not is forgotten, so that it never is again."""
        now_ms = self._clock.now_ms()
        same = found.factors == f"{TERMINAL} {roles_mark(person)}"
        if same and person.state == ACTIVE and found.made_ms <= now_ms < found.ends_ms:
            return True
        if found.factors.startswith(TERMINAL):
            self._desk.control.end_session(found.hash)
        return False

    def end(self, session: Session) -> None:
        """End a token."""
        self._desk.control.end_session(session.hash)


def roles_mark(person: Person) -> str:
    """A mark of the roles that a person has, and since when: one taken away and given again is another one."""
    given = sorted(f"{one.role} {one.at_ms}" for one in person.roles)
    return sha256("\0".join(given).encode()).hexdigest()[:16]


def _plain(code: str) -> str:
    return "".join(code.upper().replace("-", "").split()).translate(READ_AS)


def _hash(raw: bytes) -> bytes:
    return sha256(_TOKEN + raw).digest()


def _hash_of(token: str) -> bytes:
    """The hash of a token as a terminal shows it; of what is none, nothing."""
    try:
        raw = bytes.fromhex(token)
    except ValueError:
        return b""
    return _hash(raw) if len(raw) == TOKEN_BYTES else b""
