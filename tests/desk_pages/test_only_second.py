"""Where only one other person can agree: neither a command line nor a week of patience makes an admin two people."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from backend.desk import four_eyes, two_people
from backend.desk.joining import PersonExists, by_command
from backend.desk.rights import Role
from backend.desk.standing import Standing
from backend.stores.people import ACTIVE, BLOCKED, INVITED, Person, Proposal
from tests.desk_pages.office import Browser, DeskOffice, Key
from tests.desk_pages.test_four_eyes import ADMIN, LEAD, PRIVACY, REASON, SECURITY, agree, come_in, keep, place, roles

GIVE_LEAD = {"role-lead": "on"}


@pytest.fixture
def office(tmp_path: Path) -> Iterator[DeskOffice]:
    """An office in which the admin and the security officer alone can agree, and each came in by somebody else."""
    made = DeskOffice(tmp_path)
    gone = made.server.municipality.people.person(PRIVACY)
    assert gone is not None
    keep(made, replace(gone, state=BLOCKED))
    yield made
    made.close()


def typed(office: DeskOffice, name: str, *asked: Role, reason: str = "") -> dict[str, Any]:
    """What the command line answers to somebody who knows the passphrase and has not signed in."""
    there = office.server.municipality.people.person(name) is not None
    args = {"name": name, "roles": [*asked], "reason": reason, "again": there}
    (row,) = office.server.run(by_command(office.desk, office.server.municipality, "operator", args, who=None))
    return row


def waits(office: DeskOffice, about: str) -> Proposal | None:
    found = [one for one in four_eyes.waiting(office.server.municipality) if one.about == about]
    return found[0] if found else None


def person(office: DeskOffice, name: str) -> Person:
    found = office.server.municipality.people.person(name)
    assert found is not None
    return found


def acts(office: DeskOffice) -> list[str]:
    return [line.act for line in office.audit()]


# --- the command line, at which nobody signed in ---


def test_a_name_that_exists_is_refused_unless_it_is_said_to_exist(office: DeskOffice) -> None:
    before = person(office, LEAD)
    for who in (None, Standing(office.server.municipality, person(office, ADMIN))):
        args = {"name": LEAD, "roles": [Role.MAKER], "shown_name": "Iemand Nieuw"}
        with pytest.raises(PersonExists):
            office.server.run(by_command(office.desk, office.server.municipality, "operator", args, who=who))
    assert before == person(office, LEAD)


def test_an_admin_who_knows_the_passphrase_does_not_agree_with_what_he_typed(office: DeskOffice) -> None:
    assert typed(office, "verzonnen", Role.LEAD)["waits"]
    come_in(office, "verzonnen")
    asked, admin = waits(office, "verzonnen"), office.signed_in(Role.ADMIN)
    assert asked is not None and 303 == agree(admin, asked.id)
    assert set() == roles(office, "verzonnen") and "agree-first" in acts(office)
    assert 403 == agree(admin, asked.id) and set() == roles(office, "verzonnen")
    typed(office, "verzonnen", Role.LEAD)  # typed again it does not begin to count anew
    asked = waits(office, "verzonnen")
    assert asked is not None and ADMIN == asked.first and 403 == agree(admin, asked.id)
    page = office.signed_in(Role.SECURITY).get("/proposals").text
    assert "Zonder aanmelding" in page and f"de-{Role.ADMIN}" in page
    assert 303 == agree(office.signed_in(Role.SECURITY), asked.id) and {"lead"} == roles(office, "verzonnen")
    assert ("operator", ADMIN, SECURITY) == person(office, "verzonnen").vouched


def test_what_was_typed_opens_no_account_by_a_link_alone(office: DeskOffice) -> None:
    keep(office, replace(person(office, LEAD), state=INVITED))
    assert "path" not in typed(office, LEAD, Role.LEAD)
    Key(office, LEAD)  # who has a password shows it: that is the way back after a restore elsewhere
    keep(office, replace(person(office, LEAD), state=ACTIVE))
    assert "path" in typed(office, LEAD, Role.LEAD)


def test_what_was_typed_passes_in_silence_only_where_nobody_comes_in(office: DeskOffice) -> None:
    clock = office.server.clock
    typed(office, "nieuw", Role.ADMIN)
    clock.ms += four_eyes.SILENT_MS
    keep(office, replace(person(office, SECURITY), last_ms=clock.now_ms() - 1))
    assert typed(office, "nieuw", Role.ADMIN)["waits"] and set() == roles(office, "nieuw")
    keep(office, replace(person(office, SECURITY), last_ms=0))
    assert not typed(office, "nieuw", Role.ADMIN)["waits"] and {"admin"} == roles(office, "nieuw")
    for role in {*Role} - {Role.PRIVACY}:  # everybody is told, and for a week nobody reads it away
        assert "nieuw" in office.signed_in(role).get("/today").text, role
    (notice,) = office.server.municipality.people.notices()
    path = f"/proposals/{notice.proposal.id}/read"
    assert 403 == office.signed_in(Role.SECURITY).post(path).status_code


def test_the_first_two_are_not_two_where_one_brought_the_other_in(office: DeskOffice) -> None:
    assert not four_eyes.founding(office.server.municipality)
    keep(office, replace(person(office, SECURITY), vouched=(ADMIN,)))
    assert four_eyes.founding(office.server.municipality)


# --- whom it is about, where they alone could agree ---


def asks(office: DeskOffice, what: str) -> Browser:
    """The admin asks to take the role of the security officer, or to let them begin anew."""
    admin = office.signed_in(Role.ADMIN)
    fields = {"role-maker": "on"} if what == "roles" else {}
    answer = admin.post(f"{place(office, SECURITY)}/{what}", fields | {"reason": REASON})
    assert 303 == answer.status_code, answer.text
    return admin


@pytest.mark.parametrize("what", ["roles", "reset"])
def test_who_alone_could_agree_is_asked_about_themselves(office: DeskOffice, what: str) -> None:
    Key(office, SECURITY)
    admin, town = asks(office, what), office.server.municipality
    asked = waits(office, SECURITY)
    assert asked is not None and Role.SECURITY in roles(office, SECURITY) and town.people.factors(SECURITY)
    assert "op uw instemming" in office.signed_in(Role.SECURITY).get("/today").text
    page = office.signed_in(Role.SECURITY).get("/proposals").text
    assert "Dit gaat over uzelf" in page and "zwijgt" in page
    assert "Stem alleen in als u " in page and "deze persoon" not in page  # who would ask themselves
    assert 403 == agree(admin, asked.id)
    assert 303 == office.signed_in(Role.SECURITY).post(f"/proposals/{asked.id}/refuse").status_code
    office.server.clock.ms += four_eyes.SILENT_MS
    asks(office, what)  # who refused is asked anew, and for as long
    assert Role.SECURITY in roles(office, SECURITY) and town.people.factors(SECURITY)
    asked = waits(office, SECURITY)
    assert asked is not None and agree(office.signed_in(Role.SECURITY), asked.id) in (200, 303)
    assert Role.SECURITY not in roles(office, SECURITY) or not town.people.factors(SECURITY)


@pytest.mark.parametrize("what", ["roles", "reset"])
def test_silence_of_a_week_lets_it_pass_and_opens_no_answers(office: DeskOffice, what: str) -> None:
    Key(office, SECURITY)
    clock, town = office.server.clock, office.server.municipality
    asks(office, what)
    clock.ms += four_eyes.SILENT_MS - 1
    asks(office, what)
    assert Role.SECURITY in roles(office, SECURITY) and town.people.factors(SECURITY)
    clock.ms += 1
    admin = office.signed_in(Role.ADMIN)
    fields = {"role-maker": "on"} if what == "roles" else {}
    assert 409 == admin.post(f"{place(office, SECURITY)}/{what}", fields).status_code  # and with a reason alone
    answer = admin.post(f"{place(office, SECURITY)}/{what}", fields | {"reason": REASON})
    assert answer.status_code in (200, 303) and "emergency" in acts(office)
    assert Role.SECURITY not in roles(office, SECURITY) or not town.people.factors(SECURITY)
    assert not four_eyes.founding(town)
    for name in ("verzonnen", "verzonnen.twee"):
        page = admin.post("/people", {"name": name, "reason": REASON} | GIVE_LEAD)
        assert 200 == page.status_code and set() == roles(office, name)
        clock.ms += four_eyes.SILENT_MS
        admin = office.signed_in(Role.ADMIN)
    typed(office, "verzonnen", Role.LEAD)
    assert set() == roles(office, "verzonnen")
    clock.ms += two_people.STOPPED_MS
    admin = office.signed_in(Role.ADMIN)
    admin.post("/people", {"name": "verzonnen.drie", "reason": REASON} | GIVE_LEAD)
    assert {"lead"} == roles(office, "verzonnen.drie")  # a municipality is not left without anybody for good


def test_who_begins_anew_by_one_link_is_no_second_person_for_who_has_it(office: DeskOffice) -> None:
    Key(office, SECURITY)
    asks(office, "reset")
    office.server.clock.ms += four_eyes.SILENT_MS
    page = office.signed_in(Role.ADMIN).post(f"{place(office, SECURITY)}/reset", {"reason": REASON})
    assert re.search(r"/join/[0-9a-f]{64}", page.text) and (ADMIN,) == person(office, SECURITY).vouched
    keep(office, replace(person(office, SECURITY), state=ACTIVE))  # the admin took the link up himself
    assert not two_people.are_two(office.server.municipality, ADMIN, SECURITY)
    fields = {"name": "verzonnen", "reason": REASON} | GIVE_LEAD
    assert 200 == office.signed_in(Role.ADMIN).post("/people", fields).status_code
    assert set() == roles(office, "verzonnen")
    office.server.clock.ms += two_people.STOPPED_MS
    assert (
        409
        == office.signed_in(Role.ADMIN).post("/people", fields | {"name": "verzonnen.twee", "reason": ""}).status_code
    )


def test_a_block_is_no_way_round_it(office: DeskOffice) -> None:
    admin = office.signed_in(Role.ADMIN)
    assert 303 == admin.post(f"{place(office, SECURITY)}/block", {"do": "yes"}).status_code
    asks(office, "roles")
    assert Role.SECURITY in roles(office, SECURITY)
    admin.post("/people", {"name": "verzonnen", "reason": REASON} | GIVE_LEAD)
    assert set() == roles(office, "verzonnen")


def test_another_one_who_can_agree_goes_before_whom_it_is_about(office: DeskOffice) -> None:
    office.hire("derde", Role.PRIVACY)
    asks(office, "roles")
    asked = waits(office, SECURITY)
    assert asked is not None and 403 == agree(office.signed_in(Role.SECURITY), asked.id)
    assert 303 == agree(office.signed_in(staff="derde"), asked.id)
