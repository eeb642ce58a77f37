"""People who may come in at the desk, kept in the journal beside the accounts, so that every backup holds it.

An account (`staff.py`) is a name that stands in certificates and in the audit; a person here is what belongs to it: the
name that is shown, whether they may come in, their roles, their teams and the factors by which they show who they are.
Which role may do what is decided in `backend.desk.rights`. Whoever writes does so in the writer's transaction.
"""

from typing import Final, TypeVar

import msgspec

from backend.stores.ledger import Journal

INVITED: Final = "invited"
ACTIVE: Final = "active"
BLOCKED: Final = "blocked"
LEFT: Final = "left"

PASSWORD: Final = "password"  # noqa: S105 - the kind of a factor, not a password
TOTP: Final = "totp"
PASSKEY: Final = "passkey"
CODES: Final = "recovery"
OPENID: Final = "openid"

_PERSON: Final = "person"
_TEAM: Final = "team"
_FACTOR: Final = "factor"
_PROPOSAL: Final = "proposal"
_NOTICE: Final = "notice"
_HELD_LIST: Final = "held-list"
T = TypeVar("T")


class Given(msgspec.Struct, frozen=True):
    """A role that somebody gave, when, and when it was last looked at."""

    role: str
    by: str
    at_ms: int
    reviewed_ms: int = 0


class Person(msgspec.Struct, frozen=True):
    """The person of an account."""

    name: str
    shown_name: str
    state: str
    roles: tuple[Given, ...] = ()
    language: str = ""
    worker: str = ""
    last_ms: int = 0  # the last time at which they signed in, and from where
    last_origin: str = ""
    vouched: tuple[str, ...] = ()  # who said of this account that its person is real: who invited, and who agreed
    stopped_by: str = ""  # who kept them out last, or let them begin anew, and when
    stopped_ms: int = 0
    news_read_ms: int = 0  # when they said last that they read which ways to sign in are new
    was_second: bool = False  # they could agree with others, and lost that role then without a second person

    @property
    def role_names(self) -> frozenset[str]:
        """The roles without who gave them."""
        return frozenset(given.role for given in self.roles)


class Team(msgspec.Struct, frozen=True):
    """A team of staff and workers: a record is of a team when one of its workers made, wrote or was assigned it."""

    id: str
    shown_name: str
    staff: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()


class Factor(msgspec.Struct, frozen=True):
    """One thing by which a person shows who they are.

    `secret` is what proves it: the encoded hash of a password, the hash of a recovery code, a secret sealed for this
    server alone (TOTP), the public half of a passkey, or the hash of a person at a provider (OpenID Connect). `step` is
    the last one of a TOTP, or the counter of a passkey.
    """

    id: str
    staff: str
    kind: str
    secret: bytes
    made_ms: int
    label: str = ""
    used_ms: int = 0
    step: int = 0


class Proposal(msgspec.Struct, frozen=True):
    """An act that waits until a second person agrees: of what kind, about which account, keyslot or team, by whom.

    `give` and `take` are roles; `staff` and `workers` come into the team that it is about. `typed` says that it was
    asked for at the command line; where nobody had signed in there, two people agree, and `first` is the one who did.
    """

    id: str
    kind: str
    about: str
    by: str
    at_ms: int
    ends_ms: int
    give: tuple[str, ...] = ()
    take: tuple[str, ...] = ()
    label: str = ""
    typed: bool = False
    first: str = ""
    staff: tuple[str, ...] = ()
    workers: tuple[str, ...] = ()


class Notice(msgspec.Struct, frozen=True):
    """An act that passed without a second person, and why; it is shown until a colleague has read it."""

    proposal: Proposal
    reason: str


