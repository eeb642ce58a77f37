"""A walk past the screens around the forms, in either language: for what looks at each of them."""

from collections.abc import Iterator
from typing import Any, Final

from tests.journeys.field.tablet import PHRASE, STAFF, TOWN, Tablet
from tests.journeys.field.words import words

ALL_BUT_COOKIES: Final = "indexeddb,cache_storage,local_storage,service_workers,file_systems"
# Screens of browsers that cannot hold a device, and what makes one of this browser.
LACKS: Final = {
    "unplaced": "IDBFactory.prototype.open = () => { throw new DOMException('no', 'SecurityError'); }",
    "old": "SubtleCrypto.prototype.importKey = () => Promise.reject(new DOMException('no', 'NotSupportedError'));",
}


class Walk:
    """Goes from screen to screen by the words that stand on them; each step yields the name of the screen."""

    def __init__(self, tablet: Tablet, language: str, worker: str) -> None:
        self._tablet = tablet
        self._words = words(language)
        self._worker = worker

    @property
    def page(self) -> Any:
        return self._tablet.page

    def said(self, name: str) -> str:
        """Return the words of this name."""
        return self._words[name]

    def press(self, name: str) -> None:
        """Press the button with the words of this name."""
        self.page.get_by_role("button", name=self._words[name], exact=True).click()

    def fill(self, name: str, text: str) -> None:
        """Type into the field with the words of this name."""
        self.page.get_by_label(self._words[name], exact=True).fill(text)

    def at(self, name: str) -> None:
        """Wait until the screen with this heading is shown."""
        self.page.get_by_role("heading", level=1, name=self._words[name]).wait_for()

    def before(self) -> Iterator[str]:
        """From the welcome screen to the first screen of a new device."""
        self.at("welcome.title")
        yield "welcome"
        self.press("welcome.scan")
        self.page.get_by_text(self._words["scan.camera"]).wait_for()
        yield "scan"
        self.press("scan.link")
        self.fill("enrol.field", "?")
        self.press("enrol.go")
        self.page.get_by_text(self._words["enrol.bad"]).wait_for()
        yield "link"
        self.fill("enrol.field", self._tablet.invitation(self._worker))
        self.press("enrol.go")
        self.at("town.title")
        yield "town"
        self.press("town.yes")
        self.fill("lock.name", "Robin")
        self.fill("lock.phrase", "kort")
        self.fill("lock.again", "anders")
        self.press("lock.go")
        yield "lock"
        for field in ("lock.phrase", "lock.again"):
            self.fill(field, PHRASE)
        self.press("lock.go")
        self.at("passkey.title")
        yield "passkey"
        self.press("passkey.skip")
        self.at("today.title")

    def inside(self) -> Iterator[str]:
        """From the first screen past what is around the forms, to the locked screens."""
        self.page.locator("header .me").click()
        self.page.get_by_text(self._words["me.leaves.text"]).wait_for()
        yield "me"
        self.press("me.phrase")
        yield "phrase"
        self.press("back")
        self.press("renew.title")
        self.at("renew.title")
        yield "renew"
        self.press("back")
        self._tablet.offline()
        self.page.locator("header .truth").click()
        self.at("sending.title")
        self.press("sync.now")
        self.page.get_by_text(self._words["why.offline"]).wait_for()
        yield "sending"
        self._tablet.offline(False)
        self.page.locator("header .me").click()
        self.press("me.lock")
        self.page.get_by_role("button", name=self._words["locked.go"], exact=True).wait_for()
        yield "locked"
        self.press("locked.forgotten")
        self.at("forgotten.title")
        yield "forgotten"
        self.press("back")
        self.fill("lock.phrase", "een heel andere wachtzin")
        self.press("locked.go")
        self.page.get_by_text(self._words["locked.wrong-secret"]).wait_for()
        yield "wrong"
        yield from self._begun()

    def _begun(self) -> Iterator[str]:
        """Another worker's device, of which the answer that makes it one never came."""
        self.press("locked.new")
        self.at("welcome.title")
        self.press("welcome.link")
        self.fill("enrol.field", self._tablet.invitation(f"{self._worker}-twee"))
        self.press("enrol.go")
        self.press("town.yes")
        self.fill("lock.name", "Sam")
        for field in ("lock.phrase", "lock.again"):
            self.fill(field, PHRASE)
        self.page.route("**/enrolments", lambda route: route.abort())
        self.press("lock.go")
        self.page.get_by_text(self._words["remedy.offline"]).wait_for()
        self.page.reload()
        self.page.get_by_role("button", name="Sam", exact=True).click()
        self.page.get_by_text(self._words["locked.begun"]).wait_for()
        self.page.unroute("**/enrolments")
        yield "begun"

    def after(self) -> Iterator[str]:
        """Past the ends: the office ended the device, the browser threw it away, or the browser cannot hold one."""
        terminal = self._tablet.terminal
        device = next(row for row in terminal.rows("devices", TOWN, *STAFF) if row["worker"] == self._worker)
        terminal.rows("revoke", TOWN, device["device"], *STAFF)
        self.page.reload()
        self.page.get_by_text(self._words["ended.lost"].partition("{")[0]).wait_for()  # what was only begun is gone
        yield "ended"
        origin = self._tablet.url.removesuffix("/field/")
        self.page.goto("about:blank")
        self._tablet.devtools().send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": ALL_BUT_COOKIES})
        self.page.goto(self._tablet.url)
        self.at("evicted.title")
        yield "evicted"
        for name, lack in LACKS.items():
            self.page.add_init_script(lack)
            self.page.reload()
            self.page.get_by_role("heading", level=1, name=self._words[f"{name}.title"]).wait_for()
            yield name
