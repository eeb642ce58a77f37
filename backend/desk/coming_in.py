"""Signing in with a password and a second factor: one decision, of which a wrong one tells nobody what was wrong.

The work is the same for a name that nobody has, a wrong password and an account that is blocked: one comparison of a
password, the same questions to the journal, one line in its audit. The second factor is decided inside the writer's
transaction, so that a code counts once, also when it comes twice at the same time. An account that is bound to the
municipality's own sign-in comes in there alone: what its person has here besides would outlive what ends there. On a
full disk people still come in: somebody has to make room; what they showed is spent in memory, and their lines are
written as soon as one fits.
"""

from typing import Final, NamedTuple

import msgspec

from backend.clock import Clock
from backend.desk import factors
from backend.desk.joining import about_totp
from backend.desk.late import LateLines
from backend.desk.passwords import Passwords
from backend.desk.server_key import ServerKey
from backend.desk.standing import Standing
from backend.desk.two_people import is_second
from backend.errors import StoreFull
from backend.municipality.service import Municipality
from backend.stores.openid import Ring
from backend.stores.people import ACTIVE, CODES, OPENID, PASSWORD, TOTP, Factor, Person
from crypto.primitives import random_bytes

SIGN_IN: Final = "sign-in"
DONE: Final = "done"
REFUSED: Final = "refused"
NOBODYS_BYTES: Final = 60  # as many as the sealed secret of an app has
RING: Final = "emergency-account"
RING_BYTES: Final = 8
RINGS: Final = "people.read"  # who hears of a use of the emergency account


class Shown(NamedTuple):
    """The secrets that somebody shows at the door."""

    name: str
    password: str
    code: str


class ComingIn:
    """Decides who comes in at the desks of one server."""

    def __init__(self, clock: Clock, passwords: Passwords, key: ServerKey) -> None:
        self._clock = clock
        self._passwords = passwords
        self._key = key
        self._late = LateLines()
        self._spent: dict[tuple[str, bytes], int] = {}  # what was shown while nothing could be written: its step
        self._nobodys = bytes(NOBODYS_BYTES), factors.new_totp()

    async def shown(self, town: Municipality, given: Shown, origin: str, act: str = SIGN_IN) -> str:
        """The factors by which somebody showed who they are, or nothing; the audit has a line of either."""
        person = town.people.person(given.name)
        kept = town.people.factors(given.name)
        password = next((one.secret.decode() for one in kept if one.kind == PASSWORD), "")
        alive = person is not None and person.state == ACTIVE
        right = await self._passwords.proves(password if alive else "", given.password)
        try:
            how, lines = await town.submit(lambda: self._decided(town, given, right, origin, act))
        except StoreFull:
            return self._unwritten(town, given, right, act)
        self._late.written(town, lines)
        return str(how)

    def has_second(self, town: Municipality, name: str) -> bool:
        """True if an account has an app that opens on this server; restored elsewhere it has none."""
        kept, about = town.people.factors(name, TOTP), about_totp(town.code, name)
        return any(self._key.open(factor.secret, about) is not None for factor in kept)

    async def shows_second(self, town: Municipality, given: Shown) -> bool:
        """True if a code was right, of the app or a recovery code; it is spent."""

        def work() -> bool:
            used = self._second(town.code, self._unspent(town.code, town.people.factors(given.name)), given)
            if used is not None and used.kind == CODES:
                town.people.drop_factor(used)
            elif used is not None:
                town.people.keep_factor(used)
            return used is not None

        return bool(await town.submit(work))

    def _decided(self, town: Municipality, given: Shown, right: bool, origin: str, act: str) -> tuple[str, int]:
        lines = self._late.write(town)
        for factor in town.people.factors(given.name, CODES):
            if (town.code, factor.secret) in self._spent:
                town.people.drop_factor(factor)
        how, known, detail, used = self._judged(town, given, right)
        person = town.people.person(given.name)
        if used is not None and person is not None:
            if used.kind == CODES:
                town.people.drop_factor(used)
            else:
                town.people.keep_factor(used)
            if act == SIGN_IN:
                came_in(town, person, how, origin)
                return how, lines
        town.auditing.write(known, act, None, detail, DONE if how else REFUSED)
        return how, lines

    def _unwritten(self, town: Municipality, given: Shown, right: bool, act: str) -> str:
        """Decide where nothing can be written: what was shown is spent in memory, and its line comes later."""
        how, known, detail, used = self._judged(town, given, right)
        if used is not None:
            self._spent[town.code, used.secret] = used.step
        self._late.add(town, known, act, detail, DONE if how else REFUSED)
        return how

    def _judged(self, town: Municipality, given: Shown, right: bool) -> tuple[str, str, str, Factor | None]:
        """The factors that were shown (nothing if they are refused), and of the line: account and detail; at last the
        second factor, as it is kept from now on. Whoever types a password in the place of a name leaves it nowhere."""
        person = town.people.person(given.name)
        kept = town.people.factors(given.name)
        used = self._second(town.code, self._unspent(town.code, kept), given)
        used = None if bound(kept) else used
        known = given.name if person is not None else ""
        if person is None or used is None or not right or person.state != ACTIVE:
            why = "name" if person is None else person.state if person.state != ACTIVE else _why(right, kept)
            return "", known, why, None
        return f"{PASSWORD} {used.kind}", known, f"{PASSWORD} {used.kind}", used

    def _unspent(self, code: str, kept: list[Factor]) -> list[Factor]:
        """The factors without codes that were used while nothing could be written; of an app, later steps alone."""
        spent = {factor.secret: self._spent.get((code, factor.secret), 0) for factor in kept}
        return [
            msgspec.structs.replace(factor, step=max(factor.step, spent[factor.secret]))
            for factor in kept
            if factor.kind != CODES or (code, factor.secret) not in self._spent
        ]

    def _second(self, code: str, kept: list[Factor], given: Shown) -> Factor | None:
        """The second factor that was shown, as it is kept from now on."""
        now_ms, typed = self._clock.now_ms(), factors.kept_code(given.name, given.code)
        if not any(factor.kind == TOTP for factor in kept):  # the same work as for who has an app
            self._key.open(self._nobodys[0], about_totp(code, given.name))
            factors.step_of(self._nobodys[1], given.code, now_ms, 0)
        for factor in kept:
            if factor.kind == CODES and factor.secret == typed:
                return factor
            secret = self._key.open(factor.secret, about_totp(code, given.name)) if factor.kind == TOTP else None
            step = None if secret is None else factors.step_of(secret.decode(), given.code, now_ms, factor.step)
            if step is not None:
                return msgspec.structs.replace(factor, step=step, used_ms=now_ms)
        return None


