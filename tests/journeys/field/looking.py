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
# Width, scheme and size of text in percent, of each language: a phone as it is, and as narrow and large as can be.
WAYS: Final = {"nl": ((390, "light", 100),), "en": ((320, "dark", 200),)}
OURS: Final = (
    """const ours = (name) => import(new URL(name, document.querySelector('script[src$="app/main.js"]').src).href);"""
)
SPEAK: Final = f"async (language) => {{ {OURS} await (await ours('ui.js')).speak(language); }}"
EVERY_WAY: Final = tuple(product((320, 390, 1280), ("light", "dark"), (100, 200)))


def faults(tablet: Tablet, ways: Ways, *, whole: bool = False, drawn: bool = False) -> list[str]:
    """Return every fault of the screen that is shown, looked at in each way; the tablet is left as it was.

    What stands in it is asked in the first way, with `whole` in every way, and in none if only how it is `drawn` is
    wanted; how it is drawn in all of them.
    """
    found: list[str] = []
    looker = Looker(tablet.page)
    for number, (width, scheme, size) in enumerate(ways):
        tablet.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        looker.ask(f"document.documentElement.style.fontSize = '{size}%'")
        looker.widen(width)
        where = f"{width} px, {scheme}, {size} %"
        found += [f"{where}: {fault}" for fault in looker.faults(drawn=drawn or (number > 0 and not whole))]
        found += [f"{where}: {small}" for small in looker.ask(_SMALL)]
        if (beyond := looker.beyond()) > 0:
            found.append(f"{where}: {beyond} px beyond the side")
    looker.ask("document.documentElement.style.fontSize = ''")
    tablet.page.set_viewport_size(PHONE)
    tablet.page.emulate_media(color_scheme=None, reduced_motion=None)
    looker.close()
    return found


def in_both_languages(tablet: Tablet) -> list[str]:
    """Return every fault of the screen that is shown, in Dutch and in English; it is left in Dutch.

    What stands in it is the same in both, and asked in Dutch alone.
    """
    found = [f"nl, {fault}" for fault in faults(tablet, WAYS["nl"])]
    tablet.page.evaluate(SPEAK, "en")
    found += [f"en, {fault}" for fault in faults(tablet, WAYS["en"], drawn=True)]
    tablet.page.evaluate(SPEAK, "nl")
    return found
