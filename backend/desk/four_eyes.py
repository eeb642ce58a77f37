"""Acts that nobody does alone: one person proposes, a second one agrees, and both are known to be two.

Guarded are the roles that read answers and those that agree (`rights.GUARDED`), an account's factors, the keyslots of a
municipality, its own sign-in, which gives roles, a phone that gets what its inviter does not read (`phone_rights`), who
comes to read by a team (`teams`), and a list that says another thing of what was answered (`list_holding`).
Whoever agrees is never who proposed, nor whom it is about, nor one of whom everybody who vouches is the proposer or was
brought in by them (`two_people`): else an admin would invent their own second person. Where nobody can be the second
person a reason lets it pass; that is shown until a colleague has read it. Who shuts the second persons out first does
not become alone by it: they count as there for `STOPPED_MS`.

Where the only one who could agree is the person whom it is about, they are asked themselves; what they neither agree
with nor refuse passes with a reason after `SILENT_MS`, and they count as there for `STOPPED_MS` more.

The command line stands before all that: the first accounts come from it (`Proposal.typed`), as long as no two people at
the desk could agree. Whoever types there without having signed in may be anybody who knows a passphrase, also
one of those who agree: later two people agree to it, the second as to what the first had asked for. It passes without
them only where nobody who could agree came in at all for `SILENT_MS`, as after a restore in which nobody can.
"""

from collections.abc import Iterable
from itertools import combinations
from typing import ClassVar, Final, NamedTuple

import msgspec

from backend.desk.rights import AGREES, GUARDED, Role, counted, scope_of
from backend.desk.threads import line
from backend.desk.two_people import STOPPED_MS, are_two, kept_out_by, vouching
from backend.errors import BackendError
from backend.municipality.service import Municipality
from backend.stores.people import ACTIVE, Notice, Person, Proposal
from crypto.primitives import random_bytes

ROLES: Final = "roles"
RESET: Final = "reset"
RECOVERY: Final = "recovery"
REMOVE: Final = "remove"
CONNECT: Final = "openid"
PHONE: Final = "phone"
ERASE: Final = "erase"
LIST: Final = "list"  # of these two what is harmless is done by one person, and read by another (`tell`)
TEAM: Final = "team"
GOOD_FOR_A_DAY: Final = (PHONE, ERASE)  # agreed with, and then done by who proposed it
KINDS: Final = (ROLES, RESET, RECOVERY, REMOVE, CONNECT, LIST, TEAM, *GOOD_FOR_A_DAY)
BY_LABEL: Final = (LIST, *GOOD_FOR_A_DAY)  # the label is what it is about
DAY_MS: Final = 86_400_000
OPEN_MS: Final = 7 * DAY_MS  # so long a proposal waits
SILENT_MS: Final = 7 * DAY_MS  # so long the only one who could agree is asked about what is about themselves
REASON_MIN: Final = 10  # signs
REASON_MAX: Final = 300
DONE: Final = "done"
PROPOSES: Final = {  # the right of who proposes; of the others it is to give roles
    PHONE: "devices.invite", ERASE: "erase", LIST: "lists.change", TEAM: "teams.change",
}  # fmt: skip


class SecondNeeded(BackendError):
    """Nobody can be the second person: it passes with a reason, which others will read."""

    code: ClassVar[str] = "desk-second-needed"


class NotSecond(BackendError):
    """The proposer, the person whom it is about, and whom the proposer brought in alone are no second person."""

    code: ClassVar[str] = "desk-not-second"


class NotComeIn(BackendError):
    """The person never came in: whoever agrees asks them themselves."""

    code: ClassVar[str] = "desk-not-come-in"


class ProposalOver(BackendError):
    """A proposal that was agreed with, refused, withdrawn, is too old, or whose proposer may no longer make it."""

    code: ClassVar[str] = "desk-proposal-over"


class Split(NamedTuple):
    """A change of roles: those that are there at once, and those that a second person gives or takes."""

    now: tuple[Role, ...]
    give: tuple[Role, ...]
    take: tuple[Role, ...]


