"""Every page of the desk in every state: axe finds nothing, nothing is stretched, nothing is refused by the policy.

The bytes that the server gave are shown again at their address, with the sheet and scripts of the server: so each state
costs one look, and no way to it. At 320 CSS pixels a page stands as at 400 % zoom of 1280 (WCAG 1.4.10).
"""

from collections.abc import Iterator
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from tests.desk_pages.office import DeskOffice
from tests.journeys.desk.page_looks import looked_at
from tests.journeys.desk.states import FRAGMENTS, FULL, State, all_of
from tests.journeys.desk.street import Street, served
from tests.journeys.desk.walk import patterns
from tests.journeys.field.tablet import ARGUMENTS, browser

WITHIN: Final = "<!doctype html><html lang=nl><title>-</title><main><h1>-</h1></main></html>"
WIDE: Final = (1280, "light")
OTHER: Final = ((320, "dark"), (1280, "dark"), (320, "light"))  # each page is looked at in one of them too
EVERY: Final = ((1280, "light"), (1280, "dark"), (320, "light"), (320, "dark"))
NOT_FOUND: Final = {
    "/reason/{reading:str}",
    "/reason/{reading:str}/files/{file:str}",
}  # read for a reason: a lead has none


@pytest.fixture(scope="module")
def offices(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Street, DeskOffice]]:
    browser()
    made = Street(tmp_path_factory.mktemp("full")), DeskOffice(tmp_path_factory.mktemp("empty"))
    yield made
    for office in made:
        office.close()


def fulfilled(route: Any, *, page: Any, state: State) -> None:
    """Answer for a page with what the server gave before; nothing is asked anew, and pages within it are empty."""
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": state.policy}
    if route.request.resource_type != "document":
        route.fulfill(status=204)  # of which htmx makes nothing
    elif route.request.frame == page.main_frame:
        route.fulfill(body=state.text, headers=headers)
    else:
        route.fulfill(body=WITHIN, content_type="text/html")


def faults(street: Street, looks: list[tuple[State, tuple[tuple[int, str], ...]]]) -> list[str]:
    """Every fault of some states, each looked at in its ways."""
    found: list[str] = []
    with served(street) as address, import_module("playwright.sync_api").sync_playwright() as drive:
        window = drive.chromium.launch(executable_path=browser(), args=list(ARGUMENTS))
        page: Any = window.new_context(reduced_motion="reduce").new_page()
        page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
        page.on("console", lambda said: found.append(said.text) if "Content Security" in said.text else None)
        for state, ways in looks:
            page.unroute_all()
            page.route("**/m/**", partial(fulfilled, page=page, state=state))
            page.goto(address + state.address)
            found += [f"{state.name}: {fault}" for fault in looked_at(page, ways)]
        window.close()
    return found


def test_every_page_of_the_table_is_looked_at_and_has_no_fault(offices: tuple[Street, DeskOffice]) -> None:
    street, empty = offices
    states = [*all_of(street, empty, "nl", whole=False)]
    shown = {state.pattern for state in states if state.name == FULL}
    assert [] == sorted({*patterns()} - shown - {*FRAGMENTS} - NOT_FOUND), "a page that nobody looks at"
    firsts = {(state.pattern, state.name): state for state in reversed(states)}
    some = [*firsts.values()]
    found = faults(street, [(one, (WIDE, OTHER[at % len(OTHER)])) for at, one in enumerate(some)])
    assert not found, "\n".join(found)


@pytest.mark.soak
@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_state_in_every_way_has_no_fault(tmp_path: Path, language: str) -> None:
    street, empty = Street(tmp_path / "full"), DeskOffice(tmp_path / "empty")
    states = [*all_of(street, empty, language, whole=True)]
    assert len(states) > 150
    found = faults(street, [(state, EVERY) for state in states])
    street.close()
    empty.close()
    assert not found, "\n".join(found)
