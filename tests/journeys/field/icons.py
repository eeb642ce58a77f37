"""`python -m tests.journeys.field.icons`: the app's icon as pictures, for home screens that take no drawing.

They are drawn by Chromium from `field/icon.svg`, to the edge: each system cuts its own corners.
"""

from importlib import import_module
from pathlib import Path
from typing import Final

from tests.journeys.field.tablet import launched

FIELD: Final = Path(__file__).parents[3] / "field"
SIZES: Final = (180, 192, 512)  # iOS; Android, small and large


def main() -> None:
    """Draw the icons anew."""
    drawing = (FIELD / "icon.svg").read_text().replace(' rx="12"', "")
    with import_module("playwright.sync_api").sync_playwright() as drive:
        browser = launched(drive)
        for size in SIZES:
            page = browser.new_page(viewport={"width": size, "height": size})
            page.set_content(f"<style>body {{ margin: 0 }} svg {{ display: block; width: {size}px }}</style>{drawing}")
            page.screenshot(path=FIELD / f"icon-{size}.png")
        browser.close()


if __name__ == "__main__":
    main()
