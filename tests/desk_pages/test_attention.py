"""Attention by HTTP: every remark says what it means and what can be done."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.desk.attention_kinds import KINDS
from backend.desk.rights import Role
from backend.sentences import library
from backend.web.desk.attention import way_of
from picture.choices import CHOICES
from tests.desk_pages.office import OTHER_LEAD, DeskOffice

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
    assert "geschreven zonder toegang" in page and "Toelaten wat werker-twee schreef" in page
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
