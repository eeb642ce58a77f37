"""Photos of a record: opened whole for who may read it, and whatever is in them, nothing of it runs."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk.files import kind_of
from backend.device.attachments import Attachments
from forms.definition.library import first_raw
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice
from tests.fleet.photos import PhotoRoad

JPEG = b"\xff\xd8\xff\xe0" + bytes(200_000)
HTML = b"<html><script>alert(1)</script>"


def with_photos() -> bytes:
    """A form that asks for two photos of things."""
    form = json.loads(first_raw("dossier"))
    for name in ("voordeur", "brief"):
        form["schema"]["properties"][name] = {"type": "string", "maxLength": 64}
        form["fields"][f"/{name}"] = {
            "label": {"nl": f"Foto van de {name}", "en": f"Photo of the {name}"}, "merge": "ask", "sensitivity": "S0",
            "widget": "photo", "subject": "object",
        }  # fmt: skip
        form["layout"][0]["fields"].append(f"/{name}")
    reason = "Een voorwerp zegt het sneller dan woorden."
    lint = [{"rule": "P08", "at": f"/{name}", "reason": reason} for name in ("voordeur", "brief")]
    return json.dumps(form | {"form": "fotos", "lint": lint}).encode()


class Office(DeskOffice):
    """The office with a record that has a photo, and something else that calls itself one."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "dossier")
        self.server.publish(with_photos())
        self.record = self.one.create("fotos", 1, {"/case_ref": "ABCD-2345"})
        taken = Attachments(self.one, PhotoRoad(self.server))
        self.photo, self.page = taken.take(self.record, JPEG), taken.take(self.record, HTML)
        names = {"/voordeur": self.photo, "/brief": self.page}
        self.one.save(self.one.open(self.record), "fotos", 1, names)
        self.sync()
        assert 2 == taken.send().sent
        self.dump()
        self.at = f"/record/{self.record.hex()}"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.close()


def got(browser: Browser, office: Office, name: str) -> Any:
    return browser.get(f"{office.at}/files/{name}")


def test_a_photo_is_shown_and_what_is_none_is_saved_and_runs_nothing(office: Office) -> None:
    lead = office.signed_in()
    photo, page = got(lead, office, office.photo), got(lead, office, office.page)
    assert (200, JPEG, "image/jpeg") == (photo.status_code, photo.content, photo.headers["content-type"])
    assert (200, HTML, "application/octet-stream") == (page.status_code, page.content, page.headers["content-type"])
    assert photo.headers["content-disposition"].startswith("inline")
    assert page.headers["content-disposition"].startswith("attachment")
    for answer in (photo, page):
        assert ["no-store"] == answer.headers.get_list("cache-control")
        assert ["default-src 'none'; sandbox"] == answer.headers.get_list("content-security-policy")
        assert ["nosniff"] == answer.headers.get_list("x-content-type-options")
    assert "attachment" in [line.act for line in office.audit()[:3]]
    shown = lead.get(f"{office.at}/files").text
    assert f"{office.at}/files/{office.photo}" in shown and "Foto van de voordeur" in shown
    assert "Foto bekijken" in lead.get(office.at).text


def test_a_file_is_there_only_with_its_record_and_for_who_may_read_that(office: Office) -> None:
    lead = office.signed_in()
    none = got(lead, office, "0" * 64)
    for name in ("x", "../" + office.photo, office.photo.upper(), office.photo[:-1]):
        assert 404 == got(lead, office, name).status_code
    other = office.signed_in(staff=OTHER_LEAD)
    assert (404, none.content) == (none.status_code, got(other, office, office.photo).content)
    elsewhere = office.one.create("fotos", 1, {"/case_ref": "EFGH-2345", "/voordeur": office.photo})
    office.sync()
    office.dump()
    refused = lead.get(
        f"/record/{elsewhere.hex()}/files/{office.photo}"
    )  # named by a record that it does not belong to
    assert 400 <= refused.status_code < 500 and JPEG[:4] not in refused.content


@pytest.mark.parametrize("data", [b"", b"<svg onload=alert(1)>", HTML, b"%PDF-1.7", b"GIF89a", b"\xff\xd8"])
def test_only_what_begins_like_a_picture_or_a_sound_is_shown(data: bytes) -> None:
    assert "application/octet-stream" == kind_of(data)
