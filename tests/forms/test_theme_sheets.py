"""A theme.css and a logo as an attacker, or a hurried admin, would bring them."""

import pytest

from forms.theme.contrast import contrast
from forms.theme.logos import BYTES_MAX, fault_in, kind_of
from forms.theme.sheets import BYTES_MAX as SHEET_BYTES_MAX
from forms.theme.sheets import DESK_TEXT, read_sheet
from forms.theme.theme import kept, pairs, restored
from forms.theme.tokens import table

ACT, INK, PAPER = (
    "basis-color-action-1-color-default",
    "basis-color-default-color-document",
    "basis-color-default-bg-document",
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9">{}</svg>'
PNG = b"\x89PNG\r\n\x1a\n" + (13).to_bytes(4, "big") + b"IHDR"


def sheet(*declarations: str, before: str = "") -> bytes:
    return f"{before} .gemeente-theme {{ {'; '.join(declarations)} }}".encode()


def codes(raw: bytes) -> list[tuple[str, str]]:
    return [(one.code, one.path) for one in read_sheet(raw).left_out]


def test_the_properties_that_pages_use_are_taken_and_references_followed() -> None:
    dark = f"@media (prefers-color-scheme: dark) {{ :root {{ --{ACT}: #ffb3d9 }} }}"
    read = read_sheet(sheet(f"--{ACT}: var(--huis)", "--huis: #7A1C4A", "--utrecht-button-color: red") + dark.encode())
    assert ({ACT: "#7a1c4a"}, {ACT: "#ffb3d9"}, 2, ()) == (
        dict(read.theme.light), dict(read.theme.dark), read.unused, read.left_out
    )  # fmt: skip
    assert read.theme == restored(kept(read.theme))


@pytest.mark.parametrize(
    ("raw", "left_out"),
    [
        (sheet(f"--{ACT}: url(https://elders.test/x)"), ("theme-sheet-address", ACT)),
        (sheet(f"--{ACT}: URL (x)"), ("theme-sheet-address", ACT)),
        (sheet("--iets: u/**/rl(x)"), ("theme-empty", "")),
        (sheet(before='@import url("https://elders.test/x.css");'), ("theme-sheet-rule", "@import")),
        (sheet(before="@font-face { font-family: x; src: url(x) }"), ("theme-sheet-rule", "@font-face")),
        (sheet("color: red", "background: url(x)"), ("theme-sheet-property", "")),
        (sheet(f"--{ACT}: var(--a)", "--a: var(--b)", "--b: var(--a)"), ("theme-reference", ACT)),
        (sheet(f"--{ACT}: #7a1c4a80"), ("theme-colour", ACT)),
        (sheet(f"--{ACT}: red; }} body {{ display: none"), ("theme-colour", ACT)),
        (sheet(f"--{ACT}: expression(alert(1))"), ("theme-colour", ACT)),
        (sheet("--basis-text-font-size-lg: 99rem"), ("theme-length", "basis-text-font-size-lg")),
        (b" " * (SHEET_BYTES_MAX + 1), ("theme-too-large", "")),
        (b"\xff\xfe\x00{{{{;;;'", ("theme-empty", "")),
        (b"{" * 100_000, ("theme-empty", "")),
    ],
)
def test_what_is_no_token_is_left_out_and_named(raw: bytes, left_out: tuple[str, str]) -> None:
    assert left_out in codes(raw)
    css = read_sheet(raw).theme.css()
    assert not any(word in css for word in ("url", "import", "elders", "display", "expression"))


def test_a_pair_that_cannot_be_read_keeps_our_colours_and_is_named() -> None:
    read = read_sheet(sheet(f"--{INK}: #aaaaaa", f"--{ACT}: #7a1c4a"))
    assert ({ACT: "#7a1c4a"}, ("theme-contrast", INK)) == (dict(read.theme.light), codes(sheet(f"--{INK}: #aaaaaa"))[0])
    swapped = read_sheet(sheet(f"--{INK}: #ffffff", f"--{PAPER}: #000000"))
    for name in (INK, PAPER):
        assert name not in swapped.theme.light  # together they can be read, but not on the grounds that stay ours


def test_a_colour_that_the_desk_puts_as_text_needs_the_contrast_of_text() -> None:
    """For the field app, which draws a sign in it, 3 is enough; the desk writes words in it."""
    positive = DESK_TEXT[0][0]
    read = read_sheet(sheet(f"--{positive}: #2f8f57", f"--{ACT}: #7a1c4a"))
    assert [ACT] == [*read.theme.light] and ("theme-contrast", positive) in [
        (one.code, one.path) for one in read.left_out
    ]


@pytest.mark.parametrize("grey", range(0, 256, 15))
def test_whatever_is_worn_every_pair_can_be_read(grey: int) -> None:
    """Each colour of the table at once in a grey, and each in turn beside it: the desk's own pairs too."""
    shade, other = f"#{grey:02x}{grey:02x}{grey:02x}", f"#{255 - grey:02x}{grey:02x}80"
    names = [*table().colours]
    read = read_sheet(sheet(*(f"--{name}: {other if at % 3 else shade}" for at, name in enumerate(names))))
    colours = read.theme.colours("light")
    for scheme, front, back, least in pairs():
        if scheme == "light":
            assert contrast(colours[front], colours[back]) >= least, (front, back)
    assert all(contrast(colours[front], colours[back]) >= 4.5 for front, back in DESK_TEXT)


@pytest.mark.parametrize(
    ("inside", "what"),
    [
        ("<script>alert(1)</script>", "script"),
        ('<g onload="alert(1)"/>', "onload"),
        ('<a xmlns:x="http://www.w3.org/1999/xlink" x:href="javascript:alert(1)"/>', "href"),
        ('<use href="https://elders.test/x.svg#a"/>', "href"),
        ('<image href="data:image/png;base64,AAAA"/>', "image"),
        ("<foreignObject><p/></foreignObject>", "foreignobject"),
        ("<style>@import 'https://elders.test/x.css'</style>", "style"),
        ('<rect style="fill: url(https://elders.test/x)"/>', "style"),
        ('<animate attributeName="href" values="javascript:alert(1)"/>', "values"),
    ],
)
def test_an_svg_that_runs_or_fetches_is_no_logo(inside: str, what: str) -> None:
    found = fault_in(SVG.format(inside).encode())
    assert found is not None and ("logo-active", what) == (found.code, dict(found.facts)["what"])


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b'<!DOCTYPE svg [<!ENTITY a "b">]>' + SVG.format("&a;").encode(), "logo-active"),
        (b'<?xml-stylesheet href="https://elders.test"?>' + SVG.format("").encode(), "logo-active"),
        (SVG.encode("utf-16"), "logo-kind"),
        (b"<svg>", "logo-kind"),
        (b'<html xmlns="http://www.w3.org/1999/xhtml"/>', "logo-kind"),
        (b"GIF89a", "logo-kind"),
        (b"", "logo-kind"),
        (PNG + (60_000).to_bytes(4, "big") * 2, "logo-size"),
        (PNG[:10], "logo-size"),
        (b"\x89PNG\r\n\x1a\n" + b" " * BYTES_MAX, "logo-too-large"),
    ],
)
def test_what_is_no_picture_is_no_logo(raw: bytes, code: str) -> None:
    found = fault_in(raw)
    assert found is not None and code == found.code


def test_a_plain_drawing_and_a_small_png_are_logos() -> None:
    drawing = SVG.format('<defs><path id="a" d="M0 0h9v9z"/></defs><use href="#a" fill="url(#b)"/>').encode()
    assert fault_in(drawing) is None and "image/svg+xml" == kind_of(drawing)
    assert fault_in(PNG + (40).to_bytes(4, "big") * 2) is None
