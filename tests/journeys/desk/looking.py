"""What looks at a page of the desk: axe-core, and whether it must be scrolled sideways, narrow and wide."""

from typing import Any, Final

from tests.journeys.field.looking import AXE, RULES

WIDTHS: Final = (320, 1280)
HEIGHT: Final = 8_000  # the whole page
_ASK: Final = (
    "axe.run(document, {resultTypes: ['violations'], runOnly: {type: 'tag', values: %s}}).then((found) =>"
    " found.violations.flatMap(({id, nodes}) => nodes.map((node) => `${id}: ${node.html.slice(0, 160)}"
    " (${node.failureSummary.split('\\n').slice(1).join(' ').trim().slice(0, 200)})`)))"
)


def page_faults(page: Any) -> list[str]:
    """Every fault of the page that is shown, at each width; it is left at the last of them."""
    found: list[str] = []
    devtools = page.context.new_cdp_session(page)
    devtools.send("Runtime.evaluate", {"expression": AXE.read_text()})  # past the policy, which lets no string run
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HEIGHT})
        found += [f"{page.url} {width}: {fault}" for fault in _asked(devtools, _ASK % list(RULES))]
        beyond = _asked(devtools, "document.scrollingElement.scrollWidth - innerWidth")
        if beyond > 0:
            found.append(f"{page.url} {width}: {beyond} px beyond the side")
    devtools.detach()
    page.set_viewport_size({"width": WIDTHS[-1], "height": 900})
    return found


def _asked(devtools: Any, expression: str) -> Any:
    answer = devtools.send("Runtime.evaluate", {"expression": expression, "awaitPromise": True, "returnByValue": True})
    assert "exceptionDetails" not in answer, answer
    return answer["result"].get("value")
