"""`python -m tests.journeys.desk.screens [FOLDER LANGUAGE light|dark]`: a picture of every page of the desk.

Without more they are Dutch and light, at 1280 and 390 px, and go to `docs/screens/`. The municipality, its staff and
all that is written there are invented.
"""

import sys
import tempfile
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from backend.desk.rights import Role
from tests.journeys.desk.street import Chair, Street, served
from tests.journeys.desk.walk import ROLES, doors, name_of, walked

SCREENS: Final = Path(__file__).parents[3] / "docs" / "screens"
SIZES: Final = ((1280, 900), (390, 844))
FRAME_MS: Final = 1_500  # a page within a page draws itself once it is seen
LONGEST: Final = 2_400  # px of a picture: what follows below looks alike


def picture(page: Any, folder: Path, name: str) -> None:
    """Take a page at each width."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        long = min(LONGEST, max(height, int(page.evaluate("document.documentElement.scrollHeight"))))
        page.set_viewport_size({"width": width, "height": long})  # what sticks to the bottom stays there
        if page.locator("iframe").count():
            page.wait_for_timeout(FRAME_MS)
        page.screenshot(path=folder / f"desk-{name}-{width}.png")
    page.set_viewport_size({"width": SIZES[0][0], "height": SIZES[0][1]})


def main(folder: Path, language: str = "nl", scheme: str = "light") -> None:
    """Take the pictures anew."""
    folder.mkdir(parents=True, exist_ok=True)
    for earlier in folder.glob("desk-*.png"):
        earlier.unlink()
    with tempfile.TemporaryDirectory() as place:
        street = Street(Path(place))
        asked = {"name": "voorbeeld.teamleider", "shown_name": "Voorbeeld Teamleider", "role-lead": "on"}
        street.signed_in(Role.ADMIN).post("/people", asked)  # it waits for a second person
        options = {
            "locale": language,
            "color_scheme": scheme,
            "viewport": {"width": SIZES[0][0], "height": SIZES[0][1]},
        }
        with served(street) as address, import_module("playwright.sync_api").sync_playwright() as drive:
            visited: set[str] = set()
            outside = Chair(drive, street, address, "", **options)
            for pattern in doors():
                if outside.open(pattern) == 200:
                    picture(outside.page, folder, name_of(pattern))
            outside.close()
            for role in ROLES:
                chair = Chair(drive, street, address, role, **options)
                for pattern, page in walked(chair, visited):
                    picture(page, folder, name_of(pattern))
                chair.close()
        street.close()


if __name__ == "__main__":
    where, language, scheme = (*sys.argv[1:4], *(str(SCREENS), "nl", "light")[len(sys.argv[1:4]) :])
    main(Path(where), language, scheme)
