"""Sessions of people who signed in: ids of our own, new at every sign-in, of which the server keeps the hash alone.

An id that a browser brings and that this server never gave out means nothing, so a planted one stays nobody's. An id is
of one municipality. It ends after half an hour in which nothing is asked, after twelve hours at the latest, when its
person signs out or is blocked. What cannot be taken back asks for the factor again (`elevate`), which gives a new id.
"""

from hashlib import sha256
from typing import Final, NamedTuple, Protocol

from backend.clock import Clock
from backend.desk.server_key import ServerKey
from backend.stores.sessions import Control, Session
from crypto.primitives import hmac_sha256, random_bytes

ID_BYTES: Final = 32
IDLE_MS: Final = 30 * 60_000
WHOLE_MS: Final = 12 * 3_600_000
ELEVATED_MS: Final = 5 * 60_000
SEEN_MS: Final = 30_000  # so often a use is written down: every page would be a write
BROWSER_MAX: Final = 120  # characters of what a browser says of itself
MARK_DIGITS: Final = 32
_CSRF: Final = b"veldpost/1/desk-csrf"


class Holder(Protocol):
    """The desk, which has control.db."""

    @property
    def control(self) -> Control: ...


class Sessions:
    """The sessions of one server."""

    def __init__(self, desk: Holder, clock: Clock) -> None:
        self._desk = desk
        self._clock = clock

    @property
    def control(self) -> Control:
        """control.db, opened when somebody signs in."""
        return self._desk.control

    def begin(
        self, municipality: str, staff: str, factors: str, origin: str, browser: str, *, elevated: bool = True
    ) -> str:
        """Begin a session for a person who showed some factors; returns its id, which nobody else is told.

        Not `elevated` for who showed none to us now, such as somebody whose provider knew them from this morning.
        """
        now_ms, raw = self._clock.now_ms(), random_bytes(ID_BYTES)
        self.control.sweep(now_ms)
        made = Session(
            sha256(raw).digest(), municipality, staff, now_ms, now_ms, now_ms + WHOLE_MS, factors,
            now_ms + ELEVATED_MS if elevated else 0, origin, browser[:BROWSER_MAX],
        )  # fmt: skip
        self.control.keep_session(made)
        return raw.hex()

    def find(self, municipality: str, id_: str) -> Session | None:
        """The session of an id in a municipality, if it is alive; it is noted that it was used."""
        hash_ = hash_of(id_)
        found = self.control.session(hash_) if hash_ else None
        if found is None or found.municipality != municipality or found.of_terminal:
            return None
        now_ms = self._clock.now_ms()
        if not _is_alive(found, now_ms):
            return None
        if now_ms - found.seen_ms >= SEEN_MS:
            self.control.saw_session(found.hash, now_ms)
        return found

    def ended(self, municipality: str, id_: str) -> Session | None:
        """The session of an id that ended by its time, and was neither signed out nor swept away since."""
        hash_ = hash_of(id_)
        found = self.control.session(hash_) if hash_ else None
        if found is None or found.municipality != municipality or _is_alive(found, self._clock.now_ms()):
            return None
        return found

    def of(self, municipality: str, staff: str) -> list[Session]:
        """The sessions of an account that are alive, the newest first."""
        now_ms = self._clock.now_ms()
        return [one for one in self.control.sessions(municipality, staff) if _is_alive(one, now_ms)]

    def elevate(self, session: Session) -> str:
        """Note that a person showed a factor again; returns the id that takes the place of the one before."""
        raw = random_bytes(ID_BYTES)
        made = session._replace(hash=sha256(raw).digest(), elevated_ms=self._clock.now_ms() + ELEVATED_MS)
        self.control.keep_session(made, instead_of=session.hash)
        return raw.hex()


def _is_alive(session: Session, now_ms: int) -> bool:
    return now_ms < session.ends_ms and now_ms - session.seen_ms < IDLE_MS


def left_ms(session: Session, now_ms: int) -> int:
    """The milliseconds that a session has if nothing more is asked in it; that it is asked for now counts."""
    seen_ms = now_ms if now_ms - session.seen_ms >= SEEN_MS else session.seen_ms
    return max(0, min(seen_ms + IDLE_MS, session.ends_ms) - now_ms)


def hash_of(id_: str) -> bytes:
    """The hash of an id as a browser brings it; of what is none, nothing."""
    try:
        raw = bytes.fromhex(id_)
    except ValueError:
        return b""
    return sha256(raw).digest() if len(raw) == ID_BYTES and raw.hex() == id_ else b""


def csrf_of(id_: str) -> str:
    """The token of a session: no other session has it, and nobody tells the id by it."""
    return hmac_sha256(bytes.fromhex(id_), _CSRF).hex()


class Token(NamedTuple):
    """Everything that a form carries of who fills it in: the token of their session, and a mark of their account, by
    which what was typed is known as theirs when that session is over."""

    csrf: str
    mark: str = ""

    @classmethod
    def of(cls, given: str) -> "Token":
        """The token in a form, as a browser posts it."""
        csrf, _, mark = given.partition(".")
        return cls(csrf, mark)

    def __str__(self) -> str:
        return f"{self.csrf}.{self.mark}"


def mark_of(key: ServerKey, municipality: str, staff: str) -> str:
    """The mark of an account: who reads it learns nothing of whose it is."""
    return key.mark("account", municipality, staff)[:MARK_DIGITS]
