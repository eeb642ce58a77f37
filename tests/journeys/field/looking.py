"""What looks at a screen: axe-core, how large all is that is touched, and whether it must be scrolled sideways."""

from itertools import product
from typing import Final

from tests.journeys.axe import Looker
from tests.journeys.field.tablet import PHONE, Tablet

# What is touched: a box that is ticked by its label is as large as that. What stands within a sentence is text.
_SMALL: Final = """
[...document.querySelectorAll("button, a[href], input, select, textarea, summary, [role=button]")].flatMap((one) => {
  const touched = ["checkbox", "radio", "file"].includes(one.type) ? one.closest("label") ?? one : one;
  const { width, height } = touched.getBoundingClientRect(), least = 48 - .5;
  if (width === 0 || touched.closest("p, .visually-hidden") !== null || (height > least && width > least)) return [];
  return [`${Math.round(width)} by ${Math.round(height)} px: ${touched.outerHTML.slice(0, 120)}`];
})"""
Ways = tuple[tuple[int, str, int], ...]
# Width, scheme and size of text in percent: each pair of two of them, and the ends of each, stand here once.
WAYS: Final = {
    "nl": ((390, "light", 100), (1280, "dark", 200), (320, "dark", 100)),
    "en": ((320, "light", 200), (1280, "light", 100), (390, "dark", 200)),
}
WHOLE: Final = ((1280, "light", 100),)  # the width that is first in no language: all rules are asked of it too
OURS: Final = (
    """const ours = (name) => import(new URL(name, document.querySelector('script[src$="app/main.js"]').src).href);"""
)
SPEAK: Final = f"async (language) => {{ {OURS} await (await ours('ui.js')).speak(language); }}"
EVERY_WAY: Final = tuple(product((320, 390, 1280), ("light", "dark"), (100, 200)))


def faults(tablet: Tablet, ways: Ways, *, whole: bool = False) -> list[str]:
    """Return every fault of the screen that is shown, looked at in each way; the tablet is left as it was.

    What stands in it is asked in the first way and at each width of `WHOLE`, or with `whole` in every way; how it is
    drawn in all of them.
    """
    found: list[str] = []
    looker = Looker(tablet.page)
    for number, way in enumerate(ways):
        width, scheme, size = way
        tablet.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        looker.ask(f"document.documentElement.style.fontSize = '{size}%'")
        looker.widen(width)
        where = f"{width} px, {scheme}, {size} %"
        drawn = number > 0 and way not in WHOLE and not whole
        found += [f"{where}: {fault}" for fault in looker.faults(drawn=drawn)]
        found += [f"{where}: {small}" for small in looker.ask(_SMALL)]
        if (beyond := looker.beyond()) > 0:
            found.append(f"{where}: {beyond} px beyond the side")
    looker.ask("document.documentElement.style.fontSize = ''")
    tablet.page.set_viewport_size(PHONE)
    tablet.page.emulate_media(color_scheme=None, reduced_motion=None)
    looker.close()
    return found


def faults_in_both_languages(tablet: Tablet) -> list[str]:
    """Return every fault of the screen that is shown, in Dutch and in English; it is left in Dutch."""
    found = []
    for language in ("en", "nl"):
        tablet.page.evaluate(SPEAK, language)
        found += [f"{language}, {fault}" for fault in faults(tablet, WAYS[language])]
    return found
