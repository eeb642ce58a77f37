"""Exports with the gravest answers wait for a second person: at a terminal as on the page; and where nobody is one."""

import asyncio
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from backend.desk import commands, export_asking
from backend.desk.export_jobs import ExportJobs
from backend.desk.export_live import READY, UNHEARD
from backend.desk.rights import Role
from backend.desk.typed import kept
from backend.desk.wire import Ask
from backend.errors import BackendError
from backend.stores.people import BLOCKED
from backend.stores.sessions import OVER
from tests.desk_pages.office import DeskOffice, name_of
from tests.desk_pages.taking import FIELDS, REASON, WORD, acts, asked, ended, job_of, lying, made, office_in


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = office_in(tmp_path_factory.mktemp("exports"))
    yield made
    made.close()


@pytest.fixture(autouse=True)
def nothing_left(office: DeskOffice) -> Iterator[None]:
    yield
    ended(office)


# --- the same at a terminal ---


def typed(office: DeskOffice, staff: str, into: list[Any], **args: Any) -> "asyncio.Task[str]":
    """Ask for an export as the command line does; its task ends with the code by which it was refused, or nothing."""
    person = office.server.municipality.people.person(staff)
    assert person is not None
    ask = Ask(
        "export",
        office.code,
        {"form": "huisbezoek"} | args,
        "",
        "",
        "",
        token=office.server.run(office.sign_in(person)),
    )

    async def rows() -> str:
        try:
            async for row in commands.run(office.desk, ask, lambda _done, _all: None):
                into.append(row)
        except BackendError as error:
            return error.code
        return ""

    async def begun() -> "asyncio.Task[str]":
        task = asyncio.get_running_loop().create_task(rows())
        while not task.done() and not into:
            await asyncio.sleep(0)
        return task

    return office.server.run(begun())


def over(office: DeskOffice, task: "asyncio.Task[str]") -> str:
    async def ended() -> str:
        return await asyncio.wait_for(task, 10)

    return office.server.run(ended())


def test_a_command_takes_no_gravest_answer_along_without_a_reason_and_a_second_person(office: DeskOffice) -> None:
    lead, rows = name_of(Role.LEAD), list[Any]()
    assert "export-reason-needed" == over(office, typed(office, lead, rows)) and [] == rows
    assert "" == over(office, typed(office, lead, rows, columns=["toegang"])) and rows  # none of that class
    rows.clear()
    task = typed(office, lead, rows, reason=REASON, since_ms=1, kind="csv")
    assert [{"waits"}] == [{*row} & {"waits"} for row in rows] and "Voorbeeld de-signals" in rows[0]["waits"]
    second = office.signed_in(Role.SIGNALS)
    (path,) = set(re.findall(r"(/exports/[0-9a-f]{32})/second", second.get("/exports").text))
    page = second.get(f"{path}/second").text
    assert REASON in page and "1970-01-01" in page and not task.done() and 1 == len(rows)
    assert 404 == office.signed_in().post(f"{path}/agree").status_code  # who asked
    assert 303 == second.post(f"{path}/agree").status_code
    assert "" == over(office, task) and WORD in str(rows)
    assert ["export-agreed", "export-asked"] == acts(office)[:2] and [] == lying(office)
    assert (OVER, "terminal") == (job_of(office, path).state, job_of(office, path).why)
    line = next(line for line in office.audit() if line.act == "export")
    assert line.detail.endswith(REASON) and line.staff == lead


def waiting(office: DeskOffice) -> set[str]:
    """What waits for the signals officer, whose page names a form by its title though they may not read it."""
    page = office.signed_in(Role.SIGNALS).get("/exports").text
    found = set(re.findall(r"(/exports/[0-9a-f]{32})/second", page))
    assert not found or (">Huisbezoek<" in page and ">huisbezoek<" not in page)
    return found


async def signed_out(office: DeskOffice) -> None:
    office.desk.exports.end_of(office.code, "signed-out", name_of(Role.SIGNALS))


