"""What a browser fetches, and how a new version of the app comes to a tablet that works."""

import base64
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from backend.web.field import FOLDER
from tests.journeys.field.icons import FIELD, SIZES, drawn
from tests.journeys.field.tablet import STAFF, TOWN, Tablet
from tests.journeys.terminal import Terminal
from tests.processes import start, wait_until

FIRST_LOAD_BYTES_MAX: Final = 90_000
OLD: Final = (
    "from pathlib import Path; from backend.web.field import FieldApp; "
    "FieldApp.__init__.__defaults__ = (Path({folder!r}),); from backend.cli import main; main()"
)


def serve_older(terminal: Terminal, folder: Path) -> None:
    """Serve an app that differs in one sentence, as the last release would."""
    shutil.copytree(FOLDER, folder)
    path = folder / "app" / "words" / "nl.js"
    text = path.read_text()
    assert "Wachtzin vergeten?" in text
    path.write_text(text.replace("Wachtzin vergeten?", "Oude wachtzin vergeten?"))
    path.with_name("nl.js.br").unlink()
    terminal.stop()
    terminal.server = start(OLD.format(folder=str(folder)), "serve", env=terminal.env)
    wait_until(lambda: "locked" in terminal.type("status").stdout, "the server does not answer")


def test_an_old_app_with_a_full_queue_meets_a_new_server(
    tablets: Callable[..., Tablet], terminal: Terminal, tmp_path: Path
) -> None:
    serve_older(terminal, tmp_path / "old")
    tablet = tablets()
    tablet.enrol("werker-bij")
    tablet.page.reload()
    tablet.sees("Oude wachtzin vergeten?")
    tablet.unlock()
    tablet.offline()
    for code in ("ABCD-2345", "BCDF-3456"):
        tablet.begin("Huisbezoek")
        tablet.fill("Dossiercode", code)
        tablet.finish()
        tablet.page.locator("header .name").click()
    tablet.begin("Huisbezoek")
    tablet.fill("Dossiercode", "CDFG-4567")
    tablet.sees("concept bewaard")
    terminal.stop()
    terminal.start("serve")
    tablet.offline(False)
    tablet.sees("Er is een nieuwe versie")  # and it waits, for a form is open
    assert "CDFG-4567" == tablet.page.get_by_label("Dossiercode").input_value()
    tablet.page.locator("header .name").click()
    tablet.page.get_by_role("button", name="Wachtzin vergeten?", exact=True).wait_for()
    tablet.unlock()
    tablet.is_synced()
    codes = {row["case_ref"] for row in terminal.rows("records", TOWN, "huisbezoek", *STAFF)}
    assert {"ABCD-2345", "BCDF-3456"} == codes
    tablet.page.get_by_role("button", name="Huisbezoek, CDFG-4567").first.click()
    assert "CDFG-4567" == tablet.page.get_by_label("Dossiercode").input_value()
    tablet.offline()
    tablet.page.reload()  # the new version is whole without a connection, its hardening of passphrases too
    tablet.unlock()
    assert "CDFG-4567" == tablet.page.get_by_label("Dossiercode").input_value()


def test_the_first_load_is_short_brings_what_seals_and_can_be_installed(tablets: Callable[..., Tablet]) -> None:
    tablet = tablets(own=True)  # a browser shared with others holds the app apart, and installs nothing there
    tablet.page.goto("about:blank")
    devtools, taken = tablet.devtools(), dict[str, Any]()
    devtools.send("Network.enable")
    devtools.send("Network.clearBrowserCache")
    devtools.send("Storage.clearDataForOrigin", {"origin": tablet.url.removesuffix("/field/"), "storageTypes": "all"})
    devtools.on("Network.responseReceived", lambda one: taken.update({one["requestId"]: [one["response"]["url"], 0]}))
    devtools.on(
        "Network.loadingFinished",
        lambda one: taken.__setitem__(
            one["requestId"], [taken.get(one["requestId"], ["?"])[0], one["encodedDataLength"]]
        ),
    )
    tablet.page.goto(tablet.url, wait_until="networkidle")
    tablet.sees("Scan uitnodiging")
    paths = {url.partition("/v/")[2].partition("/")[2] for url, _ in taken.values()}
    size = sum(length for _, length in taken.values())
    assert {"vendor/sealing.js", "app/main.js"} <= paths and not {"vendor/qr.js", "vendor/argon2.js"} & paths
    assert size <= FIRST_LOAD_BYTES_MAX, sorted(taken.values(), key=lambda one: -one[1])[:12]
    assert [] == devtools.send("Page.getInstallabilityErrors")["installabilityErrors"]
    touched = tablet.page.locator("link[rel=apple-touch-icon]").get_attribute("href")
    icons = tablet.page.evaluate(
        "async (path) => (await createImageBitmap(await (await fetch(path)).blob())).width", touched
    )
    assert 180 == icons


COMPARED: Final = """async ([one, other]) => {
  const pixels = async (text) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${text}`;
    await picture.decode();
    const canvas = new OffscreenCanvas(picture.naturalWidth, picture.naturalHeight), drawing = canvas.getContext("2d");
    drawing.drawImage(picture, 0, 0);
    return drawing.getImageData(0, 0, canvas.width, canvas.height).data;
  };
  const [a, b] = [await pixels(one), await pixels(other)];
  return a.length !== b.length ? 1 : a.reduce((sum, value, n) => sum + (Math.abs(value - b[n]) > 48), 0) / a.length;
}"""


def text(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def test_the_icons_of_home_screens_are_the_drawing(shared: Any) -> None:
    """A drawing that was changed leaves no old pictures behind; another browser smooths edges in its own way."""
    page = shared.new_page()
    kept = {size: text((FIELD / f"icon-{size}.png").read_bytes()) for size in SIZES}
    differs = {size: page.evaluate(COMPARED, [kept[size], text(drawn(shared, size))]) for size in SIZES}
    others = page.evaluate(COMPARED, [kept[192], text(drawn(shared, 192, "#ffffff"))])
    page.close()
    assert all(share < 0.01 for share in differs.values()), differs
    assert others > 0.05  # one of another colour is seen
