"""What journeys of the field app share: a municipality with its forms behind a real server, a browser, and tablets."""

import os
import shutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.field.municipality import set_up
from tests.journeys.field.office import Office
from tests.journeys.field.tablet import TOWN, Tablet, browser, launched
from tests.journeys.terminal import Terminal


@pytest.fixture(scope="session")
def municipality(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A municipality with every form that ships, set up once and copied for each module."""
    browser()
    return set_up(tmp_path_factory.mktemp("municipality"))


@pytest.fixture(scope="module")
def terminal(municipality: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Terminal]:
    """A terminal of the office, with the server running beside it."""
    terminal = Office(tmp_path_factory.mktemp("day"))
    shutil.copytree(municipality, terminal.folder, dirs_exist_ok=True)
    terminal.start("serve")
    terminal.seat(TOWN, "beheer")
    yield terminal
    terminal.stop()


@pytest.fixture(scope="module")
def drive(terminal: Terminal) -> Iterator[Any]:
    """What drives browsers; its event loop runs in this thread, so that no other one can until the module ends."""
    with import_module("playwright.sync_api").sync_playwright() as drive:
        yield drive


@pytest.fixture(scope="module")
def shared(drive: Any) -> Iterator[Any]:
    """One browser for the tablets that are never closed; each keeps what it holds apart from the others."""
    browser = launched(drive)
    yield browser
    browser.close()


@pytest.fixture
def tablets(drive: Any, shared: Any, terminal: Terminal, tmp_path: Path) -> Iterator[Callable[..., Tablet]]:
    """Makes tablets by name, started on the welcome screen.

    One with `own` has a browser and a profile of its own, which can be closed, killed, copied and started again; the
    same name is the same profile.
    """
    made: list[Tablet] = []

    def tablet(name: str = "one", path: str = "", *, own: bool = False, **options: Any) -> Tablet:
        inside = None if own or "args" in options else shared
        tablet = Tablet(drive, terminal, tmp_path / name, inside=inside, **options)
        made.append(tablet)
        tablet.start(path)
        return tablet

    yield tablet
    for tablet_ in made:
        if (
            os.environ.get("VELDPOST_PICTURES") and tablet_.page is not None
        ):  # what was on screen at the end, for who looks
            name = f"{tmp_path.name}-{tablet_.profile.name}.png"
            tablet_.page.screenshot(path=Path(os.environ["VELDPOST_PICTURES"]) / name)
        tablet_.close()
    faults = [fault for one in made for fault in one.faults if not any(piece in fault for piece in one.allowed)]
    assert [] == faults


@pytest.fixture
def tablet(tablets: Callable[..., Tablet]) -> Tablet:
    """One tablet on the welcome screen, which stays open."""
    return tablets()
