"""Who is blocked, or left: nothing that they still know or hold opens anything, whether the keys are in hand or not."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.desk.desk import AccountEnded
from backend.desk.people import QUARTER_MS, YEAR_MS, handle_of
from backend.desk.rights import Role
from backend.municipality.custody import changing
from backend.stores.people import LEFT
from crypto.keyslots import PASSPHRASE, RECOVERY
from tests.desk_pages.office import TEAM, Browser, DeskOffice, Key, name_of

OWN = "een zin van de teamleider alleen"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DeskOffice]:
    made = DeskOffice(Path(tmp_path_factory.mktemp("leaving")))
    town = made.server.municipality
    vault = town.custody.vault
    with changing(town.folder, vault):
        vault.add(vault.recovery_slot()[0], "", town.clock.now_ms())
    yield made
    made.close()


def lead(office: DeskOffice, name: str) -> Browser:
    """A lead of the team who chose a passphrase and wrote once, signed in."""
    office.hire(name, Role.LEAD)
    office.team(TEAM, [name, name_of(Role.LEAD)], ["werker-een"])
    browser = office.signed_in(staff=name)
    assert 303 == browser.post("/keyslots/passphrase", {"new": OWN, "again": OWN}).status_code
    return browser


def place(office: DeskOffice, name: str) -> str:
    return f"/people/{handle_of(office.code, name)}"


def owned(office: DeskOffice, name: str) -> int:
    return len(office.server.municipality.custody.vault.owned_by(name))


def writes(office: DeskOffice, name: str) -> bytes:
    """Let somebody write at the desk; returns the device with which they do."""
    town = office.server.municipality
    record = office.one.create("dossier", 1, {"/roepnaam": "Zandkasteel"})
    office.sync(office.one)
    return office.server.run(office.desk.write_as(town, name, record, lambda device: device.id))


def opens(office: DeskOffice, name: str) -> bool:
    """True if the passphrase of a person still opens the vault for them."""
    try:
        office.server.run(office.desk.unlocked(office.code, PASSPHRASE, OWN, "unlock", name))
    except AccountEnded:
        return False
    return True


def test_a_block_ends_sessions_keyslots_and_the_desk_device_and_says_so_before(office: DeskOffice) -> None:
    town, name = office.server.municipality, "lead.een"
    browser, device = lead(office, name), writes(office, name)
    admin, stores = office.signed_in(Role.ADMIN), office.server.folder / "desk"
    files = len([*stores.glob("*.db")])
    asked = admin.post(f"{place(office, name)}/block")
    assert 200 == asked.status_code and 200 == browser.get("/today").status_code
    for said in ("1 sessie eindigt", "1 sleutel van deze persoon wordt weggehaald", "beslist niets meer"):
        assert said in asked.text, said
    assert opens(office, name)
    assert 303 == admin.post(f"{place(office, name)}/block", {"do": "yes"}).status_code
    assert 303 == browser.get("/today").status_code and 0 == owned(office, name) and not opens(office, name)
    assert device in town.book.revocations and files - 1 == len([*stores.glob("*.db")])
    assert {"block-staff", "remove-keyslot", "revoke"} <= {line.act for line in office.audit()}
    assert 303 == admin.post(f"{place(office, name)}/unblock").status_code
    Key(office, name)
    office.hire(name, Role.LEAD)
    assert device != writes(office, name)  # another device; the one before stays ended


def test_while_locked_it_waits_for_the_unlock_and_opens_nothing_meanwhile(office: DeskOffice) -> None:
    town, name = office.server.municipality, "lead.twee"
    lead(office, name)
    device = writes(office, name)
    vault = town.custody.vault
    office.ask("lock")
    admin = office.signed_in(Role.ADMIN)
    assert "vergrendeld" in admin.post(f"{place(office, name)}/left").text
    assert 303 == admin.post(f"{place(office, name)}/left", {"do": "yes"}).status_code
    assert not opens(office, name) and device not in town.book.revocations and vault.owned_by(name)
    office.ask("unlock")
    assert 0 == owned(office, name) and device in town.book.revocations
    person = town.people.person(name)
    assert person is not None and LEFT == person.state
    assert [] == [team.id for team in town.people.teams() if name in team.staff]
    for path, fields in (("unblock", {}), ("block", {"do": "yes"}), ("invite", {})):
        assert 409 == admin.post(f"{place(office, name)}/{path}", fields).status_code, path
    assert 409 == admin.post("/people", {"name": name}).status_code
    assert "voorgoed" not in admin.get(place(office, name)).text and "uit dienst" in admin.get(place(office, name)).text


def test_two_keyslots_remain_one_of_them_a_recovery_code(office: DeskOffice) -> None:
    town, name = office.server.municipality, "lead.drie"
    lead(office, name)
    vault = town.custody.vault
    kept = [slot for slot in vault.slots if slot.kind == RECOVERY or slot.owner == name]
    vault.remove(*[slot.id for slot in vault.slots if slot not in kept])
    admin = office.signed_in(Role.ADMIN)
    assert "er blijven er altijd twee" in admin.post(f"{place(office, name)}/block").text
    assert 303 == admin.post(f"{place(office, name)}/block", {"do": "yes"}).status_code
    assert 1 == owned(office, name) and not opens(office, name)
    lead_ = office.signed_in(Role.LEAD)
    assert 303 == lead_.post("/keyslots/passphrase", {"new": OWN, "again": OWN}).status_code
    assert 0 == owned(office, name) and [RECOVERY] == [one.kind for one in vault.slots if not one.owner]


# --- roles that were not looked at ---


def test_roles_are_looked_at_each_year_and_special_ones_each_quarter(office: DeskOffice) -> None:
    people, clock = office.server.municipality.people, office.server.clock
    office.hire("jaar.lead", Role.LEAD)
    office.hire("jaar.privacy", Role.PRIVACY)
    clock.ms += QUARTER_MS + 1
    page = office.signed_in(Role.ADMIN).get("/people").text
    late = page.split('id="late"')[1].split("</section>")[0]
    assert "jaar.privacy" in late and "jaar.lead" not in late
    admin, security = office.signed_in(Role.ADMIN), office.signed_in(Role.SECURITY)
    assert 303 == security.post(f"{place(office, 'jaar.privacy')}/reviewed").status_code
    assert "jaar.privacy" not in admin.get("/people").text.split('id="late"')[1].split("</section>")[0]
    clock.ms += YEAR_MS - QUARTER_MS
    admin = office.signed_in(Role.ADMIN)
    late = admin.get("/people").text.split('id="late"')[1].split("</section>")[0]
    assert "jaar.lead" in late
    assert 403 == admin.post(f"{place(office, name_of(Role.ADMIN))}/reviewed").status_code  # nobody looks at their own
    person = people.person(name_of(Role.ADMIN))
    assert person is not None and {0} == {given.reviewed_ms for given in person.roles}
    assert "review-roles" in {line.act for line in office.audit()}
