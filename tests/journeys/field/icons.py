"""`python -m tests.journeys.field.icons`: the app's icon as pictures, for home screens that take no drawing.

They are drawn by Chromium from `field/icon.svg`, to the edge: each system cuts its own corners.
"""

import re
from importlib import import_module
from pathlib import Path
from typing import Any, Final

from tests.journeys.field.tablet import launched

FIELD: Final = Path(__file__).parents[3] / "field"
SIZES: Final = (180, 192, 512)  # iOS; Android, small and large


def drawn(browser: Any, size: int, ground: str = "") -> bytes:
    """Return the icon as a PNG of so many pixels a side, on another ground where one is given."""
    drawing = (FIELD / "icon.svg").read_text().replace(' rx="12"', "")
    if ground:
        drawing = re.sub(r'fill="#[0-9a-f]{6}"', f'fill="{ground}"', drawing, count=1)
    page = browser.new_page(viewport={"width": size, "height": size})
    page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>{drawing}")
    picture: bytes = page.screenshot()
    page.close()
    return picture


def main() -> None:
    """Draw the icons anew."""
    with import_module("playwright.sync_api").sync_playwright() as drive:
        browser = launched(drive)
        for size in SIZES:
            (FIELD / f"icon-{size}.png").write_bytes(drawn(browser, size))
        browser.close()


if __name__ == "__main__":
    main()
