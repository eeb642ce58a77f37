"""The commands by which a terminal is signed in and out; what they rest on is in `terminals.py`."""

from collections.abc import AsyncIterator
from typing import Final

from backend.desk.desk import Desk, Row
from backend.desk.terminals import CODE_MS
from backend.desk.wire import LEFT
from backend.municipality.service import Municipality
from backend.stores.rows import ACCOUNT

MACHINE_MAX: Final = 60  # signs of the name that a terminal gives its machine


async def sign_in(desk: Desk, town: Municipality, _staff: str, args: Row) -> AsyncIterator[Row]:
    """Show a code, and wait until a person confirms it at the desk; the last row has the token, for this terminal."""
    machine = "".join(sign for sign in str(args.get("machine") or "") if sign.isprintable())[:MACHINE_MAX]
    begun = desk.terminals.begin(town.code, ACCOUNT.get(), machine, str(args.get("wanted") or ""))
    left = LEFT.get()
    if left is not None:
        left.add_done_callback(lambda _left: desk.terminals.refuse(begun))  # nobody waits for it any more
    try:
        yield {"code": begun.code, "path": f"/m/{town.code}/terminal", "minutes": CODE_MS // 60_000}
        staff, token = await desk.terminals.outcome(begun)
    finally:
        desk.terminals.forget(begun)
    until_ms = desk.terminals.standing(town, token)[1].ends_ms
    yield {"staff": staff, "municipality": town.code, "until_ms": until_ms, "token": token}


async def sign_out(desk: Desk, town: Municipality, staff: str, _args: Row, *, token: str) -> list[Row]:
    """End the token of this terminal."""
    _, session = desk.terminals.standing(town, token)
    desk.terminals.end(session)
    await town.auditing.note(session.staff, "terminal-sign-out")
    return [{"staff": staff, "municipality": town.code, "signed_out": True}]