def split(held: Iterable[str], wanted: Iterable[str]) -> Split:
    """Part a change of roles. To take a role away is done at once, but one that agrees: else nobody would be left."""
    before, after = {Role(role) for role in held}, {Role(role) for role in wanted}
    give, take = (after - before) & GUARDED, (before - after) & AGREES
    now = (after - give) | take
    return Split(*(tuple(role for role in Role if role in some) for some in (now, give, take)))


def new(
    town: Municipality, kind: str, by: str, about: str, split: Split | None = None, label: str = "", *,
    typed: bool = False,
) -> Proposal:  # fmt: skip
    """A proposal of now; nothing is kept yet."""
    give, take = (split.give, split.take) if split is not None else ((), ())
    now_ms = town.clock.now_ms()
    id_ = random_bytes(16).hex()
    return Proposal(
        id_, kind, about, by, now_ms, now_ms + OPEN_MS, tuple(map(str, give)), tuple(map(str, take)), label, typed
    )


# --- who is a second person ---


def _agreeing(person: Person) -> bool:
    return bool(counted(person.role_names) & AGREES)


def _could(town: Municipality, proposal: Proposal, person: Person) -> bool:
    """True if a person is another one than who proposed it, or agreed first with what was typed."""
    if proposal.typed and not proposal.first:
        return person.name != proposal.by
    return person.name != proposal.by and are_two(town, proposal.first or proposal.by, person.name)


def _agreeing_in(proposal: Proposal, person: Person) -> bool:
    """True if somebody's roles let them agree with a proposal; who agrees with a recovery code gets it to see."""
    if proposal.kind == PHONE:
        return scope_of(counted(person.role_names), "devices.second") is not None
    if proposal.kind == ERASE and scope_of(counted(person.role_names), "retention.second") is None:
        return False
    unlocks = proposal.kind != RECOVERY or scope_of(person.role_names, "keyslots.use") is not None
    return unlocks and _agreeing(person)


def seconds(town: Municipality, proposal: Proposal) -> list[Person]:
    """The people who can agree with a proposal now: whom it is about only where nobody else could."""
    every = [one for one in town.people.all() if one.state == ACTIVE and _agreeing_in(proposal, one)]
    can = [one for one in every if _could(town, proposal, one)]
    return [one for one in can if one.name != proposal.about and one.name not in proposal.staff] or can


def asked_alone(town: Municipality, proposal: Proposal) -> bool:
    """True if nobody can agree with a proposal but the person whom it is about."""
    return [one.name for one in seconds(town, proposal)] == [proposal.about]


def silent_until(proposal: Proposal) -> int:
    """The time from which a proposal passes with a reason, if whom it is about was asked alone and said nothing."""
    return proposal.at_ms + SILENT_MS


def _is_there(person: Person) -> bool:
    return person.state == ACTIVE and _agreeing(person)


def _stopped_since(person: Person, since_ms: int) -> bool:
    """True if a person who could agree was kept out, reset, or lost that role without a second person since then."""
    return person.stopped_ms > since_ms and (_agreeing(person) or person.was_second)


def _kept_out(town: Municipality, proposal: Proposal) -> bool:
    """True if the proposer kept somebody out lately who could have agreed; also one who is back by the proposer's link
    alone, and so may be anybody."""
    since_ms = proposal.at_ms - STOPPED_MS
    return any(
        _stopped_since(one, since_ms)
        and one.name != proposal.by
        and kept_out_by(town, one, proposal.by)
        and not (_is_there(one) and _could(town, proposal, one))
        for one in town.people.all()
    )


def founding(town: Municipality) -> bool:
    """True as long as no two people could agree with anything who are known to be two; who was stopped lately counts.

    So long the command line makes the first accounts.
    """
    since_ms = town.clock.now_ms() - STOPPED_MS
    stopped = {one.name for one in town.people.all() if _stopped_since(one, since_ms)}
    known = stopped | {one.name for one in town.people.all() if _is_there(one)}
    return not any(stopped & {*pair} or are_two(town, *pair) for pair in combinations(sorted(known), 2))


