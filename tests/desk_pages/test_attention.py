"""Attention by HTTP: every remark says what it means and what can be done."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest

from backend.desk.attention_kinds import KINDS
from backend.desk.history import form_in
from backend.desk.rights import Role, scope_of
from backend.device.device import Device
from backend.device.store import DeviceStore
from backend.sentences import library
from backend.web.desk.attention import lead_of, way_of
from picture.choices import CHOICES
from tests.desk_pages.office import OTHER_LEAD, TEAM, Browser, DeskOffice, name_of

FORM = "huisbezoek"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path, "dossier", "huisbezoek")
    yield made
    made.close()


@pytest.mark.parametrize("language", ["nl", "en"])
def test_every_kind_of_remark_has_words_and_a_way(language: str) -> None:
    for kind in KINDS:
        assert library().line(f"kind-{kind}", language)
        assert kind in CHOICES or library().phrase(way_of(kind), language)


def test_every_kind_of_remark_leads_to_a_page_on_which_something_is_done(office: DeskOffice) -> None:
    """Nothing waits for which there is no way: each kind, at each place of a record, for each role that sees it."""
    child = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
    record = office.shared(FORM, {"/toegang": "binnen", child: {}, f"{child}/kind_alleen": "ja"})
    office.dump()
    form = form_in(office.server.municipality, FORM, 1)
    lead = office.signed_in(Role.LEAD)
    led = set()
    for kind in set(KINDS) - set(CHOICES):
        for name in ("/bezoek_datum", f"{child}/kind_alleen", "/nergens", "ab" * 32, ""):
            found = lead_of(kind, record.hex(), name, form, lambda action: scope_of({Role.LEAD}, action) is not None)
            led.add((found.words, found.path))
    assert {"edit", "forms", "phones", "access", "course"} == {words.rpartition("-")[2] for words, _ in led}
    for words, path in led:
        page = lead.get(path)
        assert 200 == page.status_code and library().phrase(words, "nl"), path
    assert "?item=" in str(led)
    shown = lead.get("/attention").text
    assert f"/record/{record.hex()}/edit/0" in shown and "Verbeter het antwoord" in shown


def test_words_that_were_written_without_access_are_let_in_by_a_lead_of_their_record(office: DeskOffice) -> None:
    record = office.one.create(FORM, 1, {"/werker_ok": "ja"})
    office.sync(office.one)
    key = office.one.store.record_key(record)
    assert key is not None
    office.two.store.keep_key(record, *key)
    office.two.save(office.two.open(record), FORM, 1, {"/duiding": "De bel was stuk."})
    office.sync(office.two)
    office.dump()
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    page = lead.get("/attention").text
    assert "geschreven zonder toegang" in page and "Toelaten wat" not in page and "van een ander team" in page
    (note,) = office.find("select name from _attention where kind = 'held-not-granted'")
    theirs = lead.post("/attention", {"record": record.hex(), "name": note["name"]})
    assert 403 == theirs.status_code and not office.server.municipality.access.may_read(office.two.id, record)
    assert "grant" not in [line.act for line in office.audit()[:3]]
    office.team(TEAM, [name_of(Role.LEAD), name_of(Role.REVIEWER)], ["werker-een", "werker-twee"])
    assert "Toelaten wat werker-twee schreef" in lead.get("/attention").text
    assert record.hex() not in other.get("/attention").text
    (note,) = office.find("select name from _attention where kind = 'held-not-granted'")
    sent = {"record": record.hex(), "name": note["name"]}
    assert 303 == other.post("/attention", sent).status_code
    assert 303 == lead.post("/attention", {**sent, "name": "x"}).status_code
    assert [note] == office.find("select name from _attention where kind = 'held-not-granted'")
    assert 303 == lead.post("/attention", sent).status_code
    office.dump()
    assert [] == office.find("select * from _attention where kind = 'held-not-granted'")
    assert "De bel was stuk." == office.ask("show", record=record.hex())[0]["shown"]["/duiding"]["value"]


def remark(office: DeskOffice) -> tuple[bytes, str]:
    """A record with a remark: an answer that does not fit its question."""
    record = office.shared(FORM, {"/case_ref": "geen code"})
    office.dump()
    (row,) = office.find("select aside from _attention where record = ? and name = '/case_ref'", record.hex())
    return record, row["aside"]


def on_today(browser: Browser) -> int:
    """The number of remarks that the first page tells."""
    found = re.search(r'many">(\d+)</span><span><span class="what">opmerking', browser.get("/today").text)
    return int(found[1]) if found is not None else 0


def form_of(page: str, aside: str, do: str) -> dict[str, str]:
    at = next(one for one in page.split("<form")[1:] if aside in one and f'name="do" value="{do}"' in one)
    found = {name: unescape(value) for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', at)}
    return {name: value for name, value in found.items() if name != "csrf"}  # whoever sends it has their own


def test_a_remark_is_set_aside_with_a_reason_and_shown_again(office: DeskOffice) -> None:
    record, aside = remark(office)
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)
    sent = form_of(lead.get("/attention").text, aside, "aside")
    many = on_today(lead)
    assert many > 0 == on_today(office.signed_in(Role.REVIEWER))
    refused = lead.post("/attention", {**sent, "reason": " "})
    assert 422 == refused.status_code and "Zonder reden" in refused.text
    assert 303 == lead.post("/attention", {**sent, "reason": "Deze code is zo bedoeld."}).status_code
    for browser in (lead, other):
        assert aside not in browser.get("/attention").text
        assert many - 1 == on_today(browser)
        listed = browser.get("/attention?aside=1").text
        assert aside in listed and "Deze code is zo bedoeld." in listed and "Voorbeeld de-lead" in listed
    office.sync()
    assert "Deze code is zo bedoeld." in str(office.one.picture(record).comments)
    again = form_of(other.get("/attention?aside=1").text, aside, "again")
    office.server.clock.ms += 1_000
    assert 422 == other.post("/attention", again).status_code
    assert 303 == other.post("/attention", {**again, "reason": "Toch niet goed."}).status_code
    assert many == on_today(lead)
    assert aside in lead.get("/attention").text and aside not in lead.get("/attention?aside=1").text
    assert 2 == len([line for line in office.audit() if line.act == "attend"])


def test_a_remark_comes_back_once_it_says_something_else(office: DeskOffice) -> None:
    record, aside = remark(office)
    lead = office.signed_in(Role.LEAD)
    sent = form_of(lead.get("/attention").text, aside, "aside")
    assert 303 == lead.post("/attention", {**sent, "reason": "Gezien."}).status_code
    office.sync()
    office.one.save(office.one.open(record), FORM, 1, {"/case_ref": "x" * 60})
    office.sync()
    office.dump()
    assert "/case_ref" in {row["name"] for row in office.find("select name from _attention")}
    assert 'value="aside"' in lead.get("/attention").text


def test_a_worker_sets_no_remark_aside_with_a_remark_of_their_own(office: DeskOffice) -> None:
    record, aside = remark(office)
    office.one.save(office.one.open(record), FORM, 1, {aside: "Niets aan de hand."})
    office.sync()
    office.dump()
    assert aside in office.signed_in(Role.LEAD).get("/attention").text


def test_who_does_not_see_a_record_sets_none_of_its_remarks_aside(office: DeskOffice) -> None:
    record = office.one.create(FORM, 1, {"/case_ref": "geen code"})
    office.sync()
    office.dump()
    (row,) = office.find("select aside from _attention where record = ? and name = '/case_ref'", record.hex())
    sent = form_of(office.signed_in(Role.LEAD).get("/attention").text, row["aside"], "aside")
    stranger = office.signed_in(staff=OTHER_LEAD)
    assert row["aside"] not in stranger.get("/attention").text
    assert 303 == stranger.post("/attention", {**sent, "reason": "Weg ermee."}).status_code
    assert row["aside"] in office.signed_in(Role.LEAD).get("/attention").text


def test_words_of_a_copy_in_a_record_that_nobody_has_are_listed_and_set_aside(office: DeskOffice) -> None:
    copy = office.server.folder / "copy.db"
    office.two.store.db.conn.execute("vacuum into ?", (str(copy),))
    twin = Device(DeviceStore(copy, None), office.two.clock)
    office.two.create(FORM, 1, {"/werker_ok": "ja"})
    office.sync(office.two)
    record = twin.create(FORM, 1, {"/werker_ok": "incident"})
    office.sync(twin)
    office.dump()
    lead, other = office.signed_in(Role.LEAD), office.signed_in(staff=OTHER_LEAD)  # of the team of werker-twee
    assert record.hex() not in lead.get("/attention").text
    page = other.get("/attention").text
    sent = form_of(page, record.hex(), "copy")
    assert "zonder dossier" in page
    assert 303 == lead.post("/attention", sent).status_code and record.hex() in other.get("/attention").text
    assert 303 == other.post("/attention", sent).status_code
    assert record.hex() not in other.get("/attention").text
