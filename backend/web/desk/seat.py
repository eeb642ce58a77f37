"""The seat of a person at the desk: who they are, where, and what they may do; each handler is given one."""

from typing import Any, Final

from litestar import Request
from litestar.di import NamedDependency

from backend.desk.authors import Authors
from backend.desk.coming_in import bound
from backend.desk.desk import Desk
from backend.desk.rights import READS_ANSWERS, Role, Scope
from backend.desk.sessions import Token, csrf_of, left_ms
from backend.desk.standing import Standing
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.stores.people import Person
from backend.stores.sessions import Session

DONE: Final = "done"
REFUSED: Final = "refused"
BEHIND_FROM: Final = 200  # steps that take longer than a page: fewer are worked in before anybody has read it


class Visitor:
    """Somebody at a municipality's door, who has not signed in."""

    __slots__ = ("_authors", "at", "counts", "desk", "language", "origin", "paths", "town")

    def __init__(
        self, town: Municipality, desk: Desk, language: str, origin: str, paths: frozenset[str], at: str = ""
    ) -> None:
        self.town = town
        self.desk = desk
        self.language = language
        self.origin = origin
        self.paths = paths  # the addresses of the desk's pages, as its routes have them
        self.at = at  # the address that was asked for
        self.counts: dict[str, int] = {}  # of what waits, by the name of the page
        self._authors: Authors | None = None  # read once for each request

    @property
    def signed_in(self) -> bool:
        """True for a `Seat`."""
        return False

    @property
    def csrf(self) -> str:
        """The token of a session; there is none."""
        return ""

    @property
    def shown_name(self) -> str:
        """The name of who signed in; there is none."""
        return ""

    @property
    def behind(self) -> tuple[str, int]:
        """The fault of the tables, and the steps that they lack: none, for who reads no answers."""
        return "", 0

    @property
    def home(self) -> str:
        """The beginning of every address of this municipality's desk."""
        return f"/m/{self.town.code}"

    @property
    def name(self) -> str:
        """The name of the municipality, or its code."""
        return str(self.town.resting.counts()["name"]) or self.town.code

    def named(self, worker: str) -> str:
        """The name of who wrote, as colleagues know it: of a worker, or of who sits at the desk."""
        if self._authors is None:
            self._authors = Authors(self.town, self.language)
        return self._authors.named(worker)

    def scope(self, action: str) -> Scope | None:
        """The scope of an action: there is none."""
        del action
        return None


class Seat(Visitor):
    """A person who signed in. Roles and teams are read for each request, so what was taken away is gone at once."""

    __slots__ = ("_id", "mark", "now_ms", "person", "roles", "session_row", "staff", "standing")

    def __init__(
        self, door: Visitor, person: Person, session: Session, id_: str, now_ms: int, mark: str = ""
    ) -> None:  # fmt: skip
        super().__init__(door.town, door.desk, door.language, door.origin, door.paths, door.at)
        self.language = person.language or door.language
        self.origin = f"{door.origin} {session.hash.hex()[:8]}"
        self.person = person
        self.staff = person.name
        self.standing = Standing(door.town, person)
        self.roles: frozenset[Role] = self.standing.roles
        self.origin += self.standing.mixed
        self.session_row = session
        self.now_ms = now_ms
        self.mark = mark  # by which what this person types is known as theirs
        self._id = id_

    @property
    def signed_in(self) -> bool:
        """True, for who has a seat."""
        return True

    @property
    def shown_name(self) -> str:
        """The name that colleagues see."""
        return self.person.shown_name or self.staff

    @property
    def session(self) -> str:
        """The session in the log and in lists: the hash of its id."""
        return self.session_row.hash.hex()

    @property
    def csrf(self) -> str:
        """The token that a form of this session carries."""
        return str(Token(csrf_of(self._id), self.mark))

    @property
    def behind(self) -> tuple[str, int]:
        """The fault by which the tables stand still, and the steps of the journal that they lack: none of either for
        who reads no answers, nor of a few steps once all is shown that came before the keys were taken in hand. A page
        that finds nothing says so only of what it has."""
        projected, town = self.town.projected, self.town
        if town.locked or not self.roles & READS_ANSWERS:
            return "", 0
        lacks = max(0, town.committed.position - projected.position)
        return projected.fault, lacks if lacks > BEHIND_FROM or projected.position < town.keyring.since else 0

    @property
    def left_ms(self) -> int:
        """The milliseconds that this session has left if nothing more is asked."""
        return left_ms(self.session_row, self.now_ms)

    @property
    def elevated(self) -> bool:
        """True while what cannot be taken back may be done."""
        return self.now_ms < self.session_row.elevated_ms

    @property
    def bound(self) -> bool:
        """True if this person comes in by the municipality's own sign-in alone."""
        return bound(self.town.people.factors(self.staff))

    @property
    def keeper(self) -> Keeper:
        """The projection of the municipality."""
        return self.desk.keeper(self.town.code)

    def scope(self, action: str) -> Scope | None:
        """The scope in which this person may do something; nothing if they may not."""
        return self.standing.scope(action)

    def scope_in(self, action: str, *, signal: bool) -> Scope | None:
        """The scope of an action in a form: one of class S4 (`signal`) asks for an action of its own."""
        return self.standing.scope_in(action, signal=signal)

    def workers(self, action: str) -> frozenset[str] | None:
        """The workers whose records an action is for: None for the whole municipality, else those of the own teams.

        Where a scope is one's own things, or a record for a stated reason, or where there is none, it is nobody.
        """
        return self.standing.workers(action)

    async def note(self, act: str, object_: bytes | None = None, detail: str = "", result: str = DONE) -> None:
        """Leave a line in the audit: act, record, detail, result; who, when and from where it has by itself."""
        await self.town.auditing.note(self.staff, act, object_, detail, result)

    def write(self, act: str, object_: bytes | None = None, detail: str = "", result: str = DONE) -> None:
        """Write the same line inside the writer's transaction, together with what is done."""
        self.town.auditing.write(self.staff, act, object_, detail, result)


Visiting = NamedDependency[Visitor]  # how a handler of a door asks for its visitor, by the name `visitor`
Seated = NamedDependency[Seat]  # and every other one for its seat, by the name `seat`


def seat_of(request: Request[Any, Any, Any]) -> Seat:
    """The seat that the guard gave this request."""
    seat: Seat = request.state.seat
    return seat


def visitor_of(request: Request[Any, Any, Any]) -> Visitor:
    """The visitor whom the guard let in."""
    visitor: Visitor = request.state.visitor
    return visitor
