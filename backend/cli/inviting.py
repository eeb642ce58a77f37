"""How an invitation is shown: a link that opens the field app, its QR code, and the print of the key to compare."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any, Final

import msgspec
import segno

from backend.cli.output import say
from backend.municipality.enrolment import Invitation
from backend.settings import Settings

PRINT_DIGITS: Final = 24  # as many as the app shows beside "is this your municipality?"
BORDER: Final = 2  # light modules around the code; readers ask for some
_HALVES: Final = {(True, True): "█", (True, False): "▀", (False, True): "▄", (False, False): " "}


def linked(settings: Settings, row: dict[str, Any]) -> dict[str, Any]:
    """Add the link that opens the app with an invitation, and the print of the municipality's key."""
    bundle_hash = msgspec.msgpack.decode(bytes.fromhex(row["invitation"]), type=Invitation).bundle_hash.hex()
    groups = [bundle_hash[at : at + 4] for at in range(0, PRINT_DIGITS, 4)]
    return {**row, "link": f"{settings.web}/field/#{row['invitation']}", "print": " ".join(groups)}


def code(link: str) -> Iterator[str]:
    """The lines of a link's QR code, two rows of modules each."""
    rows = [list(map(bool, row)) for row in segno.make(link, error="l", micro=False).matrix_iter(border=BORDER)]
    for upper, lower in zip_longest(rows[::2], rows[1::2], fillvalue=[False] * len(rows[0])):
        yield "".join(_HALVES[pair] for pair in zip(upper, lower, strict=True))


def show(row: dict[str, Any]) -> None:
    """Print an invitation for who stands beside the screen with a phone."""
    place = f" in the place of {row['replaces']}" if "replaces" in row else ""
    say(f"An invitation for {row['worker']}{place}: one device, once, within {row['minutes']} minutes.")
    say()
    for line in code(row["link"]):
        say(line, dark_on_light=True)
    say()
    say(f"  {row['link']}")
    say(f"  the municipality's key, as the phone must show it: {row['print']}")
