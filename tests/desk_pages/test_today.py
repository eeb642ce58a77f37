"""Today: what waits for a person, in order, and for whoever reads nothing what may be known without reading."""

import re

from backend.desk.fleet import SILENT_MS
from backend.desk.rights import Role
from backend.municipality.fleet import Heard
from tests.desk_pages.office import OTHER_LEAD, Browser, DeskOffice


def waits(browser: Browser) -> list[tuple[str, str]]:
    """What the page lists: how many, of what."""
    page = browser.get("/today")
    assert 200 == page.status_code
    return re.findall(r'class="many">([^<]+)</span><span><span class="what">([^<]+)<', page.text)


def test_a_device_that_was_silent_for_a_week_with_words_unsent_is_told_to_its_own_lead_and_the_admin(
    desk_office: DeskOffice,
) -> None:
    office, town = desk_office, desk_office.server.municipality
    assert [] == waits(office.signed_in()) and "Niets wacht op u" in office.signed_in().get("/today").text
    town.fleet._heard[office.one.id] = Heard(office.server.clock.ms - SILENT_MS - 1, head=9)
    told = ("1", "telefoon die een week zweeg")
    assert [told] == waits(office.signed_in()) == waits(office.signed_in(Role.ADMIN))
    assert [] == waits(office.signed_in(staff=OTHER_LEAD)) == waits(office.signed_in(Role.REVIEWER))
    town.fleet._heard[office.one.id] = Heard(office.server.clock.ms, head=9)
    assert [] == waits(office.signed_in())


def test_what_protects_comes_before_what_is_older(desk_office: DeskOffice) -> None:
    office = desk_office
    record = office.shared("dossier", {"/case_ref": "ABCD-2345", "/status": "open"})
    office.parallel(record, "dossier", {"/roepnaam": "een"}, {"/roepnaam": "twee"})
    office.dump()
    said = [words for _, words in waits(office.signed_in())]
    assert said == ["conflict waarover iemand moet beslissen", "dossier te beoordelen"]
    assert said[1:] == [words for _, words in waits(office.signed_in(Role.REVIEWER))]  # who decides no conflict
    assert ["in formulier Dossier"] * 2 == re.findall(
        r'class="since">(in [^<]+)<', office.signed_in().get("/today").text
    )


def test_a_locked_municipality_asks_for_its_keys_and_an_admin_sees_the_rest(desk_office: DeskOffice) -> None:
    office = desk_office
    lead, admin = office.signed_in(), office.signed_in(Role.ADMIN)
    office.server.run(office.keeper.lock())
    for path in ("/today", "/records", "/records/dossier", f"/record/{'0' * 32}"):
        assert 503 == lead.get(path).status_code, path
    assert 200 == admin.get("/today").status_code


def test_the_first_page_after_an_unlock_shows_what_came_while_it_was_locked(desk_office: DeskOffice) -> None:
    office, lead = desk_office, desk_office.signed_in()
    record, vault = office.shared("dossier", {"/case_ref": "ABCD-2345"}), office.server.municipality.custody.vault
    office.dump()
    code, folder = vault.set_recovery_code(), office.server.municipality.folder
    (folder / "vault" / "municipality.vault").write_bytes(vault.to_bytes())
    assert 303 == lead.post("/lock").status_code
    office.parallel(record, "dossier", {"/roepnaam": "een"}, {"/roepnaam": "twee"})
    assert 303 == lead.post("/unlock", {"slot": "recovery-code", "key": code}).status_code
    assert [("1", "conflict waarover iemand moet beslissen"), ("1", "dossier te beoordelen")] == waits(lead)


def test_every_page_of_who_reads_says_that_the_tables_lag_or_stand_still(desk_office: DeskOffice) -> None:
    """A page that says that nothing waits, while what waits is not worked in, is believed."""
    office, town = desk_office, desk_office.server.municipality
    office.dump()
    lag, still = "van het journaal worden verwerkt", "De tabellen zijn niet bijgewerkt (store-failed)"
    lead, admin = office.signed_in(), office.signed_in(Role.ADMIN)
    pages = ("/today", "/conflicts", "/review", "/records")

    def told(words: str) -> list[bool]:
        return [words in lead.get(path).text for path in pages]

    assert [False] * 4 == told(lag) == told(still)
    shown = town.projected
    town.keyring.since = shown.position
    town.projected = shown._replace(position=shown.position - 1)
    assert [True] * 4 == told(lag) and lag not in admin.get("/today").text
    town.projected = shown._replace(fault="store-failed")
    assert [True] * 4 == told(still) and still not in admin.get("/today").text
    town.keyring.since, town.projected = 0, shown._replace(position=shown.position - 3)
    assert [False] * 4 == told(lag)  # a few steps are worked in before anybody has read the page