def nobody_can(town: Municipality, proposal: Proposal) -> bool:
    """True if there is no second person for a proposal."""
    now_ms = town.clock.now_ms()
    if proposal.typed:
        came_in = any(_is_there(one) and one.last_ms >= proposal.at_ms for one in town.people.all())
        return founding(town) or (now_ms >= silent_until(proposal) and not came_in)
    if _kept_out(town, proposal):
        return False
    return not seconds(town, proposal) or (asked_alone(town, proposal) and now_ms >= silent_until(proposal))


# --- proposing, agreeing: inside the writer's transaction ---


def propose(town: Municipality, proposal: Proposal, reason: str = "") -> bool:
    """Let an act wait for a second person, or say that it passes at once, since there is none.

    An earlier one of the same person about the same thing is over; where it was the same, and its only answer could
    have been silence, the new one waits since then. Raises `SecondNeeded` without a reason.
    """
    people = town.people
    for before in people.proposals():
        if _is_about(before, proposal) and before.by == proposal.by:
            people.drop_proposal(before.id)
            proposal = _gone_on_with(town, before, proposal)
    if not nobody_can(town, proposal):
        waits = proposal.typed or asked_alone(town, proposal)  # for silence as well, and a while to say so after it
        people.keep_proposal(_until(proposal, proposal.ends_ms + SILENT_MS) if waits else proposal)
        town.auditing.write(proposal.by, "propose", None, said_of(proposal), DONE)
        return False
    why = line(reason, REASON_MAX)
    if len(why) < REASON_MIN and not proposal.typed:
        raise SecondNeeded
    if not proposal.typed or any(one.state == ACTIVE and _agreeing(one) for one in people.all()):
        people.keep_notice(Notice(msgspec.structs.replace(proposal, at_ms=town.clock.now_ms()), why))
    act = "first-people" if proposal.typed else "emergency"
    town.auditing.write(proposal.by, act, None, f"{said_of(proposal)} {why}".strip(), DONE)
    return True


def tell(town: Municipality, kind: str, by: str, label: str, what: str) -> None:
    """Keep an act of one person in sight until a colleague who agrees with such has read it."""
    town.people.keep_notice(Notice(new(town, kind, by, "", label=label), line(what, REASON_MAX)))


def ask_for(town: Municipality, about: str, give: Iterable[Role], label: str) -> None:
    """Let roles that nobody at the desk gave wait for a second person beside who invited the account; once.

    Where that one may propose nothing any more, two agree. Inside the writer's transaction.
    """
    parts = Split((), tuple(give), ())
    by = next(iter(sorted(vouching(town).get(about, ()))), "")
    asked = new(town, ROLES, by, about, parts, label, typed=not _may(town, by))
    if not any((one.about, one.give, one.label) == (about, asked.give, label) for one in waiting(town)):
        town.people.keep_proposal(asked)
        town.auditing.write(by, "propose", None, said_of(asked), DONE)


def _is_about(one: Proposal, other: Proposal) -> bool:
    """True if two proposals are about the same thing."""
    named = one.kind in BY_LABEL
    return (one.kind, one.about) == (other.kind, other.about) and (not named or one.label == other.label)


def _gone_on_with(town: Municipality, before: Proposal, proposal: Proposal) -> Proposal:
    """The proposal, with the time of the earlier one that it repeats where silence is what it waits for."""
    same = (before.give, before.take, before.label, before.typed) == (
        proposal.give, proposal.take, proposal.label, proposal.typed,
    )  # fmt: skip
    waits = proposal.typed or asked_alone(town, before)
    if not same or not waits or town.clock.now_ms() >= before.ends_ms:
        return proposal
    return msgspec.structs.replace(proposal, at_ms=before.at_ms, first=before.first)


def _until(proposal: Proposal, ends_ms: int) -> Proposal:
    return msgspec.structs.replace(proposal, ends_ms=ends_ms)


