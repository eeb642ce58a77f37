"""Invitations of accounts, and the way from an invitation to a person who can sign in.

An invitation is a link that is shown once, used once, and good for 72 hours. Its person chooses a password, sets up
codes by an app, writes ten recovery codes down and types two of them back; only then anything is kept, all at once.
Who has a password already shows it instead, and who has an app too, which opens on this server, a code of it or a
recovery code: neither the link nor the link with a password that somebody overheard puts another app in its place. The
steps are of the browser that took the first one: in any other the link begins anew, and signs nobody in. An
app is set up anew without either after a restore elsewhere alone, or when two people let its person begin anew.
Roles that are guarded do not come with the link: a second person agrees to them (`four_eyes`).
"""

from collections.abc import Awaitable, Callable, Iterable
from hashlib import sha256
from typing import ClassVar, Final, NamedTuple

import msgspec

from backend.clock import Clock
from backend.desk import factors, four_eyes
from backend.desk.accounts import account_name
from backend.desk.arguments import BadArgument
from backend.desk.desk import Desk, Row
from backend.desk.passwords import Passwords
from backend.desk.rights import FEW, GUARDED, Role, may_hold
from backend.desk.server_key import ServerKey
from backend.desk.standing import Standing
from backend.desk.threads import line
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.people import ACTIVE, BLOCKED, CODES, INVITED, LEFT, OPENID, PASSWORD, TOTP, Factor, Given, Person
from backend.stores.rows import STAFF
from backend.stores.sessions import Control, Invite
from crypto.primitives import equal, random_bytes

INVITED_MS: Final = 72 * 3_600_000
TOKEN_BYTES: Final = 32
SHOWN_NAME_MAX: Final = 80
UNDER_WAY_MAX: Final = 1_000
Second = Callable[[], Awaitable[bool]]
ASKED: Final = (2, 7)  # of the ten codes, those that are typed back


class InviteOver(BackendError):
    """An invitation that was used, that is over, or that never was."""

    code: ClassVar[str] = "desk-invite-over"


class NotTypedBack(BackendError):
    """A code that was typed back is not the one that was shown."""

    code: ClassVar[str] = "desk-not-typed-back"


class RolesApart(BackendError):
    """Roles that one person may not have: who keeps people, devices or the server reads no answers."""

    code: ClassVar[str] = "desk-roles-apart"


class NoRoleChosen(BackendError):
    """A newcomer without a role could come in and do nothing; groups give roles only where there is an own sign-in."""

    code: ClassVar[str] = "desk-no-role-chosen"


class PersonExists(BackendError):
    """A name that was typed for somebody new is of an account that is there: nothing of that account is changed."""

    code: ClassVar[str] = "desk-person-exists"


class NotInvitable(BackendError):
    """An account that is blocked or has left is not invited."""

    code: ClassVar[str] = "desk-not-invitable"


class LastAdmin(BackendError):
    """Without an admin nobody lets anybody in."""

    code: ClassVar[str] = "desk-last-admin"


class SignsInElsewhere(BackendError):
    """An account that is bound to the municipality's own sign-in has nothing here to come in with."""

    code: ClassVar[str] = "desk-openid-own"


class Joining:
    """The steps that a person who joins has done so far, in the browser that took the first one; they are forgotten
    when the server ends, and begun again."""

    def __init__(self, password: str = "", *, proved: bool = False, browser: bytes = b"") -> None:
        self.password = password  # the kept form of the one that was chosen
        self.proved = proved  # the present one was shown
        self.browser = browser  # the mark of the browser that did either
        self.totp = factors.new_totp()
        self.step = 0
        self.codes: list[str] = []
        self.opened = ""  # the step whose secrets were shown

    @property
    def at(self) -> str:
        """The step that comes next."""
        if not (self.password or self.proved):
            return "password"
        return "codes" if self.step else "app"

    def may_bind(self, town: Municipality, person: Person) -> bool:
        """True if the account may be bound to the own sign-in: its link alone binds none that has a password."""
        return self.proved or not town.people.factors(person.name, PASSWORD)


