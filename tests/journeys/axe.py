"""What asks axe-core for the faults of a page, past the policy of the page, which lets no string run."""

from pathlib import Path
from typing import Any, Final
from weakref import WeakSet

AXE: Final = Path(__file__).parents[2] / "field" / "node_modules" / "axe-core" / "axe.min.js"
RULES: Final = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")
# What colours, widths and sizes of text change. All other rules are of what stands in the page, and are asked once.
DRAWN: Final = ("color-contrast", "target-size", "link-in-text-block", "scrollable-region-focusable")
HEIGHT_MAX: Final = 8_000
# Of what axe-core fetches first only sound and film are asked for by a rule: not the sheets, which it would parse anew.
_ASK: Final = (
    "axe.run(document, {resultTypes: ['violations'], preload: {assets: ['media']},"
    " runOnly: {type: '%s', values: %s}}).then((found) =>"
    " found.violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}"
    " (${node.failureSummary.split('\\n').slice(1).join(' ').trim().slice(0, 240)})`)))"
)
_HEIGHT: Final = "document.scrollingElement.scrollHeight"
_looked_at: WeakSet[Any] = WeakSet()  # pages that were given axe-core


class Looker:
    """A session with one page that is shown, to look at it in several ways."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._tools = page.context.new_cdp_session(page)
        if self.ask("typeof axe") == "undefined":
            self._bring()

    def _bring(self) -> None:
        """Give axe-core to the document that is shown; to a page that goes from one to the next, with each of them.

        It is half a megabyte: to send it each time costs as much as what it finds in a small page.
        """
        if self._page in _looked_at:
            self._page.add_init_script(f"if (window === window.top) {{ {AXE.read_text()} }}")  # not to frames within it
        _looked_at.add(self._page)
        self._tools.send("Runtime.evaluate", {"expression": AXE.read_text()})

    def ask(self, expression: str) -> Any:
        """Return what an expression gives, once it has."""
        sent = {"expression": expression, "awaitPromise": True, "returnByValue": True}
        answer = self._tools.send("Runtime.evaluate", sent)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def faults(self, *, drawn: bool = False) -> list[str]:
        """What axe-core finds; of a page whose markup was looked at already, only what depends on how it is drawn."""
        kind, values = ("rule", DRAWN) if drawn else ("tag", RULES)
        return list(self.ask(_ASK % (kind, list(values))))

    def widen(self, width: int) -> None:
        """Show the whole page at a width: what a bar covers until one scrolls is no fault."""
        self._page.set_viewport_size({"width": width, "height": 900})
        self._page.set_viewport_size({"width": width, "height": min(self.ask(_HEIGHT) + 100, HEIGHT_MAX)})

    def beyond(self) -> int:
        """How many px of the page lie beyond the side."""
        return int(self.ask("document.scrollingElement.scrollWidth - innerWidth"))

    def close(self) -> None:
        """End the session."""
        self._tools.detach()
