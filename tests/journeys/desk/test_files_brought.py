"""A lead brings a photo, also without JavaScript: it is seen there, and a worker's phone gets it without its place.

What phones and people make otherwise is taken and cleaned too, or refused in words that say what to do.
"""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Final

import pytest

from backend.desk.cleaning import cleaned
from backend.desk.rights import Role
from backend.device.attachments import Attachments
from tests.desk_pages.office import DeskOffice
from tests.desk_pages.pictures import PLACE, exif, m4a, segment, wav
from tests.fleet.photos import PhotoRoad
from tests.journeys.desk.states_asked import SOUND, with_files
from tests.journeys.desk.street import Chair, served
from tests.journeys.field.tablet import ARGUMENTS, PHONE, browser

DOOR, LETTER = "/voordeur", "/brief"
DRAWN: Final = """(kind) => { const canvas = document.createElement("canvas"); canvas.width = 96; canvas.height = 64;
const pen = canvas.getContext("2d"); pen.fillStyle = "teal"; pen.fillRect(8, 8, 60, 40);
return canvas.toDataURL(kind); }"""
# At which question, what it is called, what it is, what is said, what to do: one of each sentence. What else is refused
# so is tried in `tests/desk/test_cleaning.py`, what is too large in `tests/desk_pages/test_adding_files.py`.
REFUSED: Final = (
    ("voordeur", "IMG_0001.HEIC", b"\0\0\0\x18ftypheic" + bytes(99), "foto in HEIC of AVIF", "Meest compatibel"),
    ("voordeur", "film.mp4", m4a(kind=b"vide"), "Dit is een film", "Kies een foto"),
    ("voordeur", "spraak.m4a", m4a(), "Dit is een geluid, en hier hoort een foto", "een vraag naar een geluid"),
    ("voordeur", "brief.pdf", b"%PDF-1.7" + bytes(99), "van deze soort", "JPEG, PNG of WebP"),
    ("voordeur", "leeg.jpg", b"", "is leeg", "Kies een ander bestand"),
    ("Geluid", "spraak.ogg", b"OggS" + bytes(99), "MP3, Ogg, WebM of AMR", "Sla het op als M4A of WAV"),
    ("Geluid", "foto.jpg", b"\xff\xd8\xff" + bytes(99), "Dit is een foto, en hier hoort een geluid", "Kies een geluid"),
    ("Geluid", "half.m4a", m4a()[:-60], "niet tot het einde te lezen", "sla het opnieuw op"),
)