class Joinings:
    """The invitations of one server, and who is on the way in."""

    def __init__(self, clock: Clock, passwords: Passwords, key: ServerKey) -> None:
        self._clock = clock
        self._passwords = passwords
        self._key = key
        self._under_way: dict[bytes, Joining] = {}

    def found(
        self, control: Control, town: Municipality, token: str, browser: bytes
    ) -> tuple[Invite, Person, Joining]:  # fmt: skip
        """An open invitation of a municipality with its person, and the steps that this browser took; raises
        `InviteOver`.

        A link may be in two hands: of whoever gave it on, and of its person. What one of them proved counts for the
        browser in which they did (its mark, `browser_mark`); for another there are no steps yet.
        """
        hash_ = sha256(token.encode()).digest()
        invite = control.invite(hash_)
        person = town.people.person(invite.staff) if invite is not None else None
        if (
            invite is None
            or person is None
            or invite.municipality != town.code
            or invite.used_ms
            or self._clock.now_ms() >= invite.ends_ms
            or person.state in (BLOCKED, LEFT)
        ):
            self._under_way.pop(hash_, None)
            raise InviteOver
        joining = self._under_way.get(hash_)
        return invite, person, joining if joining is not None and equal(joining.browser, browser) else Joining()

    def _begun(self, invite: Invite, password: str = "", *, proved: bool = False) -> str:
        """Take a first step, in the place of what another browser did by this link; returns the browser's secret."""
        if invite.hash not in self._under_way and len(self._under_way) >= UNDER_WAY_MAX:
            self._under_way.pop(next(iter(self._under_way)))
        secret = random_bytes(TOKEN_BYTES).hex()
        self._under_way[invite.hash] = Joining(password, proved=proved, browser=browser_mark(secret))
        return secret

    def opened(self, invite: Invite, joining: Joining) -> Joining:
        """The steps so far, for a page that is opened. Whoever opens one again begins anew, with other secrets.

        Each secret is shown once, so nobody who sees the page of somebody else knows their app or their codes.
        """
        if joining.at != "password" and joining.opened == joining.at:
            self._under_way.pop(invite.hash, None)
            joining = Joining()
        joining.opened = joining.at
        return joining

    async def choose_password(
        self, town: Municipality, invite: Invite, person: Person, given: str, second: Second | None = None
    ) -> str:
        """Take the password that a person chose, or show that they know the present one, and have what `second` asks
        for; nothing if they do not. Returns the secret by which their browser alone goes on."""
        if town.people.factors(person.name, OPENID):
            raise SignsInElsewhere
        present = town.people.factors(person.name, PASSWORD)
        if present:
            right = await self._passwords.proves(present[-1].secret.decode(), given)
            proved = right and (second is None or await second())
            return self._begun(invite, proved=True) if proved else ""
        name = str(town.resting.counts()["name"])
        factors.must_be_strong(given, [person.name, person.shown_name, town.code, name, "veldpost"])
        return self._begun(invite, await self._passwords.kept(given))

    def show_code(self, joining: Joining, code: str) -> bool:
        """Take a code that the app shows: then it was set up; False if it is not right."""
        step = factors.step_of(joining.totp, code, self._clock.now_ms(), 0)
        if step is None:
            return False
        joining.step = step
        joining.codes = factors.new_codes()
        return True

    async def finish(
        self, control: Control, town: Municipality, invite: Invite, person: Person, joining: Joining,
        typed: Iterable[str],
    ) -> Person:  # fmt: skip
        """Keep all of it, once two codes were typed back; raises `NotTypedBack`, and `InviteOver` for who is second."""
        shown = [factors.kept_code(person.name, joining.codes[at]) for at in ASKED if joining.codes]
        if joining.at != "codes" or shown != [factors.kept_code(person.name, code) for code in typed]:
            raise NotTypedBack
        if not control.use_invite(invite.hash, self._clock.now_ms()):
            raise InviteOver
        try:
            kept: Person = await town.submit(lambda: self._keep(town, person.name, joining, invite.by))
        except BackendError:
            control.free_invite(invite.hash)  # nothing was kept: it can be gone on with
            raise
        self._under_way.pop(invite.hash, None)
        return kept

    def _keep(self, town: Municipality, name: str, joining: Joining, by: str) -> Person:
        """Inside the writer's transaction: the factors in place of those before, and the person who may come in."""
        people, now_ms = town.people, self._clock.now_ms()
        person = people.person(name)
        assert person is not None
        for factor in people.factors(name):
            if factor.kind in (TOTP, CODES) or (factor.kind == PASSWORD and joining.password):
                people.drop_factor(factor)
        if joining.password:
            people.keep_factor(Factor("password", name, PASSWORD, joining.password.encode(), now_ms))
        for factor in new_factors(self._key, town.code, name, joining.totp, joining.step, joining.codes, now_ms):
            people.keep_factor(factor)
        person = msgspec.structs.replace(person, state=ACTIVE)
        people.keep(person)
        made = (*([PASSWORD] if joining.password else []), TOTP, CODES)
        town.auditing.write(name, "join", None, f"{' '.join(made)}: {by}", "done")
        return person