class People:
    """The people of one municipality."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def person(self, name: str) -> Person | None:
        """The person of an account."""
        return _read(self._journal.kept_one(_PERSON, name), Person)

    def all(self) -> list[Person]:
        """Every person, by the name of the account."""
        return [msgspec.msgpack.decode(raw, type=Person) for raw in self._journal.kept(_PERSON).values()]

    def keep(self, person: Person) -> None:
        """Keep a person, in place of what was known."""
        self._journal.keep(_PERSON, person.name, msgspec.msgpack.encode(person))

    def teams(self) -> list[Team]:
        """Every team, by its id."""
        return [msgspec.msgpack.decode(raw, type=Team) for raw in self._journal.kept(_TEAM).values()]

    def team(self, id_: str) -> Team | None:
        """One team."""
        return _read(self._journal.kept_one(_TEAM, id_), Team)

    def keep_team(self, team: Team) -> None:
        """Keep a team, in place of the one of its id."""
        self._journal.keep(_TEAM, team.id, msgspec.msgpack.encode(team))

    def drop_team(self, id_: str) -> None:
        """Keep a team no longer."""
        self._journal.unkeep(_TEAM, id_)

    def workers_of(self, staff: str) -> frozenset[str]:
        """The workers of all teams in which an account is."""
        return frozenset(worker for team in self.teams() if staff in team.staff for worker in team.workers)

    def factors(self, staff: str, kind: str = "") -> list[Factor]:
        """The factors of an account, or those of one kind, oldest first."""
        every = (msgspec.msgpack.decode(raw, type=Factor) for raw in self._journal.kept(f"{_FACTOR}/{staff}").values())
        return sorted((one for one in every if kind in ("", one.kind)), key=lambda one: (one.made_ms, one.id))

    def keep_factor(self, factor: Factor) -> None:
        """Keep a factor, in place of the one of its id."""
        self._journal.keep(f"{_FACTOR}/{factor.staff}", factor.id, msgspec.msgpack.encode(factor))

    def drop_factor(self, factor: Factor) -> None:
        """Keep a factor no longer."""
        self._journal.unkeep(f"{_FACTOR}/{factor.staff}", factor.id)

    def proposals(self) -> list[Proposal]:
        """All that waits for a second person, the oldest first; also what is over by now."""
        every = (msgspec.msgpack.decode(raw, type=Proposal) for raw in self._journal.kept(_PROPOSAL).values())
        return sorted(every, key=lambda one: (one.at_ms, one.id))

    def keep_proposal(self, proposal: Proposal) -> None:
        """Keep what waits, in place of the one of its id."""
        self._journal.keep(_PROPOSAL, proposal.id, msgspec.msgpack.encode(proposal))

    def drop_proposal(self, id_: str) -> None:
        """Keep what waited no longer."""
        self._journal.unkeep(_PROPOSAL, id_)
        self._journal.unkeep(_HELD_LIST, id_)

    def held_list(self, id_: str) -> bytes | None:
        """The bytes of the version of a list that waits, by the id of its proposal."""
        return self._journal.kept_one(_HELD_LIST, id_)

    def keep_held_list(self, id_: str, raw: bytes) -> None:
        """Keep the bytes of a version of a list that waits, as long as its proposal is there."""
        self._journal.keep(_HELD_LIST, id_, raw)

    def notices(self) -> list[Notice]:
        """All that passed without a second person and that no colleague has read, the oldest first."""
        every = (msgspec.msgpack.decode(raw, type=Notice) for raw in self._journal.kept(_NOTICE).values())
        return sorted(every, key=lambda one: (one.proposal.at_ms, one.proposal.id))

    def keep_notice(self, notice: Notice) -> None:
        """Keep what passed without a second person."""
        self._journal.keep(_NOTICE, notice.proposal.id, msgspec.msgpack.encode(notice))

    def drop_notice(self, id_: str) -> None:
        """Keep it no longer: it was read."""
        self._journal.unkeep(_NOTICE, id_)


def _read(raw: bytes | None, kind: type[T]) -> T | None:
    return None if raw is None else msgspec.msgpack.decode(raw, type=kind)
