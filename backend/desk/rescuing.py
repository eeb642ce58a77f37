"""The command `rescue`: a file with the sealed entries of a device that cannot sync, taken in like a hand-in."""

import base64

import msgspec

from backend.desk.desk import Desk, Row
from backend.desk.standing import Standing, must_be_of_team
from backend.municipality.handin import hand_in
from backend.municipality.service import Municipality
from sync.handin import parts
from sync.messages import HELD, KEY_NOT_KEPT, KNOWN, HandInAnswer, read_hand_in, write_hand_in


def _nobody_counts() -> None:
    """Bad signatures count against an address; a person who brings a file has none."""


async def rescue(_desk: Desk, town: Municipality, staff: str, args: Row, *, who: Standing) -> list[Row]:
    """Take a rescue file in; returns what was refused, then a line that counts. Safe to repeat."""
    request = read_hand_in(base64.b64decode(str(args["content"])))
    must_be_of_team(who, request.certificate.worker, "attention.decide")
    counted = {HELD: 0, KNOWN: 0, KEY_NOT_KEPT: 0}
    rows: list[Row] = []
    ended = town.book.revoked(request.certificate.device)
    for part in parts(request, newest_first=ended):
        raw = await hand_in(town, write_hand_in(part), _nobody_counts)
        for entry in msgspec.msgpack.decode(raw, type=HandInAnswer).entries:
            if entry.status in counted:
                counted[entry.status] += 1
            else:
                rows.append({"seq": entry.seq, "refused": entry.status})
    device = request.certificate.device.hex()
    await town.auditing.note(staff, "rescue", None, f"{device} {counted[HELD]}")
    return [*rows, {"device": device, **{name.replace("-", "_"): count for name, count in counted.items()}}]
