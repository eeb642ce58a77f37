"""Rights at the desk: one table of actions, roles and scopes, asked by every route and every query.

A scope says of what: the whole municipality, the records of the own teams (one of the team's workers made, wrote or
was assigned it), one's own things, or one record for a stated reason. An action that is not in a role's row is not
there for it. Forms of class S4 have actions of their own (`signals.*`). Whoever keeps people, devices or the server
reads no answers: the roles `admin` and `operator` never add up with one that reads.
"""

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """The roles of staff."""

    ADMIN = "admin"
    LEAD = "lead"
    REVIEWER = "reviewer"
    MAKER = "maker"
    SIGNALS = "signals"
    PRIVACY = "privacy"
    SECURITY = "security"
    OPERATOR = "operator"


class Scope(StrEnum):
    """The things with which an action may be done."""

    MUNICIPALITY = "municipality"
    TEAM = "team"
    REASON = "reason"
    OWN = "own"


_A, _T, _R, _O = Scope.MUNICIPALITY, Scope.TEAM, Scope.REASON, Scope.OWN
_WIDEST: Final = (_A, _T, _R, _O)
_EVERYBODY: Final[Mapping[Role, Scope]] = dict.fromkeys(Role, _O)

ACTIONS: Final[Mapping[str, Mapping[Role, Scope]]] = {
    "records.read": {Role.LEAD: _T, Role.REVIEWER: _T, Role.PRIVACY: _R},
    "attachments.read": {Role.LEAD: _T, Role.REVIEWER: _T, Role.PRIVACY: _R},
    "signals.read": {Role.SIGNALS: _A, Role.PRIVACY: _R},
    "signals.decide": {Role.SIGNALS: _A},
    "conflicts.decide": {Role.LEAD: _T},
    "records.edit": {Role.LEAD: _T},
    "records.delete": {Role.LEAD: _T},
    "records.restore": {Role.LEAD: _T},
    "records.join": {Role.LEAD: _T},
    "review.set": {Role.LEAD: _T, Role.REVIEWER: _T},
    "question.ask": {Role.LEAD: _T, Role.REVIEWER: _T},
    "comment.write": {Role.LEAD: _T, Role.REVIEWER: _T},
    "grants.change": {Role.LEAD: _T},
    "reassign": {Role.LEAD: _T},
    "tasks.keep": {Role.LEAD: _T, Role.REVIEWER: _T},
    "reason.read": {Role.PRIVACY: _R},
    "reason.see": {Role.LEAD: _T, Role.PRIVACY: _A},
    "attention.decide": {Role.LEAD: _T},
    "conflicts.count": {
        Role.ADMIN: _A, Role.LEAD: _T, Role.REVIEWER: _T, Role.SIGNALS: _A, Role.PRIVACY: _A, Role.SECURITY: _A,
    },
    "overview.read": {
        Role.ADMIN: _A, Role.LEAD: _T, Role.REVIEWER: _T, Role.SIGNALS: _A, Role.PRIVACY: _A, Role.SECURITY: _A,
    },
    "export.read": {Role.LEAD: _T, Role.PRIVACY: _R},
    "export.second": {Role.LEAD: _A, Role.SIGNALS: _A, Role.PRIVACY: _A},
    "devices.read": {Role.ADMIN: _A, Role.LEAD: _T, Role.SECURITY: _A},
    "devices.invite": {Role.ADMIN: _A, Role.LEAD: _T},
    "devices.second": {Role.ADMIN: _A, Role.SIGNALS: _A, Role.PRIVACY: _A, Role.SECURITY: _A},
    "devices.revoke": {Role.ADMIN: _A, Role.LEAD: _T, Role.SECURITY: _A},
    "forms.read": {
        Role.ADMIN: _A, Role.LEAD: _A, Role.REVIEWER: _A, Role.MAKER: _A, Role.SIGNALS: _A, Role.PRIVACY: _A,
    },
    "forms.draft": {Role.ADMIN: _A, Role.MAKER: _A},
    "lists.change": {Role.ADMIN: _A, Role.MAKER: _A},
    "forms.propose": {Role.ADMIN: _A, Role.MAKER: _A},
    "forms.publish": {Role.ADMIN: _A},
    "forms.approve": {Role.ADMIN: _A, Role.PRIVACY: _A},
    "forms.retire": {Role.ADMIN: _A},
    "people.read": {Role.ADMIN: _A, Role.SECURITY: _A},
    "accounts.invite": {Role.ADMIN: _A},
    "accounts.block": {Role.ADMIN: _A, Role.SECURITY: _A},
    "accounts.reset-factor": {Role.ADMIN: _A},
    "people.agree": {Role.ADMIN: _A, Role.PRIVACY: _A, Role.SECURITY: _A},
    "teams.change": {Role.ADMIN: _A},
    "roles.give": {Role.ADMIN: _A},
    "keyslots.use": {Role.ADMIN: _A, Role.LEAD: _A, Role.SIGNALS: _A, Role.PRIVACY: _A},
    "keyslots.change": {Role.ADMIN: _A},
    "keyslots.lock": {
        Role.ADMIN: _A, Role.LEAD: _A, Role.SIGNALS: _A, Role.PRIVACY: _A, Role.SECURITY: _A, Role.OPERATOR: _A,
    },
    "log.read": {**_EVERYBODY, Role.PRIVACY: _A, Role.SECURITY: _A},
    "log.records": {Role.PRIVACY: _A},
    "log.verify": {**_EVERYBODY, Role.PRIVACY: _A, Role.SECURITY: _A},
    "log.export": {Role.PRIVACY: _A, Role.SECURITY: _A},
    "retention.confirm": {Role.PRIVACY: _A},
    "retention.second": {Role.ADMIN: _A, Role.LEAD: _A},
    "house.change": {Role.ADMIN: _A},
    "erase": {Role.PRIVACY: _A},
    "server.status": {Role.OPERATOR: _A},
    "server.backup": {Role.OPERATOR: _A},
    "server.restore": {Role.OPERATOR: _A},
    "server.verify": {Role.OPERATOR: _A},
    "server.host": {Role.OPERATOR: _A},
    "account.own": _EVERYBODY,
    "terminal.use": _EVERYBODY,
    "today.read": _EVERYBODY,
}  # fmt: skip