def browser_mark(secret: str) -> bytes:
    """The hash of the secret by which a browser goes on with the steps of an invitation; of none, nothing."""
    return sha256(secret.encode()).digest() if secret else b""


def new_factors(
    key: ServerKey, code: str, name: str, totp: str, step: int, codes: list[str], now_ms: int
) -> list[Factor]:
    """The factors of an app and of recovery codes; each code is used once."""
    sealed = key.seal(totp.encode(), about_totp(code, name))
    made = [Factor("totp", name, TOTP, sealed, now_ms, step=step)]
    return made + [Factor(f"code-{at}", name, CODES, kept_code, now_ms) for at, kept_code in _kept(name, codes)]


def _kept(name: str, codes: list[str]) -> list[tuple[int, bytes]]:
    return [(at, factors.kept_code(name, code)) for at, code in enumerate(codes)]


def about_totp(code: str, staff: str) -> bytes:
    """The context under which the secret of an app is sealed."""
    return f"veldpost/1/totp\0{code}\0{staff}".encode()


def must_go_together(town: Municipality, roles: Iterable[str]) -> None:
    """Refuse roles that one person may not have, but where there are too few people: `RolesApart`."""
    if len(town.staff.all()) >= FEW and not may_hold(roles):
        raise RolesApart


def _can_come_in(person: Person) -> bool:
    return person.state == ACTIVE and Role.ADMIN in person.role_names


def keep_person(town: Municipality, person: Person) -> None:
    """Keep a person, unless nobody would be left who lets others in; inside the writer's transaction."""
    before = town.people.person(person.name)
    if before is not None and _can_come_in(before) and not _can_come_in(person):
        others = [one for one in town.people.all() if one.name != person.name and _can_come_in(one)]
        if not others:
            raise LastAdmin(name=person.name)
    town.people.keep(person)


def with_roles(person: Person, roles: Iterable[str], by: str, now_ms: int) -> Person:
    """A person with these roles and no others; who gave one that stays is kept with it."""
    held = {given.role: given for given in person.roles}
    kept = tuple(held.get(role, Given(str(role), by, now_ms, now_ms)) for role in roles)
    return msgspec.structs.replace(person, roles=kept)


def opens_alone(town: Municipality, person: Person) -> bool:
    """True if a link would open an account that may do what is guarded, with nothing else to show."""
    return bool(person.role_names & GUARDED) and not _shows(town, person.name)


def _shows(town: Municipality, name: str) -> bool:
    """True if an account has something to show beside a link."""
    return any(one.kind in (PASSWORD, OPENID) for one in town.people.factors(name))


def link(control: Control, town: Municipality, name: str, by: str) -> str:
    """The secret of a fresh link for an account; every earlier one is void."""
    token, now_ms = random_bytes(TOKEN_BYTES).hex(), town.clock.now_ms()
    control.keep_invite(Invite(sha256(token.encode()).digest(), town.code, name, by, now_ms, now_ms + INVITED_MS, 0))
    return token


class Invited(NamedTuple):
    """The outcome of an invitation: the account, the secret of its link, and if guarded roles wait for a second person.

    Without a secret the link itself waits: the account would open by it alone.
    """

    name: str
    token: str
    waits: bool