def open_one(town: Municipality, id_: str) -> Proposal:
    """A proposal that still waits; raises `ProposalOver`."""
    found = next((one for one in waiting(town) if one.id == id_), None)
    if found is None:
        raise ProposalOver
    return found


def waiting(town: Municipality) -> list[Proposal]:
    """All that waits for a second person: not too old, and of somebody who could still propose it."""
    now_ms = town.clock.now_ms()
    return [
        one for one in town.people.proposals()
        if now_ms < one.ends_ms
        and (one.typed or _may(town, one.by, one.kind))
        and not (one.kind in GOOD_FOR_A_DAY and one.first)
    ]  # fmt: skip


def _may(town: Municipality, name: str, kind: str = ROLES) -> bool:
    """True if somebody may propose something still."""
    person = town.people.person(name)
    if person is None or person.state != ACTIVE:
        return False
    return scope_of(counted(person.role_names), PROPOSES.get(kind, "roles.give")) is not None


def may_agree(town: Municipality, proposal: Proposal, by: str) -> None:
    """Refuse who is no second person for a proposal: `NotSecond`; and roles of who never came in: `NotComeIn`."""
    if by not in [person.name for person in seconds(town, proposal)]:
        raise NotSecond
    about = town.people.person(proposal.about)
    if proposal.kind == ROLES and proposal.give and (about is None or about.state != ACTIVE):
        raise NotComeIn


def is_first(town: Municipality, id_: str, by: str) -> bool:
    """Note that somebody is the first of the two who agree with what was typed; False where one is enough."""
    found = open_one(town, id_)
    if not found.typed or found.first:
        return False
    may_agree(town, found, by)
    town.people.keep_proposal(msgspec.structs.replace(found, first=by))
    town.auditing.write(by, "agree-first", None, said_of(found), DONE)
    return True


def agreed(town: Municipality, id_: str, by: str) -> Proposal:
    """Note that a second person agreed; what was proposed is done by who asked. The account is vouched for by both."""
    found = open_one(town, id_)
    may_agree(town, found, by)
    town.people.drop_proposal(id_)
    town.auditing.write(by, "agree", None, f"{said_of(found)} {found.by}", DONE)
    return found


def refuse(town: Municipality, id_: str, by: str) -> None:
    """End a proposal: its own person withdraws it, anybody else who could agree with one refuses it."""
    found, person = open_one(town, id_), town.people.person(by)
    if found.by != by and (person is None or not _agreeing_in(found, person)):
        raise NotSecond
    town.people.drop_proposal(id_)
    act = "withdraw-proposal" if found.by == by else "refuse-proposal"
    town.auditing.write(by, act, None, f"{said_of(found)} {found.by}", DONE)


def may_read(town: Municipality, notice: Notice, by: str) -> bool:
    """True if somebody's reading ends a notice: not that of who passed alone, nor of whom they brought in.

    Who typed a command is not known: what came of it stays in sight of everybody for a week at least.
    """
    person, proposal = town.people.person(by), notice.proposal
    if person is None or by == proposal.about or not _agreeing_in(proposal, person):
        return False
    in_sight = proposal.typed and town.clock.now_ms() < silent_until(proposal)
    return not in_sight and _could(town, proposal, person)


def read(town: Municipality, id_: str, by: str) -> None:
    """Note that a colleague read what passed without a second person; raises `NotSecond`."""
    found = next((one for one in town.people.notices() if one.proposal.id == id_), None)
    if found is None:
        raise ProposalOver
    if not may_read(town, found, by):
        raise NotSecond
    town.people.drop_notice(id_)
    town.auditing.write(by, "read-emergency", None, f"{said_of(found.proposal)} {found.proposal.by}", DONE)


def said_of(proposal: Proposal) -> str:
    """The words for a proposal in the audit."""
    roles = [*(f"+{role}" for role in proposal.give), *(f"-{role}" for role in proposal.take)]
    about = proposal.label if proposal.kind in (TEAM, *BY_LABEL) else proposal.about
    roles += [f"+{name}" for name in (*proposal.staff, *proposal.workers)]
    return " ".join((proposal.kind, about, *roles)).strip()
