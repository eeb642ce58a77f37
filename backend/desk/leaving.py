"""People who are kept out for now, or who left for good: what they still have is ended.

Sessions end at once. Their own keyslots go, and the device with which they wrote at the desk is revoked and forgotten;
both need the private keys, so where the municipality is locked they wait for the next unlock, and until then nothing
opens for them (`must_not_be_out`). What is to be ended is read from who is out, so a crash in between leaves nothing
undone. Two keyslots remain, one of them a recovery code: one that cannot go yet goes when another was added.
"""

from contextlib import suppress
from typing import ClassVar, Final, NamedTuple

import msgspec

from backend.desk import keyslots
from backend.desk.desk import Desk
from backend.desk.joining import keep_person
from backend.desk.people import PersonUnknown
from backend.errors import ROOM_ERRORS, BackendError
from backend.municipality.service import Municipality
from backend.stores.people import BLOCKED, LEFT, Person
from crypto.errors import TooFewKeyslots
from sync.facts import DESK

OUT: Final = (BLOCKED, LEFT)
DONE: Final = "done"


class HasLeft(BackendError):
    """Somebody who left comes back under another account: the name of this one stands in certificates and the log."""

    code: ClassVar[str] = "desk-has-left"


class Follows(NamedTuple):
    """The ends that follow when somebody is kept out: sessions, keyslots and devices that end, teams that they leave.

    `keyslots` is None while the municipality is locked; `staying` are those that cannot go yet.
    """

    sessions: int
    keyslots: int | None
    staying: int
    devices: int
    teams: tuple[str, ...]


def follows(desk: Desk, town: Municipality, name: str) -> Follows:
    """Say what keeping somebody out would end, before it is done."""
    owned, staying = None, 0
    if not town.locked:
        vault = town.custody.vault
        ids = vault.owned_by(name)
        owned = len(ids)
        try:
            vault.must_leave_enough(*ids)
        except TooFewKeyslots:
            staying = owned
    sessions = len(desk.control.sessions(town.code, name))
    teams = tuple(team.shown_name for team in town.people.teams() if name in team.staff)
    return Follows(sessions, owned, staying, len(_devices(town, {name})), teams)


async def keep_out(desk: Desk, town: Municipality, by: str, name: str, *, for_good: bool = False) -> None:
    """Keep a person out from now on, or `for_good` because they left; what they still have is ended.

    Raises `LastAdmin`, `HasLeft`, `PersonUnknown`; what could not be ended now is at the next unlock.
    """
    now_ms = town.clock.now_ms()

    def work() -> None:
        person = town.people.person(name)
        if person is None:
            raise PersonUnknown
        if person.state == LEFT:
            raise HasLeft(name=name)
        state = LEFT if for_good else BLOCKED
        keep_person(town, msgspec.structs.replace(person, state=state, stopped_by=by, stopped_ms=now_ms))
        if for_good:
            _out_of_teams(town, person)
        town.auditing.write(by, "left-staff" if for_good else "block-staff", None, name, DONE)

    await town.submit(work)
    desk.control.end_sessions(town.code, name)
    async with desk.vault_turn(town.code):
        await see_off(desk, town, by)


def _out_of_teams(town: Municipality, person: Person) -> None:
    for team in town.people.teams():
        if person.name in team.staff:
            staff = tuple(name for name in team.staff if name != person.name)
            town.people.keep_team(msgspec.structs.replace(team, staff=staff))


async def see_off(desk: Desk, town: Municipality, by: str) -> None:
    """End the keyslots and desk devices of everybody who is out; in the vault's turn, and only while unlocked.

    What fails, as on a full disk, is told in the audit where that is possible, and is done at the next unlock.
    """
    out = {person.name for person in town.people.all() if person.state in OUT}
    if town.locked or not out:
        return
    try:
        await _ended(desk, town, by, out)
    except ROOM_ERRORS as error:
        with suppress(*ROOM_ERRORS):
            await town.auditing.note(by, "see-off", None, error.code, "failed")


async def _ended(desk: Desk, town: Municipality, by: str, out: set[str]) -> None:
    for device in _devices(town, out):
        await town.acts.revoke(device, by)
    for name in sorted(out):
        await desk.forget_writer(town, name)
        vault = town.custody.vault
        try:
            await keyslots.taken_away(town, by, vault, *vault.owned_by(name))
        except TooFewKeyslots:
            continue  # it opens nothing for who is out, and goes when another was added


def _devices(town: Municipality, names: set[str]) -> list[bytes]:
    """The desk devices of some people that are not ended."""
    workers = {f"desk:{name}" for name in names}
    ended = town.book.revocations
    certificates = [one for one in town.book.certificates.values() if one.role == DESK and one.worker in workers]
    return [one.device for one in certificates if one.device not in ended]