def test_a_command_that_nobody_agreed_with_gives_no_row(office: DeskOffice, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[Any] = []
    task = typed(office, name_of(Role.LEAD), rows, reason=REASON)
    (path,) = waiting(office)
    assert 303 == office.signed_in(Role.SIGNALS).post(f"{path}/decline").status_code
    assert "export-not-agreed" == over(office, task) and 1 == len(rows)
    rows.clear()
    task = typed(office, name_of(Role.SIGNALS), rows, form="signaal", reason=REASON)
    office.server.run(signed_out(office))
    assert "export-not-agreed" == over(office, task) and 1 == len(rows)
    rows.clear()
    task = typed(office, name_of(Role.LEAD), rows, reason=REASON)
    office.team("noord", [name_of(Role.REVIEWER)], ["werker-een"])  # what was asked for is no more theirs
    try:
        (path,) = set(
            re.findall(r"(/exports/[0-9a-f]{32})/second", office.signed_in(Role.SIGNALS).get("/exports").text)
        )
        assert 303 != office.signed_in(Role.SIGNALS).post(f"{path}/agree").status_code
        assert "export-not-agreed" == over(office, task) and 1 == len(rows)
    finally:
        office.team("noord", [name_of(Role.LEAD), name_of(Role.REVIEWER)], ["werker-een"])
    monkeypatch.setattr(export_asking, "LARGE", 1)
    assert "export-reason-needed" == over(office, typed(office, name_of(Role.LEAD), rows, columns=["toegang"]))


# --- where nobody can be the second person ---


def test_the_page_says_who_can_agree_and_where_nobody_can_that_the_reason_stays(office: DeskOffice) -> None:
    new = office.signed_in().get("/exports/new/huisbezoek").text
    assert "teamleider of aandachtsfunctionaris of privacyfunctionaris" in new and "Voorbeeld de-signals" in new
    assert "tweede persoon akkoord gaat: een" not in office.signed_in().get("/exports/new/dossier").text
    path = asked(office.signed_in(Role.SIGNALS), "signaal", reason=REASON)
    assert "Voorbeeld de-privacy" in office.signed_in(Role.SIGNALS).get(path).text


def test_an_export_that_nobody_can_agree_with_passes_by_its_reason_which_stays(tmp_path: Path) -> None:
    """In a tiny municipality, unless who asks keeps the others out."""
    office = office_in(tmp_path)
    try:
        people = office.server.municipality.people
        others = [one for one in people.all() if one.name not in (name_of(Role.SIGNALS), name_of(Role.SECURITY))]

        def stop(by: str) -> None:
            now_ms = office.server.clock.now_ms()
            for one in others:
                people.keep(msgspec.structs.replace(one, state=BLOCKED, stopped_by=by, stopped_ms=now_ms))

        office.server.run(office.server.municipality.submit(lambda: stop(name_of(Role.SIGNALS))))
        browser = office.signed_in(Role.SIGNALS)
        assert "uw export wacht" in browser.get("/exports/new/signaal").text
        assert "waits" == job_of(office, asked(browser, "signaal", reason=REASON)).state
        office.server.run(office.server.municipality.submit(lambda: stop("beheer")))
        assert "gaat de export op uw reden door" in browser.get("/exports/new/signaal").text
        assert 422 == browser.post("/exports/new/signaal", FIELDS | {"column": []}).status_code  # never without one
        assert [] == people.notices()
        assert READY == made(office, asked(browser, "signaal", reason=REASON)).state
        assert ["emergency"] == [line.act for line in office.audit() if line.act == "emergency"]
        reader = office.signed_in(Role.SECURITY)
        page = reader.get("/proposals").text
        assert REASON in page and "signaal 1" in page and "Gegevens exporteren" in page
        (notice,) = people.notices()
        assert 303 == reader.post(f"/proposals/{notice.proposal.id}/read").status_code and [] == people.notices()
        ended(office)
    finally:
        office.close()


@pytest.mark.parametrize("killed", [True, False])
def test_what_waited_when_the_server_stopped_is_told_to_both_and_waits_no_more(
    office: DeskOffice, killed: bool
) -> None:
    """Killed, or told to end: the request is gone with its memory, and a second person is not left to wonder."""
    lead, second, stranger = (office.signed_in(role) for role in (Role.LEAD, Role.SIGNALS, Role.REVIEWER))
    office.server.clock.ms += 1_000
    path, before = asked(lead, column=[], reason=REASON), office.desk.exports
    assert {path} == waiting(office) and "Vervallen" not in second.get("/exports").text
    if not killed:
        office.server.run(before.close())
    office.desk.exports = ExportJobs(office.desk)  # the next process, over the same files
    try:
        assert set() == waiting(office) and (OVER, UNHEARD) == job_of(office, path)[5:7]
        for browser in (lead, second):
            page, day = browser.get("/exports").text, browser.get("/today").text
            assert "Vervallen voordat een tweede persoon akkoord ging" in page and "verviel toen de server" in day
        assert "voordat een tweede persoon akkoord ging. Vraag" in lead.get(path).text
        assert 404 == second.get(f"{path}/second").status_code == second.post(f"{path}/agree").status_code
        assert "verviel" not in stranger.get("/today").text
        office.server.clock.ms += 1_000
        page = lead.get("/exports").text
        assert "/typed/" not in second.get("/exports").text + lead.get("/typed").text
        (at,) = re.findall(r'action="/m/GM9901(/typed/[0-9a-f]{32})"', page)
        form = page.split(at)[1].split("</form>")[0]
        held = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form)
        sent = lead.post(at, dict(held) | {"csrf": lead.csrf, "typed.do": "go"})
        assert 307 == sent.status_code and REASON in dict(held)["reason"]
        again = lead.post(sent.headers["location"].removeprefix(lead.home), dict(held) | {"csrf": lead.csrf})
        assert {again.headers["location"].removeprefix(lead.home)} == waiting(office)  # as it was asked, by one press
        assert "Vervallen" not in second.get("/exports").text
        ended(office)
        assert 200 == lead.get("/exports").status_code
        assert [] == [*office.server.run(kept(office.server.municipality, name_of(Role.LEAD)))]
    finally:
        ended(office)
        office.desk.exports = before
        ended(office)
