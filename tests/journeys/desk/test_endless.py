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
PUSHED = """[...document.querySelectorAll("main table")].filter((one) =>
    one.offsetWidth > one.parentElement.clientWidth + 1 || document.body.scrollWidth > innerWidth
).map((one) => `${one.offsetWidth} in ${one.parentElement.clientWidth}`)"""  # what a table sticks out of its place


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


def test_names_and_reasons_of_one_word_push_no_column_out(tmp_path: Path) -> None:
    browser()
    office = DeskOffice(tmp_path, "dossier", "huisbezoek")
    record = office.one.create("huisbezoek", 1, {"/case_ref": "ABCD-2345"})
    office.sync()
    office.dump()
    admin, lead = office.signed_in(Role.ADMIN), office.signed_in(Role.LEAD)
    made = {"name": "n" * 60, "shown_name": "N" * 80, "role-maker": "on"}
    assert 200 == admin.post("/people", made).status_code
    assert 303 == admin.post("/teams", {"name": "T" * 60}).status_code
    assert 303 == lead.post("/account/name", {"shown_name": "L" * 80}).status_code
    why = {"record": record.hex(), "reason": "W" * 1_000}
    assert 303 == office.signed_in(Role.PRIVACY).post("/reason", why).status_code
    with served(office) as address, import_module("playwright.sync_api").sync_playwright() as drive:
        for role, path in ((Role.ADMIN, "/people"), (Role.LEAD, "/reasons")):
            chair = Chair(drive, office, address, role, viewport={"width": 1280, "height": 900})
            assert 200 == chair.open(path)
            assert "W" * 1_000 in chair.page.content() or "N" * 80 in chair.page.content()
            assert [] == chair.page.evaluate(PUSHED), path
            assert [] == faults(chair, "nl"), path
            chair.close()
    office.close()
