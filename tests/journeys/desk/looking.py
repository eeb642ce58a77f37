"""What looks at a page of the desk: axe-core, and whether it must be scrolled sideways, narrow and wide."""

from typing import Any, Final

from tests.journeys.axe import Looker

WIDTHS: Final = (320, 1280)


def page_faults(page: Any) -> list[str]:
    """Every fault of the page that is shown, at each width; it is left at the last of them."""
    found: list[str] = []
    looker = Looker(page)
    for number, width in enumerate(WIDTHS):
        looker.widen(width)
        found += [f"{page.url} {width}: {fault}" for fault in looker.faults(drawn=number > 0)]
        if (beyond := looker.beyond()) > 0:
            found.append(f"{page.url} {width}: {beyond} px beyond the side")
    looker.close()
    page.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    return found
