"""A text without an end stretches no page and runs nothing, wherever an answer may stand."""

from importlib import import_module
from pathlib import Path

from backend.desk.rights import Role
from tests.desk_pages.office import DeskOffice
from tests.journeys.desk.page_looks import faults
from tests.journeys.desk.street import Chair, served
from tests.journeys.field.tablet import browser

ENDLESS = "W" * 10_000 + "\u202e<script>alert(1)</script>"  # no space, a direction mark, a script
ANSWERS = {
    "/case_ref": "Z" * 300, "/toegang": "binnen", "/feiten": ENDLESS, "/bezoek_soort": "x" * 500,
    "/krachten": ["y" * 400],
}  # fmt: skip


def test_a_text_without_an_end_stretches_no_page_and_runs_nothing(tmp_path: Path) -> None:
    browser()
    office = DeskOffice(tmp_path, "dossier", "huisbezoek")
    record = office.one.create("huisbezoek", 1, ANSWERS)
    office.sync()
    office.dump()
    at = f"/record/{record.hex()}"
    with served(office) as address, import_module("playwright.sync_api").sync_playwright() as drive:
        chair = Chair(drive, office, address, Role.LEAD)
        for path in ("/records/huisbezoek", at, f"{at}/course", f"{at}/print", f"{at}/edit/0", f"{at}/edit/6"):
            assert 200 == chair.open(path)
            assert [] == faults(chair, "nl"), path
        assert [] == chair.faults
        chair.close()
    office.close()
