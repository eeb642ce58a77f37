"""Somebody who may do everything in a municipality, for tests that are not about rights."""

from backend.desk.rights import Role, Scope
from backend.desk.standing import Standing
from backend.municipality.service import Municipality
from backend.stores.people import ACTIVE, Given, Person


class Everybody(Standing):
    """Whoever this is, nothing is kept from them: no account of the product has as much."""

    def __init__(self, town: Municipality, staff: str) -> None:
        super().__init__(town, Person(staff, staff, ACTIVE, tuple(Given(role, staff, 0) for role in Role)))

    def scope(self, action: str) -> Scope:
        del action
        return Scope.MUNICIPALITY
