"""The right to invite a phone.

A phone is sent the records of its worker, so whoever invites it could read on it what it is sent. So they read
it at the desk already: the lead of the worker's team. Who keeps house invites for a newcomer alone, who has no records.
Of a signal (class S4), which a lead does not read, a second person agrees first: where the worker has one, or has
another phone on which they may write one tomorrow. That agreement is for one phone, within a day. All of it is asked
once more when the phone shows the invitation: ten minutes are enough to be given a record.
"""

from typing import ClassVar, Final, NamedTuple

from msgspec.structs import replace as changed

from backend.desk import four_eyes
from backend.desk.sights import UNKNOWN, forms_of
from backend.desk.standing import NotOfTeam, Standing, must_be_of_team
from backend.errors import BackendError, EnrolmentRefused
from backend.municipality.invitations import Still, Within
from backend.municipality.service import Municipality
from backend.projection.keeper import Keeper
from backend.stores.people import ACTIVE, Proposal
from sync.enrolling import is_over
from sync.facts import WORKER

AGREED_MS: Final = four_eyes.DAY_MS  # so long an agreement to a phone is good
INVITE: Final = "devices.invite"
REFUSED: Final = "refused"


class NotReader(BackendError):
    """A phone gets the records of its worker: who reads none of them invites none."""

    code: ClassVar[str] = "desk-not-reader"


class PhoneForTwo(BackendError):
    """A phone that gets signals, which who invites it does not read: a second person agrees."""

    code: ClassVar[str] = "desk-phone-two"


# --- who may ---


def may_invite(who: Standing, worker: str) -> None:
    """Refuse who reads none of a worker's records: `NotOfTeam`, `NotReader`.

    For a newcomer, who has none, who keeps house may; and with so few accounts that one person does both, as each line
    of the audit then says.
    """
    must_be_of_team(who, worker, INVITE)
    readers = None if who.mixed else who.workers("records.read")
    if readers is not None and worker not in readers and _has_records(who.town, worker):
        raise NotReader(worker=worker)


def _has_records(town: Municipality, worker: str) -> bool:
    """True if a new phone of a worker would get a record, now or once another phone of theirs wrote one
    (`sync.enrolling.owed`)."""
    return bool(town.book.records_assigned_to(worker) or town.book.all_devices_of(worker))


class Phone(NamedTuple):
    """A phone that is to be: of whom, and in whose place."""

    worker: str
    replaces: bytes | None = None


async def allowed(keeper: Keeper, who: Standing, phone: Phone) -> Still:
    """Let somebody invite a phone; returns what is asked when it shows the invitation.

    Raises `NotOfTeam`, `NotReader`, and `PhoneForTwo` until a second person agreed.
    """
    await _must_be_allowed(keeper, who, phone)
    town, staff = keeper.town, who.staff

    async def still() -> Within:
        try:
            looked = await _must_be_allowed(keeper, _now(town, staff), phone)
        except (NotOfTeam, NotReader, PhoneForTwo):
            raise await _refusal(town, staff, phone) from None

        def within() -> None:
            try:
                may_invite(_now(town, staff), phone.worker)
            except (NotOfTeam, NotReader):
                raise EnrolmentRefused(why="inviter-may-not") from None
            if not looked.records.issuperset(town.intake.would_get(phone.worker)):
                raise EnrolmentRefused(why="inviter-may-not")
            agreed = agreements(town, staff, phone.worker)
            if not agreed and (looked.agreed or (looked.signals and _beside(town, phone))):
                raise EnrolmentRefused(why="inviter-may-not")  # another phone came at the same time, and was first
            for one in agreed:
                town.people.drop_proposal(one.id)

        return within

    return still


def _now(town: Municipality, staff: str) -> Standing:
    """The standing of who invited, as it is now."""
    person = town.people.person(staff)
    if person is None or person.state != ACTIVE or not Standing(town, person).may(INVITE):
        raise EnrolmentRefused(why="inviter-may-not")
    return Standing(town, person)


async def _refusal(town: Municipality, staff: str, phone: Phone) -> EnrolmentRefused:
    await town.auditing.note(staff, "enrol", None, phone.worker, REFUSED)
    return EnrolmentRefused(why="inviter-may-not")


class _Looked(NamedTuple):
    """The records that a phone would get, if a second person's agreement let it pass, and if it could get signals that
    who invites it does not read."""

    records: frozenset[bytes]
    agreed: bool = False
    signals: bool = False


async def _must_be_allowed(keeper: Keeper, who: Standing, phone: Phone) -> _Looked:
    """Refuse who may not invite a phone; returns what was looked at."""
    town = keeper.town
    may_invite(who, phone.worker)
    records: list[bytes] = await town.submit(lambda: town.intake.would_get(phone.worker))
    if who.mixed or who.workers("signals.read") is None:
        return _Looked(frozenset(records))
    if agreements(town, who.staff, phone.worker):
        return _Looked(frozenset(records), agreed=True)
    signals = {*forms_of(town, signals=True)}
    names = [record.hex() for record in records]
    forms = await keeper.read(lambda store: store.forms_of(names)) if names else {}
    if any(forms.get(name, UNKNOWN) in signals for name in names) or (signals > {UNKNOWN} and _beside(town, phone)):
        raise PhoneForTwo(worker=phone.worker)
    return _Looked(frozenset(records), signals=signals > {UNKNOWN})


def _beside(town: Municipality, phone: Phone) -> bool:
    """True if the worker goes on writing on another phone."""
    now_ms, book = town.clock.now_ms(), town.book
    return any(
        one.role == WORKER and not book.revoked(one.device) and not is_over(one, now_ms)
        for one in book.all_devices_of(phone.worker)
        if one.device != phone.replaces
    )


# --- the second person ---


async def ask(town: Municipality, staff: str, worker: str, reason: str = "") -> bool:
    """Ask a second person for a phone; True if it passes at once, for want of anybody (`four_eyes.SecondNeeded`)."""
    asked = four_eyes.new(town, four_eyes.PHONE, staff, "", label=worker)

    def work() -> bool:
        passes = four_eyes.propose(town, asked, reason)
        if passes:
            _keep(town, asked, staff)
        return passes

    return bool(await town.submit(work))


async def agree(town: Municipality, staff: str, id_: str) -> None:
    """Agree, as a second person, with one phone within a day."""
    await town.submit(lambda: _keep(town, four_eyes.agreed(town, id_, staff), staff))


def _keep(town: Municipality, asked: Proposal, by: str) -> None:
    town.people.keep_proposal(changed(asked, first=by, ends_ms=town.clock.now_ms() + AGREED_MS))


def agreements(town: Municipality, staff: str, worker: str = "") -> list[Proposal]:
    """The phones that somebody may invite because a second person agreed, and that nobody has taken up."""
    now_ms = town.clock.now_ms()
    return [
        one for one in town.people.proposals()
        if one.kind == four_eyes.PHONE and one.by == staff and one.first and now_ms < one.ends_ms
        and worker in ("", one.label)
    ]  # fmt: skip
