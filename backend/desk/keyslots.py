"""The keyslots of a municipality: listed, added, changed, taken away (crypto/SPEC.md 7.4).

Every change needs the vault key, so an opened vault; is on the disk before its line is in the audit; and raises the
generation that the journal keeps, so that the file of an earlier day is known for one.
"""

import asyncio
from typing import Final

from backend.desk import four_eyes
from backend.desk.arguments import BadArgument
from backend.desk.desk import Desk, Row, at_hand
from backend.errors import ROOM_ERRORS
from backend.municipality import custody as custodies
from backend.municipality.service import Municipality
from backend.stores.people import Proposal
from crypto.keyslots import ID_BYTES, LABEL_MAX, PASSPHRASE, RECOVERY, Slot
from crypto.vault import Vault

ADDED: Final = (PASSPHRASE, RECOVERY)  # of key files the server finds one, so that is replaced (`key-file`)


async def listing(_desk: Desk, town: Municipality, staff: str, _args: Row, *, vault: Vault) -> list[Row]:
    """Every keyslot: its kind, whose, what for, since when and when it was used; nothing that opens anything."""
    held = at_hand(town, vault)
    await town.auditing.note(staff, "keyslots")
    return [_row(held, slot) for slot in held.slots]


def _row(held: Vault, slot: Slot) -> Row:
    about = held.about(slot)
    row: Row = {"keyslot": slot.id.hex(), "kind": slot.kind, "label": about.label, "owner": slot.owner}
    times = {"made_ms": about.made_ms, "used_ms": about.used_ms}
    return row | {name: at_ms for name, at_ms in times.items() if at_ms}


async def add(_desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault) -> list[Row]:
    """Add a passphrase of the person who acts, in place of an earlier one of theirs, or one more recovery code."""
    kind, label, held = str(args["kind"]), _label(args), at_hand(town, vault)
    if kind not in ADDED:
        raise BadArgument(what="the-keyslot-kind", given=repr(kind[:40]), wanted="keyslot-kind")
    code = ""
    if kind == PASSPHRASE:
        slot = await asyncio.to_thread(held.passphrase_slot, str(args.get("new") or ""), staff)
    else:
        slot, code = held.recovery_slot()
    with custodies.changing(town.folder, held):
        put = held.replace if kind == PASSPHRASE else held.add
        put(slot, label, town.clock.now_ms())
    await _changed(town, staff, "add-keyslot", f"{kind} {slot.id.hex()}", held)
    row = {"keyslot": slot.id.hex(), "kind": kind, "label": label}
    return [{**row, "code": code} if code else {**row, "owner": staff}]


async def remove(_desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault) -> list[Row]:
    """Take one keyslot away by its id, or all of a person who leaves; two remain, one of them a recovery code."""
    held, owner = at_hand(town, vault), str(args.get("owner") or "")
    ids = held.owned_by(owner) if owner else (_id(str(args.get("keyslot") or "")),)
    return await taken_away(town, staff, held, *ids)


async def taken_away(town: Municipality, staff: str, held: Vault, *ids: bytes) -> list[Row]:
    """Take keyslots out of a vault at hand; nothing where a person has none."""
    gone = [held.slot(id_) for id_ in ids]
    if gone:
        with custodies.changing(town.folder, held):
            held.remove(*ids)
        named = " ".join(f"{slot.kind} {slot.id.hex()}" for slot in gone)
        await _changed(town, staff, "remove-keyslot", named, held)
    return [{"keyslot": slot.id.hex(), "kind": slot.kind, "owner": slot.owner, "removed": True} for slot in gone]


async def ask(town: Municipality, staff: str, kind: str, about: str, label: str, reason: str = "") -> bool:
    """Ask a second person for a recovery code, or to take a keyslot away that is not one's own.

    True if it passes at once, for want of anybody (`four_eyes`). What could not be done is refused before.
    """
    held = town.custody.vault
    if kind == four_eyes.REMOVE:
        slot = held.slot(_id(about))
        held.must_leave_enough(slot.id)
        label = f"{slot.kind} {slot.owner}".strip()
    proposal = four_eyes.new(town, kind, staff, about, label=_label({"label": label}))
    return await town.submit(lambda: four_eyes.propose(town, proposal, reason))


