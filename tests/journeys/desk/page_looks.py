"""Looks at a page of the desk as axe-core, a finger and a narrow window do."""

from typing import Any, Final

from tests.journeys.axe import Looker

TARGET: Final = 44  # px, the least of what is touched; links in running text and within lists of facts are text
WAYS: Final = {  # width and scheme: every pair of them, and of each with a language; in the first, all rules are asked
    "nl": ((1280, "light"), (320, "dark")),
    "en": ((320, "light"), (1280, "dark")),
}
NARROW: Final = ((320, "light"),)
_OPEN: Final = "document.querySelectorAll('main details:not([open])').forEach((one) => { one.open = true; })"
_SMALL: Final = """
[...document.querySelectorAll("button, a[href], input, select, textarea, summary")].flatMap((one) => {
  const touched = ["checkbox", "radio", "file"].includes(one.type) ? one.closest("label") ?? one : one;
  const { width, height } = touched.getBoundingClientRect(), least = %d - .5;
  const text = touched.matches("a") && touched.closest("p, dd, li:not(.menu li, .tabs li)") !== null;
  if (width === 0 || text || touched.closest(".skip, .visually-hidden") || (height > least && width > least)) return [];
  return [`${Math.round(width)} by ${Math.round(height)} px: ${touched.outerHTML.slice(0, 120)}`];
})"""


def faults(chair: Any, language: str) -> list[str]:
    """Return every fault of the page that is shown, in each way of a language; the window is left wide and light."""
    return looked_at(chair.page, WAYS[language])


def looked_at(page: Any, ways: tuple[tuple[int, str], ...], *, drawn: bool = False) -> list[str]:
    """Return every fault of the page that is shown, in each way; the window is left wide and light.

    In the first way all rules are asked, unless only what depends on how a page is `drawn` is wanted.
    """
    found: list[str] = []
    looker = Looker(page)
    for number, (width, scheme) in enumerate(ways):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        looker.ask(_OPEN)
        looker.widen(width)
        where = f"{page.url.partition('/m/')[2]} {width} px, {scheme}"
        found += [f"{where}: {fault}" for fault in looker.faults(drawn=drawn or number > 0)]
        found += [f"{where}: {small}" for small in looker.ask(_SMALL % TARGET)]
        if (beyond := looker.beyond()) > 0:
            found.append(f"{where}: {beyond} px beyond the side")
        found += [f"{where}: a word is lacking: {code}" for code in looker.ask(_CODES)]
    page.set_viewport_size({"width": 1280, "height": 900})
    page.emulate_media(color_scheme=None, reduced_motion=None)
    looker.close()
    return found


_CODES: Final = "[...document.body.innerText.matchAll(/\\b(?:records|today|frame|conflicts)-[a-z-]+\\b/g)].map(String)"
