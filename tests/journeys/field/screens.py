"""`python -m tests.journeys.field.screens [FOLDER]`: every screen of the field app as a picture, at 390x844 in Dutch.

Without a folder they go to `docs/screens/`. The municipality, its worker and all that is typed are invented.
"""

import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from tests.journeys.field.municipality import set_up
from tests.journeys.field.tablet import Tablet
from tests.journeys.field.walk import Walk
from tests.journeys.terminal import Terminal
from tests.processes import end_all

SCREENS: Final = Path(__file__).parents[3] / "docs" / "screens"


def walked(walk: Walk) -> Iterator[str]:
    """Yield the name of each screen while it is shown."""
    yield from walk.before()
    yield from walk.inside()


def main(folder: Path, language: str = "nl", width: int = 390, height: int = 844, scheme: str = "light") -> None:
    """Take the pictures anew."""
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as place:
        terminal = Terminal(set_up(Path(place)))
        terminal.start("serve")
        with import_module("playwright.sync_api").sync_playwright() as drive:
            options = {"locale": language, "color_scheme": scheme, "viewport": {"width": width, "height": height}}
            tablet = Tablet(drive, terminal, Path(place) / "profile", **options)
            tablet.start()
            for number, name in enumerate(walked(Walk(tablet, language, "werker-beeld")), 1):
                tablet.page.wait_for_timeout(150)
                tablet.page.screenshot(path=folder / f"{number:02}-{name}.png")
            tablet.close()
        terminal.stop()
        end_all()


if __name__ == "__main__":
    chosen = sys.argv[1:]
    main(Path(chosen[0]) if chosen else SCREENS, *chosen[1:2], *map(int, chosen[2:4]), *chosen[4:5])