async def add_by_command(desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault) -> list[Row]:
    """Add a passphrase of one's own; a recovery code once a second person agrees, as on the page."""
    reason, label = str(args.get("reason") or ""), str(args.get("label") or "")
    if args["kind"] == RECOVERY and not await ask(town, staff, four_eyes.RECOVERY, "", label, reason):
        return [{"kind": RECOVERY, "waits": True}]
    return await add(desk, town, staff, args, vault=vault)


async def remove_by_command(desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault) -> list[Row]:
    """Take keyslots away: one's own at once, another one once a second person agrees, as on the page."""
    held, owner = at_hand(town, vault), str(args.get("owner") or "")
    ids = held.owned_by(owner) if owner else (_id(str(args.get("keyslot") or "")),)
    waits = []
    for slot in [held.slot(id_) for id_ in ids]:
        asked = town, staff, four_eyes.REMOVE, slot.id.hex(), "", str(args.get("reason") or "")
        if slot.owner != staff and not await ask(*asked):
            waits.append(slot)
    rows = [{"keyslot": slot.id.hex(), "kind": slot.kind, "owner": slot.owner, "waits": True} for slot in waits]
    return rows or await remove(desk, town, staff, args, vault=vault)


async def agree(desk: Desk, town: Municipality, staff: str, id_: str) -> Row:
    """Agree as a second person with what was asked for, which does it; what fails is asked for still."""
    async with desk.vault_turn(town.code):
        vault = town.custody.vault
        found = await town.submit(lambda: four_eyes.agreed(town, id_, staff))
        try:
            return await done(desk, town, staff, found, vault)
        except ROOM_ERRORS:
            await town.submit(lambda: town.people.keep_proposal(found))
            raise


async def done(desk: Desk, town: Municipality, staff: str, asked: Proposal, vault: Vault) -> Row:
    """Do what two people agreed on, or what passed for want of anybody; in the vault's turn."""
    if asked.kind == four_eyes.RECOVERY:
        (row,) = await add(desk, town, staff, {"kind": RECOVERY, "label": asked.label}, vault=vault)
    else:
        (row,) = await taken_away(town, staff, at_hand(town, vault), _id(asked.about))
    return row


async def passphrase(_desk: Desk, town: Municipality, staff: str, args: Row, *, vault: Vault) -> list[Row]:
    """A new passphrase: one's own where the person has one, else the shared one; what is sealed stays as it is."""
    held = at_hand(town, vault)
    owner = staff if _has_own(held, staff) else ""
    slot = await asyncio.to_thread(held.passphrase_slot, str(args["new"]), owner)
    with custodies.changing(town.folder, held):
        held.replace(slot, at_ms=town.clock.now_ms())
    await _changed(town, staff, "passphrase", slot.id.hex(), held)
    return [{"changed": True}]


async def key_file(_desk: Desk, town: Municipality, staff: str, _args: Row, *, vault: Vault) -> list[Row]:
    """A new key file, in place of the one before; given out once, over the local socket."""
    held = at_hand(town, vault)
    with custodies.changing(town.folder, held):
        made = held.set_key_file(town.clock.now_ms())
    await _changed(town, staff, "key-file", "", held)
    return [{"key": made.hex()}]


async def _changed(town: Municipality, staff: str, act: str, detail: str, held: Vault) -> None:
    """The line of a change that is on the disk, and the generation that it made."""
    generation = held.generation

    def work() -> None:
        town.auditing.write(staff, act, None, detail)
        town.keyring.keep_generation(generation)

    await town.submit(work)


def _has_own(held: Vault, staff: str) -> bool:
    return any(slot.kind == PASSPHRASE for slot in held.slots if slot.owner == staff)


def _label(args: Row) -> str:
    label = " ".join(str(args.get("label") or "").split())
    if len(label) > LABEL_MAX:
        raise BadArgument(what="the-keyslot-label", given=f"{len(label)}", wanted="keyslot-label")
    return label


def _id(given: str) -> bytes:
    try:
        id_ = bytes.fromhex(given)
    except ValueError:
        id_ = b""
    if len(id_) != ID_BYTES:
        raise BadArgument(what="the-keyslot", given=repr(given[:40]), wanted="keyslot-id")
    return id_
