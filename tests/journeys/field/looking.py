"""What looks at a screen: axe-core, how large all is that is touched, and whether it must be scrolled sideways."""

from itertools import product
from pathlib import Path
from typing import Any, Final

from tests.journeys.field.tablet import PHONE, Tablet

AXE: Final = Path(__file__).parents[3] / "field" / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
HEIGHT: Final = 8_000  # the whole page: what a bar covers until one scrolls is no fault
_ASK: Final = (
    "axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values: %s}}).then((found) =>"
    " found.violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}"
    " (${node.failureSummary.split('\\n').slice(1).join(' ').trim().slice(0, 200)})`)))"
)
# What is touched: a box that is ticked by its label is as large as that. What stands within a sentence is text.
_SMALL: Final = """
[...document.querySelectorAll("button, a[href], input, select, textarea, summary, [role=button]")].flatMap((one) => {
  const touched = ["checkbox", "radio", "file"].includes(one.type) ? one.closest("label") ?? one : one;
  const { width, height } = touched.getBoundingClientRect(), least = 48 - .5;
  if (width === 0 || touched.closest("p, .visually-hidden") !== null || (height > least && width > least)) return [];
  return [`${Math.round(width)} by ${Math.round(height)} px: ${touched.outerHTML.slice(0, 120)}`];
})"""
# Width, scheme and size of text in percent: each pair of two of them, and the ends of each, stand here once.
WAYS: Final = {
    "nl": ((390, "light", 100), (1280, "dark", 200), (320, "dark", 100)),
    "en": ((320, "light", 200), (1280, "light", 100), (390, "dark", 200)),
}
OURS: Final = (
    """const ours = (name) => import(new URL(name, document.querySelector('script[src$="app/main.js"]').src).href);"""
)
SPEAK: Final = f"async (language) => {{ {OURS} await (await ours('ui.js')).speak(language); }}"
EVERY_WAY: Final = tuple(product((320, 390, 1280), ("light", "dark"), (100, 200)))


def faults(tablet: Tablet, ways: tuple[tuple[int, str, int], ...]) -> list[str]:
    """Return every fault of the screen that is shown, looked at in each way; the tablet is left as it was."""
    found: list[str] = []
    devtools = tablet.devtools()
    devtools.send("Runtime.evaluate", {"expression": AXE.read_text()})  # past the policy, which lets no string run
    for width, scheme, size in ways:
        tablet.page.set_viewport_size({"width": width, "height": HEIGHT})
        tablet.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        _ask(devtools, f"document.documentElement.style.fontSize = '{size}%'")
        where = f"{width} px, {scheme}, {size} %"
        found += [f"{where}: {fault}" for fault in _ask(devtools, _ASK % list(RULES))]
        found += [f"{where}: {small}" for small in _ask(devtools, _SMALL)]
        beyond = _ask(devtools, "document.scrollingElement.scrollWidth - innerWidth")
        if beyond > 0:
            found.append(f"{where}: {beyond} px beyond the side")
    _ask(devtools, "document.documentElement.style.fontSize = ''")
    tablet.page.set_viewport_size(PHONE)
    tablet.page.emulate_media(color_scheme=None, reduced_motion=None)
    devtools.detach()
    return found


def faults_in_both_languages(tablet: Tablet) -> list[str]:
    """Return every fault of the screen that is shown, in Dutch and in English; it is left in Dutch."""
    found = []
    for language in ("en", "nl"):
        tablet.page.evaluate(SPEAK, language)
        found += [f"{language}, {fault}" for fault in faults(tablet, WAYS[language])]
    return found


def _ask(devtools: Any, expression: str) -> Any:
    """Return what an expression gives, once it has."""
    answer = devtools.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in answer, answer
    return answer["result"].get("value")
