"""Every screen: nothing for axe-core to find, nothing beyond the side, also in the widest look of any theme."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from forms.theme.tokens import table
from tests.journeys.axe import AXE
from tests.journeys.field.looking import EVERY_WAY, faults, in_both_languages
from tests.journeys.field.screens import walked
from tests.journeys.field.tablet import STAFF, TOWN, Tablet
from tests.journeys.field.words import words
from tests.journeys.terminal import Terminal


def wear_the_widest(terminal: Terminal, folder: Path) -> None:
    """Have the office put on the largest type and the widest spacing that a theme may set."""
    path = folder / "widest.json"
    path.write_text(json.dumps({name: {"$value": most} for name, (_, _, most) in table().lengths.items()}))
    done = terminal.type("theme", "set", TOWN, str(path), *STAFF)
    assert 0 == done.returncode, done.stdout + done.stderr


def found_by_axe(
    tablet: Tablet, language: str, worker: str, look: Callable[[Tablet], list[str]]
) -> dict[str, list[str]]:
    """What axe-core finds on the screens that have faults; every screen is walked past."""
    if not AXE.is_file():
        pytest.skip("NO AXE-CORE (make field/.ready): nothing looks for faults of access")
    found = {screen: look(tablet) for screen in walked(tablet, language, worker)}
    assert 30 <= len(found)
    return {screen: some for screen, some in found.items() if some}


def test_axe_finds_nothing_on_any_screen_in_the_widest_theme(
    tablets: Callable[..., Tablet], terminal: Terminal, tmp_path: Path
) -> None:
    """In Dutch as a phone has it, and in English as narrow, dark and large as can be; `soak` looks in every way."""
    wear_the_widest(terminal, tmp_path)
    try:
        tablet = tablets(host="localhost", locale="nl")
        assert {} == found_by_axe(tablet, "nl", "werker-blik", in_both_languages)
    finally:
        terminal.rows("theme", "reset", TOWN, *STAFF)


@pytest.mark.soak
@pytest.mark.parametrize("language", ["nl", "en"])
@pytest.mark.parametrize("is_widest", [False, True], ids=["ours", "widest"])
def test_axe_finds_nothing_in_any_way(
    tablets: Callable[..., Tablet], terminal: Terminal, tmp_path: Path, language: str, is_widest: bool
) -> None:
    """Every width with every scheme and every size of text."""
    if is_widest:
        wear_the_widest(terminal, tmp_path)
    try:
        tablet = tablets(host="localhost", locale=language)
        worker = f"werker-{language}-{is_widest}".lower()
        assert {} == found_by_axe(tablet, language, worker, lambda one: faults(one, EVERY_WAY, whole=True))
    finally:
        terminal.rows("theme", "reset", TOWN, *STAFF)


def test_every_sentence_is_there_in_both_languages() -> None:
    assert words("nl").keys() == words("en").keys() and 100 < len(words("nl"))
