"""A photo that is added at the desk: rid of where it was taken, sealed before it rests, refused by name, and for those
alone who may edit the record."""

import asyncio
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from backend.desk import desk as desks
from backend.desk.cleaning import cleaned
from backend.desk.sessions import csrf_of
from backend.device.attachments import Attachments
from backend.errors import StoreBusy, StoreFull
from backend.municipality import uploading
from backend.web.desk import uploads
from backend.web.shell import FILES_BYTES_MAX
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice
from tests.desk_pages.pictures import PLACE, SCRIPT, jpeg, large_jpeg, png
from tests.desk_pages.test_editing import fields
from tests.desk_pages.test_files import with_photos
from tests.fleet.photos import PhotoRoad

MIB = 1024 * 1024
DOOR, LETTER = "/voordeur", "/brief"


class Stopped(BaseException):
    """The end of a process, as a test can have it."""


class Office(DeskOffice):
    """The office with a record that asks for two photos."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, "dossier")
        self.server.publish(with_photos())
        self.record = self.one.create("fotos", 1, {"/case_ref": "ABCD-2345"})
        self.sync()
        self.dump()
        self.at = f"/record/{self.record.hex()}"
        self.edit = f"{self.at}/edit/0"

    def answers(self) -> dict[str, Any]:
        """The answers as the worker's device has them after a sync."""
        self.sync()
        return {path: shown.value for path, shown in self.one.picture(self.record).shown.items()}

    def sealed(self) -> list[Path]:
        """All files of attachments that rest anywhere."""
        return [path for path in (self.server.folder / "attachments").rglob("*") if path.is_file()]

    def names(self) -> list[bytes]:
        return self.server.municipality.journal.attachments.of_record(self.record)

    def readable(self, *what: bytes) -> list[str]:
        """The files of the municipality in which something stands in clear."""
        paths = [path for path in self.server.folder.rglob("*") if path.is_file()]
        return [str(path) for path in paths if any(one in path.read_bytes() for one in what)]


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    made = Office(tmp_path)
    yield made
    made.close()


def field(page: Any, label: str) -> str:
    """The name of the field for the photo of something."""
    (name,) = re.findall(rf'for="(q\d+)">(?:Foto van de|Photo of the) {label}</label>', page.text)
    return f"{name}.file"


def added(
    lead: Browser, office: Office, data: bytes, *, name: str = "foto.jpg", label: str = "voordeur", **more: Any
) -> Any:
    """The answer to a page with one photo chosen."""
    page = lead.get(office.edit)
    files = {field(page, label): (name, data, "image/jpeg")}
    return lead.post(office.edit, plain(page) | more, files=files)


def plain(page: Any) -> dict[str, list[str]]:
    return {name: value for name, value in fields(page).items() if not name.endswith(".file")}


def test_a_photo_is_added_clean_and_the_workers_devices_get_it(office: Office) -> None:
    lead = office.signed_in()
    assert 'enctype="multipart/form-data"' in lead.get(office.edit).text
    answer = added(lead, office, jpeg(after=SCRIPT))
    assert (303, f"/m/GM9901{office.at}#section-0") == (answer.status_code, answer.headers["location"])
    name, wanted = office.answers()[DOOR], cleaned("photo", jpeg())
    assert PLACE not in wanted
    assert wanted == Attachments(office.one, PhotoRoad(office.server)).fetch(office.record, name)
    shown = lead.get(f"{office.at}/files/{name}")
    assert (200, wanted, "image/jpeg") == (shown.status_code, shown.content, shown.headers["content-type"])
    assert f'<img src="/m/GM9901{office.at}/files/{name}"' in lead.get(f"{office.at}/files").text
    assert "Foto bekijken" in lead.get(office.at).text and name in lead.get(office.edit).text
    lines = [(line.act, line.record, line.detail) for line in office.audit()]
    assert ("attach", office.record, "1") in lines and ("edit", office.record, "1") in lines
    assert [] == office.readable(wanted[-40:], PLACE) and [name] == [path.name for path in office.sealed()]


def test_one_takes_the_place_of_another_and_is_taken_away(office: Office) -> None:
    lead = office.signed_in()
    added(lead, office, jpeg())
    first = office.answers()[DOOR]
    page = lead.get(office.edit)
    name = field(page, "voordeur")
    lead.post(office.edit, plain(page) | {name.removesuffix(".file"): "remove"}, files={name: ("a", png(), "")})
    second = office.answers()[DOOR]
    assert second not in (None, first)
    page = lead.get(office.edit)
    lead.post(office.edit, plain(page) | {name.removesuffix(".file"): "remove"})
    assert office.answers().get(DOOR) is None