async def invite(
    control: Control, town: Municipality, by: str, given: str, shown_name: str, roles: Iterable[str],
    reason: str = "", *, typed: bool = False, again: bool = False,
) -> Invited:  # fmt: skip
    """Invite a person. Guarded roles wait for a second person (`four_eyes`); the link does not.

    `typed` says that it was asked for at the command line, and `again` that it is for an account that exists: without,
    a name that is taken is `PersonExists`. Raises `four_eyes.SecondNeeded` without a `reason` where there is no second
    person, and `RolesApart`, `NotInvitable`, `BadArgument`.
    """
    name, wanted, now_ms = account_name(given), [Role(role) for role in roles], town.clock.now_ms()
    must_go_together(town, wanted)
    shown = line(shown_name, SHOWN_NAME_MAX) or name

    def work() -> tuple[bool, bool]:
        known = town.people.person(name)
        if known is None and not wanted and not _gives_roles(town):
            raise NoRoleChosen
        if known is not None and known.state in (BLOCKED, LEFT):
            raise NotInvitable(name=name)
        if known is not None and not again:
            raise PersonExists(name=name)
        if name not in [account.name for account in town.staff.all()]:
            town.staff.add(name, STAFF, now_ms, by)
        person = known or Person(name, shown, INVITED, vouched=(by,))
        alone = opens_alone(town, person)
        waits = _invited(town, by, person, wanted, reason, typed=typed)
        if alone:
            alone = not four_eyes.propose(town, four_eyes.new(town, four_eyes.RESET, by, name, typed=typed), reason)
        if not alone and not typed and not _shows(town, name):  # whoever has the link says alone who takes it up
            keep_person(town, msgspec.structs.replace(_known(town, name), vouched=(by,)))
        return waits, alone

    waits, alone = await town.submit(work)
    return Invited(name, "" if alone else link(control, town, name, by), waits or alone)


def _gives_roles(town: Municipality) -> bool:
    """True if groups at the municipality's own sign-in give roles."""
    connection = town.openid.connection()
    return connection is not None and bool(connection.mapped)


def _known(town: Municipality, name: str) -> Person:
    person = town.people.person(name)
    assert person is not None, "kept a moment ago"
    return person


def _invited(
    town: Municipality, by: str, person: Person, wanted: list[Role], reason: str, *, typed: bool
) -> bool:  # fmt: skip
    """Keep a person with the roles that need no second person; True if others wait. Inside the transaction.

    Whoever is known keeps the roles that they have: an invitation takes none away.
    """
    whole = [role for role in Role if role in {*person.role_names, *wanted}]
    must_go_together(town, whole)
    parts = four_eyes.split(person.role_names, whole)
    waits = bool(parts.give or parts.take)
    if waits and four_eyes.propose(
        town, four_eyes.new(town, four_eyes.ROLES, by, person.name, parts, typed=typed), reason
    ):
        parts, waits = parts._replace(now=tuple(whole)), False
    keep_person(town, with_roles(person, parts.now, by, town.clock.now_ms()))
    town.auditing.write(by, "invite-staff", None, f"{person.name}: {', '.join(parts.now)}", "done")
    return waits


async def by_command(
    desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing | None
) -> list[Row]:  # fmt: skip
    """Invite a person from the command line. Whoever signed the terminal in (`who`) needs a second person as on a page;
    nobody in person makes the first accounts, and later what two people agree to (`four_eyes`)."""
    roles = [str(role) for role in args.get("roles") or ()]
    unknown = [role for role in roles if role not in [*Role]]
    if unknown or not roles:
        raise BadArgument(what="the-role", given=", ".join(unknown), wanted="a-role")
    shown_name = str(args.get("shown_name") or "")
    name, reason = str(args["name"]), str(args.get("reason") or "")
    more = {"typed": who is None, "again": bool(args.get("again"))}
    made = await invite(desk.control, town, staff, name, shown_name, roles, reason, **more)
    row: Row = {"staff": made.name, "municipality": town.code, "hours": INVITED_MS // 3_600_000, "waits": made.waits}
    return [row | ({"path": f"/m/{town.code}/join/{made.token}"} if made.token else {})]
