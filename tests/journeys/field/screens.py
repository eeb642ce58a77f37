"""`python -m tests.journeys.field.screens [FOLDER LANGUAGE light|dark WIDTH HEIGHT]`: a picture of every screen.

Without more they are Dutch, light, 390x844, and go to `docs/screens/`. The municipality, its worker and all that is
typed are invented.
"""

import sys
import tempfile
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Final

from tests.journeys.field.meeting import Meeting
from tests.journeys.field.municipality import set_up
from tests.journeys.field.tablet import IPHONE, TOWN, Tablet
from tests.journeys.field.walk import Walk
from tests.journeys.field.words import words
from tests.journeys.field.working import Work
from tests.journeys.terminal import Terminal
from tests.processes import end_all

SCREENS: Final = Path(__file__).parents[3] / "docs" / "screens"


def walked(tablet: Tablet, language: str, worker: str) -> Iterator[str]:
    """Yield the name of each screen while it is shown."""
    walk = Walk(tablet, language, worker)
    work = Work(walk, language)
    yield from walk.before()
    yield from work.screens()
    yield from Meeting(tablet, walk, work).screens(f"{worker}-collega")
    yield from walk.inside()
    yield from walk.after()


def main(folder: Path, language: str = "nl", scheme: str = "light", width: int = 390, height: int = 844) -> None:
    """Take the pictures anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob("[0-9][0-9]-*.png"):
        earlier.unlink()
    with tempfile.TemporaryDirectory() as place:
        terminal = Terminal(set_up(Path(place)))
        terminal.start("serve")
        terminal.seat(TOWN, "beheer")
        with import_module("playwright.sync_api").sync_playwright() as drive:
            options = {
                "host": "localhost",
                "locale": language,
                "color_scheme": scheme,
                "viewport": {"width": width, "height": height},
            }
            tablet = Tablet(drive, terminal, Path(place) / "profile", **options)
            tablet.start()
            for number, name in enumerate(walked(tablet, language, "werker-beeld"), 1):
                tablet.page.wait_for_timeout(150)
                tablet.page.screenshot(path=folder / f"{number:02}-{name}.png")
            tablet.close()
            tab = Tablet(drive, terminal, Path(place) / "iphone", **options, user_agent=IPHONE)
            tab.start()
            tab.page.get_by_text(words(language)["install.title"]).wait_for()
            tab.page.screenshot(path=folder / f"{number + 1:02}-install.png")
            tab.close()
        terminal.stop()
        end_all()


if __name__ == "__main__":
    where, language, scheme = (*sys.argv[1:4], *(str(SCREENS), "nl", "light")[len(sys.argv[1:4]) :])
    main(Path(where), language, scheme, *(int(one) for one in sys.argv[4:6]))