def test_two_go_together_and_what_else_was_typed_too(office: Office) -> None:
    lead = office.signed_in()
    page = lead.get(office.edit)
    files = {field(page, "voordeur"): ("a", jpeg(), ""), field(page, "brief"): ("b", png(), "")}
    assert 303 == lead.post(office.edit, plain(page), files=files).status_code
    assert {DOOR, LETTER} <= office.answers().keys() and 2 == len(office.names())


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "Dit bestand is leeg."),
        (b"<html>" + SCRIPT, "Een bestand van deze soort wordt niet ingenomen"),
        (b"\xff\xd8\xff" + SCRIPT, "niet tot het einde te lezen"),
        (jpeg()[:-2], "niet tot het einde te lezen"),
        (large_jpeg(25 * MIB), "hoogstens 25 MiB"),
    ],
    ids=["empty", "html", "polyglot", "cut off", "too large"],
)
def test_what_is_no_photo_is_refused_at_its_question_by_name_and_nothing_is_kept(
    office: Office, data: bytes, said: str
) -> None:
    lead = office.signed_in()
    before = office.server.municipality.committed.position
    answer = added(lead, office, data, name='"><script>alert(1)</script>.jpg')
    assert 422 == answer.status_code
    fault = answer.text.partition('class="fault"')[2].partition("</p>")[0]
    assert said in fault and "<script>alert" not in answer.text
    assert before == office.server.municipality.committed.position and [] == office.sealed()
    lead.headers["accept-language"] = "en"
    assert 422 == added(lead, office, data).status_code


def test_more_than_a_page_can_be_is_refused_by_name(office: Office) -> None:
    answer = added(office.signed_in(), office, bytes(FILES_BYTES_MAX))
    assert 413 == answer.status_code and "hoogstens 25 MiB" in answer.text and [] == office.sealed()
    beside = office.signed_in().post(f"{office.at}/delete", {}, files={"a": ("a", bytes(13 * MIB), "")})
    assert 413 == beside.status_code  # every other page takes what it took before


def test_one_question_has_one_file_and_a_file_for_no_question_goes_nowhere(office: Office) -> None:
    lead = office.signed_in()
    page = lead.get(office.edit)
    name = field(page, "voordeur")
    twice = [(name, ("a", jpeg(), "")), (name, ("b", jpeg(), ""))]
    answer = lead.post(office.edit, plain(page), files=twice)
    assert 422 == answer.status_code and "meer bestanden" in answer.text
    for other in ("q0.file", "q99.file", "csrf2", name.removesuffix(".file"), "read_at.file"):
        assert 303 == lead.post(office.edit, plain(page), files={other: ("a", jpeg(), "")}).status_code
    assert DOOR not in office.answers() and [] == office.sealed()


def test_a_name_of_script_stands_nowhere(office: Office) -> None:
    lead = office.signed_in()
    assert 303 == added(lead, office, jpeg(), name="../../<script>alert(1)</script>.html").status_code
    for path in (office.at, f"{office.at}/files", f"{office.at}/course", office.edit):
        assert "alert(1)" not in lead.get(path).text
    assert [] == office.readable(b"alert(1)")


