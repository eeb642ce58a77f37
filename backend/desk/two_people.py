"""The rule that tells two people apart: everything that nobody does alone asks it.

**The rule.** Two accounts are two people unless they are the same, or everybody who vouches for one of them (who
invited it, who agreed with its roles) is the other, or was brought in by the other alone. A name proves nothing: who
lets colleagues in could make one up. Two whom a third person brought in count as two, since else a municipality that
one person began would have no two people at all.

Whoever keeps the others out does not become alone by it: they count as there for `STOPPED_MS`, also where it was an
account that they brought in alone that kept them out.

Weighing, deleting, exports, forms and proposals (`four_eyes`) all ask here; none compares names by itself.
"""

from collections.abc import Callable
from typing import Final

from backend.municipality.service import Municipality
from backend.stores.people import ACTIVE, Person

STOPPED_MS: Final = 30 * 86_400_000  # so long somebody who was kept out still counts as a second person
May = Callable[[Person], bool]


def are_two(town: Municipality, one: str, other: str) -> bool:
    """True if two accounts are of two people: not the same, and neither was brought in by the other alone."""
    return one != other and other not in brought_in(town, one) and one not in brought_in(town, other)


def others(town: Municipality, staff: str, may: May) -> list[Person]:
    """The people who may do something now and are another person than an account's."""
    return [one for one in town.people.all() if one.state == ACTIVE and are_two(town, staff, one.name) and may(one)]


def is_alone(town: Municipality, staff: str, may: May) -> bool:
    """True if nobody else may do something; whoever kept one out lately, also by another account, is not alone."""
    since_ms = town.clock.now_ms() - STOPPED_MS
    return not any(
        one.state == ACTIVE or (one.stopped_ms > since_ms and kept_out_by(town, one, staff))
        for one in town.people.all()
        if are_two(town, staff, one.name) and may(one)
    )


def kept_out_by(town: Municipality, person: Person, staff: str) -> bool:
    """True if a person was kept out by an account's person: by that account, or by one that is not known to be of
    another."""
    by = person.stopped_by
    return by == staff or (town.people.person(by) is not None and not are_two(town, by, staff))


def is_second(town: Municipality, by: str, staff: str, may: May) -> bool:
    """True if somebody can be the second person of what another one did; where nobody is known to be another person,
    another account is enough."""
    return by != staff and (are_two(town, by, staff) or is_alone(town, by, may))


# --- who says of an account that its person is real ---


def vouching(town: Municipality) -> dict[str, set[str]]:
    """The accounts that say of each one that its person is real: who invited them, and who agreed."""
    inviter = {account.name: account.confirmed_by for account in town.staff.all()}
    return {
        person.name: {*(person.vouched or (inviter.get(person.name, ""),))} - {person.name, ""}
        for person in town.people.all()
    }


def brought_in(town: Municipality, by: str) -> set[str]:
    """The accounts of which only one person, or accounts that this person brought in alone, say that they are real."""
    return _alone(vouching(town), by)


def _alone(vouching: dict[str, set[str]], by: str) -> set[str]:
    others = {name: who for name, who in vouching.items() if name != by}
    found: set[str] = set()
    while more := {name for name, who in others.items() if name not in found and who and who <= {by, *found}}:
        found |= more
    return found


def known_to_two(town: Municipality, name: str) -> bool:
    """True if two people say that an account's person is real, and neither brought the other in; of the command line
    nobody knows who that was."""
    says, behind = vouching(town), set[str]()
    more = said = says.get(name, set()) & says.keys()
    while more:
        behind |= more
        more = {who for one in more for who in says[one]} & says.keys() - behind
    return len(said) > 1 and not any(name in _alone(says, by) for by in behind)
