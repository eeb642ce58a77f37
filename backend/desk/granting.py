"""Opening records to a worker and ending that: some that are named, or all of a form; each has its own audit line."""

from collections.abc import Sequence

from backend.desk.arguments import BadArgument, WorkerUnknown, record_id, worker_of
from backend.desk.desk import Desk, Row
from backend.errors import FormNotPublished
from backend.municipality.service import Municipality


async def grant(desk: Desk, town: Municipality, staff: str, args: Row) -> list[Row]:
    """Open records to every device of a worker, or end the delivery; one row for each record."""
    given, form = args.get("record") or (), args.get("form")
    named = [record_id(one) for one in ([given] if isinstance(given, str) else given)]
    if bool(named) == bool(form):
        raise BadArgument(what="the-records", wanted="records-or-form")
    withdraws = bool(args.get("withdraw"))
    worker = str(args["worker"]) if withdraws else worker_of(args)  # taken by whatever name it was once granted
    decided = withdraws and any(town.book.decided_at(record, worker) for record in named)
    if not (town.book.all_devices_of(worker) or decided) and (withdraws or not args.get("before_enrolment")):
        raise WorkerUnknown(worker=worker, municipality=town.code)
    records = list(dict.fromkeys(named or await _of_form(desk, town, str(form), deleted=withdraws)))
    if withdraws:
        await town.opening.withdraw_each(records, worker, staff)
        return [{"record": record.hex(), "worker": worker, "withdrawn": True} for record in records]
    opened = await town.opening.grant_each(records, worker, staff)
    return [
        {"record": record.hex(), "worker": worker, "devices": devices}
        for record, devices in zip(records, opened, strict=True)
    ]


async def _of_form(desk: Desk, town: Municipality, form: str, *, deleted: bool) -> Sequence[bytes]:
    """The records of a form; those that were deleted only where access is taken away."""
    if not town.book.newest_form(form):
        raise FormNotPublished(form=form)

    rows = await desk.keeper(town.code).read(lambda store: store.records_of(form, deleted=deleted))
    found = [bytes.fromhex(record) for record in rows]
    return [record for record in found if not town.book.erased(record)]
