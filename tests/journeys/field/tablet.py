"""A worker's tablet: Chromium with a profile of its own, and the acts that many journeys begin with.

Words are Dutch, as a worker sees them. Whatever a page threw, and whatever its policy refused, fails the test.
"""

import os
import shutil
import signal
import warnings
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

import pytest

from backend.web.field import FOLDER
from tests.journeys.terminal import Terminal

TOWN: Final = "GM9901"
STAFF: Final = ("--staff", "beheer")
PHRASE: Final = "een lange wachtzin"
PATIENCE_MS: Final = int(os.environ.get("VELDPOST_PATIENCE_MS", "60000"))  # only a test that fails waits as long
PHONE: Final = {"width": 390, "height": 844}
IPHONE: Final = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
    " Version/18.1 Mobile/15E148 Safari/604.1"
)
ARGUMENTS: Final = (
    "--no-sandbox", "--disable-background-networking", "--no-first-run", "--disable-component-update",
    "--disable-dev-shm-usage",
)  # fmt: skip
# Chromium's shell without a screen first: the same engine, storage and network, at half the work for a page; but
# it has no camera.
BROWSERS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def browser(*, with_camera: bool = False) -> str:
    """Return the browser to drive; skip loudly where there is none, nothing drives it, or the app was not built."""
    names = BROWSERS[1:] if with_camera else BROWSERS
    found = next((path for path in map(shutil.which, names) if path is not None), None)
    lacks = [
        *([] if found else ["CHROMIUM"]),
        *([] if (FOLDER / "index.html").is_file() else ["THE FILES OF THE APP (make field/.ready)"]),
        *([] if find_spec("playwright") else ["PLAYWRIGHT"]),
    ]
    if found is None or lacks:
        said = f"NO {', NO '.join(lacks)}: nothing drives the field app"
        warnings.warn(said, stacklevel=1)
        pytest.skip(said)
    return found


def launched(drive: Any) -> Any:
    """Start a browser that tablets share."""
    return drive.chromium.launch(executable_path=browser(), args=list(ARGUMENTS))


class Tablet:
    """One browser with its profile; it can be closed, killed and started again on the same profile.

    Inside a browser that others share it has what it holds to itself, and is started once.
    """

    def __init__(self, drive: Any, terminal: Terminal, profile: Path, *, inside: Any = None, **options: Any) -> None:
        self._drive = drive
        self._inside = inside  # a browser that others share; then what it holds is gone when it is closed
        self.terminal = terminal
        self.profile = profile
        self._arguments = options.pop("args", [])
        self.host = options.pop("host", "127.0.0.1")  # where passkeys are asked for: localhost
        self._options = {"viewport": PHONE, "locale": "nl-NL", "timezone_id": "Europe/Amsterdam", **options}
        self.faults: list[str] = []
        self.allowed: tuple[str, ...] = ()  # pieces of faults that a test provokes
        self.context: Any = None
        self.page: Any = None
        self._was_started = False

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.terminal.env['VELDPOST_PORT']}/field/"

    # --- the browser ---

    def start(self, path: str = "") -> Any:
        """Start the browser on its profile and open the app; return the page."""
        if self._inside is not None:
            assert not self._was_started, "a tablet that is closed and started again has a browser of its own"
            self.context = self._inside.new_context(**self._options)
        else:
            self.context = self._drive.chromium.launch_persistent_context(
                str(self.profile),
                executable_path=browser(with_camera=bool(self._arguments)),
                args=[*ARGUMENTS, *self._arguments],
                **self._options,
            )
        self._was_started = True
        self.context.set_default_timeout(PATIENCE_MS)
        self.page = self.context.pages[0] if self.context.pages else self.context.new_page()
        self.watch(self.page)
        self.page.goto(self.url + path)
        return self.page

    def watch(self, page: Any) -> None:
        """Note what the page throws and what its policy refuses."""
        page.on("pageerror", lambda error: self.faults.append(f"{error}\n{error.stack or ''}"))
        page.on("console", lambda said: self.faults.append(said.text) if "Content Security" in said.text else None)

    def tab(self, path: str = "") -> Any:
        """Open the app in one more tab."""
        page = self.context.new_page()
        self.watch(page)
        page.goto(self.url + path)
        return page

    def close(self) -> None:
        """Close the browser as a person does; safe to repeat."""
        if self.context is not None:
            self.context.close()
            self.context = self.page = None

    def kill(self) -> None:
        """Kill every process of the profile at once, as when the power goes."""
        assert self._inside is None, "the power goes for a whole browser"
        mark = f"--user-data-dir={self.profile}".encode()
        for folder in Path("/proc").iterdir():
            try:
                if folder.name.isdigit() and mark in (folder / "cmdline").read_bytes().split(b"\0"):
                    os.kill(int(folder.name), signal.SIGKILL)
            except (FileNotFoundError, ProcessLookupError, PermissionError):
                continue
        with suppress(Exception):  # what drives it may have met its end already
            self.close()
        self.context = self.page = None

    def offline(self, is_off: bool = True) -> None:
        """Cut the network off from pages and workers, or give it back."""
        self.context.set_offline(is_off)

    def devtools(self) -> Any:
        """Return a session of the browser's own protocol with the page."""
        return self.context.new_cdp_session(self.page)

    # --- what a worker does ---

    def press(self, name: str, exact: bool = True) -> None:
        """Press the button with this name."""
        self.page.get_by_role("button", name=name, exact=exact).click()

    def fill(self, label: str, text: str) -> None:
        """Type into the field with this label."""
        self.page.get_by_label(label).fill(text)

    def sees(self, text: str) -> None:
        """Wait until this text is shown."""
        self.page.get_by_text(text).first.wait_for()

    def invitation(self, worker: str, *options: str) -> str:
        """Have the office make an invitation; return its link."""
        return str(self.terminal.rows("invite", TOWN, worker, *STAFF, *options)[0]["link"])

    def enrol(self, worker: str, name: str = "Test", phrase: str = PHRASE) -> None:
        """Become the device of a worker, from the welcome screen to the first sync."""
        self.press("Ik heb een link of code")
        self.fill("Link of code", self.invitation(worker))
        self.press("Verder")
        self.settle(name, phrase)

    def settle(self, name: str = "Test", phrase: str = PHRASE) -> None:
        """Say yes to the municipality and choose a lock."""
        self.press("Ja, dat klopt")
        self.fill("Uw voornaam op het slot", name)
        self.page.get_by_label("Wachtzin", exact=True).fill(phrase)
        self.fill("Nog een keer", phrase)
        self.press("Toestel klaarmaken")
        if self.host == "localhost":
            self.press("Nu niet")
        self.is_synced()

    def unlock(self, phrase: str = PHRASE) -> None:
        """Open the locked app with a passphrase."""
        self.page.get_by_label("Wachtzin", exact=True).fill(phrase)
        self.press("Openen")

    def lock(self) -> None:
        """Lock the app and stand before its lock."""
        self.page.locator("header .me").click()
        self.press("Vergrendelen en afmelden")
        self.page.get_by_role("button", name="Openen", exact=True).wait_for()

    def is_synced(self) -> None:
        """Wait until the app says that everything was handed in."""
        self.sees("alles ingeleverd")

    def begin(self, form: str) -> None:
        """Begin a new form, from the first screen."""
        self.press("Nieuw")
        self.press(form, exact=False)

    def finish(self) -> None:
        """Go on to the last page of an open form and save it."""
        while self.page.get_by_role("button", name="Bewaren", exact=True).count() == 0:
            self.press("Verder")
        self.press("Bewaren")
        self.sees("Bewaard op dit toestel")
