"""Exports at the desk, as the tests ask for them: an office of two teams, and what becomes of a job."""

import asyncio
import io
import zipfile
from pathlib import Path
from typing import Any, Final

from backend.desk.export_live import FOLDER, READY, Live
from backend.desk.sessions import csrf_of
from backend.stores.sessions import Job
from tests.desk_pages.office import Browser, DeskOffice

FORMULA: Final = "=2+5+cmd|' /C calc'!A0"
WORD: Final = "Uitzonderlijkwoord"
REASON: Final = "jaarverslag van het team"
FIELDS: Final[dict[str, Any]] = {  # none of the highest class
    "kind": "csv", "words": "codes", "column": ["case_ref", "toegang", "feiten"],
}  # fmt: skip


def office_in(folder: Path) -> DeskOffice:
    """Two records of the own team, one of another, and a signal."""
    made = DeskOffice(folder, "dossier", "huisbezoek", "signaal")
    made.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2345", "/toegang": "binnen", "/feiten": FORMULA})
    made.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2346", "/toegang": "binnen", "/feiten": WORD})
    made.two.create("huisbezoek", 1, {"/case_ref": "WXYZ-9999", "/toegang": "binnen", "/feiten": "Vreemdwoord"})
    made.one.create("signaal", 1, {"/acuut": "nee"})
    made.sync()
    made.dump()
    return made


def ended(office: DeskOffice) -> None:
    """End all jobs; nothing of them is on the disk."""

    async def end() -> None:
        office.desk.exports.end_of(office.code, "deleted")
        await asyncio.sleep(0)
        await asyncio.gather(*office.desk.exports._making, return_exceptions=True)

    office.server.run(end())
    assert [] == lying(office)


def lying(office: DeskOffice) -> list[Path]:
    """The folders of jobs that are there."""
    return sorted((office.server.municipality.folder / FOLDER).glob(".*"))


def asked(browser: Browser, form: str = "huisbezoek", **fields: Any) -> str:
    """The address of the job that was asked for, below the desk's."""
    answer = browser.post(f"/exports/new/{form}", FIELDS | ({"column": []} if form == "signaal" else {}) | fields)
    assert 303 == answer.status_code, answer.text
    return str(answer.headers["location"]).removeprefix(browser.home)


def job_of(office: DeskOffice, path: str) -> Job:
    found = office.desk.control.job(office.code, path.rpartition("/")[2])
    assert found is not None
    return found


def live_of(office: DeskOffice, path: str) -> Live:
    return office.desk.exports._live[path.rpartition("/")[2]]


def made(office: DeskOffice, path: str) -> Job:
    """The job when its making is over."""

    async def over() -> None:
        await asyncio.gather(*office.desk.exports._making)

    office.server.run(over())
    return job_of(office, path)


def fetched(office: DeskOffice, browser: Browser, **fields: Any) -> dict[str, str]:
    """The files of an export that was asked for and fetched, by name."""
    path = asked(browser, **fields)
    assert READY == made(office, path).state, made(office, path)
    answer = browser.get(f"{path}/file")
    assert 200 == answer.status_code
    if not zipfile.is_zipfile(io.BytesIO(answer.content)):
        return {"": answer.text}
    with zipfile.ZipFile(io.BytesIO(answer.content)) as packed:
        return {name: packed.read(name).decode("utf-8-sig", "replace") for name in packed.namelist()}


def acts(office: DeskOffice) -> list[str]:
    return [line.act for line in office.audit() if line.act.startswith("export-")]


def token(browser: Browser) -> dict[str, str]:
    return {"csrf": csrf_of(browser.id)}
