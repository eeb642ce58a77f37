"""An invitation as a person gives it on: the link that opens the app, and the print of the municipality's key."""

from typing import Any, Final, NamedTuple

from backend.enrolment import Invitation

PRINT_DIGITS: Final = 24  # as many as the app shows beside "is this your municipality?"


class Linked(NamedTuple):
    """The link, which holds the invitation behind its `#`, where no server reads it; and the print to compare."""

    link: str
    print: str


def linked(web: str, invitation: Invitation, raw: str) -> Linked:
    """The link of an invitation (`raw`: its bytes in hexadecimal) at the server's address for phones."""
    digits = invitation.bundle_hash.hex()
    groups = [digits[at : at + 4] for at in range(0, PRINT_DIGITS, 4)]
    return Linked(f"{web}/field/#{raw}", " ".join(groups))


def picture(link: str, title: str) -> str:
    """A link's QR code as an inline SVG, which needs no style and no script."""
    import segno  # it needs an XML library: only who is invited waits for it

    made: Any = segno.make(link, error="l", micro=False)
    svg: str = made.svg_inline(scale=5, border=2, dark="#000", light="#fff", title=title, svgclass="qr", lineclass=None)
    return svg
