"""The pages that unlock and lock a municipality: a person shows a passphrase or a recovery code, never a key file."""

from contextlib import suppress
from typing import Any, Final

from litestar import Request, Response

from backend.desk import commands, keys
from backend.desk.desk import TooManyAttempts
from backend.desk.secret_shapes import at_the_unlock
from backend.errors import ROOM_ERRORS, status_of
from backend.sentences import told_on_page
from backend.web.desk.guarding import act, page
from backend.web.desk.rendering import render, to
from backend.web.desk.seat import Seated
from crypto.errors import CryptoError
from crypto.keyslots import PASSPHRASE, RECOVERY

SLOTS: Final = (PASSPHRASE, RECOVERY)


@page("/unlock", action="keyslots.use")
async def unlock_page(seat: Seated) -> Response[str]:
    """The page on which a person unlocks."""
    return render(seat, "keys/unlock.html", error=None, slots=SLOTS, chosen=PASSPHRASE, shape="")


@act("/unlock", action="keyslots.use")
async def unlock(request: Request[Any, Any, Any], seat: Seated) -> Response[Any]:
    """Take the keys in hand with what a person shows."""
    form = await request.form()
    slot = str(form.get("slot", PASSPHRASE))
    slot = slot if slot in SLOTS else PASSPHRASE
    town, desk, typed = seat.town, seat.desk, str(form.get("key", "")).strip()
    try:
        async with desk.vault_turn(town.code):
            vault = await desk.unlocked(town.code, slot, typed, "unlock", seat.staff)
            await keys.unlock(desk, town, seat.staff, {}, vault=vault)
        with suppress(*ROOM_ERRORS):  # what the tables lack, the page says
            await seat.keeper.reached(town.committed.position)  # so that the first one shows what came meanwhile
    except (CryptoError, TooManyAttempts, *ROOM_ERRORS) as error:
        shape = at_the_unlock(typed, is_recovery=slot == RECOVERY) if isinstance(error, CryptoError) else ""
        chosen = RECOVERY if shape == "frame-shape-town-passphrase" else slot
        facts = {"error": told_on_page(error, seat.language), "slots": SLOTS, "chosen": chosen, "shape": shape}
        return render(seat, "keys/unlock.html", status_of(error.code), **facts)
    return to(seat, "/today")


@act("/lock", action="keyslots.lock")
async def lock(seat: Seated) -> Response[Any]:
    """Let the keys go."""
    await commands.COMMANDS["lock"].answer(seat.desk, seat.town, seat.staff, {})
    return to(seat, "/today")


ROUTES: Final = (unlock_page, unlock, lock)
