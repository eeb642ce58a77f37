"""One more item of a repeating group, and one taken away: `/m/<code>/record/<id>/items/<section>`."""

from typing import Any, Final

from litestar import Request, Response
from litestar.params import FromPath

from backend.desk.items import add_item, remove_item
from backend.web.desk.editing import EDIT
from backend.web.desk.guarding import Gone, act
from backend.web.desk.reading import posted
from backend.web.desk.record import frame, opened
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seated


@act("/record/{record:str}/items/{section:int}", action=EDIT)
async def change(
    seat: Seated, request: Request[Any, Any, Any], record: FromPath[str], section: FromPath[int]
) -> Response[Any]:
    """Add an item and lead to its questions; or show what goes with one, and take it away once that was confirmed."""
    one, fields = await opened(seat, record, EDIT), await posted(request)
    do, item, field = (fields.get(name, [""])[0] for name in ("do", "item", "read_at"))
    form, own = one.readable.form, bytes.fromhex(record)
    if one.held.row["deleted"] or not 0 <= section < len(form.sections):
        raise Gone
    repeat = form.sections[section].repeat
    held = one.kept.items.get(repeat or "", ())
    if repeat is None or (do != "add" and item not in held):
        raise Gone
    if do == "remove":
        found = next(block for block in one.blocks() if (block.section, block.item) == (section, item))
        return render(
            seat, "record/remove_item.html", **frame(seat, one, ""), block=found, read_at=one.read_at,
            target=f"{seat.home}/record/{record}/items/{section}", back=f"{seat.home}/record/{record}",
        )  # fmt: skip
    if do == "add":
        item = await add_item(seat, own, field, form, repeat, held, one.kept.shown)
    elif do == "removed":
        await remove_item(seat, own, field, f"{repeat}/{item}", one.kept.shown)
    else:
        raise Gone
    await seat.note("edit", own, f"item:{do}")
    await seat.keeper.reached(seat.town.committed.position)
    return to(seat, f"/record/{record}/edit/{section}?item={item}" if do == "add" else f"/record/{record}")


ROUTES: Final = (change,)
