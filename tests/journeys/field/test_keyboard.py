"""A whole working day by keyboard alone: nothing is clicked, and whatever has the focus shows it."""

from tests.journeys.field.tablet import PHRASE, STAFF, TOWN, Tablet
from tests.journeys.field.test_two_tablets import FIELD, Colleague, synchronise
from tests.journeys.field.test_two_tablets import colleague as colleague
from tests.journeys.terminal import Terminal

FOCUS = """() => {
  const at = document.activeElement;
  if (at === document.body) return ['', false]; // between the last element and the first
  const ring = getComputedStyle(at.closest('.file') ?? at);
  const words = `${at.innerText || ''} ${at.labels?.[0]?.innerText ?? ''} ${at.ariaLabel ?? ''}`;
  return [words, at.matches(':focus-visible') && ring.outlineStyle !== 'none'];
}"""
TABS_MAX = 80  # on the longest screen of this day


class Keyboard:
    """The keys of one tablet."""

    def __init__(self, tablet: Tablet) -> None:
        self._tablet = tablet
        self.keys = tablet.page.keyboard

    def go_to(self, *names: str) -> None:
        """Press Tab until the element with these words has the focus, and shows it."""
        for _ in range(TABS_MAX):
            self.keys.press("Tab")
            words, is_seen = self._tablet.page.evaluate(FOCUS)
            if all(name in words for name in names):
                assert is_seen, f"{names} has the focus and does not show it"
                return
        raise AssertionError(f"no Tab leads to {names}")

    def press(self, *names: str, key: str = "Enter") -> None:
        """Go to a button and press it."""
        self.go_to(*names)
        self.keys.press(key)

    def type(self, name: str, text: str) -> None:
        """Go to a field and type in it; what stood there is replaced, as the browser selects it."""
        self.go_to(name)
        self.keys.type(text)

    def save(self) -> None:
        """From a page of a form to what is saved."""
        self.press("Overzicht")
        self._tablet.page.get_by_role("heading", name="Overzicht", level=1).wait_for()
        self.press("Afronden")
        self.press("Bewaren")
        self._tablet.sees("Bewaard op dit toestel")


def enrol(tablet: Tablet, board: Keyboard) -> None:
    """From the welcome screen to the first one of an open device."""
    tablet.sees("Scan uitnodiging")
    board.press("Ik heb een link of code")
    board.type("Link of code", tablet.invitation("werker-toetsen"))
    board.press("Verder")
    tablet.sees("Is dit uw gemeente?")
    board.press("Ja, dat klopt")
    for field in ("Wachtzin", "Nog een keer"):
        board.type(field, PHRASE)
    board.keys.press("Enter")
    tablet.is_synced()


def write(tablet: Tablet, board: Keyboard) -> None:
    """A new case with a child, saved."""
    board.press("Nieuw")
    tablet.page.get_by_role("heading", name="Welk formulier?").wait_for()
    board.press("Dossier")
    tablet.page.get_by_label("Dossiercode").wait_for()
    board.type("Dossiercode", "ABCD-2345")
    board.type("Hoe het gezin wordt genoemd", "Gezin bij de molen")
    board.press("Open", key="Space")  # the first of the choices
    assert tablet.page.get_by_label("Open", exact=True).is_checked()
    board.press("Verder")
    tablet.page.get_by_role("heading", name="Kinderen", level=1).wait_for()
    board.press("Toevoegen: Kinderen")
    tablet.page.get_by_label("Kindcode").wait_for()
    board.type("Kindcode", "KKKK-2222")
    board.save()


def edit(tablet: Tablet, board: Keyboard) -> None:
    """Find the case by its words and change its name, without a connection."""
    board.press("Vandaag")
    tablet.page.get_by_role("heading", name="Vandaag", level=1).wait_for()
    board.press("Alles doorzoeken")
    board.type("Woorden, code of naam", "molen")
    tablet.page.locator("mark").first.wait_for()
    board.press("ABCD-2345")
    board.press("Bewerken")
    tablet.page.get_by_label("Dossiercode").wait_for()
    board.type("Hoe het gezin wordt genoemd", "Gezin aan de vaart")
    assert "Gezin aan de vaart" == tablet.page.get_by_label("Hoe het gezin wordt genoemd").input_value()
    board.save()


def test_a_keyboard_is_enough_for_a_whole_day(tablet: Tablet, terminal: Terminal, colleague: Colleague) -> None:
    board = Keyboard(tablet)
    enrol(tablet, board)
    write(tablet, board)
    board.press("Bekijken")
    tablet.page.get_by_role("heading", name="Dossier", exact=True).wait_for()
    record = str(tablet.page.evaluate("() => location.hash.split('/')[2]"))
    synchronise(tablet)
    assert 0 == terminal.type("grant", TOWN, record, "collega", *STAFF).returncode
    colleague.sync.run()
    editing = colleague.device.open(bytes.fromhex(record))
    tablet.offline()
    edit(tablet, board)
    colleague.device.save(editing, "dossier", 1, {FIELD: "Gezin van de collega"})
    colleague.sync.run()
    board.press("nog hier")
    board.go_to("Nu proberen")
    tablet.offline(False)  # from here it also tries by itself, and there is no button while it does
    board.keys.press("Enter")
    tablet.is_synced()
    board.press("Vandaag")
    board.press("twee antwoorden: u beslist")
    board.press("Bekijk en beslis")
    tablet.sees("Gezin van de collega")
    first = tablet.page.locator(".side-card").first.locator(".value").inner_text()
    board.press("Deze")
    tablet.page.get_by_role("heading", name="Dossier", exact=True).wait_for()
    synchronise(tablet)
    shown = terminal.rows("show", TOWN, record, *STAFF)[0]
    assert (first, []) == (shown["shown"][FIELD]["value"], shown["open_conflicts"])
    board.press("Ik en dit toestel")
    board.press("Vergrendelen", key="Space")
    tablet.sees("Op slot sinds")
    board.type("Wachtzin", PHRASE)
    board.keys.press("Enter")
    tablet.is_synced()
