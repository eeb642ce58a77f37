"""Access to a record for the devices of workers: given, and ended, at the record's page.

A person may give access to the workers of their own teams, and end anybody's access to a record of theirs. The worker
is named in what is posted and never in an address.
"""

from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.granting import give
from backend.web.desk.guarding import Gone, act
from backend.web.desk.reading import grantable, posted, readers
from backend.web.desk.record import frame, opened
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seated

CHANGES: Final = ("grants.change", "signals.decide")


@act("/record/{record:str}/grant", action=CHANGES)
async def grant(seat: Seated, request: Request[Any, Any, Any], record: FromPath[str]) -> Response[Any]:
    """Open a record to every device of a worker of the own teams."""
    one, fields = await opened(seat, record, CHANGES), await posted(request)
    worker = fields.get("worker", [""])[0]
    if worker not in grantable(seat, one.held, one.readable):
        raise Gone
    await give(seat, [bytes.fromhex(record)], [one.slug], worker)
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/record/{record}")


@act("/record/{record:str}/withdraw", action=CHANGES)
async def withdraw(seat: Seated, request: Request[Any, Any, Any], record: FromPath[str]) -> Response[Any]:
    """Say what ending a worker's access means; and end it, once that was confirmed."""
    one, fields = await opened(seat, record, CHANGES), await posted(request)
    worker = fields.get("worker", [""])[0]
    if worker not in readers(seat, one.held):
        raise Gone
    if fields.get("do") != ["yes"]:
        return render(seat, "record/withdraw.html", **frame(seat, one, ""), worker=worker)
    await seat.town.opening.withdraw(bytes.fromhex(record), worker, seat.staff)
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/record/{record}")


ROUTES: Final = (grant, withdraw)