class Office(DeskOffice):
    """The office with a record that asks for two photos and a sound."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "dossier")
        self.server.publish(with_files())
        self.record = self.one.create("fotos", 1, {"/case_ref": "ABCD-2345"})
        self.sync()
        self.dump()
        self.at = f"/record/{self.record.hex()}"

    def fetched(self, path: str) -> bytes:
        """The file of an answer, as the phone of a worker gets it."""
        self.sync()
        name = self.one.picture(self.record).shown[path].value
        return bytes(Attachments(self.one, PhotoRoad(self.server)).fetch(self.record, name))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    browser()
    made = Office(tmp_path)
    yield made
    made.close()


def drawn(*kinds: str) -> list[bytes]:
    """Pictures as a browser of this machine makes them."""
    with import_module("playwright.sync_api").sync_playwright() as drive:
        window = drive.chromium.launch(executable_path=browser(), args=list(ARGUMENTS))
        page = window.new_page()
        made = [page.evaluate(DRAWN, f"image/{kind}") for kind in kinds]
        window.close()
    return [b64decode(one.partition(",")[2]) for one in made]


def taken() -> bytes:
    """A photo with the place at which it was taken, as a phone writes it."""
    (plain,) = drawn("jpeg")
    return plain[:2] + segment(0xE1, exif(turned=1)) + plain[2:]


@contextmanager
def at_the_desk(office: Office, *, script: bool) -> Iterator["Phone"]:
    """A lead with a phone; nothing of a page or its policy was at fault when they leave."""
    with served(office) as address, import_module("playwright.sync_api").sync_playwright() as drive:
        chair = Chair(drive, office, address, Role.LEAD, viewport=PHONE, java_script_enabled=script)
        yield Phone(chair, office)
        chair.close()


class Phone:
    """A lead with a phone."""

    def __init__(self, chair: Chair, office: Office) -> None:
        self.chair, self.page, self.office = chair, chair.page, office

    def choose(self, label: str, name: str, data: bytes) -> None:
        """Choose a file at a question."""
        file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
        self.page.get_by_label(label, exact=False).and_(self.page.locator("input[type=file]")).set_input_files(file)

    def save(self) -> str:
        """Save the page; gives what is said then."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Opslaan", exact=True).press("Enter")
        return str(self.page.inner_text("main"))

    def edit(self) -> None:
        """Come to the page from the record, as a person does."""
        assert 200 == self.chair.open(self.office.at)
        self.page.locator(f'main a[href$="{self.office.at}/edit/0"]').press("Enter")
        self.page.locator("input[type=file]").first.wait_for()

    def pictures(self) -> list[int]:
        """The widths of the pictures that are shown."""
        assert 200 == self.chair.open(f"{self.office.at}/files")
        self.page.wait_for_load_state("networkidle")
        return [one.evaluate("(one) => one.naturalWidth") for one in self.page.locator("main img").all()]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_a_photo_is_brought_and_seen_and_a_phone_gets_it_without_its_place(office: Office, script: bool) -> None:
    photo, sound = taken(), wav()
    assert PLACE in photo and PLACE in sound
    with at_the_desk(office, script=script) as phone:
        phone.edit()
        assert "Plaats, tijd en toestel gaan eraf" in phone.page.inner_text("main")
        phone.choose("Foto van de voordeur", "IMG_0001.jpg", photo)
        phone.choose("Geluid", "spraak.wav", sound)
        assert "Foto bekijken" in phone.save() and "/edit/" not in phone.page.url
        assert [96] == phone.pictures()
        phone.edit()
        phone.page.get_by_role("link", name="Foto bekijken").click()
        assert [96] == [one.evaluate("(one) => one.naturalWidth") for one in phone.page.locator("img").all()]
        faults = phone.chair.faults
        faults[:] = [one for one in faults if "/files/" not in one]  # a browser's own look at a picture has a style
    assert cleaned("photo", photo) == office.fetched(DOOR) and PLACE not in office.fetched(DOOR)
    assert cleaned("sound", sound) == office.fetched(SOUND) and PLACE not in office.fetched(SOUND)
    assert [] == [path for path in office.server.folder.rglob("*") if path.is_file() and PLACE in path.read_bytes()]


def test_what_a_phone_makes_otherwise_is_taken_or_refused_with_what_to_do(office: Office) -> None:
    png, webp = drawn("png", "webp")
    with at_the_desk(office, script=False) as phone:
        for label, name, data, said, remedy in REFUSED:
            phone.edit()
            phone.choose(label, name, data)
            words, fault = phone.save(), phone.page.locator("p.fault").inner_text()
            assert said in fault and remedy in fault, (name, fault)
            assert "Er is nog niets opgeslagen" in words and "/edit/" in phone.page.url
        assert not [path for path in (office.server.folder / "attachments").rglob("*") if path.is_file()]
        phone.edit()
        for label, name, data in (
            ("voordeur", "scherm.png", png), ("brief", "scherm.webp", webp), ("Geluid", "spraak.m4a", m4a()),
        ):  # fmt: skip
            phone.choose(label, name, data)
        assert "Geluid beluisteren" in phone.save()
        assert [96, 96] == phone.pictures()
    assert cleaned("photo", webp) == office.fetched(LETTER)
    assert cleaned("sound", m4a()) == office.fetched(SOUND) and PLACE not in office.fetched(SOUND)
