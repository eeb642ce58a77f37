"""One record: as its form shows it, its course, and nobody else's."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from backend.desk.record_view import Kept, hiding
from backend.desk.rights import Role
from backend.desk.wording import Speaker
from tests.desk_pages.office import OTHER_LEAD, DeskOffice

CHILD = "/kind/01J9ZZZZZZZZZZZZZZZZZZZZZ1"
TABS = ("", "/course", "/files", "/print")


class Office(DeskOffice):
    """The office, with a visit in which two workers wrote at once, and a signal."""

    def __init__(self, folder: Any) -> None:
        super().__init__(folder, "dossier", "huisbezoek", "signaal")
        self.visit = self.shared("huisbezoek", {
            "/case_ref": "ABCD-2345", "/toegang": "aan_de_deur", "/tolk": "niet_nodig", "/feiten": "Eerste feit",
            CHILD: {}, f"{CHILD}/kind_ref": "EFGH-2345", f"{CHILD}/kind_alleen": "ja",
            f"{CHILD}/geboortemaand": "2010-01",
        })  # fmt: skip
        self.parallel(
            self.visit,
            "huisbezoek",
            {"/toegang": "binnen", "/feiten": "Van een"},
            {"/toegang": "aan_de_deur", "/feiten": "<i>Van twee</i>"},
        )
        self.refused = self.one.create(
            "huisbezoek", 1, {"/case_ref": "ABCD-2346", "/toegang": "geweigerd", "/feiten": "Nooit gevraagd"}
        )
        self.signal = self.one.create("signaal", 1, {"/acuut": "nee"})
        self.theirs = self.two.create("huisbezoek", 1, {"/case_ref": "WXYZ-9999"})
        self.sync()
        self.dump()


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    made = Office(tmp_path_factory.mktemp("office"))
    yield made
    made.close()


def text(page: Any) -> str:
    """The words of a page."""
    assert 200 == page.status_code, page.text
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


def test_what_is_not_there_and_what_is_not_ours_are_the_same_bytes(office: Office) -> None:
    lead = office.signed_in()
    none = lead.get(f"/record/{'0' * 32}")
    for name in (office.theirs.hex(), office.signal.hex(), "x", office.visit.hex().upper(), f"{office.visit.hex()}0"):
        for tab in TABS:
            found = lead.get(f"/record/{name}{tab}")
            assert (404, none.content, none.headers.items()) == (
                found.status_code,
                found.content,
                found.headers.items(),
            )
    for role in (Role.ADMIN, Role.OPERATOR, Role.SECURITY, Role.PRIVACY, Role.MAKER, Role.SIGNALS):
        assert 404 == office.signed_in(role).get(f"/record/{office.visit.hex()}").status_code
    assert 200 == office.signed_in(Role.SIGNALS).get(f"/record/{office.signal.hex()}").status_code
    assert 200 == office.signed_in(staff=OTHER_LEAD).get(f"/record/{office.theirs.hex()}").status_code


def test_a_record_is_shown_as_its_form_asks(office: Office) -> None:
    page = text(office.signed_in().get(f"/record/{office.visit.hex()}"))
    places = [page.index(words) for words in ("Mocht u binnenkomen?", "Kinderen 1", "EFGH-2345", "Feiten: gezien")]
    assert places == sorted(places)
    for words in ("Niet nodig", "3 teksten, naast elkaar geschreven", "Eerste feit", "&lt;i&gt;Van twee&lt;/i&gt;",
                  "Conflict",
                  "Dit antwoord blijft op de telefoon", "werker-twee"):  # fmt: skip
        assert words in page, words
    english = text(
        office.signed_in().ask(
            "GET", f"/m/{office.code}/record/{office.visit.hex()}", headers={"accept-language": "en"}
        )
    )
    assert "Not answered" in english and "records-" not in english


def test_a_month_is_said_as_a_month_and_on_paper_too(office: Office) -> None:
    for language, month in (("nl", "januari 2010"), ("en", "January 2010")):
        for tab in ("", "/print"):
            at = f"/record/{office.visit.hex()}{tab}"
            page = text(office.signed_in().get(at, headers={"accept-language": language}))
            assert month in page
            assert "2010-01" not in page


def test_a_hidden_answer_stands_at_its_place_with_what_hides_it(office: Office) -> None:
    page = text(office.signed_in().get(f"/record/{office.refused.hex()}"))
    place = page.index("Nooit gevraagd")
    assert "Verborgen: een ander antwoord" in page[place : place + 200]
    assert "(Mocht u binnenkomen?)" in page[place : place + 200]


def test_what_hides_an_answer_is_named_once_and_an_item_by_its_number(office: Office) -> None:
    one, two = CHILD, f"{CHILD[:-1]}2"
    kept = Kept("huisbezoek", {}, items={"/kind": [path.removeprefix("/kind/") for path in (one, two)]})
    said = hiding(
        Speaker(office.server.municipality, "nl"), kept, (f"{one}/kind_alleen", one, f"{one}/kind_alleen", two)
    )
    assert ("Kinderen 1: Kind alleen gesproken?", "Kinderen 1", "Kinderen 2") == said


def test_the_window_has_no_title_of_the_case_and_nothing_of_it_is_kept(office: Office) -> None:
    for tab in TABS:
        page = office.signed_in().get(f"/record/{office.visit.hex()}{tab}")
        assert "ABCD" not in page.text.partition("</title>")[0]
        assert (
            "no-store" == page.headers["cache-control"]
            and "default-src 'none'" in page.headers["content-security-policy"]
        )
        assert [] == re.findall(r"<[^>]+ (?:style|on\w+)=|<script(?! src)", page.text)


def test_the_course_shows_each_entry_with_what_its_author_had_read(office: Office) -> None:
    page = office.signed_in().get(f"/record/{office.visit.hex()}/course")
    said = text(page)
    assert 3 == page.text.count('class="when"')
    for words in ("werker-een vulde in", "werker-twee vulde in", "geschreven", "ontvangen", "telefoon"):
        assert words in said
    # one replaced the answer, the other confirmed it, and neither had seen the other
    assert 1 == page.text.count("<del><bdi>Alleen aan de deur gesproken</bdi></del>") and 4 == said.count(
        "naast een andere wijziging"
    )
    assert "<del><bdi>Eerste feit" not in page.text  # every text of this question stays


def steps_of(page: Any) -> int:
    return page.text.count('<h2 class="step">')


def test_the_course_is_narrowed_by_kind_person_and_period_and_no_address_says_so(office: Office) -> None:
    record = office.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2347"})
    office.sync(office.one)
    key = office.one.store.record_key(record)
    assert key is not None
    office.two.store.keep_key(record, *key)
    office.two.save(office.two.open(record), "huisbezoek", 1, {"/duiding": "Zonder toegang geschreven"})
    office.sync(office.two)
    office.dump()
    lead = office.signed_in()
    at = f"/record/{record.hex()}/course"
    (seal,) = re.findall(r'name="read_at" value="([^"]+)"', lead.get(f"/review/{record.hex()}").text)
    lead.post(f"/review/{record.hex()}", {"pick": "approved", "read_at": seal})
    office.dump()
    every = lead.get(at)
    assert 3 == steps_of(every) and "deze medewerker had geen toegang" in every.text
    assert {3: "", 2: "write"} == {steps_of(lead.post(at, {"kind": kind})): kind for kind in ("", "write")}
    found = {kind: lead.post(at, {"kind": kind}) for kind in ("decide", "held", "delete", "clock")}
    assert {"decide": 1, "held": 1, "delete": 0, "clock": 0} == {kind: steps_of(page) for kind, page in found.items()}
    for tab in ("", "/print"):  # a decision answers no question, of an earlier version neither
        assert "/_review" not in lead.get(f"/record/{record.hex()}{tab}").text
    assert "Goedgekeurd" in found["decide"].text and "werker-twee" in found["held"].text
    assert 1 == steps_of(lead.post(at, {"who": "werker-een"})) and 0 == steps_of(lead.post(at, {"who": "niemand"}))
    assert 0 == steps_of(lead.post(at, {"until": "1990-01-01"})) and 3 == steps_of(
        lead.post(at, {"until": "2190-01-01"})
    )
    for wrong in ({"since": "morgen"}, {"since": "2026-02-01", "until": "2026-01-01"}, {"kind": "' or 1=1"}):
        answer = lead.post(at, wrong)
        assert 422 == answer.status_code and 0 == steps_of(answer) and "Er is niets gezocht" in answer.text
    assert f'action="/m/GM9901{at}"' in every.text and 'method="post"' in every.text


def test_reading_is_a_line_of_the_audit(office: Office) -> None:
    lead = office.signed_in()
    for tab, line in (
        ("", ("show", "")),
        ("/course", ("show", "course")),
        ("/files", ("show", "files")),
        ("/print", ("print", "")),
    ):
        lead.get(f"/record/{office.visit.hex()}{tab}")
        newest = office.audit()[0]
        assert (line, office.visit, "de-lead") == ((newest.act, newest.detail), newest.record, newest.staff)
