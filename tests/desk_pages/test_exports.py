"""Taking along from a page: what a role may see and no more, each step in the log."""

import asyncio
import csv
import io
import json
import re
import sqlite3
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from backend.desk import export_asking, export_jobs, export_making
from backend.desk.export_live import READY
from backend.desk.export_pipe import framed
from backend.desk.rights import Role
from backend.stores.sessions import OVER
from tests.desk_pages.office import OTHER_LEAD, DeskOffice, name_of
from tests.desk_pages.taking import (
    FIELDS,
    FORMULA,
    REASON,
    WORD,
    acts,
    asked,
    ended,
    fetched,
    job_of,
    live_of,
    lying,
    made,
    office_in,
    token,
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = office_in(tmp_path_factory.mktemp("exports"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def nothing_left(office: DeskOffice) -> Iterator[None]:
    yield
    ended(office)


# --- what goes along ---


def test_a_lead_takes_the_records_of_the_own_team_along_and_no_word_of_another(office: DeskOffice) -> None:
    files = fetched(office, office.signed_in())
    rows = [*csv.DictReader(io.StringIO(files["huisbezoek.csv"]))]
    assert ["ABCD-2345", "ABCD-2346"] == sorted(row["case_ref"] for row in rows)
    assert {f"'{FORMULA}", WORD} == {row["feiten"] for row in rows}  # a formula is text
    whole = "".join(files.values())
    assert "Vreemdwoord" not in whole and "WXYZ" not in whole and "werker-twee" not in whole
    assert "WXYZ-9999" in "".join(fetched(office, office.signed_in(staff=OTHER_LEAD)).values())


def test_without_the_scope_the_other_team_would_be_in_it(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    """The test above can fail: with the condition of the query taken out, it would."""
    monkeypatch.setattr("backend.projection.reading.cover", lambda _records: None)
    monkeypatch.setattr("backend.projection.reading.scope_to", lambda _records, _workers: None)
    assert "WXYZ-9999" in "".join(fetched(office, office.signed_in()).values())


@pytest.mark.parametrize(
    ("kind", "beginning"), [("xlsx", b"PK"), ("csv-nl", b"PK"), ("jsonl", b"{"), ("sqlite", b"PK")]
)
def test_each_kind_is_made(office: DeskOffice, kind: str, beginning: bytes) -> None:
    browser = office.signed_in()
    path = asked(browser, kind=kind, words="words")
    job = made(office, path)
    answer = browser.get(f"{path}/file")
    assert answer.content.startswith(beginning) and len(answer.content) == job.size
    if kind == "jsonl":
        assert {"huisbezoek"} <= {json.loads(line)["_table"] for line in answer.text.splitlines()}
    if kind == "sqlite":
        with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
            db = sqlite3.connect(":memory:")
            db.deserialize(packed.read(next(name for name in packed.namelist() if name.endswith(".db"))))
        assert 2 == db.execute("select count(*) from huisbezoek").fetchone()[0]


def test_the_wishes_are_those_of_the_command(office: DeskOffice) -> None:
    browser = office.signed_in()
    (page,) = [text for name, text in fetched(office, browser, column=["toegang"]).items() if name == "huisbezoek.csv"]
    assert "_record,toegang" == page.splitlines()[0].strip() and WORD not in page
    names = fetched(office, browser, pseudonyms="onderzoek")["huisbezoek.csv"]
    assert "ABCD-2345" not in names and 3 == len(names.strip().splitlines())
    assert 1 == len(fetched(office, browser, until="2001-01-01")["huisbezoek.csv"].strip().splitlines())
    view = browser.post("/records/huisbezoek", {"column": ["case_ref"], "search": WORD}).headers["location"]
    some = fetched(office, browser, view=view.partition("view=")[2])
    assert "ABCD-2346" in some["huisbezoek.csv"] and "ABCD-2345" not in "".join(some.values())
    path = asked(browser, records="abcd-2345")  # by the code that every page shows, and no code is kept
    assert re.fullmatch("[0-9a-f]{32}", live_of(office, path).asking.typed.records)
    assert READY == made(office, path).state
    with zipfile.ZipFile(io.BytesIO(browser.get(f"{path}/file").content)) as packed:
        named = {name: packed.read(name).decode() for name in packed.namelist()}
    assert "ABCD-2345" in named["huisbezoek.csv"] and "ABCD-2346" not in "".join(named.values())


def test_a_code_of_no_record_in_scope_takes_nothing_along_and_says_so(office: DeskOffice) -> None:
    browser = office.signed_in()
    theirs, none = (
        browser.post("/exports/new/huisbezoek", FIELDS | {"records": f"ABCD-2345 {code}"})
        for code in ("WXYZ-9999", "WXYZ-8888")
    )
    assert 404 == theirs.status_code and "Er is voor u geen dossier WXYZ-9999" in theirs.text
    assert theirs.text.replace("9999", "8888") == none.text  # of another team, or of nobody: the same
    assert ["export-refused", "export-refused"] == acts(office)[:2]


@pytest.mark.parametrize(
    "fields", [{"kind": "exe"}, {"since": "31-12-2026"}, {"version": "9"}, {"records": "00" * 16}, {"reader": "buren"},
               {"column": ["_geen"]}, {"records": " ".join(["00" * 16] * 51)}],
)  # fmt: skip
def test_what_cannot_be_wished_for_is_said_and_nothing_begins(office: DeskOffice, fields: dict[str, Any]) -> None:
    answer = office.signed_in().post("/exports/new/huisbezoek", FIELDS | fields)
    assert answer.status_code in (400, 404, 422) and "utrecht-alert--error" in answer.text
    assert "export-refused" == acts(office)[0]


# --- who ---


@pytest.mark.parametrize(("field", "most"), [("reason", 200), ("pseudonyms", 100)])
def test_a_text_that_is_too_long_is_refused_whole_with_how_many_fit(office: DeskOffice, field: str, most: int) -> None:
    browser, path, long = office.signed_in(), "/exports/new/huisbezoek", "w" * (most + 1)
    answer = browser.post(path, FIELDS | {field: long})
    assert 422 == answer.status_code and f"hoogstens {most}" in answer.text
    assert re.search(f'name="{field}"[^>]* value="{long}" aria-invalid="true"', answer.text)
    assert "maxlength" not in browser.get(path).text


def test_a_job_is_its_askers_alone(office: DeskOffice) -> None:
    mine = office.signed_in()
    path = asked(mine)
    made(office, path)
    there = [mine.get(f"{path}{end}").status_code for end in ("", "/file")]
    gone = mine.get("/exports/" + "00" * 16).content
    for other in (office.signed_in(staff=OTHER_LEAD), office.signed_in(Role.SIGNALS), office.signed_in(Role.REVIEWER)):
        for end in ("", "/progress", "/file", "/second"):
            answer = other.get(f"{path}{end}")
            assert (404, gone) == (answer.status_code, answer.content), end
        for end in ("/end", "/agree", "/decline"):
            assert 404 == other.post(f"{path}{end}").status_code
    assert [200, 200] == there and READY == job_of(office, path).state


@pytest.mark.parametrize("form", ["signaal", "nergens", "_record"])
def test_a_form_of_other_readers_is_not_there(office: DeskOffice, form: str) -> None:
    browser = office.signed_in()
    assert 404 == browser.get(f"/exports/new/{form}").status_code
    assert 404 == browser.post(f"/exports/new/{form}", {"kind": "csv"}).status_code


def test_a_team_that_was_left_takes_its_file_along(office: DeskOffice) -> None:
    browser = office.signed_in()
    path = asked(browser)
    made(office, path)
    office.team("noord", [name_of(Role.REVIEWER)], ["werker-een"])
    try:
        assert 404 == browser.get(f"{path}/file").status_code
        assert (OVER, "rights") == (job_of(office, path).state, job_of(office, path).why)
        assert [] == lying(office)
    finally:
        office.team("noord", [name_of(Role.LEAD), name_of(Role.REVIEWER)], ["werker-een"])


def test_an_answer_of_the_highest_class_waits_for_a_second_person_too(office: DeskOffice) -> None:
    answer = office.signed_in().post("/exports/new/huisbezoek", FIELDS | {"column": ["zorg"]})
    assert 422 == answer.status_code and "een reden nodig" in answer.text
    path = asked(office.signed_in(), column=[], reason=REASON)
    assert "waits" == job_of(office, path).state


def test_a_signal_waits_for_a_second_person_who_is_never_the_same(office: DeskOffice) -> None:
    browser, second = office.signed_in(Role.SIGNALS), office.signed_in(Role.PRIVACY)
    assert 422 == browser.post("/exports/new/signaal", {"kind": "csv"}).status_code  # without a reason
    path = asked(browser, "signaal", reason=REASON)
    assert 286 != browser.get(f"{path}/progress").status_code
    assert 404 == browser.get(f"{path}/file").status_code
    assert 404 == browser.post(f"{path}/agree").status_code  # the one who asked
    page = second.get(f"{path}/second").text
    assert REASON in page and "acuut" not in page and "Voorbeeld de-signals" in page
    assert 303 == second.post(f"{path}/agree").status_code
    assert READY == made(office, path).state
    assert 404 == second.get(f"{path}/file").status_code and 200 == browser.get(f"{path}/file").status_code
    assert ["export-fetched", "export-made", "export-agreed", "export-asked"] == acts(office)[:4]
    assert REASON in next(line.detail for line in office.audit() if line.act == "export-asked")


def test_who_lost_the_role_gets_nothing_by_a_second_person_who_agrees(office: DeskOffice) -> None:
    browser, second = office.signed_in(Role.SIGNALS), office.signed_in(Role.PRIVACY)
    path, more = asked(browser, "signaal", reason=REASON), asked(browser, "signaal", reason=REASON)
    assert 303 == second.post(f"{more}/agree").status_code and READY == made(office, more).state
    office.hire(name_of(Role.SIGNALS), Role.MAKER)
    try:
        answer = second.post(f"{path}/agree")
        assert 410 == answer.status_code and "niet meer meenemen" in answer.text
        assert (OVER, "rights") == (job_of(office, path).state, job_of(office, path).why)
        assert "export-agreed" not in acts(office)[:1] and "export-ended" == acts(office)[0]
        with pytest.raises(KeyError):  # nor the file that lies there, whoever asks for it in their place
            office.server.run(office.desk.exports.fetch(office.server.municipality, more.rpartition("/")[2]))
        assert (OVER, "rights") == (job_of(office, more).state, job_of(office, more).why)
    finally:
        office.hire(name_of(Role.SIGNALS), Role.SIGNALS)


def test_a_second_person_agrees_to_no_team_that_was_left(office: DeskOffice) -> None:
    path = asked(office.signed_in(), column=[], reason=REASON)
    office.team("noord", [name_of(Role.REVIEWER)], ["werker-een"])
    try:
        assert 410 == office.signed_in(Role.PRIVACY).post(f"{path}/agree").status_code
    finally:
        office.team("noord", [name_of(Role.LEAD), name_of(Role.REVIEWER)], ["werker-een"])


def test_a_second_person_may_say_no_and_shows_a_factor_to_say_yes(office: DeskOffice) -> None:
    browser, second = office.signed_in(Role.SIGNALS), office.signed_in(Role.PRIVACY)
    path = asked(browser, "signaal", reason=REASON)
    assert "vervalt de export" in browser.get(path).text
    office.server.clock.ms += export_jobs.FETCHED_MS
    assert "confirm" in second.post(f"{path}/agree").text and "waits" == job_of(office, path).state
    assert 303 == second.post(f"{path}/decline").status_code
    assert (OVER, "declined") == (job_of(office, path).state, job_of(office, path).why)
    assert "vervalt de export" not in browser.get(path).text  # of one that is over nothing can lapse any more
    assert 404 == office.signed_in(Role.PRIVACY).post(f"{path}/agree").status_code


def test_a_privacy_officer_names_the_records_and_the_reason(office: DeskOffice) -> None:
    browser = office.signed_in(Role.PRIVACY)
    (found, *_) = office.find("select record from _record where form = 'huisbezoek'")
    record = found["record"]
    assert 422 == browser.post("/exports/new/huisbezoek", FIELDS | {"reason": REASON}).status_code
    assert 422 == browser.post("/exports/new/huisbezoek", FIELDS | {"records": record}).status_code
    path = asked(browser, records=record, reason=REASON)
    assert "waits" == job_of(office, path).state
    assert 303 == office.signed_in().post(f"{path}/agree").status_code
    assert READY == made(office, path).state
    with zipfile.ZipFile(io.BytesIO(browser.get(f"{path}/file").content)) as packed:
        assert 2 == len(packed.read("huisbezoek.csv").decode().strip().splitlines())


def test_much_needs_a_reason_and_a_fresh_factor(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export_asking, "LARGE", 1)
    monkeypatch.setattr("backend.web.desk.exports.LARGE", 1)
    browser = office.signed_in()
    assert 422 == browser.post("/exports/new/huisbezoek", FIELDS).status_code
    office.server.clock.ms += export_jobs.FETCHED_MS
    assert "confirm" in browser.post("/exports/new/huisbezoek", FIELDS | {"reason": REASON}).text
    path = asked(office.signed_in(), reason=REASON)
    assert READY == made(office, path).state


def test_a_period_that_ends_before_it_begins_is_said_with_its_fields(office: DeskOffice) -> None:
    page = office.signed_in().post("/exports/new/huisbezoek", FIELDS | {"since": "2026-12-31", "until": "2026-12-30"})
    assert 422 == page.status_code and "‘Vanaf’ is later dan ‘tot en met’" in page.text
    assert 2 == page.text.count('aria-invalid="true"') and 'value="2026-12-31"' in page.text
    path = asked(office.signed_in(), since="2026-12-31", until="2026-12-31")  # one day is a period
    assert READY == made(office, path).state


# --- limits, pages ---


def test_each_limit_is_named(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = office.signed_in()
    monkeypatch.setattr(export_jobs, "RUNNING_OF_ONE", 0)
    assert "al een export voor u" in browser.post("/exports/new/huisbezoek", FIELDS).text
    monkeypatch.setattr(export_jobs, "RUNNING_OF_ONE", 1)
    monkeypatch.setattr(export_jobs, "RUNNING_AT_ONCE", 0)
    answer = browser.post("/exports/new/huisbezoek", FIELDS)
    assert 429 == answer.status_code and "De server maakt al" in answer.text
    monkeypatch.setattr(export_jobs, "KEPT_OF_ONE", 0)
    assert "Er liggen of wachten" in browser.post("/exports/new/huisbezoek", FIELDS).text


def test_of_two_at_once_one_begins(office: DeskOffice) -> None:
    browser = office.signed_in()
    fields = token(browser) | FIELDS

    async def both() -> list[int]:
        ask = [browser.asking("POST", f"{browser.home}/exports/new/huisbezoek", data=fields) for _ in range(2)]
        return sorted(answer.status_code for answer in await asyncio.gather(*ask))

    assert [303, 429] == office.server.run(both())


def test_the_page_polls_until_it_is_done_and_reloads_without_a_script(office: DeskOffice) -> None:
    browser = office.signed_in()
    path = asked(browser)
    page = browser.get(path).text
    assert 'http-equiv="refresh"' in page and f'hx-get="{browser.home}{path}/progress"' in page
    made(office, path)
    answer = browser.get(f"{path}/progress")
    assert 286 == answer.status_code and f"{path}/file" in answer.text
    page = browser.get(path).text
    assert "http-equiv" not in page and "hx-get" not in page
    assert re.search(r"export ligt klaar|exports liggen klaar", browser.get("/today").text)


def test_the_headers_of_the_file_let_nothing_run_and_say_nothing(office: DeskOffice) -> None:
    browser = office.signed_in()
    path = asked(browser, kind="xlsx")
    made(office, path)
    headers = browser.get(f"{path}/file").headers
    assert re.fullmatch(r'attachment; filename="huisbezoek-\d{4}-\d\d-\d\d\.xlsx"', headers["content-disposition"])
    assert ("nosniff", "no-store") == (headers["x-content-type-options"], headers["cache-control"])
    assert "application/octet-stream" == headers["content-type"]


def test_the_log_has_each_step_and_no_answer(office: DeskOffice) -> None:
    fetched(office, office.signed_in())
    assert ["export-fetched", "export-made", "export-asked"] == acts(office)[:3]
    said = " ".join(line.detail for line in office.audit() if line.act.startswith("export"))
    assert WORD not in said and "ABCD" not in said


def test_no_key_of_a_store_crosses_the_pipe(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[bytes] = []

    def kept(message: Any) -> bytes:
        sent.append(framed(message))
        return sent[-1]

    monkeypatch.setattr(export_making, "framed", kept)
    path = asked(office.signed_in())
    made(office, path)
    custody = office.server.municipality.custody
    whole = b"".join(sent)
    assert WORD.encode() in whole and custody.records_key.reveal() not in whole
    assert custody.sealing.seed().reveal() not in whole
