"""How a browser becomes a worker's device: by link, by pasting, by a code; and who else works on the same tablet."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.journeys.field import codes
from tests.journeys.field.looking import WAYS, faults
from tests.journeys.field.tablet import IPHONE, STAFF, TOWN, Tablet
from tests.journeys.terminal import Terminal

NO_INVITATION = "Dit is geen uitnodiging"
PROMISING = """() => {  // a browser that promises to keep a store once it is asked to
  navigator.storage.persist = async () => (globalThis.asked = true);
  navigator.storage.persisted = async () => globalThis.asked === true;
}"""


def test_a_link_opens_the_app_with_its_invitation_and_stays_in_no_history(
    tablets: Callable[..., Tablet], terminal: Terminal
) -> None:
    row = terminal.rows("invite", TOWN, "werker-link", *STAFF)[0]
    tablet = tablets(path=row["link"].partition("/field/")[2])
    tablet.sees("Is dit uw gemeente?")
    tablet.sees(row["print"])  # what the office's terminal shows beside it
    assert row["invitation"] not in tablet.page.url
    tablet.settle()
    tablet.page.go_back()
    assert row["invitation"] not in tablet.page.url


def test_a_picture_of_the_code_is_read_and_the_browser_is_asked_to_keep_what_comes(
    tablet: Tablet, tmp_path: Path
) -> None:
    tablet.press("Scan uitnodiging")
    tablet.sees("De camera is hier niet te gebruiken")
    place = tablet.page.get_by_label("Kies een foto van de code")
    place.set_input_files(codes.picture("https://example.org/", tmp_path / "other.png"))
    tablet.sees("Deze code is geen uitnodiging")
    (tmp_path / "none.png").write_bytes(b"no picture at all")
    place.set_input_files(tmp_path / "none.png")
    tablet.sees("geen code te vinden")
    place.set_input_files(codes.picture(tablet.invitation("werker-foto"), tmp_path / "code.png"))
    tablet.sees("Is dit uw gemeente?")
    tablet.page.evaluate(PROMISING)
    tablet.settle()
    tablet.page.locator("header .me").click()
    tablet.sees("De browser heeft beloofd dit te bewaren")
    tablet.page.evaluate("() => { globalThis.asked = false; }")  # and where it takes that back, the app says so
    tablet.page.locator("header .name").click()
    tablet.page.locator("header .me").click()
    tablet.sees("De browser kan dit wissen")


def test_a_camera_that_looks_at_the_code_is_enough(
    tablets: Callable[..., Tablet], terminal: Terminal, tmp_path: Path
) -> None:
    link = terminal.rows("invite", TOWN, "werker-camera", *STAFF)[0]["link"]
    film = codes.film(link, tmp_path / "code.y4m")
    tablet = tablets(
        args=["--use-fake-device-for-media-stream", f"--use-file-for-fake-video-capture={film}"], permissions=["camera"]
    )
    tablet.press("Scan uitnodiging")
    tablet.settle()


def test_what_is_no_invitation_is_said_and_changes_nothing(tablet: Tablet) -> None:
    for text in ("", "94a6", "https://example.org/field/#00ff", "é" * 500):
        tablet.page.reload()
        tablet.press("Ik heb een link of code")
        tablet.fill("Link of code", text)
        tablet.press("Verder")
        tablet.sees(NO_INVITATION)


def test_an_invitation_holds_once_and_a_second_tablet_is_told(
    tablets: Callable[..., Tablet], terminal: Terminal
) -> None:
    path = terminal.rows("invite", TOWN, "werker-eens", *STAFF)[0]["link"].partition("/field/")[2]
    tablets("first", path).settle()
    second = tablets("second", path)
    second.press("Ja, dat klopt")
    for label in ("Wachtzin", "Nog een keer"):
        second.page.get_by_label(label, exact=True).fill("een lange wachtzin")
    second.press("Toestel klaarmaken")
    second.sees("Deze uitnodiging geldt niet")


def test_a_page_that_was_killed_before_the_answer_came_goes_on_as_the_same_device(
    tablets: Callable[..., Tablet], terminal: Terminal
) -> None:
    """First no answer at all, then none before the power goes, and a server that forgot the invitation since."""
    tablet = tablets(own=True)
    asked: list[int] = []

    def lose(route: Any) -> None:
        asked.append(route.fetch().status if asked else 0)
        if len(asked) == 1:
            route.abort()

    tablet.context.route("**/enrolments", lose)
    tablet.press("Ik heb een link of code")
    tablet.fill("Link of code", tablet.invitation("werker-kwijt"))
    tablet.press("Verder")
    tablet.press("Ja, dat klopt")
    for label in ("Wachtzin", "Nog een keer"):
        tablet.page.get_by_label(label, exact=True).fill("een lange wachtzin")
    tablet.press("Toestel klaarmaken")
    tablet.sees("Er is geen verbinding met de server")
    tablet.press("Toestel klaarmaken")
    while len(asked) < 2:
        tablet.page.wait_for_timeout(50)
    tablet.kill()
    terminal.kill()
    terminal.start("serve")
    tablet.start()
    tablet.sees("Dit toestel was nog niet klaar")
    tablet.unlock()
    tablet.is_synced()
    devices = [row for row in terminal.rows("devices", TOWN, *STAFF) if row["worker"] == "werker-kwijt"]
    assert [0, 201] == asked and 1 == len(devices)


def test_two_workers_share_a_tablet_and_see_nothing_of_each_other(tablet: Tablet) -> None:
    tablet.enrol("werker-een", "Robin", "de wachtzin van een")
    tablet.begin("Huisbezoek")
    tablet.fill("Dossiercode", "ABCD-2345")
    tablet.finish()
    tablet.is_synced()
    tablet.lock()
    tablet.press("Nieuw op dit toestel")
    tablet.enrol("werker-twee", "Sam", "de wachtzin van twee")
    shown = tablet.page.locator("body").inner_text()
    assert "ABCD-2345" not in shown and "Robin" not in shown
    tablet.lock()
    tablet.sees("Dag Sam")
    assert "ABCD-2345" not in tablet.page.locator("body").inner_text()
    tablet.unlock("de wachtzin van een")
    tablet.sees("Dat was niet de wachtzin")
    tablet.press("Robin")
    tablet.unlock("de wachtzin van een")
    tablet.sees("ABCD-2345")


def test_an_old_browser_is_told_what_to_update(tablets: Callable[..., Tablet]) -> None:
    tablet = tablets()
    tablet.page.add_init_script("HTMLScriptElement.supports = undefined")
    tablet.page.reload()
    tablet.sees("Deze browser is te oud voor Veldpost")
    assert 0 == tablet.page.get_by_role("button").count() and [] == faults(tablet, WAYS["nl"])
    page = tablet.context.new_page()
    page.add_init_script(
        "const draw = SubtleCrypto.prototype.importKey;"
        "SubtleCrypto.prototype.importKey = function (form, key, how, ...rest) {"
        " return (how.name ?? how) === 'Ed25519' ? Promise.reject(new DOMException('no', 'NotSupportedError'))"
        " : draw.call(this, form, key, how, ...rest); }"
    )
    page.goto(tablet.url)
    page.get_by_role("heading", name="Deze browser is te oud").wait_for()


def test_a_browser_without_storage_says_so(tablets: Callable[..., Tablet]) -> None:
    tablet = tablets()
    tablet.page.add_init_script("IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }")
    tablet.page.reload()
    tablet.sees("Hier kan Veldpost niets bewaren")


def test_a_tab_of_an_iphone_says_how_to_put_the_app_on_the_home_screen(
    tablets: Callable[..., Tablet], terminal: Terminal
) -> None:
    """What a tab there keeps goes after seven days: nothing is begun in one, and the invitation comes along."""
    link = terminal.rows("invite", TOWN, "werker-tab", *STAFF)[0]["link"]
    tablet = tablets(path=link.partition("/field/")[2], user_agent=IPHONE, permissions=["clipboard-write"])
    page = tablet.page
    page.get_by_role("heading", name="Zet Veldpost eerst op het beginscherm", level=1).wait_for()
    tablet.sees("na zeven dagen")
    assert 3 == page.locator("ol.steps li").count() and 0 == page.get_by_label("Wachtzin").count()
    page.evaluate("() => { navigator.clipboard.writeText = async (text) => { globalThis.copied = text; }; }")
    tablet.press("Uitnodiging kopiëren")
    tablet.sees("De uitnodiging is gekopieerd")
    copied = page.evaluate("() => globalThis.copied")
    assert copied.partition("#")[2] == link.partition("#")[2] and copied.startswith(tablet.url)
    assert [] == faults(tablet, WAYS["nl"])
    installed = tablet.context.new_page()
    installed.add_init_script("Object.defineProperty(Navigator.prototype, 'standalone', { value: true })")
    installed.goto(tablet.url)
    installed.get_by_role("button", name="Ik heb een link of code").click()
    installed.get_by_label("Link of code").fill(copied)
    installed.get_by_role("button", name="Verder").click()
    installed.get_by_role("heading", name="Is dit uw gemeente?").wait_for()