def test_nothing_of_a_photo_is_ever_in_a_file_of_the_framework(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_file(*_args: Any, **_more: Any) -> Any:
        raise AssertionError("in a file")

    monkeypatch.setattr(tempfile, "SpooledTemporaryFile", no_file)
    monkeypatch.setattr("litestar.datastructures.upload_file.SpooledTemporaryFile", no_file)
    large = large_jpeg(2 * MIB)
    assert 303 == added(office.signed_in(), office, large).status_code
    lead, page = office.visitor(), office.signed_in().get(office.edit)
    ended = lead.post(office.edit, plain(page), files={"q1.file": ("a", large, "")})  # whoever is not signed in
    assert ended.status_code in (303, 401, 403)


@pytest.mark.parametrize("failure", [StoreBusy(store="journal.db"), StoreFull(store="journal")])
def test_what_no_answer_names_in_the_end_is_removed(
    office: Office, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    lead, synced, calls = office.signed_in(), desks._synced, []

    def fails(device: Any, road: Any) -> Any:
        calls.append(len(office.names()))
        if len(calls) == 2:
            raise failure
        return synced(device, road)

    added(lead, office, jpeg())  # the desk device is there
    monkeypatch.setattr(desks, "_synced", fails)
    answer = added(lead, office, png(), label="brief")
    assert answer.status_code in (503, 507) and [1, 2] == calls  # it was there before its entry was pushed
    assert 1 == len(office.names()) == len(office.sealed())
    assert LETTER not in office.answers()
    calls[:] = [0, 0]
    assert 303 == added(lead, office, png(), label="brief").status_code
    assert LETTER in office.answers()


def test_a_full_disk_is_said_on_the_page_and_what_was_typed_stays(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def full(*_args: Any) -> int:
        raise StoreFull(store="attachments")

    lead = office.signed_in()
    monkeypatch.setattr(uploading, "append", full)
    answer = added(lead, office, jpeg())
    assert 507 == answer.status_code and "Kies dit bestand opnieuw" in answer.text and "<form" in answer.text
    assert DOOR not in office.answers() and [] == office.sealed() and [] == office.names()


def test_a_server_that_was_stopped_before_the_push_keeps_nothing_that_can_be_read(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stops(*_args: Any, **_more: Any) -> Any:
        raise Stopped

    lead = office.signed_in()
    added(lead, office, jpeg(), label="brief")
    with monkeypatch.context() as patched:
        patched.setattr("backend.device.device.Device.save", stops)
        patched.setattr(desks, "_take_back", lambda *_: None)
        answer = office.server.run(_quietly(lead, office))
    assert answer is None or answer.status_code >= 500
    assert DOOR not in office.answers()
    assert [] == office.readable(cleaned("photo", jpeg())[-40:], PLACE)
    assert 303 == added(lead, office, jpeg()).status_code and DOOR in office.answers()


async def _quietly(lead: Browser, office: Office) -> Any:
    page = await lead.asking("GET", f"{lead.home}{office.edit}")
    shown, files = plain(page), {field(page, "voordeur"): ("a", jpeg(), "")}
    try:
        return await lead.asking(
            "POST", f"{lead.home}{office.edit}", data=shown | {"csrf": csrf_of(lead.id)}, files=files
        )
    except Stopped:
        return None


def test_two_at_once_both_stand_or_a_person_is_asked(office: Office) -> None:
    lead = office.signed_in()
    page = lead.get(office.edit)
    name, shown = field(page, "voordeur"), plain(page) | {"csrf": csrf_of(lead.id)}

    async def both() -> list[Any]:
        one = (lead.asking("POST", f"{lead.home}{office.edit}", data=shown, files={name: ("a", data, "")})
               for data in (jpeg(), png()))  # fmt: skip
        return list(await asyncio.gather(*one))

    statuses = sorted(answer.status_code for answer in office.server.run(both()))
    assert [303, 409] == statuses
    assert [office.answers()[DOOR]] == [name.hex() for name in office.names()]  # of the other one nothing is left


def test_a_page_that_a_colleague_overtook_says_so_and_keeps_no_file(office: Office) -> None:
    lead = office.signed_in()
    page = lead.get(office.edit)
    office.one.save(office.one.open(office.record), "fotos", 1, {DOOR: "a" * 64})
    office.sync()
    answer = lead.post(office.edit, plain(page), files={field(page, "voordeur"): ("a", jpeg(), "")})
    assert 409 == answer.status_code and "Kies dit bestand opnieuw" in answer.text and [] == office.sealed()


@pytest.mark.parametrize("role", ["admin", "reviewer", "privacy", "signals"])
def test_who_may_not_edit_the_record_adds_nothing(office: Office, role: str) -> None:
    lead = office.signed_in()
    page = lead.get(office.edit)
    files = {field(page, "voordeur"): ("a", jpeg(), "")}
    answer = office.signed_in(role).post(office.edit, plain(page), files=files)
    assert answer.status_code in (403, 404) and [] == office.sealed()


def test_another_teams_lead_and_another_site_add_nothing(office: Office) -> None:
    lead = office.signed_in()
    page = lead.get(office.edit)
    files = {field(page, "voordeur"): ("a", jpeg(), "")}
    assert 404 == office.signed_in(staff=OTHER_LEAD).post(office.edit, plain(page), files=files).status_code
    assert 403 == lead.post(office.edit, plain(page) | {"csrf": "x"}, files=files).status_code
    foreign = {"sec-fetch-site": "cross-site"}
    assert 403 == lead.post(office.edit, plain(page), files=files, headers=foreign).status_code
    assert DOOR not in office.answers() and [] == office.sealed()


def test_a_locked_municipality_takes_nothing(office: Office) -> None:
    lead = office.signed_in()
    page = lead.get(office.edit)
    office.server.run(office.keeper.lock())
    answer = lead.post(office.edit, plain(page), files={field(page, "voordeur"): ("a", jpeg(), "")})
    assert 503 == answer.status_code and [] == office.sealed() and [] == office.readable(PLACE)


@pytest.mark.parametrize(
    "body", [b"", b"--x", b"--x\r\nContent-Disp", b"--x\r\n\r\n\xff\r\n--x--", b"--y\r\n\r\n--y--", b"\r\n" * 500]
)
def test_a_broken_form_is_refused(office: Office, body: bytes) -> None:
    for kind in ("multipart/form-data; boundary=x", "multipart/form-data", 'multipart/form-data; boundary=""'):
        answer = office.signed_in().ask("POST", f"/m/GM9901{office.edit}", content=body, headers={"content-type": kind})
        assert answer.status_code in (400, 403)
    assert uploads.PARTS_MAX == 1_000
