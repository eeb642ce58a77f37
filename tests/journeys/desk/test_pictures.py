"""`docs/screens` has a picture of every page of the desk, at each width, and none of a page that is no more."""

import struct
import zlib
from importlib import import_module

import pytest

from tests.journeys.desk.album import BY_TEMPLATE, NO_PICTURE
from tests.journeys.desk.screens import LONGEST, SCREENS, SIZES, files
from tests.journeys.desk.smaller import MARK, smaller
from tests.journeys.desk.states_found import page_templates
from tests.journeys.desk.walk import patterns
from tests.journeys.field.tablet import ARGUMENTS, browser

BYTES_MAX = 250_000  # of one picture: all of them are fetched with the repository


def test_every_page_has_its_picture_and_every_picture_its_page() -> None:
    there = {path.name.removeprefix("desk-") for path in SCREENS.glob("desk-*.png")}
    assert [] == sorted(files() - there), "no picture: python -m tests.journeys.desk.screens"
    assert [] == sorted(there - files()), "a picture of no page"
    assert [] == sorted(NO_PICTURE.keys() - patterns().keys()) + sorted(BY_TEMPLATE.keys() - page_templates())


def test_every_picture_has_its_width_and_is_small() -> None:
    widths = {str(width) for width, _ in SIZES}
    for path in SCREENS.glob("desk-*.png"):
        raw = path.read_bytes()
        width, height = struct.unpack(">II", raw[16:24])
        assert raw.startswith(MARK) and str(width) in widths and path.stem.endswith(f"-{width}"), path.name
        assert height <= LONGEST and len(raw) <= BYTES_MAX, path.name


def test_a_picture_is_written_small_with_its_colours() -> None:
    if browser() is None:
        pytest.skip("no Chromium")
    with import_module("playwright.sync_api").sync_playwright() as drive:
        window = drive.chromium.launch(executable_path=browser(), args=list(ARGUMENTS))
        page = window.new_page(viewport={"width": 40, "height": 30})
        page.set_content(
            "<body style='margin:0;background:#102030'><div style='width:20px;height:10px;background:#fff'>"
        )
        made = smaller(page, page.screenshot())
        window.close()
    colours = made[made.index(b"PLTE") + 4 :][:6]
    rows = zlib.decompress(
        made[made.index(b"IDAT") + 4 :][: struct.unpack(">I", made[made.index(b"IDAT") - 4 :][:4])[0]]
    )
    assert bytes.fromhex("102030ffffff") == colours  # what is there most comes first
    assert (b"\0" + b"\1" * 20 + b"\0" * 20) * 10 + b"\0" * 41 * 20 == rows
