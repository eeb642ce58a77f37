"""A privacy officer opens one record for a reason: that one, in that session, for an hour, and others see it."""

import re
from collections.abc import Iterator

import pytest

from backend.desk.notes import READ_MS, REASON_MIN
from backend.desk.rights import Role
from backend.desk.sessions import IDLE_MS
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice

WHY = "Klacht 12 over dit bezoek, gevraagd door de functionaris."
SECRET = "Zandkasteel"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(tmp_path_factory.mktemp("office"), "dossier", "huisbezoek", "signaal")
    made.hire("andere-privacy", Role.PRIVACY)
    yield made
    made.close()


@pytest.fixture
def records(office: DeskOffice) -> tuple[str, str]:
    """Two visits of the first worker."""
    made = [office.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2345", "/feiten": SECRET}).hex() for _ in range(2)]
    office.sync()
    office.dump()
    return made[0], made[1]


def opened(browser: Browser, record: str, why: str = WHY) -> str:
    answer = browser.post("/reason", {"record": record, "reason": why})
    assert 303 == answer.status_code, answer.text
    return str(answer.headers["location"]).removeprefix(browser.home)


def test_a_reason_that_is_too_long_is_refused_whole_with_how_many_fit(
    office: DeskOffice, records: tuple[str, str]
) -> None:
    privacy, long = office.signed_in(Role.PRIVACY), "r" * 1_001
    answer = privacy.post("/reason", {"record": records[0], "reason": long})
    assert 422 == answer.status_code and "hoogstens 1.000" in answer.text
    assert f">{long}</textarea>" in answer.text and f'value="{records[0]}"' in answer.text
    assert "maxlength" not in privacy.get("/reason").text  # a browser cuts what is pasted, and says nothing


def test_one_record_is_read_and_nothing_else_of_it_or_of_another(office: DeskOffice, records: tuple[str, str]) -> None:
    one, two = records
    privacy = office.signed_in(Role.PRIVACY)
    at = opened(privacy, one)
    page = privacy.get(at)
    assert 200 == page.status_code and SECRET in page.text and WHY in page.text
    assert re.fullmatch("/reason/[0-9a-f]{32}", at) and one not in at
    assert at in privacy.get("/reason").text and at not in office.signed_in(Role.PRIVACY).get("/reason").text
    gone = privacy.get("/no/such").content
    for path in (f"/record/{one}", f"/record/{one}/course", f"/record/{one}/files", f"/record/{one}/print",
                 f"/record/{one}/edit/0", f"/record/{two}", f"/reason/{one}", f"/reason/{two}", f"/review/{one}",
                 "/records/huisbezoek", f"{at}/files/{'0' * 64}"):  # fmt: skip
        answer = privacy.get(path)
        assert (404, gone) == (answer.status_code, answer.content), path
    for path in (f"/record/{one}/delete", f"/record/{one}/grant", f"/record/{one}/tasks", "/records/huisbezoek",
                 f"/review/{one}"):  # fmt: skip
        answer = privacy.post(path, {"search": SECRET})
        assert 404 == answer.status_code, path
    assert 'href="/m/GM9901/records/' not in privacy.get("/records").text


def test_a_record_is_named_by_the_code_that_pages_show_too(office: DeskOffice) -> None:
    case = {"/case_ref": "KLMN-6789"}
    visit, whole = (
        office.one.create("huisbezoek", 1, {**case, "/feiten": SECRET}),
        office.two.create("dossier", 1, case),
    )
    made = [visit.hex(), whole.hex()]
    office.sync()
    office.dump()
    privacy = office.signed_in(Role.PRIVACY)
    assert 422 == privacy.post("/reason", {"record": "klmn-6789", "reason": "kort"}).status_code  # a reason first
    several = privacy.post("/reason", {"record": "klmn-6789", "reason": WHY})
    assert 422 == several.status_code and SECRET not in several.text and "werker-" not in several.text
    assert sorted(made) == sorted(re.findall(r'type="radio" name="one" value="([0-9a-f]{32})"', several.text))
    chosen = privacy.post("/reason", {"record": "klmn-6789", "one": made[0], "reason": WHY})
    assert 303 == chosen.status_code and "6789" not in chosen.headers["location"]
    assert SECRET in privacy.get(chosen.headers["location"].removeprefix(privacy.home)).text
    assert SECRET in privacy.get(opened(privacy, made[0][:8])).text
    nobody = privacy.post("/reason", {"record": "KLMN-2222", "reason": WHY})
    assert 422 == nobody.status_code and "Er is voor u geen dossier" in nobody.text
    details = [line.detail for line in office.audit() if line.act == "read-for-reason"]
    assert "2" in details and not any("6789" in one for one in details)


def test_the_address_is_nobody_elses_and_of_no_other_session(office: DeskOffice, records: tuple[str, str]) -> None:
    privacy = office.signed_in(Role.PRIVACY)
    at = opened(privacy, records[0])
    again = office.signed_in(Role.PRIVACY).get(at)  # the same person, who signed in elsewhere
    assert 410 == again.status_code and SECRET not in again.text
    for browser in [office.signed_in(staff="andere-privacy"), *map(office.signed_in, set(Role) - {Role.PRIVACY})]:
        answer = browser.get(at)
        assert 404 == answer.status_code and SECRET not in answer.text


def test_it_ends_by_its_time_and_by_hand(office: DeskOffice, records: tuple[str, str]) -> None:
    privacy, clock = office.signed_in(Role.PRIVACY), office.server.clock
    at = opened(privacy, records[0])
    left = READ_MS
    while left > IDLE_MS // 2:
        clock.ms += IDLE_MS // 2
        left -= IDLE_MS // 2
        assert 200 == privacy.get(at).status_code
    clock.ms += left
    over = privacy.get(at)
    assert 410 == over.status_code and SECRET not in over.text and "voorbij" in over.text
    later = opened(privacy, records[1])
    assert 303 == privacy.post(f"{later}/end").status_code
    ended = privacy.get(later)
    assert 410 == ended.status_code and SECRET not in ended.text


@pytest.mark.parametrize("why", ["", "x" * (REASON_MIN - 1), "kort " * 3, " " * 40])
def test_without_a_reason_nothing_opens(office: DeskOffice, records: tuple[str, str], why: str) -> None:
    answer = office.signed_in(Role.PRIVACY).post("/reason", {"record": records[0], "reason": why})
    assert 422 == answer.status_code and SECRET not in answer.text


def test_a_number_that_is_none_is_told_and_leaves_a_line(office: DeskOffice, records: tuple[str, str]) -> None:
    privacy = office.signed_in(Role.PRIVACY)
    for record in ("", "ABCD-9999", "0" * 31, "0" * 32, "' or 1=1 --"):
        answer = privacy.post("/reason", {"record": record, "reason": WHY})
        assert 422 == answer.status_code and "Er is voor u geen dossier" in answer.text
    assert ("read-for-reason", "refused") in {(line.act, line.result) for line in office.audit()[:12]}


def test_who_answers_for_the_record_sees_it_with_the_reason_and_the_log_that_there_was_one(
    office: DeskOffice, records: tuple[str, str]
) -> None:
    opened(office.signed_in(Role.PRIVACY), records[0])
    line = next(line for line in office.audit() if line.act == "read-for-reason")
    assert ("de-privacy", records[0], f"reason:{len(WHY)}") == (line.staff, line.record.hex(), line.detail)
    assert not [one for one in office.audit() if "Klacht" in one.detail]
    for browser in (office.signed_in(), office.signed_in(staff="andere-privacy")):
        assert "geopend met een reden" in browser.get("/today").text
        shown = browser.get("/reasons").text
        assert WHY in shown and "Voorbeeld de-privacy" in shown
        reads = browser.get(f"/record/{records[0]}").status_code == 200
        assert (reads, not reads) == ("ABCD-2345, " in shown, f"<code>{records[0][:8]}</code>" in shown)
        browser.post("/reasons")
        assert "geopend met een reden" not in browser.get("/today").text
        assert WHY in browser.get("/reasons").text
    for browser in (office.signed_in(staff=OTHER_LEAD), office.signed_in(Role.SIGNALS)):
        assert WHY not in browser.get("/reasons").text and "met een reden" not in browser.get("/today").text
    own = office.signed_in(Role.PRIVACY)
    assert WHY not in own.get("/reasons").text  # one's own is for others to see
    assert 403 == office.signed_in(Role.ADMIN).get("/reasons").status_code


def test_many_readings_of_other_teams_hide_none_that_a_lead_answers_for(
    office: DeskOffice, records: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    office.server.clock.ms += 1  # later than those of the tests before
    opened(office.signed_in(Role.PRIVACY), records[0], f"{WHY} van lang geleden")
    foreign = office.two.create("huisbezoek", 1, {"/case_ref": "WXYZ-9999"}).hex()
    office.sync()
    office.dump()
    privacy = office.signed_in(Role.PRIVACY)
    for _ in range(3):
        office.server.clock.ms += 1
        opened(privacy, foreign, "Klacht 13 over een ander team, gevraagd door de functionaris.")
    monkeypatch.setattr("backend.web.desk.reason.READINGS_MAX", 2)
    lead = office.signed_in()
    page = lead.get("/reasons").text
    assert f"{WHY} van lang geleden" in page and "Klacht 13" not in page
    assert "geopend met een reden" in lead.get("/today").text
    assert "WXYZ-9999" in privacy.get("/reason").text  # the own ones are not counted with those of others