READS_ANSWERS: Final = frozenset(
    role
    for action in ("records.read", "attachments.read", "signals.read", "export.read")
    for role in ACTIONS[action]
)  # fmt: skip
READS_BY_TEAM: Final = frozenset(
    role for action in ("records.read", "attachments.read") for role, scope in ACTIONS[action].items() if scope == _T
)  # fmt: skip
_NAMES: Final = frozenset(map(str, Role))
KEEPS_HOUSE: Final = frozenset({Role.ADMIN, Role.OPERATOR})  # never add up with a role that reads answers
AGREES: Final = frozenset(ACTIONS["people.agree"])  # the second persons of what nobody does alone
SPECIAL: Final = KEEPS_HOUSE | AGREES  # rights that are looked at each quarter (BIO2 8.02.01)
GUARDED: Final = READS_ANSWERS | AGREES  # roles that nobody gives alone: else an admin reads by inviting an invention
FEW: Final = 3  # below so many accounts nobody else could keep house; each line of the log then says so
OF_SIGNALS: Final[Mapping[str, str]] = {  # the action that a form of class S4 asks for, in the place of another
    "records.read": "signals.read", "attachments.read": "signals.read", "export.read": "signals.read",
    "conflicts.decide": "signals.decide", "records.edit": "signals.decide", "records.delete": "signals.decide",
    "records.restore": "signals.decide", "records.join": "signals.decide", "review.set": "signals.decide",
    "question.ask": "signals.decide", "comment.write": "signals.decide", "grants.change": "signals.decide",
    "reassign": "signals.decide", "tasks.keep": "signals.decide", "reason.see": "signals.decide",
}  # fmt: skip


def may_hold(roles: Iterable[str]) -> bool:
    """True if one person may have all of these roles at once."""
    held = {Role(role) for role in roles}
    return not (held & KEEPS_HOUSE and held & READS_ANSWERS)


def counted(roles: Iterable[str], *, few: bool = False) -> frozenset[Role]:
    """The roles that count: of a mix that nobody may hold, those that read answers do not. `few` lets it pass."""
    held = frozenset(Role(role) for role in roles if role in _NAMES)
    return held if few or may_hold(held) else held - READS_ANSWERS


def scope_of(roles: Iterable[str], action: str, *, few: bool = False) -> Scope | None:
    """The widest scope in which some roles may do something; nothing if none of them may."""
    row = ACTIONS[action]
    held = {row[role] for role in counted(roles, few=few) if role in row}
    return next((scope for scope in _WIDEST if scope in held), None)


def roles_with(action: str) -> list[Role]:
    """The roles that may do something, in the order of the table."""
    return [role for role in Role if role in ACTIONS[action]]
