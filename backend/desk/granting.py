"""Opening records to a worker and ending that: some that are named, or all of a form; each has its own audit line.

Whatever page or command opens a record asks here: of the table of rights, for the form of the record, with the workers
of the scope. A record goes to the workers of the own teams alone, by whatever door.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from backend.desk.arguments import BadArgument, NoSuchRecord, WorkerUnknown, record_id, worker_of
from backend.desk.desk import Desk, Row
from backend.desk.rights import OF_SIGNALS
from backend.desk.seen import GRANT, Seen
from backend.desk.sights import forms_of
from backend.desk.standing import NotOfTeam, Standing
from backend.desk.writing import Hand
from backend.municipality.service import Municipality

GIVES: Final = "grants.change"


def may_give(who: Standing, form: str, worker: str) -> bool:
    """True if a person may open a record of a form to a worker now."""
    action = OF_SIGNALS[GIVES] if form in forms_of(who.town, signals=True) else GIVES
    scope = who.workers(action)
    return who.may(action) and (scope is None or worker in scope)


async def give(hand: Hand, records: Sequence[bytes], forms: Iterable[str], worker: str) -> None:
    """Open records of some forms to a worker; refuse one of other teams: `NotOfTeam`."""
    if not all(may_give(hand.standing, form, worker) for form in forms):
        raise NotOfTeam(worker=worker)
    await hand.town.opening.grant_each(records, worker, hand.staff)


async def grant(desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> list[Row]:
    """Open records to every device of a worker, or end the delivery; one row for each record.

    Of records within the own sights; a team lead opens them to the workers of the own teams, and to somebody who has
    no device yet and is in no team, since nobody can take them into one before.
    """
    seen = Seen(desk.keeper(town.code), who, GRANT)
    given, form = args.get("record") or (), args.get("form")
    named = [record_id(one) for one in ([given] if isinstance(given, str) else given)]
    if bool(named) == bool(form):
        raise BadArgument(what="the-records", wanted="records-or-form")
    withdraws = bool(args.get("withdraw"))
    worker = str(args["worker"]) if withdraws else worker_of(args)  # taken by whatever name it was once granted
    decided = withdraws and any(town.book.decided_at(record, worker) for record in named)
    if not (town.book.all_devices_of(worker) or decided) and (withdraws or not args.get("before_enrolment")):
        raise WorkerUnknown(worker=worker, municipality=town.code)
    if not withdraws:
        town.opening.refuse_alike(worker)
    anew = not town.book.all_devices_of(worker) and all(worker not in team.workers for team in town.people.teams())
    await _must_be_seen(seen, named, str(form or ""), "" if withdraws or anew else worker)
    records = list(dict.fromkeys(named or await _of_form(seen, town, str(form), deleted=withdraws)))
    if withdraws:
        await town.opening.withdraw_each(records, worker, staff)
        return [{"record": record.hex(), "worker": worker, "withdrawn": True} for record in records]
    opened = await town.opening.grant_each(records, worker, staff)
    return [
        {"record": record.hex(), "worker": worker, "devices": devices}
        for record, devices in zip(records, opened, strict=True)
    ]


async def _must_be_seen(seen: Seen, named: Sequence[bytes], form: str, worker: str) -> None:
    """Refuse a record outside of the sights as one that is not there, and a worker of other teams."""
    sights = [seen.sight_of(form)] if form else []
    for record in named:
        sight = await seen.sight_with(record)
        if sight is None:
            raise NoSuchRecord(record=record.hex())
        sights.append(sight)
    for sight in sights:
        if worker and sight.workers is not None and worker not in sight.workers:
            raise NotOfTeam(worker=worker)


async def _of_form(seen: Seen, town: Municipality, form: str, *, deleted: bool) -> Sequence[bytes]:
    """The records of a form; those that were deleted only where access is taken away."""
    rows = await seen.read(seen.sight_of(form), lambda store: store.records_of(form, deleted=deleted))
    found = [bytes.fromhex(record) for record in rows]
    return [record for record in found if not town.book.erased(record)]
