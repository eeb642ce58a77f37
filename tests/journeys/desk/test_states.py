"""Every page of the desk in every state: axe finds nothing, nothing is stretched, nothing is refused by the policy.

The bytes that the server gave are shown again at their address, with the sheet and scripts of the server: so each state
costs one look, and no way to it. At 320 CSS pixels a page stands as at 400 % zoom of 1280 (WCAG 1.4.10).

The slow test has a part for each language, width and scheme (`-k en-320-dark`), the pages with most elements first.
What was looked at and had no fault is noted in `build/looked`, so that a part that was broken off goes on where it was;
a part that came to its end begins anew, and so does each when pages, their words or these looks change.
"""

import hashlib
import re
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import pytest

from tests.desk_pages.office import DeskOffice
from tests.journeys.desk.page_looks import looked_at
from tests.journeys.desk.states import FRAGMENTS, FULL, all_of
from tests.journeys.desk.states_found import State, outline, page_templates, rendered
from tests.journeys.desk.street import Street, served
from tests.journeys.desk.walk import patterns
from tests.journeys.field.tablet import ARGUMENTS, browser

WITHIN: Final = "<!doctype html><html lang=nl><title>-</title><main><h1>-</h1></main></html>"
WIDE: Final = (1280, "light")
OTHER: Final = ((320, "dark"), (1280, "dark"), (320, "light"))
EVERY: Final = ((320, "dark"), (320, "light"), (1280, "dark"), (1280, "light"))
LEADS_ON: Final = re.compile(r'<meta http-equiv="refresh"[^>]*>')  # what leads on by itself is looked at first
ROOT: Final = Path(__file__).parents[3]
LOOKED: Final = ROOT / "build" / "looked"
MADE_OF: Final = (
    "backend/web/**/*.py", "backend/web/templates/**/*.html", "backend/web/desk/assets/**/*", "backend/**/*.json",
    "tests/journeys/axe.py", "tests/journeys/desk/*.py",
)  # fmt: skip
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


def fulfilled(route: Any, *, page: Any, shown: list[State]) -> None:
    """Answer for a page with what the server gave before; nothing is asked anew, and pages within it are empty."""
    state = shown[-1]
    headers = {"content-type": "text/html; charset=utf-8", "content-security-policy": state.policy}
    if route.request.resource_type != "document":
        route.fulfill(status=204)  # of which htmx makes nothing
    elif route.request.frame == page.main_frame:
        route.fulfill(body=LEADS_ON.sub("", state.text), headers=headers)
    else:
        route.fulfill(body=WITHIN, content_type="text/html")


Looks = list[tuple[State, tuple[tuple[int, str], ...]]]


def nothing(_state: State) -> None:
    """Note nothing."""


def faults(street: Street, looks: Looks, *, drawn: bool = False, note: Callable[[State], None] = nothing) -> list[str]:
    """Every fault of some states, each looked at in its ways; those without one are noted."""
    found: list[str] = []
    with served(street) as address, import_module("playwright.sync_api").sync_playwright() as drive:
        window = drive.chromium.launch(executable_path=browser(), args=list(ARGUMENTS))
        page: Any = window.new_context(reduced_motion="reduce").new_page()
        page.on("pageerror", lambda error: found.append(f"{page.url}: {error}"))
        page.on("console", lambda said: found.append(said.text) if "Content Security" in said.text else None)
        shown: list[State] = []
        page.route("**/m/**", partial(fulfilled, page=page, shown=shown))
        page.context.new_cdp_session(page).send("Network.setCacheDisabled", {"cacheDisabled": False})  # for the sheets
        for state, ways in looks:
            before = len(found)
            shown.append(state)
            page.goto(address + state.address)
            found += [f"{state.name}: {fault}" for fault in looked_at(page, ways, drawn=drawn)]
            if len(found) == before:
                note(state)
        window.close()
    return found


@cache
def stamp() -> str:
    """The state of all that a page is made of, and of what looks at it."""
    found = hashlib.sha256()
    for path in sorted(path for name in MADE_OF for path in ROOT.glob(name) if path.is_file()):
        found.update(str(path.relative_to(ROOT)).encode() + path.read_bytes())
    return found.hexdigest()[:16]


def key_of(state: State) -> str:
    """The name of a state in every run."""
    return hashlib.sha256(f"{state.pattern} {state.name} {outline(state.text)}".encode()).hexdigest()[:16]


def others(state: State, at: int) -> tuple[tuple[int, str], ...]:
    """How a state is looked at besides; a page as it is when full is not, for `test_looks.py` does so."""
    return (OTHER[at // 2 % len(OTHER)],) if state.name != FULL else ()


def test_every_page_of_the_table_is_looked_at_and_has_no_fault(offices: tuple[Street, DeskOffice]) -> None:
    street, empty = offices
    states = [*all_of(street, empty, "nl", whole=False)]
    shown = {state.pattern for state in states if state.name == FULL}
    assert [] == sorted({*patterns()} - shown - {*FRAGMENTS} - NOT_FOUND), "a page that nobody looks at"
    firsts = {(state.pattern, state.name): state for state in reversed(states)}
    some = [*firsts.values()]
    found = faults(street, [(one, (WIDE, *others(one, at))) for at, one in enumerate(some)])
    assert not found, "\n".join(found)


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str], tuple[Street, list[State]]]]:
    """Every state in a language, those with most elements first; made once for all parts that ask for it."""
    made: dict[str, tuple[Street, list[State]]] = {}
    opened: list[Street | DeskOffice] = []

    def of(language: str) -> tuple[Street, list[State]]:
        if language not in made:
            folder = tmp_path_factory.mktemp(language)
            street, empty = Street(folder / "full"), DeskOffice(folder / "empty")
            opened.extend((street, empty))
            with rendered() as templates:
                found = sorted(all_of(street, empty, language, whole=True), key=lambda one: -one.text.count("<"))
            assert [] == sorted(page_templates() - templates.keys()), "a page that nobody looks at"
            made[language] = street, found
        return made[language]

    yield of
    for office in opened:
        office.close()


@pytest.mark.soak
@pytest.mark.parametrize(("width", "scheme"), EVERY, ids=[f"{width}-{scheme}" for width, scheme in EVERY])
@pytest.mark.parametrize(
    "language", [pytest.param(one, marks=pytest.mark.xdist_group(f"states {one}")) for one in ("en", "nl")]
)
def test_every_state_has_no_fault(
    states: Callable[[str], tuple[Street, list[State]]], language: str, width: int, scheme: str
) -> None:
    street, found = states(language)
    assert len(found) > 250
    notes = LOOKED / f"{stamp()}-{language}-{width}-{scheme}"
    notes.parent.mkdir(parents=True, exist_ok=True)
    known = set(notes.read_text().split()) if notes.exists() else set()
    left = [state for state in found if key_of(state) not in known]
    with notes.open("a", buffering=1) as file:
        wrong = faults(
            street, [(state, ((width, scheme),)) for state in left], drawn=scheme == "dark",
            note=lambda state: print(key_of(state), file=file),
        )  # fmt: skip
    assert not wrong, "\n".join(wrong)
    notes.unlink()
