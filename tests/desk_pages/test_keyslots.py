"""The page of keyslots: one's own for everybody who unlocks, all of them for an admin, nothing without the factor."""

import re
from typing import Any

import pytest

from backend.desk import four_eyes
from backend.desk.rights import Role
from backend.desk.sessions import ELEVATED_MS
from crypto.errors import WrongPassphrase
from crypto.keyslots import PASSPHRASE, RECOVERY
from tests.desk_pages.office import Browser, DeskOffice, name_of

OWN = "een zin van de teamleider alleen"


def chosen(browser: Browser, new: str = OWN, again: str = OWN) -> Any:
    return browser.post("/keyslots/passphrase", {"new": new, "again": again, "label": "thuis"})


def agreed(browser: Browser, town: Any) -> Any:
    (proposal,) = four_eyes.waiting(town)
    return browser.post(f"/proposals/{proposal.id}/agree")


def slots(office: DeskOffice) -> list[tuple[str, str]]:
    return [(slot.kind, slot.owner) for slot in office.server.municipality.custody.vault.slots]


@pytest.mark.parametrize("role", [Role.LEAD, Role.PRIVACY, Role.SIGNALS])
def test_whoever_sees_their_own_alone_is_not_told_a_number_of_all(desk_office: DeskOffice, role: Role) -> None:
    own, all_ = (desk_office.signed_in(one).get("/keyslots").text for one in (role, Role.ADMIN))
    head = '<h1>Sleutels</h1> <span class="nl-number-badge">'
    assert head not in own and "altijd twee" not in own and "alleen wat van u is" in own
    assert head in all_ and "altijd twee" in all_


@pytest.mark.parametrize("role", [Role.REVIEWER, Role.MAKER, Role.SECURITY, Role.OPERATOR])
def test_whoever_unlocks_nothing_has_no_page_of_keyslots(desk_office: DeskOffice, role: str) -> None:
    before = slots(desk_office)
    browser = desk_office.signed_in(role)
    assert 403 == browser.get("/keyslots").status_code and 403 == chosen(browser).status_code
    assert 403 == browser.post("/keyslots/recovery").status_code
    assert before == slots(desk_office)


def test_without_the_factor_nothing_changes(desk_office: DeskOffice) -> None:
    before = slots(desk_office)
    browser = desk_office.signed_in(Role.ADMIN)
    desk_office.server.clock.ms += ELEVATED_MS
    id_ = desk_office.server.municipality.custody.vault.slots[0].id.hex()
    assert {403} == {
        answer.status_code
        for answer in (chosen(browser), browser.post("/keyslots/recovery"), browser.post(f"/keyslots/{id_}/remove"))
    }
    assert before == slots(desk_office)


def test_a_lead_chooses_a_passphrase_sees_their_own_alone_and_opens_with_it(desk_office: DeskOffice) -> None:
    lead, office, town = desk_office.signed_in(Role.LEAD), desk_office, desk_office.server.municipality
    assert 303 == chosen(lead).status_code
    page = lead.get("/keyslots").text
    assert name_of(Role.LEAD) in page and "sleutelbestand" not in page and "/remove" not in page
    assert 403 == lead.post("/keyslots/recovery").status_code
    opened = town.keyring.vault().with_passphrase(OWN, name_of(Role.LEAD))
    assert (PASSPHRASE, name_of(Role.LEAD)) == tuple(
        getattr(opened.slot(opened.opened_by), n) for n in ("kind", "owner")
    )
    office.ask("lock")
    assert 503 == lead.get("/keyslots").status_code


@pytest.mark.parametrize(("new", "again"), [(OWN, "iets anders dan dat"), ("kort", "kort"), ("", "")])
def test_a_slip_or_a_short_one_is_said_and_nothing_is_changed(desk_office: DeskOffice, new: str, again: str) -> None:
    before = slots(desk_office)
    answer = chosen(desk_office.signed_in(Role.LEAD), new, again)
    assert 422 == answer.status_code and 'role="alert"' in answer.text
    assert before == slots(desk_office)


def test_an_admin_makes_a_code_that_is_shown_once_and_takes_away_what_may_go(desk_office: DeskOffice) -> None:
    lead, admin, town = (
        desk_office.signed_in(Role.LEAD),
        desk_office.signed_in(Role.ADMIN),
        desk_office.server.municipality,
    )
    chosen(lead)
    privacy = desk_office.signed_in(Role.PRIVACY)
    assert 303 == admin.post("/keyslots/recovery", {"label": "kluis"}).status_code
    made = agreed(privacy, town).text
    code = re.search(r"<code>((?:[0-9A-Z]{4}-){8}[0-9A-Z]{4})</code>", made)
    assert code is not None and code[1] not in admin.get("/keyslots").text
    assert town.keyring.vault().with_recovery_code(code[1]).has("signing")
    ids = {slot.kind: slot.id.hex() for slot in town.custody.vault.slots}
    assert 409 == admin.post(f"/keyslots/{ids[RECOVERY]}/remove").status_code
    assert 303 == admin.post(f"/keyslots/{ids[PASSPHRASE]}/remove").status_code == agreed(privacy, town).status_code
    with pytest.raises(WrongPassphrase):
        town.keyring.vault().with_passphrase(OWN)
    acts = [line.act for line in desk_office.audit()]
    assert 2 == acts.count("add-keyslot") and 1 == acts.count("remove-keyslot")
    assert code[1] not in "".join(line.detail for line in desk_office.audit())
