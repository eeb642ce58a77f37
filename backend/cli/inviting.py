"""Shows an invitation: a link that opens the field app, its QR code, and the print of the key to compare."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

import msgspec

from backend.cli.output import flow, line, say, tell
from backend.desk import inviting
from backend.enrolment import Invitation
from backend.settings import Settings

BORDER: Final = 2  # light modules around the code; readers ask for some
_HALVES: Final = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def linked(settings: Settings, row: dict[str, Any]) -> dict[str, Any]:
    """Add the link that opens the app with an invitation, and the print of the municipality's key."""
    invitation = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation)
    return {**row, **inviting.linked(settings.web, invitation, row["invitation"])._asdict()}


def code(link: str) -> Iterator[str]:
    """The lines of a link's QR code, two rows of modules each."""
    import segno  # it needs an XML library: only who is invited waits for it

    rows = [list(map(bool, row)) for row in segno.make(link, error="l", micro=False).matrix_iter(border=BORDER)]
    for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=[False] * len(rows[0])):
        yield "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))


def show(row: dict[str, Any]) -> None:
    """Print an invitation for who stands beside the screen with a phone."""
    about = {"worker": row["worker"], "count": row["minutes"]}
    if "replaces" in row:
        tell("invitation-replaces", **about, old=row["replaces"])
    else:
        tell("invitation", **about)
    say()
    for modules in code(row["link"]):
        say(modules, dark_on_light=True)
    say()
    say(f"  {row['link']}")
    flow(line("invitation-key", print=row["print"]), 2)
