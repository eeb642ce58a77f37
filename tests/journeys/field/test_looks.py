"""Every screen: nothing for axe-core to find, nothing beyond the side, and a keyboard is enough."""

from collections.abc import Callable

import pytest

from tests.journeys.field.looking import AXE, WAYS, faults
from tests.journeys.field.screens import walked
from tests.journeys.field.tablet import PHRASE, Tablet
from tests.journeys.field.walk import Walk
from tests.journeys.field.words import words


@pytest.mark.parametrize("language", ["nl", "en"])
def test_axe_finds_nothing_on_any_screen(tablets: Callable[..., Tablet], language: str) -> None:
    if not AXE.is_file():
        pytest.skip("NO AXE-CORE (make field/.ready): nothing looks for faults of access")
    tablet = tablets(host="localhost", locale=language)
    walk = Walk(tablet, language, f"werker-blik-{language}")
    found = {}
    for screen in walked(walk, language):
        found[screen] = faults(tablet, WAYS[language])
    assert 20 <= len(found) and {} == {screen: some for screen, some in found.items() if some}


def test_every_sentence_is_there_in_both_languages() -> None:
    assert words("nl").keys() == words("en").keys() and 100 < len(words("nl"))


def test_a_keyboard_is_enough_from_the_welcome_to_the_first_screen(tablet: Tablet) -> None:
    keys = tablet.page.keyboard

    def go_to(name: str) -> None:
        """Press Tab until the element with these words has the focus."""
        for _ in range(60):
            keys.press("Tab")
            if name in tablet.page.evaluate(
                "() => { const at = document.activeElement;"
                " return `${at.innerText || ''} ${at.labels?.[0]?.innerText ?? ''} ${at.ariaLabel ?? ''}`; }"
            ):
                return
        raise AssertionError(f"no Tab leads to {name}")

    tablet.sees("Scan uitnodiging")
    go_to("Ik heb een link of code")
    keys.press("Enter")
    go_to("Link of code")
    keys.type(tablet.invitation("werker-toetsen"), delay=0)
    go_to("Verder")
    keys.press("Enter")
    tablet.sees("Is dit uw gemeente?")
    go_to("Ja, dat klopt")
    keys.press("Enter")
    go_to("Wachtzin")
    keys.type(PHRASE)
    go_to("Nog een keer")
    keys.type(PHRASE)
    keys.press("Enter")
    tablet.is_synced()
    go_to("Ik en dit toestel")
    keys.press("Enter")
    go_to("Vergrendelen")
    keys.press("Space")
    tablet.sees("Op slot sinds")
    go_to("Wachtzin")
    keys.type(PHRASE)
    keys.press("Enter")
    tablet.is_synced()
