"""The standing of a person at the desk: their roles, what these let them do, and with whose records.

A page has it by its session, a command by the token of a terminal; both ask here. Roles and teams are read anew for
each request, so what was taken away is gone at once.
"""

from typing import ClassVar, Final

from backend.desk.rights import FEW, OF_SIGNALS, Role, Scope, counted, may_hold, scope_of
from backend.desk.sights import Sight, sights_of
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.people import Person

FEW_PEOPLE: Final = " few-accounts"  # in each line of who reads and keeps house, for want of people


class NotOfTeam(BackendError):
    """A team lead invites devices for the workers of the own teams; others have another lead."""

    code: ClassVar[str] = "desk-not-of-team"


class Standing:
    """The rights of one person in one municipality, as they are now."""

    __slots__ = ("_workers", "few", "person", "roles", "staff", "town")

    def __init__(self, town: Municipality, person: Person) -> None:
        self.town = town
        self.person = person
        self.staff = person.name
        self.few = len(town.staff.all()) < FEW
        self.roles: frozenset[Role] = counted(person.role_names, few=self.few)
        self._workers: frozenset[str] | None = None

    @property
    def mixed(self) -> str:
        """The mark in each line of the audit of somebody who keeps house and reads; mostly nothing."""
        return FEW_PEOPLE if self.few and not may_hold(self.roles) else ""

    def scope(self, action: str) -> Scope | None:
        """The scope in which this person may do something; nothing if they may not."""
        return scope_of(self.roles, action, few=self.few)

    def may(self, action: str) -> bool:
        """True if this person may do something, in whatever scope."""
        return self.scope(action) is not None

    def scope_in(self, action: str, *, signal: bool) -> Scope | None:
        """The scope of an action in a form: one of class S4 (`signal`) asks for an action of its own."""
        return self.scope(OF_SIGNALS.get(action, action) if signal else action)

    def workers(self, action: str) -> frozenset[str] | None:
        """The workers whose records an action is for: None for the whole municipality, else those of the own teams.

        Where a scope is one's own things, or a record for a stated reason, or where there is none, it is nobody.
        """
        scope = self.scope(action)
        if scope is Scope.MUNICIPALITY:
            return None
        if scope is not Scope.TEAM:
            return frozenset()
        if self._workers is None:
            self._workers = self.town.people.workers_of(self.staff)
        return self._workers

    def sights(self, actions: tuple[str, ...]) -> list[Sight]:
        """The forms and workers for which a person may do an action, or the one of signals."""
        action, signal = actions
        return sights_of(self.town, self.workers, self.may, action, signal)


def must_be_of_team(who: Standing, worker: str, *actions: str) -> None:
    """Refuse a worker of other teams, where an action is for those of the own ones: `NotOfTeam`."""
    scopes = [who.workers(action) for action in actions if who.may(action)]
    if None not in scopes and not any(worker in (scope or ()) for scope in scopes):
        raise NotOfTeam(worker=worker)
