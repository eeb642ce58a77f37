"""Checking the tables of acts in tests/vectors/sync: acting, enrolling, uploading (the README beside them)."""

from collections.abc import Mapping
from typing import Any

from sync import acting, enrolling, uploading
from sync.acting import Act, Denial, Ended
from sync.check_vectors import TOWN, book_of, first_difference
from sync.enrolling import Enrolment, Invited, Posted
from sync.factbook import FactBook
from sync.facts import WORKER, Assignment, Certificate, Erasure, Fact, Revocation, Withdrawal, purpose_of
from sync.messages import Place
from sync.uploading import Bringer, Registered, Stream, There

Row = Mapping[str, Any]
_HASH_BYTES, _ID_BYTES = 32, 16


def _id(letter: str) -> bytes:
    return letter.encode() * _ID_BYTES


def _hash(letter: str) -> bytes:
    return bytes(_HASH_BYTES) if letter == "0" else letter.encode() * _HASH_BYTES


def _letters(member: Any) -> Any:
    """A member as the tables write it: one letter for an id or a hash."""
    if not isinstance(member, bytes):
        return member
    return "0" if not any(member) else chr(member[0])


class _World:
    """The state of a server that a row gives."""

    municipality = TOWN

    def __init__(self, row: Row) -> None:
        self._row = row
        self.book: FactBook = book_of(_facts(row))

    def tail(self, device: bytes) -> Place:
        seq, letter = self._row.get("tail", {}).get(_letters(device), (0, "0"))
        return Place(seq, _hash(letter))

    def last_seq(self, device: bytes) -> int:
        return max(map(int, self._held(device)), default=0)

    def held(self, device: bytes, seq: int) -> bytes | None:
        letter = self._held(device).get(str(seq))
        return None if letter is None else _hash(letter)

    def _held(self, device: bytes) -> Mapping[str, str]:
        held: Mapping[str, str] = self._row.get("held", {}).get(_letters(device), {})
        return held


def _facts(row: Row) -> list[Fact]:
    facts: list[Fact] = []
    for letter, worker in row["devices"].items():
        old = row.get("succeeds", {}).get(letter)
        succeeds = None if old is None else _id(old)
        facts.append(Certificate(TOWN, _id(letter), worker, WORKER, 1, _id(letter), _id(letter), 0, 1, succeeds))
    for letter, seq, hash_, stolen, at_ms in row.get("revoked", ()):
        facts.append(Revocation(TOWN, _id(letter), seq, _hash(hash_), stolen, at_ms))
    for kind, worker, at_ms in row.get("said", ()):
        facts.append((Withdrawal if kind == "withdrawal" else Assignment)(TOWN, _id("r"), worker, at_ms))
    return [*facts, Erasure(TOWN, _id("r"), "request", 1)] if row.get("erased") else facts


def _said(fact: Fact | None) -> list[Any] | None:
    """A fact as the tables write it: its purpose and its members between municipality and signature."""
    if fact is None:
        return None
    members = [getattr(fact, name) for name in type(fact).__struct_fields__[1:-1]]
    return [purpose_of(fact), *map(_letters, members)]


def acting_difference(row: Row) -> str | None:
    """Compare the fact that a staff act signs, or the reason why it does nothing."""
    world, now_ms, (act, *given) = _World(row), row["now"], row["act"]
    known = row.get("known", False)
    found: Act | Ended | Denial
    match act:
        case "end":
            found = acting.end(_id(given[0]), now_ms, world, stolen=bool(given[1]), last_seq=given[2])
        case "withdraw":
            found = acting.withdraw(_id("r"), given[0], now_ms, world)
        case "assign":
            found = acting.assign(_id("r"), given[0], now_ms, world, known=known)
        case "erase":
            found = acting.erase(_id("r"), given[0], now_ms, world, known=known)
        case "retire":
            found = acting.retire(given[0], given[1], now_ms, world)
        case _:
            found = acting.set_aside(_id("r"), _hash(given[0]), given[1], world)
    if isinstance(found, Denial):
        return first_difference(f"{row['name']}.expect", row["expect"], {"refused": found.code})
    done = found.act if isinstance(found, Ended) else found
    said = {"fact": _said(done.fact), "copies": done.copies, "opens_to": sorted(map(_letters, done.opens_to))}
    if isinstance(found, Ended):
        said["heirs"] = sorted(map(_letters, found.heirs))
    return first_difference(f"{row['name']}.expect", row["expect"], said)


def enrolling_difference(row: Row) -> str | None:
    """Compare the outcome of an enrolment, and what its device is owed."""
    world, shown = _World(row), row["invitation"]
    invitation = None
    if shown is not None:
        replaces = None if shown["replaces"] is None else _id(shown["replaces"])
        invited = Invited(shown["worker"], shown["role"], "dora", replaces, shown.get("renews", False))
        invitation = enrolling.Invitation(invited, shown["expires"], _id(shown["device"]) if shown["device"] else b"")
    letter, vouched, taken = row["posted"]
    posted = Posted(_id(letter), 2, _id(letter), _id(letter), vouched, taken)
    found = enrolling.enrol(posted, invitation, row["now"], world)
    if isinstance(found, Denial):
        refused = [found.code, found.facts.get("why")]
        return first_difference(f"{row['name']}.expect", row["expect"], {"refused": refused})
    return first_difference(f"{row['name']}.expect", row["expect"], _enrolled(found, row, world))


def _enrolled(found: Enrolment, row: Row, world: _World) -> dict[str, Any]:
    fact, book = found.certificate, world.book
    book.add(fact)
    owed = (
        []
        if found.again
        else enrolling.owed(fact, lambda one: map(_id, row.get("has", {}).get(_letters(one), ())), book)
    )
    members = (fact.device, fact.worker, fact.role, fact.from_ms, fact.until_ms, fact.succeeds)
    return {
        "certificate": [*map(_letters, members)],
        "again": found.again,
        "end": None if found.end is None else _said(found.end.fact),
        "owed": [*map(_letters, owed)],
    }


def uploading_difference(row: Row) -> str | None:
    """Compare the outcome of beginning an upload, of a piece of it, or of its end."""
    if row["asks"] == "add":
        added = uploading.add(row["length"], row["held"], row["offset"], row["size"])
        return first_difference(f"{row['name']}.expect", row["expect"], _code(added))
    there, registered = row["there"], row["there"]["registered"]
    held = None if registered is None else Registered(_id(registered[0]), registered[1])
    known, stream = There(**{**there, "registered": held}), Stream(_id("r"), _hash("n"), row["length"])
    bringer = Bringer(**row["bringer"])
    if row["asks"] == "begin":
        found = _code(uploading.begin(stream, bringer, known))
    else:
        found = _code(uploading.finish(stream, bringer, known) or "registered")
    return first_difference(f"{row['name']}.expect", row["expect"], found)


def _code(found: str | Denial) -> str:
    return found.code if isinstance(found, Denial) else found
