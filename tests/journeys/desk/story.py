"""The people of the story: staff who come in by an invitation in a browser, and workers with a phone."""

import time
from pathlib import Path
from typing import Any, Final

import pyotp

from backend.desk.factors import STEP_S
from tests.journeys.desk.story_form import TITLE
from tests.journeys.field.tablet import PATIENCE_MS, Tablet
from tests.journeys.terminal import Terminal

PASSWORD: Final = "zwaluw trechter maandag knikker"
RELOADS_MAX: Final = 100
PAUSE_MS: Final = 150  # between them: what is waited for is worked in by the same cores
PHRASE: Final = "een lange wachtzin"


class Staff:
    """Somebody at the desk, in a browser of their own; whatever a page throws or its policy refuses is kept."""

    def __init__(self, window: Any, terminal: Terminal, town: str) -> None:
        self.faults: list[str] = []
        self.context = window.new_context(
            locale="nl-NL", timezone_id="Europe/Amsterdam", reduced_motion="reduce", accept_downloads=True
        )
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.faults.append(f"{self.page.url}: {error}"))
        self.page.on("console", self._heard)
        self.home = f"http://localhost:{terminal.env['VELDPOST_PORT']}/m/{town}"
        self._secret = ""

    def _heard(self, said: Any) -> None:
        if "Content Security" in said.text or "Refused" in said.text:
            self.faults.append(f"{self.page.url}: {said.text}")

    def open(self, path: str, status: int = 200) -> None:
        """Open a page below the municipality's desk."""
        answer = self.page.goto(self.home + path)
        assert answer is not None and status == answer.status, f"{path}: {answer.status}: {self.says()}"

    def follow(self, name: str, *, within: str = "body") -> None:
        """Follow a link to another page."""
        self._leads_on(self.page.locator(within).get_by_role("link", name=name).first)

    def follow_once_there(self, path: str, name: str) -> None:
        """Open a page anew until it has a link, and follow that: what a phone sent is worked in within a moment."""
        for _ in range(RELOADS_MAX):
            self.open(path)
            if self.page.get_by_role("link", name=name).count():
                break
            self.page.wait_for_timeout(PAUSE_MS)
        self.follow(name, within="main")

    def press(self, name: str, *, within: str = "main") -> None:
        """Press a button that leads to another page."""
        self._leads_on(self.page.locator(within).get_by_role("button", name=name, exact=True).first)

    def _leads_on(self, what: Any) -> None:
        with self.page.expect_navigation():
            what.click()

    def fill(self, form: str, fields: dict[str, str]) -> None:
        """Fill the fields of the form that posts to an address ending so, and send it."""
        within = self.page.locator(f'form[action$="{form}"]')
        for name, value in fields.items():
            within.locator(f'[name="{name}"]').fill(value)
        self._leads_on(within.locator("button[type=submit]"))

    def says(self) -> str:
        """What the page says."""
        return str(self.page.inner_text("body"))

    # --- coming in ---

    def join(self, link: str) -> None:
        """Walk the way of an invitation to its end."""
        self.page.goto(link)
        self.page.get_by_label("Wachtwoord").fill(PASSWORD)
        self.press("Verder")
        self._secret = self.page.locator("code").first.inner_text()
        self.page.get_by_label("Zes cijfers uit de app").fill(self._code(0))
        self.press("Verder")
        codes = self.page.locator("ol code").all_inner_texts()
        for box in self.page.locator("input[name^=code-]").all():
            box.fill(codes[int(str(box.get_attribute("name")).removeprefix("code-"))])
        self.press("Verder")
        assert self.page.url.endswith("/today"), self.says()

    def confirm(self) -> None:
        """Show the factor again, before what cannot be taken back: with the code of the next half minute."""
        self.open("/confirm")
        self.fill("/confirm", {"password": PASSWORD, "code": self._code(1)})

    def _code(self, later: int) -> str:
        return pyotp.TOTP(self._secret).at(int(time.time()) + later * STEP_S)

    def invite(self, name: str, role: str) -> str:
        """Invite a colleague; gives the link that is shown once."""
        self.open("/people")
        within = self.page.locator('form[action$="/people"]')
        within.locator("#name").fill(name)
        within.locator(f"#role-{role}").check()
        self._leads_on(within.locator("button"))
        return str(self.page.locator("main code").inner_text())

    def invite_worker(self, worker: str) -> str:
        """Invite the phone of a worker; gives its link."""
        self.open("/devices")
        self.page.locator("#worker").fill(worker)
        self.press("Maak een uitnodiging")
        return str(self.page.locator("main a[rel=noreferrer]").get_attribute("href"))


class Worker(Tablet):
    """A worker with a phone."""

    def __init__(self, drive: Any, terminal: Terminal, profile: Path, worker: str) -> None:
        super().__init__(drive, terminal, profile, inside=drive, host="localhost")
        self.worker = worker

    def come_in(self, link: str) -> None:
        """Become a worker's phone by a link of the desk."""
        self.start()
        self.press("Ik heb een link of code")
        self.fill("Link of code", link)
        self.press("Verder")
        self.settle("Test", PHRASE)

    def answer(self, question: str, answer: str) -> None:
        """Choose an answer."""
        self.page.get_by_role("group", name=question).get_by_text(answer, exact=True).click()

    def write(self, case: str, *, child: str = "", age: str = "") -> str:
        """Begin a visit and save it; gives its record."""
        self.page.goto(f"{self.url}#/")
        self.begin(TITLE)
        self.fill("Dossiercode", case)
        if age:
            self.answer("Leeftijd", age)
        if child:
            self.press("Verder")
            self.press("Toevoegen: Kinderen")
            self.page.get_by_label("Kindcode").last.fill(child)
        self.finish()
        self.press("Bekijken")
        self.page.get_by_role("button", name="Bewerken").wait_for()
        return str(self.page.evaluate("() => location.hash.split('/')[2]"))

    def see(self, record: str) -> None:
        """Open a visit."""
        self.page.evaluate("(record) => { location.hash = `#/r/${record}`; }", record)
        self.page.get_by_role("heading", name=TITLE, exact=True).wait_for()