def _why(right: bool, kept: list[Factor]) -> str:
    return OPENID if bound(kept) else "code" if right else PASSWORD


def bound(kept: list[Factor]) -> bool:
    """True if these factors are of an account that comes in by the municipality's own sign-in alone."""
    return any(one.kind == OPENID for one in kept)


def came_in(town: Municipality, person: Person, how: str, origin: str) -> None:
    """Note that a person came in, whichever way; a use of the emergency account rings. In the writer's transaction."""
    now_ms = town.clock.now_ms()
    town.people.keep(msgspec.structs.replace(person, last_ms=now_ms, last_origin=origin))
    town.auditing.write(person.name, SIGN_IN, None, how, DONE)
    connection = town.openid.connection()
    if connection is not None and connection.emergency == person.name:
        town.openid.keep_ring(Ring(random_bytes(RING_BYTES).hex(), person.name, now_ms, origin))
        town.auditing.write(person.name, RING, None, how, DONE)


def may_see(town: Municipality, by: str, ring: Ring) -> bool:
    """True if somebody's seeing ends the ringing of the emergency account (`two_people.is_second`)."""
    return is_second(town, by, ring.staff, lambda person: Standing(town, person).may(RINGS))


async def ring_seen(town: Municipality, by: str, id_: str) -> bool:
    """Note that somebody saw a use of the emergency account; False for its own person, and for what does not ring.

    Its own person is also who they brought in alone, as long as anybody else could see it.
    """

    def work() -> bool:
        ring = next((one for one in town.openid.rings() if one.id == id_), None)
        if ring is None or not may_see(town, by, ring):
            return False
        town.openid.drop_ring(id_)
        town.auditing.write(by, "emergency-seen", None, ring.staff, DONE)
        return True

    return bool(await town.submit(work))
